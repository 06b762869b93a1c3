package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

const (
	rowSecret    = ginauth0.Secret("the first secret of the rows, 32 bytes and more")
	oldRowSecret = ginauth0.Secret("the secret of the rows that is rotated out")
	rowCookie    = "_a0_session"
)

func redisStore(t *testing.T, client redis.UniversalClient, secrets ...ginauth0.Secret) *redisstore.Store {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []ginauth0.Secret{rowSecret}
	}
	store, err := redisstore.New(client, redisstore.Config{Secrets: secrets})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// eachRedis runs a test against the three ways to run Redis.
func eachRedis(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) redis.UniversalClient{
		"single":   func(t *testing.T) redis.UniversalClient { return startRedis(t).client(t, punctual) },
		"usual":    func(t *testing.T) redis.UniversalClient { return startRedis(t).client(t) },
		"sentinel": func(t *testing.T) redis.UniversalClient { return startRedisSentinel(t).client },
		"cluster":  func(t *testing.T) redis.UniversalClient { return startRedisCluster(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

// visit is a browser's request: it carries the cookies of an earlier answer.
func visit(t *testing.T, earlier http.Header) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, cookie := range (&http.Response{Header: earlier}).Cookies() {
		if cookie.MaxAge >= 0 {
			r.AddCookie(cookie)
		}
	}
	return r
}

// rowBirth is when the sessions of these tests were created.
var rowBirth = time.UnixMilli(1_800_000_000_000)

func rowOf(record string, life time.Duration, marks ...string) rows.Row {
	return rows.Row{
		Record: []byte(record), Created: rowBirth, Marks: marks, Expiry: time.Now().Add(life),
		Cookie: http.Cookie{Path: "/", HttpOnly: true, MaxAge: int(life / time.Second)},
	}
}

func insert(t *testing.T, store *redisstore.Store, row rows.Row) (http.Header, rows.Handle) {
	t.Helper()
	header := http.Header{}
	handle, err := store.Rows().Insert(visit(t, nil), header, rowCookie, row)
	if err != nil {
		t.Fatal(err)
	}
	return header, handle
}

func find(t *testing.T, store *redisstore.Store, cookies http.Header) rows.Found {
	t.Helper()
	found, err := store.Rows().Find(visit(t, cookies), rowCookie)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantRecord(t *testing.T, store *redisstore.Store, cookies http.Header, want string) rows.Found {
	t.Helper()
	found := find(t, store, cookies)
	if string(found.Record) != want {
		t.Errorf("the record is %q, want %q", found.Record, want)
	}
	return found
}

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

func TestRedisForgedAndSwappedCookies(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	store := redisStore(t, client)
	ada, _ := insert(t, store, rowOf("ada", time.Hour))
	grace, _ := insert(t, store, rowOf("grace", time.Hour))
	value := func(header http.Header) string { return visit(t, header).Cookies()[0].Value }
	with := func(name string, values ...string) *http.Request {
		r := visit(t, nil)
		for _, value := range values {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		return r
	}
	flipped := []byte(value(ada))
	flipped[40] ^= 1
	stranger, _ := insert(t, redisStore(t, client, "another secret of another application, long"), rowOf("stranger", time.Hour))
	for name, r := range map[string]*http.Request{
		"junk":                   with(rowCookie, strings.Repeat("A", 108)),
		"one bit changed":        with(rowCookie, string(flipped)),
		"cut off":                with(rowCookie, value(ada)[:107]),
		"of another session":     with("another", value(ada)),
		"of another application": with(rowCookie, value(stranger)),
	} {
		cookieName := rowCookie
		if name == "of another session" {
			cookieName = "another"
		}
		if found, err := store.Rows().Find(r, cookieName); err != nil || found.Record != nil {
			t.Errorf("%s: found %+v, error %v", name, found, err)
		}
	}
	// Beside a foreign cookie of the same name ours counts.
	if found, err := store.Rows().Find(with(rowCookie, value(stranger), value(ada)), rowCookie); err != nil || string(found.Record) != "ada" {
		t.Errorf("beside a foreign one: found %+v, error %v", found, err)
	}

	// Whoever can write into Redis cannot give one person the row of another.
	names := rowNames(t, client)
	if len(names) != 3 {
		t.Fatalf("rows %q", names)
	}
	texts := client.MGet(t.Context(), names[0], names[1], names[2]).Val()
	for i, name := range names {
		client.Set(t.Context(), name, texts[(i+1)%3], time.Hour)
	}
	for _, cookies := range []http.Header{ada, grace} {
		if found := find(t, store, cookies); found.Record != nil {
			t.Errorf("found %q in a row that was swapped", found.Record)
		}
	}
}

func rowNames(t *testing.T, client redis.UniversalClient) []string {
	t.Helper()
	names, err := client.Keys(t.Context(), "a0:row:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestRedisSecretsAreRotated(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	before, during, after := redisStore(t, client, oldRowSecret), redisStore(t, client, rowSecret, oldRowSecret), redisStore(t, client, rowSecret)
	cookies, _ := insert(t, before, rowOf("one", time.Hour))
	if found := find(t, after, cookies); found.Record != nil {
		t.Errorf("a secret that was taken out opens %q", found.Record)
	}
	found := wantRecord(t, during, cookies, "one")
	if !found.Old {
		t.Error("the row needs no new seal")
	}
	header := http.Header{}
	if _, err := during.Rows().Update(visit(t, cookies), header, rowCookie, found.Handle, rowOf("two", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if found := wantRecord(t, after, header, "two"); found.Old {
		t.Error("the row needs another new seal")
	}
	if found := wantRecord(t, during, cookies, "two"); !found.Old { // the row is new, the cookie is not
		t.Error("the cookie needs no new seal")
	}
	// An instance that still runs with the old order writes the row, and no cookie.
	late := redisStore(t, client, oldRowSecret, rowSecret)
	if _, err := late.Rows().Update(visit(t, header), nil, rowCookie, find(t, late, header).Handle, rowOf("three", time.Hour)); err != nil {
		t.Fatal(err)
	}
	found = wantRecord(t, during, header, "three")
	if again, err := during.Rows().Reread(t.Context(), found.Handle); err != nil || !found.Old || !again.Old {
		t.Errorf("the row needs no new seal: %v, %v, error %v", found.Old, again.Old, err)
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
