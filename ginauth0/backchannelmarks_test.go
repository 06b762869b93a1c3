package ginauth0_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestBackchannelLogoutEndsTheSessionInCookies(t *testing.T) {
	t.Parallel()
	a := newApp(t, withSID)
	b, sid := newSession(t, a)
	copied := b.sessionCookies()
	a.clock.advance(time.Minute)
	wantAnswer(t, "logout", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": sid})), http.StatusNoContent, "")
	got := b.get("/")
	if got.body != "hello stranger" {
		t.Errorf("the next request is of %q", got.body)
	}
	for _, c := range copied {
		cleared := got.cookies(c.Name)
		if len(cleared) != 1 || cleared[0].Value != "" || cleared[0].MaxAge >= 0 {
			t.Errorf("%s is not cleared: %v", c.Name, cleared)
		}
	}
	if left := b.sessionCookies(); len(left) != 0 || len(copied) == 0 {
		t.Errorf("%d cookies before, %d left", len(copied), len(left))
	}
	thief := a.browser(t)
	thief.setCookies(copied...)
	if got := thief.get("/profile", "Accept: application/json"); got.status != http.StatusUnauthorized {
		t.Errorf("a copied cookie: %d", got.status)
	}
}

func TestBackchannelLogoutBySIDEndsThatSessionOnly(t *testing.T) {
	t.Parallel()
	a := newApp(t, withSID)
	b, sid := newSession(t, a)
	elsewhere, other := newSession(t, a)
	if sid == other {
		t.Fatal("two browsers, one sid")
	}
	a.clock.advance(time.Minute)
	// The subject in the token makes no difference.
	wantAnswer(t, "logout", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": sid, "sub": "auth0|ada"})), http.StatusNoContent, "")
	if b.signedIn() || !elsewhere.signedIn() {
		t.Errorf("the session %v, another one %v", b.signedIn(), elsewhere.signedIn())
	}
	wantAnswer(t, "without sub", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": other, "sub": nil})), http.StatusNoContent, "")
	if elsewhere.signedIn() {
		t.Error("a token without sub ended nothing")
	}
}

func TestBackchannelLogoutBySubjectEndsAllOfItsSessions(t *testing.T) {
	t.Parallel()
	a := newApp(t, withSID)
	first, sid := newSession(t, a)
	second, _ := newSession(t, a)
	a.tenant.SetAutoApprove("grace")
	grace := a.browser(t)
	grace.login("/auth/login")
	a.clock.advance(time.Minute)
	// A sid that is named like the subject is another thing.
	wantAnswer(t, "sid", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": "auth0|ada", "sub": nil})), http.StatusNoContent, "")
	wantAnswer(t, "subject", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": nil, "sub": sid})), http.StatusNoContent, "")
	if !first.signedIn() || !second.signedIn() {
		t.Error("sid and subject are taken for each other")
	}
	wantAnswer(t, "logout", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": nil, "sub": "auth0|ada"})), http.StatusNoContent, "")
	if first.signedIn() || second.signedIn() {
		t.Error("a session of the subject goes on")
	}
	if grace.get("/").body != "hello Grace Hopper" {
		t.Error("somebody else was signed out")
	}
}

// What was there at that moment dies; what is opened afterwards lives, with the
// same sid and the same subject.
func TestBackchannelLogoutLeavesLaterSessionsAlone(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]func(sid string) auth0test.Claims{
		"by sid":     func(sid string) auth0test.Claims { return auth0test.Claims{"sid": sid} },
		"by subject": func(string) auth0test.Claims { return auth0test.Claims{"sid": nil} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, withSID)
			b, sid := newSession(t, a)
			old := b.sessionCookies()
			token := a.tenant.LogoutToken(claims(sid))
			wantAnswer(t, "logout", tellToken(t, a, token), http.StatusNoContent, "")
			if b.signedIn() {
				t.Error("the session of the same millisecond goes on")
			}
			a.clock.advance(time.Millisecond)
			b.login("/auth/login")
			if again := b.get("/sid").body; again != sid {
				t.Fatalf("sid %q, want the one from before: the tenant's session goes on", again)
			}
			for range 2 {
				a.clock.advance(time.Second)
				wantAnswer(t, "the same token", tellToken(t, a, token), http.StatusNoContent, "")
				if !b.signedIn() {
					t.Fatal("a repeated delivery ended a session that was opened since")
				}
			}
			copied := a.browser(t)
			copied.setCookies(old...)
			if copied.signedIn() {
				t.Error("the login revived the session from before")
			}
		})
	}
}

// The tenant's clock is not ours: one that is ahead must not end what is opened
// later, one that is behind ends what it can mean.
func TestBackchannelLogoutAllowsForClocks(t *testing.T) {
	t.Parallel()
	a := newApp(t, withSID)
	a.clock.advance(time.Second - time.Duration(a.clock.Now().Nanosecond())) // tokens count whole seconds
	early, _ := newSession(t, a)
	a.clock.advance(30 * time.Second)
	late, _ := newSession(t, a)
	a.clock.advance(30 * time.Second)
	// Issued a minute before the first one was opened, which the leeway of 60 s forgives.
	behind := a.tenant.LogoutToken(auth0test.Claims{"sid": nil, "iat": a.clock.Now().Add(-2 * time.Minute)})
	wantAnswer(t, "behind", tellToken(t, a, behind), http.StatusNoContent, "")
	if early.signedIn() || !late.signedIn() {
		t.Errorf("behind: %v, %v; want the first session ended, the second not", early.signedIn(), late.signedIn())
	}
	ahead := a.tenant.LogoutToken(auth0test.Claims{"sid": nil, "iat": a.clock.Now().Add(time.Minute)})
	wantAnswer(t, "ahead", tellToken(t, a, ahead), http.StatusNoContent, "")
	if late.signedIn() {
		t.Error("ahead: the session goes on")
	}
	a.clock.advance(time.Second)
	wantAnswer(t, "ahead, repeated", tellToken(t, a, ahead), http.StatusNoContent, "")
	a.clock.advance(time.Millisecond)
	after, _ := newSession(t, a)
	if !after.signedIn() {
		t.Error("ahead: a session that was opened afterwards is ended")
	}
}

func TestBackchannelLogoutWithoutItsStoreIsTriedAgain(t *testing.T) {
	t.Parallel()
	down := errors.New("the store is down")
	for name, test := range map[string]struct{ remember, mark error }{
		"remember fails": {remember: down},
		"mark fails":     {mark: down},
		"both fail":      {down, down},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var store *logoutStore
			a := newApp(t, withSID, withStore(&store))
			b, sid := newSession(t, a)
			a.clock.advance(time.Minute)
			token := a.tenant.LogoutToken(auth0test.Claims{"sid": sid})
			store.fail(test.remember, test.mark)
			wantAnswer(t, "the store is down", tellToken(t, a, token), http.StatusServiceUnavailable, bodyStoreDown)
			if !b.signedIn() {
				t.Fatal("signed out by a delivery that failed")
			}
			store.fail(nil, nil)
			a.clock.advance(time.Second)
			wantAnswer(t, "the store is back", tellToken(t, a, token), http.StatusNoContent, "")
			if b.signedIn() {
				t.Error("the second delivery did not complete the first")
			}
		})
	}
}

func TestBackchannelLogoutWithoutItsTenantIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json"} {
		a := newApp(t)
		token := a.tenant.LogoutToken(nil)
		a.tenant.Break(path, auth0test.Down)
		wantAnswer(t, path, tellToken(t, a, token), http.StatusServiceUnavailable, bodyUnavailable)
		wantAnswer(t, path+", a bad token", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"nonce": "n"})), http.StatusBadRequest, bodyBadToken)
		a.tenant.Heal(path)
		a.clock.advance(time.Minute) // nobody is asked again at once
		wantAnswer(t, path+", healed", tellToken(t, a, token), http.StatusNoContent, "")
	}
}

