package e2e_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/tester"
	"github.com/gorilla/sessions"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/redisstore"
)

// The suite by which gin-contrib tests its own stores.
func TestRedisStorePassesTheSuiteOfGinContrib(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := func(t *testing.T) ginsessions.Store { return redisStore(t, client) }
		for name, test := range map[string]func(*testing.T, func(*testing.T) ginsessions.Store){
			"GetSet":    func(t *testing.T, s func(*testing.T) ginsessions.Store) { tester.GetSet(t, s) },
			"DeleteKey": func(t *testing.T, s func(*testing.T) ginsessions.Store) { tester.DeleteKey(t, s) },
			"Flashes":   func(t *testing.T, s func(*testing.T) ginsessions.Store) { tester.Flashes(t, s) },
			"Clear":     func(t *testing.T, s func(*testing.T) ginsessions.Store) { tester.Clear(t, s) },
			"Options":   func(t *testing.T, s func(*testing.T) ginsessions.Store) { tester.Options(t, s) },
			"Many":      func(t *testing.T, s func(*testing.T) ginsessions.Store) { tester.Many(t, s) },
		} {
			t.Run(name, func(t *testing.T) { test(t, store) })
		}
	})
}

// session reads the session of a request, as gin-contrib does.
func session(t *testing.T, store *redisstore.Store, r *http.Request) *sessions.Session {
	t.Helper()
	s, err := store.New(r, "cart")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// save returns the header of the answer.
func save(t *testing.T, store *redisstore.Store, r *http.Request, s *sessions.Session) http.Header {
	t.Helper()
	answer := httptest.NewRecorder()
	if err := store.Save(r, answer, s); err != nil {
		t.Fatal(err)
	}
	return answer.Header()
}

func TestRedisSessionOfTheApplication(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := redisStore(t, client)
		first := session(t, store, visit(t, nil))
		if !first.IsNew || first.ID != "" {
			t.Errorf("a new session: IsNew %v, ID %q", first.IsNew, first.ID)
		}
		first.Values["item"] = "book"
		header := save(t, store, visit(t, nil), first)
		cookie := (&http.Response{Header: header}).Cookies()[0]
		if cookie.Name != "cart" || cookie.MaxAge != 0 || !cookie.Expires.IsZero() || !cookie.HttpOnly || !cookie.Secure || cookie.Path != "/" || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("the cookie is %s", header.Get("Set-Cookie"))
		}

		second := session(t, store, visit(t, header))
		if second.IsNew || second.Values["item"] != "book" || second.ID != first.ID {
			t.Errorf("the session is %+v", second)
		}
		second.Values["item"], second.Options.MaxAge = "pen", 3600
		header = save(t, store, visit(t, header), second)
		if cookie := (&http.Response{Header: header}).Cookies()[0]; cookie.MaxAge != 3600 || time.Until(cookie.Expires) > time.Hour {
			t.Errorf("the cookie is %s", header.Get("Set-Cookie"))
		}
		third, late := session(t, store, visit(t, header)), session(t, store, visit(t, header))
		if third.Values["item"] != "pen" {
			t.Errorf("the session holds %v", third.Values)
		}

		third.Options.MaxAge = -1
		cleared := save(t, store, visit(t, header), third)
		if cookie := (&http.Response{Header: cleared}).Cookies()[0]; cookie.MaxAge >= 0 || cookie.Value != "" || cookie.Path != "/" {
			t.Errorf("the cookie is %s", cleared.Get("Set-Cookie"))
		}
		if again := session(t, store, visit(t, header)); !again.IsNew {
			t.Error("the session is still there")
		}

		// What was read before must not bring it back.
		answer := httptest.NewRecorder()
		if err := store.Save(visit(t, header), answer, late); !errors.Is(err, redisstore.ErrSessionGone) {
			t.Errorf("a session that is over is written: %v", err)
		}
		if cookies := answer.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge >= 0 {
			t.Errorf("the cookies are %q", answer.Header()["Set-Cookie"])
		}
		if again := session(t, store, visit(t, header)); !again.IsNew {
			t.Error("the session is back")
		}

		// Deleted and saved again it is another session.
		delete(third.Values, "item")
		third.Options.MaxAge = 60
		if save(t, store, visit(t, header), third); third.ID == first.ID || third.ID == "" {
			t.Errorf("the id is %q", third.ID)
		}
	})
}

// The last write wins, and nobody else learns the session.
func TestRedisSessionWrittenTwice(t *testing.T) {
	t.Parallel()
	store := redisStore(t, startRedis(t).client(t, punctual))
	fresh := session(t, store, visit(t, nil))
	header := save(t, store, visit(t, nil), fresh)
	one, two := session(t, store, visit(t, header)), session(t, store, visit(t, header))
	one.Values["by"], two.Values["by"] = "one", "two"
	save(t, store, visit(t, header), two)
	save(t, store, visit(t, header), one)
	if got := session(t, store, visit(t, header)).Values["by"]; got != "one" {
		t.Errorf("the session was written last by %v", got)
	}
	one.ID = "of another store"
	if err := store.Save(visit(t, header), httptest.NewRecorder(), one); err == nil || errors.Is(err, redisstore.ErrSessionGone) {
		t.Errorf("a foreign id: %v", err)
	}
	one.ID = ""
	one.Values["by"] = func() {}
	if err := store.Save(visit(t, header), httptest.NewRecorder(), one); err == nil {
		t.Error("a function is written")
	}
}

// A session that could not be read while Redis was away is deleted by its cookie.
func TestRedisSessionIsDeletedUnread(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	store := redisStore(t, client)
	header := save(t, store, visit(t, nil), session(t, store, visit(t, nil)))
	unread := session(t, store, visit(t, nil))
	unread.Options.MaxAge = -1
	save(t, store, visit(t, header), unread)
	if names := rowNames(t, client); len(names) != 0 {
		t.Errorf("rows %q", names)
	}
}

// ginauth0 and the application use one store under two names.
func TestRedisSessionBesideThatOfGinauth0(t *testing.T) {
	t.Parallel()
	store := redisStore(t, startRedis(t).client(t, punctual))
	cookies, _ := insert(t, store, rowOf("record", time.Hour))
	cart := session(t, store, visit(t, cookies))
	if !cart.IsNew {
		t.Error("the session of ginauth0 is that of the application")
	}
	cart.Values["item"] = "book"
	for _, line := range save(t, store, visit(t, cookies), cart)["Set-Cookie"] {
		cookies.Add("Set-Cookie", line)
	}
	wantRecord(t, store, cookies, "record")
	if got := session(t, store, visit(t, cookies)).Values["item"]; got != "book" {
		t.Errorf("the session of the application holds %v", got)
	}
	if s, err := store.New(visit(t, cookies), rowCookie); err != nil || s.Values["ginauth0"] != "record" {
		t.Errorf("as a plain session: %v, error %v", s.Values, err)
	}
}
