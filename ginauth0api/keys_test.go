package ginauth0api_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

const tenantKeysPath = "/.well-known/jwks.json"

// guardTenant makes a Guard for the default API of a tenant.
func guardTenant(t testing.TB, tenant *auth0test.Tenant) *ginauth0api.Guard {
	t.Helper()
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{Domain: tenant.Issuer(), Audience: []string{auth0test.DefaultAudience}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	return guard
}

func wantRequests(t *testing.T, tenant *auth0test.Tenant, discovery, keys int) {
	t.Helper()
	if n := tenant.Requests(discoveryPath); n != discovery {
		t.Errorf("%d discovery requests, want %d", n, discovery)
	}
	if n := tenant.Requests(tenantKeysPath); n != keys {
		t.Errorf("%d key requests, want %d", n, keys)
	}
	if n := tenant.Requests("*"); n != discovery+keys {
		t.Errorf("%d requests in all, want %d", n, discovery+keys)
	}
}

func TestParallelColdRequestsAskOnce(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	a := protect(t, guardTenant(t, tenant).RequireAuth())
	wantRequests(t, tenant, 0, 0)
	token := tenant.AccessToken(nil)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() { wantOK(t, a.bearer(token)) })
	}
	group.Wait()
	wantRequests(t, tenant, 1, 1)
}

func TestFirstClientThatLeavesTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	tenant.Break(tenantKeysPath, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		close(arrived)
		<-release
		next.ServeHTTP(w, r)
	})
	guard := guardTenant(t, tenant)
	token := tenant.AccessToken(nil)
	check := func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		_, _, err = guard.Check(request)
		return err
	}
	leaving, leave := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { first <- check(leaving) }()
	<-arrived
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if err := check(t.Context()); err != nil {
				t.Errorf("a request that waited: %v", err)
			}
		})
	}
	leave()
	if err := <-first; !errors.Is(err, ginauth0api.ErrUpstream) {
		t.Errorf("the request that left: %v", err)
	}
	close(release)
	group.Wait()
	wantRequests(t, tenant, 1, 1)
}

func TestPanickingHandlerTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	guard := guardTenant(t, tenant)
	a := serve(t, func(r gin.IRouter) {
		r.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusTeapot) }))
		r.GET("/", guard.RequireAuth(), subject)
		r.GET("/panic", guard.RequireAuth(), func(*gin.Context) { panic("mine") })
	})
	header := http.Header{"Authorization": {"Bearer " + tenant.AccessToken(nil)}}
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			if n%2 == 0 {
				a.do(http.MethodGet, "/panic", header)
				return
			}
			wantOK(t, a.do(http.MethodGet, "/", header))
		})
	}
	group.Wait()
	wantRequests(t, tenant, 1, 1)
}

func TestKeyRotationNeedsOneRefetch(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	a := protect(t, guardTenant(t, tenant).RequireAuth())
	before := tenant.AccessToken(nil)
	wantOK(t, a.bearer(before))
	tenant.RotateKeys()
	after := tenant.AccessToken(nil)
	wantOK(t, a.bearer(after))
	wantOK(t, a.bearer(before))
	wantOK(t, a.bearer(after))
	wantRequests(t, tenant, 1, 2)

	tenant.ReplaceKeys()
	wantOK(t, a.bearer(tenant.AccessToken(nil)))
	wantRefused(t, a.bearer(before), "jwks_key_not_found", "")
}

func TestUnknownKeyIsAskedForOnce(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	a := protect(t, guardTenant(t, tenant).RequireAuth())
	good := tenant.AccessToken(nil)
	wantOK(t, a.bearer(good))
	payload := auth0test.Claims{"iss": tenant.Issuer(), "aud": auth0test.DefaultAudience, "exp": 9999999999}
	unknown := tenant.Sign(map[string]any{"kid": "nobody's"}, payload)
	wantRefused(t, a.bearer(unknown), "jwks_key_not_found", "")
	wantRequests(t, tenant, 1, 2)
	wantRefused(t, a.bearer(unknown), "jwks_key_not_found", "")
	input, signature := cutSignature(good)
	_, other := cutSignature(tenant.AccessToken(auth0test.Claims{"jti": "other"}))
	if signature == other {
		t.Fatal("one signature for two tokens")
	}
	wantRefused(t, a.bearer(input+"."+other), "invalid_signature", "")
	wantRequests(t, tenant, 1, 2)
}

