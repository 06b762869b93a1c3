package ginauth0_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// cluster is an application of two instances behind one address, which take turns.
type cluster struct {
	*app
	config ginauth0.Config // of every instance, but for the secrets
	nodes  [2]atomic.Pointer[gin.Engine]
	turn   atomic.Uint64
}

// newCluster starts both instances with one secret.
func newCluster(t *testing.T, store ginsessions.Store) *cluster {
	t.Helper()
	c := &cluster{app: &app{clock: newClock(), log: &syncBuffer{}}}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.nodes[c.turn.Add(1)%2].Load().ServeHTTP(w, r)
	}))
	t.Cleanup(c.server.Close)
	c.url = c.server.URL
	c.tenant = auth0test.Start(t, auth0test.Config{AutoApprove: "ada", Now: c.clock.Now})
	place := newSharedPlace()
	place.now = c.clock.Now
	c.config = ginauth0.Config{
		Domain: c.tenant.Issuer(), ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret, BaseURL: c.url,
		Audience: auth0test.DefaultAudience, Scopes: []string{"openid", "profile", "email", "offline_access", "read:messages"},
		LogoutStore: place, RefreshLock: place,
		Logger: slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	c.config.Session.Store = store
	c.deploy(t, 0, secret1)
	c.deploy(t, 1, secret1)
	return c
}

// deploy puts a new instance in the place of one.
func (c *cluster) deploy(t *testing.T, node int, secrets ...ginauth0.Secret) {
	t.Helper()
	cfg := c.config
	cfg.Secrets = secrets
	auth, err := ginauth0.NewAt(t.Context(), cfg, c.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	router := gin.New()
	auth.Mount(router)
	router.GET("/", auth.Session(), func(c *gin.Context) {
		user, ok := ginauth0.UserFrom(c)
		if !ok {
			user = &ginauth0.User{Name: "stranger"}
		}
		c.String(http.StatusOK, "hello %s", user.Name)
	})
	router.GET("/token", func(c *gin.Context) { showToken(c, auth) })
	c.nodes[node].Store(router)
}

// rotations are how a secret is rotated at two instances: everybody can open what the new
// one seals before anybody seals with it.
var rotations = []struct {
	node    int
	secrets []ginauth0.Secret
}{
	{0, []ginauth0.Secret{secret1, secret2}},
	{1, []ginauth0.Secret{secret1, secret2}},
	{0, []ginauth0.Secret{secret2, secret1}},
	{1, []ginauth0.Secret{secret2, secret1}},
	{0, []ginauth0.Secret{secret2}},
	{1, []ginauth0.Secret{secret2}},
}

// eachPlaceOfSessions runs a test with sessions in cookies and in a store of others.
func eachPlaceOfSessions(t *testing.T, test func(t *testing.T, c *cluster)) {
	t.Helper()
	for name, store := range map[string]ginsessions.Store{"cookies": nil, "rows": newStub()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newCluster(t, store))
		})
	}
}

func TestARotationNobodyNotices(t *testing.T) {
	t.Parallel()
	eachPlaceOfSessions(t, func(t *testing.T, c *cluster) {
		visitor := c.browser(t)
		visitor.login("/auth/login")
		for step, rotation := range rotations {
			beginner, behind := c.browser(t), visitor.twin()
			callback := beginner.toCallback("/auth/login")
			c.deploy(t, rotation.node, rotation.secrets...)
			if r := beginner.get(callback); len(rotation.secrets) > 1 && r.status != http.StatusFound {
				t.Errorf("step %d: a login that was on its way: %d %s", step, r.status, r.body)
			}
			for range 4 {
				if !visitor.signedIn() {
					t.Fatalf("step %d: signed out", step)
				}
			}
			// What one instance refreshes, the other one knows, whatever cookie comes.
			for range 2 {
				if page := visitor.tokenPage("?force"); page.Error != "" {
					t.Errorf("step %d: %s", step, page.Error)
				}
				if page := behind.tokenPage("?force"); len(rotation.secrets) > 1 && page.Error != "" {
					t.Errorf("step %d, with an old cookie: %s", step, page.Error)
				}
			}
		}
	})
}

// The step that is easily left out: one instance seals with a secret that the other one
// does not know yet.
func TestASecretThatNotAllInstancesKnowSignsPeopleOut(t *testing.T) {
	t.Parallel()
	eachPlaceOfSessions(t, func(t *testing.T, c *cluster) {
		visitor := c.browser(t)
		visitor.login("/auth/login")
		c.deploy(t, 0, secret2, secret1)
		for range 2 {
			visitor.get("/")
		}
		if visitor.signedIn() || len(visitor.sessionCookies()) != 0 {
			t.Error("the order of a rotation does not matter")
		}
	})
}

// Whoever has come since the new secret seals needs the old one no more, however soon
// that was. Whoever has not stays signed in until the end of Inactivity only if the old
// one is still there.
func TestASessionIsSealedAnewAtItsNextRequest(t *testing.T) {
	t.Parallel()
	eachPlaceOfSessions(t, func(t *testing.T, c *cluster) {
		visitor, absent, late := c.browser(t), c.browser(t), c.browser(t)
		for _, b := range []*browser{visitor, absent, late} {
			b.login("/auth/login")
		}
		for node := range c.nodes {
			c.deploy(t, node, secret2, secret1)
		}
		if !visitor.signedIn() {
			t.Fatal("signed out")
		}
		c.clock.advance(24*time.Hour - time.Second)
		if !late.signedIn() {
			t.Error("the old secret does not open any more")
		}
		for node := range c.nodes {
			c.deploy(t, node, secret2)
		}
		if !visitor.signedIn() || !late.signedIn() {
			t.Error("sealed with the new secret, and signed out")
		}
		if absent.signedIn() {
			t.Error("the old secret is gone, and opens")
		}
	})
}

// With the only secret replaced nobody is signed in, and nobody can bring a cookie from before.
func TestALeakedSecretIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	eachPlaceOfSessions(t, func(t *testing.T, c *cluster) {
		visitor := c.browser(t)
		visitor.login("/auth/login")
		callback := c.browser(t)
		begun := callback.toCallback("/auth/login")
		c.deploy(t, 0, secret2)
		c.deploy(t, 1, secret2)
		if visitor.signedIn() || len(visitor.sessionCookies()) != 0 {
			t.Error("still signed in")
		}
		if r := callback.get(begun); r.status != http.StatusBadRequest || !strings.Contains(r.body, "log in again") {
			t.Errorf("a login that was on its way: %d %s", r.status, r.body)
		}
		visitor.login("/auth/login")
		if !visitor.signedIn() {
			t.Error("cannot sign in again")
		}
	})
}
