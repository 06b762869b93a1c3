package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/internal/rows"
)

func TestRedisRows(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := redisStore(t, client)
		if found := find(t, store, nil); found.Record != nil || found.Handle != (rows.Handle{}) {
			t.Errorf("found %+v without a cookie", found)
		}
		cookies, first := insert(t, store, rowOf("one", time.Hour, "sub:ada", "sid:1"))
		if found := wantRecord(t, store, cookies, "one"); found.Handle != first || found.Old {
			t.Errorf("found %+v, want the version that was written", found)
		}

		request, header := visit(t, cookies), http.Header{}
		second, err := store.Rows().Update(request, header, rowCookie, first, rowOf("two", time.Hour, "sub:ada", "sid:1"))
		if err != nil || second.ID != first.ID || second.Version == first.Version {
			t.Fatalf("handle %+v after %+v, error %v", second, first, err)
		}
		wantRecord(t, store, cookies, "two")
		wantRecord(t, store, header, "two")

		header = http.Header{"X": {"1"}}
		if _, err := store.Rows().Update(request, header, rowCookie, first, rowOf("three", time.Hour)); !errors.Is(err, rows.ErrConflict) || len(header) != 1 {
			t.Errorf("an old version is written: error %v, header %v", err, header)
		}
		if found, err := store.Rows().Reread(t.Context(), first); err != nil || string(found.Record) != "two" || found.Handle != second {
			t.Errorf("reread %+v, error %v", found, err)
		}
		third, err := store.Rows().Update(request, nil, rowCookie, second, rowOf("three", time.Hour))
		if err != nil {
			t.Fatal(err)
		}

		for range 2 { // the second time it is not there
			if err := store.Rows().Remove(t.Context(), first); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Rows().Update(request, header, rowCookie, third, rowOf("four", time.Hour)); !errors.Is(err, rows.ErrGone) || len(header) != 1 {
			t.Errorf("a row that is gone is written: error %v, header %v", err, header)
		}
		if found := find(t, store, cookies); found.Record != nil || found.Handle != (rows.Handle{}) {
			t.Errorf("found %+v, want nothing", found)
		}
		if found, err := store.Rows().Reread(t.Context(), third); err != nil || found.Record != nil {
			t.Errorf("reread %+v, error %v, want nothing", found, err)
		}
	})
}

// Of many updates of one version one is written; all others learn that it was.
func TestRedisRowsUpdatedAtOnce(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := redisStore(t, client)
		cookies, handle := insert(t, store, rowOf("start", time.Hour, "sub:ada"))
		for round := range 5 {
			handles := make(chan rows.Handle, 20)
			var wait sync.WaitGroup
			for i := range cap(handles) {
				wait.Go(func() {
					next, err := store.Rows().Update(visit(t, cookies), nil, rowCookie, handle, rowOf(fmt.Sprint(i), time.Hour, "sub:ada"))
					switch {
					case err == nil:
						handles <- next
					case !errors.Is(err, rows.ErrConflict):
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if len(handles) != 1 {
				t.Fatalf("round %d: %d updates of one version", round, len(handles))
			}
			handle = <-handles
		}
	})
}

// A write in flight never brings back a session that was ended.
func TestRedisLogoutBeatsWritesInFlight(t *testing.T) {
	t.Parallel()
	store := redisStore(t, startRedis(t).client(t, punctual))
	for range 20 {
		cookies, handle := insert(t, store, rowOf("start", time.Hour))
		var wait sync.WaitGroup
		for range 5 {
			wait.Go(func() {
				for current := handle; ; {
					next, err := store.Rows().Update(visit(t, cookies), nil, rowCookie, current, rowOf("again", time.Hour))
					switch {
					case errors.Is(err, rows.ErrGone):
						return
					case errors.Is(err, rows.ErrConflict):
						found, err := store.Rows().Reread(t.Context(), handle)
						if err != nil {
							t.Error(err)
							return
						}
						if found.Record == nil {
							return
						}
						next = found.Handle
					case err != nil:
						t.Error(err)
						return
					}
					current = next
				}
			})
		}
		if err := store.Rows().Remove(t.Context(), handle); err != nil {
			t.Error(err)
		}
		wait.Wait()
		if found := find(t, store, cookies); found.Record != nil {
			t.Fatal("the session is back")
		}
	}
}

// A row lives as long as its cookie, and each write renews it.
func TestRedisRowsLiveAsLongAsTheirCookies(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	store := redisStore(t, client)
	ttl := func(pattern string) time.Duration {
		names := client.Keys(t.Context(), pattern).Val()
		if len(names) != 1 {
			t.Fatalf("%s: %q", pattern, names)
		}
		return client.PTTL(t.Context(), names[0]).Val()
	}
	want := func(pattern string, want time.Duration) {
		t.Helper()
		if got := ttl(pattern); got > want || got < want-patience {
			t.Errorf("%s lives %v, want %v", pattern, got, want)
		}
	}
	cookies, handle := insert(t, store, rowOf("one", time.Hour, "sub:ada"))
	want("a0:row:*", time.Hour)
	want("a0:index:sub:ada", time.Hour)
	handle, err := store.Rows().Update(visit(t, cookies), nil, rowCookie, handle, rowOf("one", 2*time.Hour, "sub:ada"))
	if err != nil {
		t.Fatal(err)
	}
	want("a0:row:*", 2*time.Hour)
	want("a0:index:sub:ada", 2*time.Hour)
	if _, err := store.Rows().Update(visit(t, cookies), nil, rowCookie, handle, rowOf("one", 30*time.Minute, "sub:ada")); err != nil {
		t.Fatal(err)
	}
	want("a0:row:*", 30*time.Minute)

	// An index drops what has expired, and lives as long as the last of its rows.
	insert(t, store, rowOf("short", 50*time.Millisecond, "sub:grace"))
	for deadline := time.Now().Add(patience); client.Exists(t.Context(), "a0:index:sub:grace").Val() == 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the index stays")
		}
	}
	insert(t, store, rowOf("short", 50*time.Millisecond, "sub:ada"))
	for deadline := time.Now().Add(patience); len(rowNames(t, client)) > 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the row stays")
		}
	}
	insert(t, store, rowOf("another", time.Minute, "sub:ada"))
	if count := client.ZCard(t.Context(), "a0:index:sub:ada").Val(); count != 2 {
		t.Errorf("the index has %d rows, want 2", count)
	}
	want("a0:index:sub:ada", 2*time.Hour)
}
