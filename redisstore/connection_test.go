package redisstore_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/redisstore"
)

// clients are the ways in which go-redis can be told to treat a context.
func clients(address string) map[string]redis.UniversalClient {
	return map[string]redis.UniversalClient{
		"single":           redis.NewClient(&redis.Options{Addr: address}),
		"single, punctual": redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true}),
		"ring":             redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": address}}),
		"ring, punctual":   redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": address}, ContextTimeoutEnabled: true}),
		"one of their own": struct{ redis.UniversalClient }{redis.NewClient(&redis.Options{Addr: address})},
	}
}

func TestNilClient(t *testing.T) {
	t.Parallel()
	for _, client := range []redis.UniversalClient{nil, (*redis.Client)(nil), (*redis.ClusterClient)(nil), (*redis.Ring)(nil)} {
		if store, err := redisstore.NewReplayStore(client, ""); err == nil || store != nil {
			t.Errorf("%T: got %v and the error %v", client, store, err)
		}
	}
}

// A client that looks at the context by itself needs no goroutine.
func TestPunctualClientIsCalledDirectly(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, client := range clients(s.address) {
		seen := new(whereabouts)
		client.AddHook(seen)
		store := newStore(t, client, "")
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := store.Remember(ctx, someKey+name, time.Minute); err != nil {
			t.Fatal(err)
		}
		if directly := seen.goroutine == goroutine(); directly != strings.HasSuffix(name, "punctual") {
			t.Errorf("%s: called directly: %v", name, directly)
		}
		if _, err := store.Remember(context.Background(), someKey+name, time.Minute); err != nil {
			t.Fatal(err)
		}
		if seen.goroutine != goroutine() {
			t.Errorf("%s: a context that never ends makes a goroutine", name)
		}
		cancel()
	}
}

// whereabouts is a hook that keeps the goroutine of the last command.
type whereabouts struct{ goroutine string }

func (*whereabouts) DialHook(next redis.DialHook) redis.DialHook { return next }

func (*whereabouts) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (w *whereabouts) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		w.goroutine = goroutine()
		return next(ctx, command)
	}
}

// clumsy is a hook that panics.
type clumsy struct{ whereabouts }

func (clumsy) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(context.Context, redis.Cmder) error { panic("a hook of the application") }
}

// It must not end the program from a goroutine that nobody guards.
func TestHookThatPanics(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := redis.NewClient(&redis.Options{Addr: s.address})
	client.AddHook(&clumsy{})
	store := newStore(t, client, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if fresh, err := store.Remember(ctx, someKey, time.Minute); fresh || err == nil || err.Error() != "redisstore: no answer from Redis" {
		t.Errorf("got %v and the error %v", fresh, err)
	}
}

// goroutine returns the name of the calling goroutine.
func goroutine() string {
	stack := make([]byte, 64)
	stack = stack[:runtime.Stack(stack, false)]
	name, _, _ := strings.Cut(string(stack), " [")
	return name
}

// once breaks the connection off before the answer to the first command of a name.
func once(name string) func([]string, string) string {
	var done bool
	return func(command []string, usual string) string {
		if !done && command[0] == name {
			done = true
			return ""
		}
		return usual
	}
}