func TestFloodOfUnknownKeysStaysInTheBudget(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	a := protect(t, guardTenant(t, tenant).RequireAuth())
	good := tenant.AccessToken(nil)
	wantOK(t, a.bearer(good))
	payload := auth0test.Claims{"iss": tenant.Issuer(), "aud": auth0test.DefaultAudience, "exp": 9999999999}
	for n := range 30 {
		wantRefused(t, a.bearer(tenant.Sign(map[string]any{"kid": "unknown" + strconv.Itoa(n)}, payload)), "jwks_key_not_found", "")
	}
	wantOK(t, a.bearer(good))
	// The burst of five, and what the bucket gained while the test ran.
	if n := tenant.Requests(tenantKeysPath); n < 6 || n > 8 {
		t.Errorf("%d key requests, want 6", n)
	}
}

func TestPublishedKeysThatMayNotVerify(t *testing.T) {
	t.Parallel()
	public := issuerKey().Public()
	for name, test := range map[string]struct {
		keys   []jose.JSONWebKey
		header string
		code   string
	}{
		"without alg":               {[]jose.JSONWebKey{{Key: public, KeyID: "k1"}}, plainHeader, ""},
		"for encryption":            {[]jose.JSONWebKey{{Key: public, KeyID: "k1", Use: "enc"}}, plainHeader, "jwks_key_not_found"},
		"of another algorithm":      {[]jose.JSONWebKey{{Key: public, KeyID: "k1", Algorithm: "PS256"}}, plainHeader, "jwks_key_not_found"},
		"no kid, one key":           {[]jose.JSONWebKey{{Key: public, KeyID: "k1"}}, `{"alg":"RS256"}`, ""},
		"no kid, one fitting key":   {[]jose.JSONWebKey{{Key: public, KeyID: "k1"}, {Key: strangerKey().Public(), KeyID: "k2", Algorithm: "RS512"}}, `{"alg":"RS256"}`, ""},
		"no kid, several keys":      {[]jose.JSONWebKey{{Key: public, KeyID: "k1"}, {Key: strangerKey().Public(), KeyID: "k2"}}, `{"alg":"RS256"}`, "jwks_key_not_found"},
		"no kid, no fitting key":    {[]jose.JSONWebKey{{Key: public, KeyID: "k1", Algorithm: "RS512"}}, `{"alg":"RS256"}`, "jwks_key_not_found"},
		"same kid, the fitting one": {[]jose.JSONWebKey{{Key: strangerKey().Public(), KeyID: "k1", Algorithm: "RS512"}, {Key: public, KeyID: "k1"}}, plainHeader, ""},
		"kid in another case":       {[]jose.JSONWebKey{{Key: public, KeyID: "K1"}}, plainHeader, "jwks_key_not_found"},
		"empty kid":                 {[]jose.JSONWebKey{{Key: public, KeyID: "k1"}}, `{"alg":"RS256","kid":""}`, "jwks_key_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			i.publish(test.keys...)
			got := protect(t, newGuard(t, i, nil).RequireAuth()).bearer(i.tokenWithHeader(test.header, nil))
			if test.code == "" {
				wantOK(t, got)
				return
			}
			wantRefused(t, got, test.code, "")
		})
	}
}

func TestFixedKeySources(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	address := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Keys.JWKSURI = i.URL + keysPath })
	wantOK(t, protect(t, address.RequireAuth()).bearer(i.token(nil)))
	if n := i.asked(discoveryPath); n != 0 {
		t.Errorf("%d discovery requests beside a fixed address", n)
	}
	asked := i.asked("")
	static := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Keys.Static = staticKeys(t) })
	a := protect(t, static.RequireAuth())
	wantOK(t, a.bearer(i.token(nil)))
	// There is no discovery document to permit another spelling.
	wantRefused(t, a.bearer(i.token(claims{"iss": i.URL})), "invalid_issuer", "")
	if err := static.Warm(t.Context()); err != nil {
		t.Errorf("Warm: %v", err)
	}
	if i.asked("") != asked {
		t.Error("the issuer was asked although the keys are fixed")
	}
}

// Requests go on while the keys change and while the Guard closes.
func TestParallelRequestsDuringRotationAndClose(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	guard := guardTenant(t, tenant)
	a := protect(t, guard.RequireAuth("read:messages"))
	old := tenant.AccessToken(nil)
	wantOK(t, a.bearer(old))
	tenant.RotateKeys()
	rotated := tenant.AccessToken(nil)
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for range 10 {
				wantOK(t, a.bearer([]string{old, rotated}[n%2]))
			}
		})
	}
	group.Wait()
	for range 4 {
		group.Go(guard.Close)
		group.Go(func() { wantOK(t, a.bearer(rotated)) })
	}
	group.Wait()
}