func TestBackchannelLogoutFollowsKeyRotation(t *testing.T) {
	t.Parallel()
	for name, rotate := range map[string]func(*auth0test.Tenant){
		"rotated": (*auth0test.Tenant).RotateKeys, "replaced": (*auth0test.Tenant).ReplaceKeys,
	} {
		a := newApp(t, withSID)
		b, sid := newSession(t, a)
		old := a.tenant.LogoutToken(nil)
		rotate(a.tenant)
		a.clock.advance(time.Minute)
		wantAnswer(t, name, tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": sid})), http.StatusNoContent, "")
		if b.signedIn() {
			t.Errorf("%s: still signed in", name)
		}
		if name == "replaced" {
			wantAnswer(t, "the old key", tellToken(t, a, old), http.StatusBadRequest, bodyBadToken)
		}
	}
}

// A copy of the cookies must not outlive the mark.
func TestBackchannelLogoutOutlivesTheLongestSession(t *testing.T) {
	t.Parallel()
	a := newApp(t, withSID, config(func(c *ginauth0.Config) {
		c.Session.Absolute, c.Session.DisableRolling = time.Hour, true
	}))
	b, sid := newSession(t, a)
	witness, _ := newSession(t, a)
	copied := b.sessionCookies()
	wantAnswer(t, "logout", tellToken(t, a, a.tenant.LogoutToken(auth0test.Claims{"sid": sid})), http.StatusNoContent, "")
	a.clock.advance(time.Hour - time.Second) // the seal of a cookie counts whole seconds
	// Purge what the memory would let go.
	wantAnswer(t, "another", tellToken(t, a, a.tenant.LogoutToken(nil)), http.StatusNoContent, "")
	thief := a.browser(t)
	thief.setCookies(copied...)
	if thief.signedIn() {
		t.Error("the mark is gone before the session")
	}
	if !witness.signedIn() {
		t.Error("no session lives so long: the test shows nothing")
	}
}

func TestBackchannelLogoutTellsItsStore(t *testing.T) {
	t.Parallel()
	var store *logoutStore
	a := newApp(t, withStore(&store), config(func(c *ginauth0.Config) { c.Session.Absolute = 5 * time.Hour }))
	now := a.clock.Now()
	// A token that lives for an hour, one that never ends, and one that has only its leeway left.
	for _, exp := range []any{now.Add(time.Hour), int64(1) << 53, now.Add(-59 * time.Second)} {
		clear(store.ttls)
		clear(store.marks)
		token := a.tenant.LogoutToken(auth0test.Claims{"exp": exp, "sid": strings.Repeat("s", 1000)})
		wantAnswer(t, "logout", tellToken(t, a, token), http.StatusNoContent, "")
		if len(store.ttls) != 2 || len(store.marks) != 1 {
			t.Fatalf("told %v, %v", store.ttls, store.marks)
		}
		for key, ttl := range store.ttls {
			kind, hash, _ := strings.Cut(key, ":")
			if len(key) > 64 || len(hash) != 43 || ttl < time.Second {
				t.Errorf("key %s for %v", key, ttl)
			}
			switch at, isTime := exp.(time.Time); {
			case kind == "sid" && ttl != 5*time.Hour+time.Minute:
				t.Errorf("marked for %v", ttl)
			case kind == "jti" && isTime && at.After(now):
				if rest := at.Truncate(time.Second).Add(time.Minute).Sub(now); ttl != rest {
					t.Errorf("remembered for %v, want %v", ttl, rest)
				}
			case kind == "jti" && ttl > 24*time.Hour:
				t.Errorf("remembered for %v", ttl)
			}
		}
		for _, before := range store.marks {
			if before.UnixMilli() != now.UnixMilli() || before.Nanosecond()%1e6 != 0 {
				t.Errorf("marked %v at %v", before, now)
			}
		}
	}
}

func TestBackchannelLogoutCounts(t *testing.T) {
	t.Parallel()
	var (
		mu     sync.Mutex
		events []ginauth0.Event
		store  *logoutStore
	)
	a := newApp(t, withStore(&store), config(func(c *ginauth0.Config) {
		c.OnEvent = func(_ context.Context, e ginauth0.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		}
	}))
	wantAnswer(t, "a good one", tellToken(t, a, a.tenant.LogoutToken(nil)), http.StatusNoContent, "")
	wantAnswer(t, "a bad one", tellToken(t, a, "garbage"), http.StatusBadRequest, bodyBadToken)
	store.fail(errors.New("down"), nil)
	wantAnswer(t, "no store", tellToken(t, a, a.tenant.LogoutToken(nil)), http.StatusServiceUnavailable, bodyStoreDown)
	issuer := a.tenant.Issuer()
	want := []ginauth0.Event{
		{Name: "backchannel_logout", Issuer: issuer},
		{Name: "backchannel_refused", Code: "invalid_request", Issuer: issuer},
		{Name: "store_failed", Issuer: issuer},
		{Name: "backchannel_refused", Code: "store_unavailable", Issuer: issuer},
	}
	mu.Lock()
	defer mu.Unlock()
	if len(events) != len(want) {
		t.Fatalf("%v, want %v", events, want)
	}
	for i := range want {
		if events[i] != want[i] {
			t.Errorf("%v, want %v", events[i], want[i])
		}
	}
}

// The whole way: a logout at the tenant, by another application, signs out here.
func TestLogoutAtTheTenantEndsTheSessionHere(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.tenant.Clients = []auth0test.Client{{
			ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true,
			BackchannelLogoutURI: s.config.BaseURL + backchannelPath,
		}}
	})
	b, elsewhere := a.browser(t), a.browser(t)
	b.login("/auth/login")
	elsewhere.login("/auth/login")
	a.clock.advance(time.Minute)
	if got := b.get(a.tenant.URL() + "/v2/logout"); got.status != http.StatusOK {
		t.Fatalf("logout at the tenant: %d", got.status)
	}
	if b.signedIn() || !elsewhere.signedIn() {
		t.Errorf("signed in %v, another browser %v", b.signedIn(), elsewhere.signedIn())
	}
	a.clock.advance(time.Second)
	b.login("/auth/login")
	if !b.signedIn() {
		t.Error("nobody can sign in again")
	}
}

func TestBackchannelLogoutDeliveredTwiceInParallel(t *testing.T) {
	t.Parallel()
	a := newApp(t, withSID)
	b, sid := newSession(t, a)
	a.clock.advance(time.Minute)
	token := a.tenant.LogoutToken(auth0test.Claims{"sid": sid})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { wantAnswer(t, "logout", tellToken(t, a, token), http.StatusNoContent, "") })
	}
	group.Wait()
	if b.signedIn() {
		t.Error("still signed in")
	}
}
