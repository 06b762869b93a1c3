package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

const secret = ginauth0.Secret("32 bytes and more of a secret for tests")

func newSessionStore(t *testing.T, client redis.UniversalClient, timeout time.Duration) *redisstore.Store {
	t.Helper()
	t.Cleanup(func() { _ = client.Close() })
	store, err := redisstore.New(client, redisstore.Config{Secrets: []ginauth0.Secret{secret}, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	return r
}

func TestAllProblemsOfAConfigAtOnce(t *testing.T) {
	t.Parallel()
	good := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { _ = good.Close() })
	secrets := []ginauth0.Secret{secret}
	for _, test := range []struct {
		client redis.UniversalClient
		cfg    redisstore.Config
		want   []string
	}{
		{nil, redisstore.Config{Timeout: -1}, []string{"redisstore: client must not be nil", "redisstore: Secrets: seal: no secret", "redisstore: Timeout must not be negative"}},
		{(*redis.Client)(nil), redisstore.Config{Secrets: secrets}, []string{"redisstore: client must not be nil"}},
		{(*redis.ClusterClient)(nil), redisstore.Config{Secrets: secrets}, []string{"redisstore: client must not be nil"}},
		{(*redis.Ring)(nil), redisstore.Config{Secrets: secrets}, []string{"redisstore: client must not be nil"}},
		{good, redisstore.Config{Secrets: []ginauth0.Secret{secret, "too short"}}, []string{"redisstore: Secrets: seal: a secret is shorter than 32 bytes"}},
		{good, redisstore.Config{Secrets: []ginauth0.Secret{secret, secret}}, []string{"redisstore: Secrets: seal: two secrets are alike"}},
		{good, redisstore.Config{Secrets: secrets, Timeout: -time.Second}, []string{"redisstore: Timeout must not be negative"}},
		{good, redisstore.Config{Secrets: secrets}, nil}, // nobody listens there: nothing is asked
	} {
		store, err := redisstore.New(test.client, test.cfg)
		if text := fmt.Sprint(err); test.want != nil && text != strings.Join(test.want, "\n") || (store == nil) != (err != nil) || (err == nil) != (test.want == nil) {
			t.Errorf("%T, %+v: got %v and the error %q, want %q", test.client, test.cfg, store, err, test.want)
		}
	}
}

// prepared is a server that holds a session, and its cookie.
func prepared(t *testing.T) (*server, *http.Cookie) {
	t.Helper()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	session, err := store.New(request(), "cart")
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	if err := store.Save(request(), answer, session); err != nil {
		t.Fatal(err)
	}
	s.asked()
	return s, answer.Result().Cookies()[0]
}

// calls is one of each kind that speaks with Redis.
func calls(store *redisstore.Store, cookie *http.Cookie) map[string]func(context.Context) error {
	marks, lock := store.LogoutStore(), store.RefreshLock()
	handle := rows.Handle{ID: strings.Repeat("A", 43), Version: strings.Repeat("A", 24)}
	row := rows.Row{Record: []byte("record"), Marks: []string{"sid:1"}, Expiry: time.Now().Add(time.Hour)}
	return map[string]func(context.Context) error{
		"Find": func(ctx context.Context) error {
			_, err := store.Find(request(cookie).WithContext(ctx), "cart")
			return err
		},
		"Reread": func(ctx context.Context) error { _, err := store.Reread(ctx, handle); return err },
		"Insert": func(ctx context.Context) error {
			_, err := store.Insert(request().WithContext(ctx), http.Header{}, "cart", row)
			return err
		},
		"Update": func(ctx context.Context) error {
			_, err := store.Update(request().WithContext(ctx), nil, "cart", handle, row)
			return err
		},
		"Remove": func(ctx context.Context) error { return store.Remove(ctx, handle) },
		"New": func(ctx context.Context) error {
			session, err := store.New(request(cookie).WithContext(ctx), "cart")
			if session == nil || !session.IsNew {
				return nil
			}
			return err
		},
		"Save": func(ctx context.Context) error {
			session, _ := store.New(request(), "cart")
			return store.Save(request().WithContext(ctx), httptest.NewRecorder(), session)
		},
		"Save a session that is there": func(ctx context.Context) error {
			session, _ := store.New(request(), "cart")
			session.ID = handle.ID
			return store.Save(request().WithContext(ctx), httptest.NewRecorder(), session)
		},
		"Save to delete": func(ctx context.Context) error {
			session, _ := store.New(request(), "cart")
			session.ID, session.Options.MaxAge = handle.ID, -1
			return store.Save(request().WithContext(ctx), httptest.NewRecorder(), session)
		},
		"Mark":     func(ctx context.Context) error { return marks.Mark(ctx, "sid:1", time.Now(), time.Hour) },
		"Marked":   func(ctx context.Context) error { _, err := marks.Marked(ctx, "sid:1", "sub:1"); return err },
		"Remember": func(ctx context.Context) error { _, err := marks.Remember(ctx, "jti", time.Hour); return err },
		"Look": func(ctx context.Context) error {
			_, _, _, err := marks.(rows.Lookup).Look(ctx, []string{"sid:1"}, "token")
			return err
		},
		"Lock": func(ctx context.Context) error { _, err := lock.Lock(ctx, "rid", time.Hour); return err },
		"Keep": func(ctx context.Context) error { return lock.Keep(ctx, "token", []byte("sealed"), time.Hour) },
		"Kept": func(ctx context.Context) error { _, _, err := lock.Kept(ctx, "token"); return err },
	}
}

// Whatever Redis cannot do is an error of every call: nobody is signed in or out by it.
func TestTroubleIsAnErrorOfEveryCall(t *testing.T) {
	t.Parallel()
	const hidden = "of 10.1.2.3:6379"
	for _, test := range []struct{ answer, text string }{
		{"-OOM command not allowed " + hidden, "redisstore: Redis refuses with OOM"},
		{"-READONLY You can't write against a read only replica " + hidden, "redisstore: Redis refuses with READONLY"},
		{"-WRONGTYPE Operation against a key " + hidden, "redisstore: Redis refuses with WRONGTYPE"},
		{"-NOPERM " + hidden, "redisstore: Redis refuses with NOPERM"},
		{"", "redisstore: Redis closed the connection"},
	} {
		s, cookie := prepared(t)
		s.answers(func([]string, string) string {
			if test.answer == "" {
				return ""
			}
			return test.answer + "\r\n"
		})
		store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address, MaxRetries: -1}), 0)
		for name, call := range calls(store, cookie) {
			if err := call(t.Context()); err == nil || err.Error() != test.text || errors.Is(err, rows.ErrGone) {
				t.Errorf("%s with %q: the error is %v, want %s", name, test.answer, err, test.text)
			}
		}
	}
}

