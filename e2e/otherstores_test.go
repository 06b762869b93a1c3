package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/storetest"
)

func TestOtherStoresPassOurSuite(t *testing.T) {
	eachOtherStore(t, func(t *testing.T, store *otherStore) {
		storetest.Sessions(t, func(testing.TB) sessions.Store { return store.Store })
	})
}

func TestRedisStorePassesOurSuite(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := redisStore(t, client)
		t.Run("sessions", func(t *testing.T) {
			storetest.Sessions(t, func(testing.TB) sessions.Store { return store })
		})
		t.Run("logout store", func(t *testing.T) {
			storetest.LogoutStore(t, func(testing.TB) ginauth0.LogoutStore { return store.LogoutStore() }, time.Sleep)
		})
		t.Run("refresh lock", func(t *testing.T) {
			storetest.RefreshLock(t, func(testing.TB) ginauth0.RefreshLock { return store.RefreshLock() }, time.Sleep)
		})
	})
}

func TestOtherStoresKeepASessionForItsWholeLife(t *testing.T) {
	eachOtherStore(t, func(t *testing.T, store *otherStore) {
		a := newStoreApp(t, store, nil, storeSecret)
		v := a.visitor(t)
		line := sessionLine(v.login())
		if line == nil || line.Path != "/" || line.Domain != "" || !line.HttpOnly || line.SameSite != http.SameSiteLaxMode || line.MaxAge < 86000 || line.MaxAge > 86400 {
			t.Fatalf("the cookie at login %v", line)
		}
		first := v.cookie()
		v.want("hello Ada Lovelace")

		// Refreshed twice: the second time with the refresh token that the first one brought.
		_, before := v.get("/token")
		_, refreshed := v.get("/token?force=1")
		_, again := v.get("/token?force=1")
		_, cached := v.get("/token")
		if before == refreshed || refreshed == again || again != cached {
			t.Error("a refreshed token is not kept")
		}
		v.want("hello Ada Lovelace")
		if store.content != nil {
			content := store.content(t)
			for _, secret := range append(a.tokens, "Lovelace", "refresh_token", "rid") {
				if content == "" || strings.Contains(content, secret) {
					t.Errorf("readable in the store, or the store is empty: %.10s…", secret)
				}
			}
		}
		if strings.Contains(v.cookie().Value, again) {
			t.Error("the cookie shows the token")
		}

		// Another secret comes first: what is old is sealed anew, as by rolling.
		rotated := newStoreApp(t, store, a.tenant, newStoreSecret, storeSecret)
		moved := rotated.visitor(t, v.cookie())
		response, body := moved.get("/")
		if line := sessionLine(response); body != "hello Ada Lovelace" || line == nil || line.Path != "/" || line.MaxAge < 86000 {
			t.Errorf("rolling: %s %v", body, response.Header)
		}
		final := newStoreApp(t, store, a.tenant, newStoreSecret)
		last := final.visitor(t, moved.cookie())
		last.want("hello Ada Lovelace")

		last.login()
		if last.cookie().Value == first.Value {
			t.Error("the second login kept the id")
		}
		if store.ids {
			final.visitor(t, moved.cookie()).want("hello stranger")
		}
		copied := last.cookie()
		if response, _ := last.get("/auth/logout"); response.StatusCode != http.StatusFound || last.cookie() != nil {
			t.Errorf("logout: %d %v", response.StatusCode, response.Header)
		}
		final.visitor(t, copied).want("hello stranger")
	})
}

func TestOtherStoresAndLongSessions(t *testing.T) {
	eachOtherStore(t, func(t *testing.T, store *otherStore) {
		a := newStoreApp(t, store, nil, storeSecret)
		v := a.visitor(t)
		v.login()
		before := v.cookie().Value
		a.tenant.EditIDToken(func(_, claims map[string]any) { claims["https://app.example/blob"] = strings.Repeat("x", 6<<10) })
		callback := v.callback()
		if store.limited {
			response := v.wantStatus(callback, http.StatusInternalServerError, "session_too_large")
			if sessionLine(response) != nil || v.cookie().Value != before {
				t.Errorf("a half login: %v", response.Header)
			}
		} else {
			v.wantStatus(callback, http.StatusFound, "")
			if v.cookie().Value == before {
				t.Error("no new session")
			}
		}
		v.want("hello Ada Lovelace")
	})
}

func TestOtherStoresWithoutTheRow(t *testing.T) {
	eachOtherStore(t, func(t *testing.T, store *otherStore) {
		a := newStoreApp(t, store, nil, storeSecret)
		v := a.visitor(t)
		v.login()
		value := v.cookie().Value
		for _, forged := range []string{
			"x", value[:len(value)/2], value[:len(value)/2] + "AAAA" + value[len(value)/2+4:], strings.Repeat("A", 4000), strings.Repeat("A", 9000),
		} {
			f := a.visitor(t, &http.Cookie{Name: "_a0_session", Value: forged})
			response := f.wantStatus("/private", http.StatusUnauthorized, `"unauthorized"`)
			if line := sessionLine(response); line == nil || line.MaxAge >= 0 || f.cookie() != nil {
				t.Errorf("a forged cookie of %d bytes is not cleared: %v", len(forged), response.Header)
			}
		}
		v.want("hello Ada Lovelace")
		if store.empty == nil {
			return
		}
		store.empty(t)
		response := v.wantStatus("/private", http.StatusUnauthorized, `"unauthorized"`)
		if line := sessionLine(response); line == nil || line.MaxAge >= 0 || v.cookie() != nil {
			t.Errorf("not cleared: %v", response.Header)
		}
		v.login()
		v.want("hello Ada Lovelace")
	})
}

func TestTheApplicationsOwnSessionInOtherStores(t *testing.T) {
	eachOtherStore(t, func(t *testing.T, store *otherStore) {
		v := newStoreApp(t, store, nil, storeSecret).visitor(t)
		want := func(basket string) {
			t.Helper()
			if _, got := v.get("/basket"); got != basket {
				t.Errorf("the basket holds %s, want %s", got, basket)
			}
		}
		v.get("/basket?put=one")
		v.login()
		want("one")
		v.get("/basket?put=two")
		v.want("hello Ada Lovelace")
		v.login()
		v.get("/token?force=1")
		want("two")
		v.want("hello Ada Lovelace")
		v.get("/auth/logout")
		v.want("hello stranger")
		want("two")
	})
}

// Redis is stopped and comes back with what it had.
func TestOtherStoreOutOfReach(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--appendonly", "yes", "--appendfsync", "always", "--dir", t.TempDir())
	a := newStoreApp(t, openRedis(t, server, false), nil, storeSecret)
	v, login := a.visitor(t), a.visitor(t)
	v.login()
	value := v.cookie().Value
	callback, fresh := v.callback(), login.callback()

	server.stop(t)
	v.want("hello stranger")
	v.wantStatus("/private", http.StatusServiceUnavailable, `"store_unavailable"`)
	v.wantStatus("/token?force=1", http.StatusServiceUnavailable, `"store_unavailable"`)
	v.wantStatus(callback, http.StatusServiceUnavailable, `"store_unavailable"`)
	if c := v.cookie(); c == nil || c.Value != value {
		t.Error("the cookie was touched")
	}
	// Nothing to read here: it is the write that fails.
	if response := login.wantStatus(fresh, http.StatusServiceUnavailable, `"store_unavailable"`); sessionLine(response) != nil {
		t.Errorf("a half login: %v", response.Header)
	}

	server.start(t)
	v.want("hello Ada Lovelace")
	login.want("hello stranger")
	login.login()
	login.want("hello Ada Lovelace")
}
