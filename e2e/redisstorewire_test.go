package e2e_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

// trips is a hook that counts round trips.
type trips struct{ count atomic.Int32 }

func (*trips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		c.count.Add(1)
		return next(ctx, command)
	}
}

func (c *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		if commands[0].Name() != "hello" && commands[0].Name() != "client" { // a new connection introduces itself
			c.count.Add(1)
		}
		return next(ctx, commands)
	}
}

// everything does everything there is once, and tells how many round trips it took.
func everything(t *testing.T, store *redisstore.Store, hook *trips) {
	t.Helper()
	ctx := t.Context()
	want := func(name string, want int32, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := hook.count.Swap(0); got != want {
			t.Errorf("%s took %d round trips, want %d", name, got, want)
		}
	}
	marks, lock := store.LogoutStore(), store.RefreshLock()
	hook.count.Store(0)

	cookies := http.Header{}
	keys := []string{"sub:ada", "sid:1"}
	handle, err := store.Rows().Insert(visit(t, nil), cookies, rowCookie, rowOf("the refresh token", time.Hour, keys...))
	want("Insert", 1, err)
	_, err = store.Rows().Find(visit(t, cookies), rowCookie)
	want("Find", 1, err)
	_, _, _, err = marks.(rows.Lookup).Look(ctx, append(keys, "rid:1"), "token")
	want("Look", 1, err)
	handle, err = store.Rows().Update(visit(t, cookies), cookies, rowCookie, handle, rowOf("the refresh token", time.Hour, keys...))
	want("Update", 1, err)
	_, err = store.Rows().Reread(ctx, handle)
	want("Reread", 1, err)
	_, err = marks.Marked(ctx, keys...)
	want("Marked", 1, err)
	want("a mark that ends no row", 1, marks.Mark(ctx, "rid:1", rowBirth, time.Hour))
	want("a mark that ends a row", 3, marks.Mark(ctx, "sub:ada", rowBirth, time.Hour))
	want("Remove", 1, store.Rows().Remove(ctx, handle))
	_, err = store.Rows().Insert(visit(t, nil), cookies, rowCookie, rowOf("the refresh token", time.Hour, keys...))
	want("Insert", 1, err)
	_, err = marks.Remember(ctx, "jti", time.Minute)
	want("Remember", 1, err)
	want("Keep", 1, lock.Keep(ctx, "token", []byte("sealed"), time.Minute))
	_, _, err = lock.Kept(ctx, "token")
	want("Kept", 1, err)
	unlock, err := lock.Lock(ctx, "session", time.Minute)
	want("Lock", 1, err)
	unlock()
	hook.count.Store(0) // a script that Redis does not know yet takes two
	unlock, err = lock.Lock(ctx, "session", time.Minute)
	want("Lock", 1, err)
	unlock()
	want("unlock", 1, nil)
	_, err = lock.Lock(ctx, "session", time.Minute)
	want("Lock", 1, err)

	cart, err := store.New(visit(t, nil), "cart")
	want("New without a cookie", 0, err)
	cart.Values["item"] = "the refresh token"
	header := save(t, store, visit(t, nil), cart)
	want("saving a new session", 1, nil)
	cart, err = store.New(visit(t, header), "cart")
	want("New", 1, err)
	save(t, store, visit(t, header), cart)
	want("saving a session again", 1, nil)
}

// Round trips as docs/sessions.md counts them, no key without an end, nothing to read for whoever gets into Redis.
func TestRedisStoreOnTheWire(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		hook := new(trips)
		client.AddHook(hook)
		everything(t, redisStore(t, client), hook)

		var found []string
		scan := func(ctx context.Context, node *redis.Client) error {
			names, err := node.Keys(ctx, "*").Result()
			for _, name := range names {
				if life := node.PTTL(ctx, name).Val(); life <= 0 {
					t.Errorf("the key %s lives %v", name, life)
				}
				text := node.Dump(ctx, name).Val()
				if strings.Contains(text, "refresh token") || strings.Contains(name, "refresh token") {
					t.Errorf("%s can be read: %q", name, text)
				}
				found = append(found, name)
			}
			return err
		}
		var err error
		switch client := client.(type) {
		case *redis.Client:
			err = scan(t.Context(), client)
		case *redis.ClusterClient:
			for _, node := range client.ClusterSlots(t.Context()).Val() {
				one := redis.NewClient(&redis.Options{Addr: node.Nodes[0].Addr})
				err = scan(t.Context(), one)
				_ = one.Close()
			}
		}
		if err != nil || len(found) != 9 { // two rows, indexes and marks each, and one of every other kind
			t.Errorf("keys %q, error %v", found, err)
		}
		for _, name := range found {
			if !strings.HasPrefix(name, "a0:") {
				t.Errorf("the key %q is outside the prefix", name)
			}
		}
	})
}

// The commands that the doc comment of Store names are all that it takes.
func TestRedisStoreWithAUserOfItsOwn(t *testing.T) {
	t.Parallel()
	const password = "correct-horse-battery"
	args := []string{"--user", "sessions", "on", ">" + password, "resetkeys", "~a0:*", "nocommands"}
	for command := range strings.FieldsSeq("get set del pttl getrange zadd zscore zrem zrange zrevrange zremrangebyscore pexpire time eval evalsha") {
		args = append(args, "+"+command)
	}
	server := startRedis(t, append(args, "--user", "default", "off")...)
	client := server.client(t, punctual, func(o *redis.Options) { o.Username, o.Password = "sessions", password })
	hook := new(trips)
	client.AddHook(hook)
	everything(t, redisStore(t, client), hook)
}
