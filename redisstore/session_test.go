package redisstore_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/tester"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

// The suite by which gin-contrib tests its own stores.
func TestStorePassesTheSuiteOfGinContrib(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := func(t *testing.T) ginsessions.Store {
		return newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	}
	tester.GetSet(t, store)
	tester.DeleteKey(t, store)
	tester.Flashes(t, store)
	tester.Clear(t, store)
	tester.Options(t, store)
	tester.Many(t, store)
}

func TestSavingOnTheWire(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	for _, test := range []struct {
		maxAge int
		life   []string
	}{
		{0, []string{"ex", "2592000"}}, // 30 days
		{60, []string{"ex", "60"}},
	} {
		session, err := store.New(request(), "cart")
		if err != nil {
			t.Fatal(err)
		}
		session.Options.MaxAge = test.maxAge
		for _, when := range []string{"nx", "xx"} {
			if err := store.Save(request(), httptest.NewRecorder(), session); err != nil {
				t.Fatal(err)
			}
			asked := s.asked()
			if len(asked) != 1 || len(asked[0]) != 6 || !strings.HasPrefix(asked[0][1], "a0:row:") || asked[0][5] != when {
				t.Fatalf("Redis was asked %q, want one SET %s", asked, when)
			}
			if got := asked[0][3:5]; !slices.Equal(got, test.life) {
				t.Errorf("MaxAge %d: the row lives %q", test.maxAge, got)
			}
		}
		session.Options.MaxAge = -1
		if err := store.Save(request(), httptest.NewRecorder(), session); err != nil {
			t.Fatal(err)
		}
		if asked := s.asked(); len(asked) != 1 || asked[0][0] != "del" || !strings.HasPrefix(asked[0][1], "a0:row:") {
			t.Errorf("Redis was asked %q, want one DEL", asked)
		}
		if session.ID != "" {
			t.Error("a session that is deleted keeps its id")
		}
	}
}

// A session lives for the whole of its MaxAge, and no longer even if Redis still had it: this one forgets nothing.
func TestSessionEndsWithItsMaxAge(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	begin := time.Unix(1_800_000_000, 999_000_000)
	now := begin
	store.SetClock(func() time.Time { return now })
	session, err := store.New(request(), "cart")
	if err != nil {
		t.Fatal(err)
	}
	session.Options.MaxAge = 1
	answer := httptest.NewRecorder()
	if err := store.Save(request(), answer, session); err != nil {
		t.Fatal(err)
	}
	cookie := answer.Result().Cookies()[0]
	row := rows.Row{Record: []byte("record"), Expiry: begin.Add(time.Second), Cookie: http.Cookie{Path: "/"}}
	s.answers(func(command []string, usual string) string {
		if command[0] != "eval" {
			return usual
		}
		s.values[command[3]] = command[5]
		return "$7\r\nwritten\r\n"
	})
	header := http.Header{}
	handle, err := store.Rows().Insert(request(), header, "sid", row)
	if err != nil {
		t.Fatal(err)
	}
	sid := (&http.Response{Header: header}).Cookies()[0]
	for after, want := range map[time.Duration]bool{0: true, time.Second - 1: true, 2 * time.Second: false} {
		now = begin.Add(after)
		if cart, err := store.New(request(cookie), "cart"); err != nil || cart.IsNew == want {
			t.Errorf("after %v the session of the application is there: %v, error %v", after, !cart.IsNew, err)
		}
		if found, err := store.Rows().Find(request(sid), "sid"); err != nil || (found.Record != nil) != want {
			t.Errorf("after %v found %+v, error %v", after, found, err)
		}
		if found, err := store.Rows().Reread(t.Context(), handle); err != nil || (found.Record != nil) != want {
			t.Errorf("after %v reread %+v, error %v", after, found, err)
		}
	}
}

func TestErrorOfASaveLeavesTheHeader(t *testing.T) {
	t.Parallel()
	s, cookie := prepared(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address, MaxRetries: -1}), 0)
	session, err := store.New(request(cookie), "cart")
	if err != nil {
		t.Fatal(err)
	}
	s.answers(func([]string, string) string { return "-OOM\r\n" })
	for _, maxAge := range []int{0, 60, -1} {
		session.Options.MaxAge = maxAge
		answer := httptest.NewRecorder()
		if err := store.Save(request(cookie), answer, session); err == nil || len(answer.Header()) != 0 {
			t.Errorf("MaxAge %d: the error is %v, the header %v", maxAge, err, answer.Header())
		}
	}
	s.answers(func([]string, string) string { return "$-1\r\n" })
	session.Options.MaxAge = 60
	answer := httptest.NewRecorder()
	err = store.Save(request(cookie), answer, session)
	if !errors.Is(err, redisstore.ErrSessionGone) || !errors.Is(err, rows.ErrGone) {
		t.Errorf("the error is %v", err)
	}
	if cookies := answer.Result().Cookies(); len(cookies) != 1 || cookies[0].MaxAge >= 0 || cookies[0].Name != "cart" {
		t.Errorf("the cookies are %v", cookies)
	}
}

func TestOptionsAreCopied(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	one, _ := store.New(request(), "cart")
	one.Options.Path = "/elsewhere"
	if two, _ := store.New(request(), "cart"); two.Options.Path != "/" || !two.Options.HttpOnly || !two.Options.Secure || two.Options.SameSite != http.SameSiteLaxMode || two.Options.MaxAge != 0 {
		t.Errorf("the options are %+v", two.Options)
	}
	store.Options(ginsessions.Options{Path: "/shop", MaxAge: 60})
	if three, _ := store.New(request(), "cart"); three.Options.Path != "/shop" || three.Options.HttpOnly || three.Options.MaxAge != 60 {
		t.Errorf("the options are %+v", three.Options)
	}
	r := request()
	first, err := store.Get(r, "cart")
	if again, _ := store.Get(r, "cart"); err != nil || again != first {
		t.Error("one request has two sessions of a name")
	}
}

// Nothing overflows, and no key is ever written without an end.
func TestLivesAreBounded(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	if err := store.RefreshLock().Keep(t.Context(), "token", nil, time.Duration(1<<63-1)); err != nil {
		t.Fatal(err)
	}
	if err := store.RefreshLock().Keep(t.Context(), "token", nil, -1); err != nil {
		t.Fatal(err)
	}
	asked := s.asked()
	if len(asked) != 2 || !slices.Equal(asked[0][3:], []string{"px", "9223372036854"}) || !slices.Equal(asked[1][3:], []string{"px", "1"}) {
		t.Errorf("Redis was asked %q", asked)
	}
}

// What a new session is written with may be sent twice as well.
func TestLostAnswerWritesASession(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(once("set"))
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	if err := calls(store, nil)["Save"](t.Context()); err != nil {
		t.Error(err)
	}
	if asked := s.asked(); len(asked) != 3 || asked[0][2] != asked[1][2] || asked[2][0] != "get" {
		t.Errorf("Redis was asked, in this order: %q", asked)
	}
}
