package redisstore_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

// calls is one of each kind that speaks with Redis.
func calls(store *redisstore.Store, cookie *http.Cookie) map[string]func(context.Context) error {
	marks, lock := store.LogoutStore(), store.RefreshLock()
	handle := rows.Handle{ID: strings.Repeat("A", 43), Version: strings.Repeat("A", 24)}
	row := rows.Row{Record: []byte("record"), Marks: []string{"sid:1"}, Expiry: time.Now().Add(time.Hour)}
	return map[string]func(context.Context) error{
		"Find": func(ctx context.Context) error {
			_, err := store.Rows().Find(request(cookie).WithContext(ctx), "cart")
			return err
		},
		"Reread": func(ctx context.Context) error { _, err := store.Rows().Reread(ctx, handle); return err },
		"Insert": func(ctx context.Context) error {
			_, err := store.Rows().Insert(request().WithContext(ctx), http.Header{}, "cart", row)
			return err
		},
		"Update": func(ctx context.Context) error {
			_, err := store.Rows().Update(request().WithContext(ctx), nil, "cart", handle, row)
			return err
		},
		"Remove": func(ctx context.Context) error { return store.Rows().Remove(ctx, handle) },
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

// A call that was left behind asks nothing more, and ends when the client gives up.
func TestCallThatIsLeftBehindEnds(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(func([]string, string) string { return silence })
	client := redis.NewClient(&redis.Options{Addr: s.address, ReadTimeout: 100 * time.Millisecond})
	ended := make(ending, 1)
	client.AddHook(ended)
	store := newSessionStore(t, client, 50*time.Millisecond)
	if _, _, err := store.RefreshLock().Kept(t.Context(), "token"); err == nil {
		t.Error("no error")
	}
	<-ended
	if asked := s.asked(); len(asked) != 1 {
		t.Errorf("Redis was asked %q, want one GET", asked)
	}
}

// ending is a hook that tells when a command has ended.
type ending chan struct{}

func (ending) DialHook(next redis.DialHook) redis.DialHook { return next }

func (ending) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (e ending) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		defer func() { e <- struct{}{} }()
		return next(ctx, command)
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
