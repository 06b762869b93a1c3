package redisstore_test

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

var _ ginauth0api.ReplayStore = (*redisstore.ReplayStore)(nil)

const someKey = "Yw3NKWbEM2aRPIQiFKu5lAOvqnDN1o_q"

func newStore(t *testing.T, client redis.UniversalClient, prefix string) *redisstore.ReplayStore {
	t.Helper()
	t.Cleanup(func() { _ = client.Close() })
	store, err := redisstore.NewReplayStore(client, prefix)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestRememberOnTheWire(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		prefix string
		ttl    time.Duration
		want   []string // after SET, without the value
	}{
		{"", 331 * time.Second, []string{"a0:dpop:" + someKey, "ex", "331", "nx"}},
		{"", 1500 * time.Millisecond, []string{"a0:dpop:" + someKey, "px", "1500", "nx"}},
		{"shop:", time.Second, []string{"shop:dpop:" + someKey, "ex", "1", "nx"}},
		{"", time.Second + 1, []string{"a0:dpop:" + someKey, "px", "1001", "nx"}},
		{"", time.Millisecond, []string{"a0:dpop:" + someKey, "px", "1", "nx"}},
		{"", 1, []string{"a0:dpop:" + someKey, "px", "1", "nx"}},
		{"", 0, []string{"a0:dpop:" + someKey, "px", "1", "nx"}},
		{"", -1, []string{"a0:dpop:" + someKey, "px", "1", "nx"}}, // go-redis takes it for KEEPTTL
		{"", -time.Hour, []string{"a0:dpop:" + someKey, "px", "1", "nx"}},
		{"", math.MinInt64, []string{"a0:dpop:" + someKey, "px", "1", "nx"}},
		{"", math.MaxInt64, []string{"a0:dpop:" + someKey, "px", "9223372036854", "nx"}},
	} {
		s := startServer(t)
		store := newStore(t, redis.NewClient(&redis.Options{Addr: s.address}), test.prefix)
		if fresh, err := store.Remember(t.Context(), someKey, test.ttl); !fresh || err != nil {
			t.Fatalf("ttl %v: got %v and the error %v, want fresh", test.ttl, fresh, err)
		}
		asked := s.asked()
		if len(asked) != 1 || len(asked[0]) != 6 || asked[0][0] != "set" {
			t.Fatalf("ttl %v: Redis was asked %q, want one SET", test.ttl, asked)
		}
		if number, err := strconv.ParseInt(asked[0][2], 10, 64); err != nil || number < 0 {
			t.Errorf("the value %q is not a number of Redis", asked[0][2])
		}
		if got := slices.Delete(asked[0][1:], 1, 2); !slices.Equal(got, test.want) {
			t.Errorf("ttl %v: got %q, want %q", test.ttl, got, test.want)
		}
	}
}

func TestReplayIsSeen(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, client := range clients(s.address) {
		store := newStore(t, client, "")
		key := someKey + name
		for use, want := range []bool{true, false, false} {
			if fresh, err := store.Remember(t.Context(), key, time.Minute); fresh != want || err != nil {
				t.Errorf("%s: use %d: got %v and the error %v, want %v", name, use, fresh, err, want)
			}
		}
		s.asked()
	}
}

// The client sends a command again when the connection breaks. The answer to the first may be what was lost.
func TestLostAnswerIsNoReplay(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(once("set"))
	store := newStore(t, redis.NewClient(&redis.Options{Addr: s.address}), "")
	if fresh, err := store.Remember(t.Context(), someKey, time.Minute); !fresh || err != nil {
		t.Errorf("first use: got %v and the error %v, want fresh", fresh, err)
	}
	if asked := s.asked(); len(asked) != 3 || asked[0][2] != asked[1][2] {
		t.Errorf("Redis was asked %q, want two equal SET and a GET", asked)
	}
	if fresh, err := store.Remember(t.Context(), someKey, time.Minute); fresh || err != nil {
		t.Errorf("second use: got %v and the error %v, want seen", fresh, err)
	}
}

// It was there a moment ago: that is what counts.
func TestProofThatExpiresMeanwhileIsSeen(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(func([]string, string) string { return "$-1\r\n" })
	store := newStore(t, redis.NewClient(&redis.Options{Addr: s.address}), "")
	if fresh, err := store.Remember(t.Context(), someKey, time.Minute); fresh || err != nil {
		t.Errorf("got %v and the error %v, want seen", fresh, err)
	}
}

func TestParallelUsesOfOneProof(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	stores := []*redisstore.ReplayStore{
		newStore(t, redis.NewClient(&redis.Options{Addr: s.address}), ""),
		newStore(t, redis.NewClient(&redis.Options{Addr: s.address, ContextTimeoutEnabled: true}), ""),
	}
	fresh := make(chan bool, 100)
	var group sync.WaitGroup
	for i := range cap(fresh) {
		group.Go(func() {
			got, err := stores[i%2].Remember(t.Context(), someKey, time.Minute)
			if err != nil {
				t.Error(err)
			}
			fresh <- got
		})
	}
	group.Wait()
	close(fresh)
	count := 0
	for got := range fresh {
		if got {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d of %d uses were fresh", count, cap(fresh))
	}
}