// A Redis that says nothing holds nobody for longer than the Timeout, whatever the client does about contexts.
func TestTimeoutOfEveryCall(t *testing.T) {
	t.Parallel()
	s, cookie := prepared(t)
	s.answers(func([]string, string) string { return silence })
	for kind, client := range clients(s.address) {
		for name, call := range calls(newSessionStore(t, client, 50*time.Millisecond), cookie) {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				begin := time.Now()
				if err := call(context.Background()); err == nil || err.Error() != "redisstore: Redis does not answer in time" {
					t.Errorf("the error is %v", err)
				}
				if took := time.Since(begin); took > aWhile {
					t.Errorf("the call took %v", took)
				}
			})
		}
	}
}

func TestContextOfEveryCall(t *testing.T) {
	t.Parallel()
	s, cookie := prepared(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range calls(newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0), cookie) {
		if err := call(ctx); !errors.Is(err, context.Canceled) || err.Error() != "redisstore: cancelled" {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// Cookies that do not open and handles of no row cost no round trip.
func TestNothingIsAskedInVain(t *testing.T) {
	t.Parallel()
	s, cookie := prepared(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	forged, moved := *cookie, *cookie
	forged.Value = strings.Repeat("A", len(cookie.Value))
	moved.Name = "another"
	for name, test := range map[string]struct {
		r    *http.Request
		name string
	}{
		"none":                    {request(), "cart"},
		"forged":                  {request(&forged), "cart"},
		"under another name":      {request(&moved), "another"},
		"beside the name we want": {request(cookie), "another"},
	} {
		if found, err := store.Find(test.r, test.name); err != nil || found.Record != nil || found.Handle != (rows.Handle{}) {
			t.Errorf("%s: found %+v, error %v", name, found, err)
		}
		if session, err := store.New(test.r, test.name); err != nil || !session.IsNew || session.ID != "" {
			t.Errorf("%s: session %+v, error %v", name, session, err)
		}
	}
	for _, handle := range []rows.Handle{{}, {ID: "short", Version: strings.Repeat("A", 24)}} {
		if found, err := store.Reread(t.Context(), handle); err != nil || found.Record != nil {
			t.Errorf("%+v: found %+v, error %v", handle, found, err)
		}
		if err := store.Remove(t.Context(), handle); err != nil {
			t.Errorf("%+v: the error is %v", handle, err)
		}
	}
	// Without a version an update would be a new row.
	for _, handle := range []rows.Handle{{}, {ID: "short", Version: strings.Repeat("A", 24)}, {ID: strings.Repeat("A", 43)}} {
		if _, err := store.Update(request(), http.Header{}, "cart", handle, rows.Row{}); !errors.Is(err, rows.ErrGone) {
			t.Errorf("%+v: the error is %v", handle, err)
		}
	}
	if marks, err := store.LogoutStore().Marked(t.Context()); err != nil || len(marks) != 0 {
		t.Errorf("marks %v, error %v", marks, err)
	}
	if asked := s.asked(); len(asked) != 0 {
		t.Errorf("Redis was asked %q", asked)
	}
}

// A row goes with its indexes, the indexes first, each script with one key.
func TestWritingARowOnTheWire(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	s.answers(func([]string, string) string { return "$7\r\nwritten\r\n" })
	header := http.Header{}
	created := time.UnixMilli(1_800_000_000_123)
	handle, err := store.Insert(request(), header, "sid", rows.Row{
		Record: []byte("record"), Created: created, Marks: []string{"sub:a", "sid:b"}, Expiry: time.Now().Add(time.Hour),
		Cookie: http.Cookie{Path: "/", HttpOnly: true},
	})
	if err != nil || len(header["Set-Cookie"]) != 1 || strings.Contains(header.Get("Set-Cookie"), handle.ID) {
		t.Fatalf("header %v, error %v", header, err)
	}
	asked := s.asked()
	if len(asked) != 3 {
		t.Fatalf("Redis was asked %q", asked)
	}
	hash := strings.TrimPrefix(asked[2][3], "a0:row:")
	for i, want := range []string{"a0:index:sub:a", "a0:index:sid:b", "a0:row:" + hash} {
		if got := asked[i]; got[0] != "eval" || got[2] != "1" || got[3] != want {
			t.Errorf("command %d is %q, want a script on %s alone", i, got, want)
		}
	}
	if got := asked[0][4]; got != "1800000000123:"+hash || strings.Contains(fmt.Sprint(asked), handle.ID) {
		t.Errorf("the member of the index is %q", got)
	}
	if version := asked[2][4]; version != "" || !strings.HasPrefix(asked[2][5], handle.Version) || len(handle.Version) != 24 {
		t.Errorf("a row at version %q is written as %q, handle %+v", version, asked[2][5], handle)
	}
	for _, got := range []string{asked[0][5], asked[1][5], asked[2][6]} {
		if got > "3600000" || got < "3590000" || len(got) != 7 {
			t.Errorf("the life is %s ms", got)
		}
	}
	if strings.Contains(fmt.Sprint(asked), "record") {
		t.Error("the record can be read")
	}

	s.answers(func([]string, string) string { return "$8\r\nconflict\r\n" })
	update := rows.Row{Record: []byte("other"), Expiry: time.Now().Add(time.Hour)}
	if _, err := store.Update(request(), nil, "sid", handle, update); !errors.Is(err, rows.ErrConflict) {
		t.Errorf("the error is %v", err)
	}
	if asked := s.asked(); len(asked) != 1 || asked[0][4] != handle.Version || !slices.Equal(asked[0][2:4], []string{"1", "a0:row:" + hash}) {
		t.Errorf("Redis was asked %q", asked)
	}
}
