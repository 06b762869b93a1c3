package e2e_test

import (
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

// What others have written under our keys is an error, and no session.
func TestRedisValuesOfAnotherKind(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	store := redisStore(t, client)
	marks := store.LogoutStore()
	cookies, handle := insert(t, store, rowOf("one", time.Hour, "sub:ada"))
	row := rowNames(t, client)[0]
	for _, name := range []string{row, "a0:mark:sub:ada", "a0:kept:token", "a0:index:sid:1"} {
		client.Del(t.Context(), name)
		client.RPush(t.Context(), name, "a list")
	}
	client.Set(t.Context(), "a0:mark:sid:1", "yesterday", time.Minute)
	var err error
	want := func(name string) {
		t.Helper()
		if err == nil || err.Error() != "redisstore: Redis refuses with WRONGTYPE" {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	_, err = store.Rows().Find(visit(t, cookies), rowCookie)
	want("Find")
	_, err = store.New(visit(t, cookies), rowCookie)
	want("New")
	_, err = store.Rows().Update(visit(t, cookies), nil, rowCookie, handle, rowOf("two", time.Hour))
	want("Update")
	_, err = marks.Marked(t.Context(), "rid:1", "sub:ada")
	want("Marked")
	err = marks.Mark(t.Context(), "sub:ada", rowBirth, time.Hour)
	want("Mark")
	_, _, err = store.RefreshLock().Kept(t.Context(), "token")
	want("Kept")
	_, err = store.Rows().Insert(visit(t, nil), http.Header{}, rowCookie, rowOf("two", time.Hour, "sid:1"))
	want("Insert")
	if _, err = marks.Marked(t.Context(), "sid:1"); err == nil {
		t.Error("a mark that cannot be read is none")
	}
	client.Set(t.Context(), row, "junk", time.Minute)
	wantRecord(t, store, cookies, "")
}

func TestRedisStoreWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--appendonly", "yes", "--appendfsync", "always", "--dir", t.TempDir())
	stores := map[string]*redisstore.Store{"usual": redisStore(t, server.client(t)), "punctual": redisStore(t, server.client(t, punctual))}
	cookies, handle := insert(t, stores["usual"], rowOf("one", time.Hour, "sub:ada"))
	mark(t, stores["usual"].LogoutStore(), "rid:1", rowBirth, time.Hour)
	server.stop(t)
	for name, store := range stores {
		marks, lock := store.LogoutStore(), store.RefreshLock()
		header := http.Header{}
		for call, err := range map[string]error{
			"Find":   second(store.Rows().Find(visit(t, cookies), rowCookie)),
			"New":    second(store.New(visit(t, cookies), rowCookie)),
			"Insert": second(store.Rows().Insert(visit(t, nil), header, rowCookie, rowOf("two", time.Hour))),
			"Update": second(store.Rows().Update(visit(t, nil), header, rowCookie, handle, rowOf("two", time.Hour))),
			"Remove": store.Rows().Remove(t.Context(), handle),
			"Mark":   marks.Mark(t.Context(), "sub:ada", rowBirth, time.Hour),
			"Marked": second(marks.Marked(t.Context(), "sub:ada")),
			"Lock":   second(lock.Lock(t.Context(), "session", time.Minute)),
			"Keep":   lock.Keep(t.Context(), "token", nil, time.Minute),
		} {
			if err == nil || strings.Contains(err.Error(), server.address) || !strings.HasPrefix(err.Error(), "redisstore: ") {
				t.Errorf("%s, %s: the error is %v", name, call, err)
			}
		}
		if len(header) != 0 {
			t.Errorf("the header is %v", header)
		}
	}
	server.start(t)
	for name, store := range stores {
		awaitRecord(t, store, cookies, "one")
		if found := find(t, store, cookies); found.Handle != handle {
			t.Errorf("%s: the version is another one", name)
		}
		wantMarks(t, store.LogoutStore(), []string{"rid:1"}, rowBirth)
	}
}

// awaitRecord returns when Redis can be reached again: after many failures the client looks once a second.
func awaitRecord(t *testing.T, store *redisstore.Store, cookies http.Header, want string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		found, err := store.Rows().Find(visit(t, cookies), rowCookie)
		if err == nil && string(found.Record) == want {
			return
		}
		if err == nil || time.Now().After(deadline) {
			t.Fatalf("the record is %q, error %v, want %q", found.Record, err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A Redis that hangs holds nobody for longer than the Timeout, be the client's own patience longer.
func TestRedisStoreWhileRedisHangs(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	for name, client := range map[string]*redis.Client{"usual": server.client(t), "punctual": server.client(t, punctual)} {
		store, err := redisstore.New(client, redisstore.Config{Secrets: []ginauth0.Secret{rowSecret}, Timeout: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		cookies, _ := insert(t, store, rowOf("one", time.Hour))
		unlock, err := store.RefreshLock().Lock(t.Context(), name, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		server.signal(t, syscall.SIGSTOP)
		begin := time.Now()
		_, err = store.Rows().Find(visit(t, cookies), rowCookie)
		unlock()
		server.signal(t, syscall.SIGCONT)
		if took := time.Since(begin); err == nil || err.Error() != "redisstore: Redis does not answer in time" || took > 2*time.Second {
			t.Errorf("%s: after %v the error is %v", name, took, err)
		}
		awaitRecord(t, store, cookies, "one")
	}
}

// In the client those who wait for Sentinel wait for each other, whatever their own patience is.
func TestRedisStoreWhileSentinelHangs(t *testing.T) {
	t.Parallel()
	s := startRedisSentinel(t)
	with := func(timeout time.Duration) ginauth0.LogoutStore {
		store, err := redisstore.New(s.client, redisstore.Config{Secrets: []ginauth0.Secret{rowSecret}, Timeout: timeout})
		if err != nil {
			t.Fatal(err)
		}
		return store.LogoutStore()
	}
	s.sentinel.signal(t, syscall.SIGSTOP)
	defer s.sentinel.signal(t, syscall.SIGCONT)
	ended := make(chan error)
	go func() {
		_, err := with(4*time.Second).Marked(t.Context(), "sub:ada")
		ended <- err
	}()
	hasty := with(100 * time.Millisecond)
	for {
		begin := time.Now()
		if _, err := hasty.Marked(t.Context(), "sub:ada"); err == nil || time.Since(begin) > 2*time.Second {
			t.Errorf("after %v the error is %v", time.Since(begin), err)
		}
		select {
		case err := <-ended:
			if err == nil {
				t.Error("no error")
			}
			return
		default:
		}
	}
}

// Another master takes over: the sessions are there, and writing works again.
func TestRedisStoreSurvivesFailover(t *testing.T) {
	t.Parallel()
	s := startRedisSentinel(t)
	store := redisStore(t, s.client)
	cookies, handle := insert(t, store, rowOf("one", time.Hour, "sub:ada"))
	mark(t, store.LogoutStore(), "rid:1", rowBirth, time.Hour)
	if err := s.client.Wait(t.Context(), 1, patience).Err(); err != nil { // until the replica has it
		t.Fatal(err)
	}
	s.master.stop(t)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		_, err := store.Rows().Update(visit(t, cookies), nil, rowCookie, handle, rowOf("two", time.Hour, "sub:ada"))
		if err == nil {
			break
		}
		if errors.Is(err, rows.ErrGone) || errors.Is(err, rows.ErrConflict) || time.Now().After(deadline) {
			t.Fatalf("after the failover: %v", err)
		}
	}
	wantRecord(t, store, cookies, "two")
	wantMarks(t, store.LogoutStore(), []string{"rid:1"}, rowBirth)
}
