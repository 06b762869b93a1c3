package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
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

// eachRedis runs a test against each way to run Redis, and with a client as go-redis makes it.
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

func rowNames(t *testing.T, client redis.UniversalClient) []string {
	t.Helper()
	names, err := client.Keys(t.Context(), "a0:row:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}
