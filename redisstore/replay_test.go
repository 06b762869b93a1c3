package redisstore_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"math"
	"net"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
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
	var once sync.Once
	s.answers(func(_ []string, usual string) string {
		once.Do(func() { usual = "" })
		return usual
	})
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

func TestTroubleIsAnErrorAndNeverSeen(t *testing.T) {
	t.Parallel()
	const secret = "password of 10.1.2.3:6379"
	for _, test := range []struct {
		name, answer, onlyFor, text string
	}{
		{"full", "-OOM command not allowed when used memory > 'maxmemory' " + secret, "", "redisstore: Redis refuses with OOM"},
		{"a replica", "-READONLY You can't write against a read only replica. " + secret, "", "redisstore: Redis refuses with READONLY"},
		{"not signed in", "-NOAUTH " + secret, "", "redisstore: Redis refuses with NOAUTH"},
		{"no right to look", "-NOPERM " + secret, "get", "redisstore: Redis refuses with NOPERM"},
		{"moved", "-MOVED 1 10.1.2.3:6379", "", "redisstore: Redis refuses with MOVED"},
		{"something odd", "-" + secret, "", "redisstore: Redis refuses with an error"},
		{"an address", "-10.1.2.3:6379 went away", "", "redisstore: Redis refuses with an error"},
		{"nothing to say", "-", "", "redisstore: Redis refuses with an error"},
		{"another protocol", "HTTP/1.1 400 Bad Request " + secret, "", "redisstore: no answer from Redis"},
		{"connection broken off", "", "", "redisstore: Redis closed the connection"},
		{"connection broken off while looking", "", "get", "redisstore: Redis closed the connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			store := newStore(t, redis.NewClient(&redis.Options{Addr: s.address, MaxRetries: -1}), "")
			if test.onlyFor != "" {
				if _, err := store.Remember(t.Context(), someKey, time.Minute); err != nil {
					t.Fatal(err)
				}
			}
			s.answers(func(command []string, usual string) string {
				switch {
				case test.onlyFor != "" && command[0] != test.onlyFor:
					return usual
				case test.answer == "":
					return ""
				}
				return test.answer + "\r\n"
			})
			fresh, err := store.Remember(t.Context(), someKey, time.Minute)
			if fresh || err == nil || err.Error() != test.text || errors.Unwrap(err) == nil {
				t.Errorf("got %v and the error %v, want %s with a cause", fresh, err, test.text)
			}
			s.answers(nil)
			if _, err := store.Remember(t.Context(), "another", time.Minute); err != nil {
				t.Errorf("the next call fails with %v", err)
			}
		})
	}
}

func TestUnreachableRedis(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	for name, client := range clients(address) {
		store := newStore(t, client, "")
		ctx, cancel := context.WithTimeout(t.Context(), aWhile)
		fresh, err := store.Remember(ctx, someKey, time.Minute)
		cancel()
		if fresh || err == nil {
			t.Fatalf("%s: got %v and the error %v", name, fresh, err)
		}
		if strings.Contains(err.Error(), address) || strings.Contains(err.Error(), someKey) {
			t.Errorf("%s: the error shows key or address: %v", name, err)
		}
		if !strings.HasPrefix(name, "ring") && !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: the cause is not in %#v", name, err)
		}
	}
}

func TestHostThatIsNotKnown(t *testing.T) {
	t.Parallel()
	store := newStore(t, redis.NewClient(&redis.Options{MaxRetries: -1, Dialer: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "redis.internal", Server: "10.1.2.3:53", IsNotFound: true}}
	}}), "")
	fresh, err := store.Remember(t.Context(), someKey, time.Minute)
	if fresh || err == nil || err.Error() != "redisstore: the host of Redis is not known" {
		t.Errorf("got %v and the error %v", fresh, err)
	}
}

func TestCertificateThatNobodyTrusts(t *testing.T) {
	t.Parallel()
	impostor := httptest.NewUnstartedServer(nil)
	impostor.Config.ErrorLog = log.New(io.Discard, "", 0)
	impostor.StartTLS()
	t.Cleanup(impostor.Close)
	store := newStore(t, redis.NewClient(&redis.Options{
		Addr: impostor.Listener.Addr().String(), MaxRetries: -1, TLSConfig: &tls.Config{ServerName: "redis.internal"},
	}), "")
	fresh, err := store.Remember(t.Context(), someKey, time.Minute)
	if fresh || err == nil || err.Error() != "redisstore: the certificate of Redis is not accepted" {
		t.Errorf("got %v and the error %v", fresh, err)
	}
}

func TestUnixSocketThatIsNotThere(t *testing.T) {
	t.Parallel()
	store := newStore(t, redis.NewClient(&redis.Options{Network: "unix", Addr: t.TempDir() + "/redis.sock"}), "")
	fresh, err := store.Remember(t.Context(), someKey, time.Minute)
	if fresh || !errors.Is(err, os.ErrNotExist) || err.Error() != "redisstore: no connection to Redis: no such file or directory" {
		t.Errorf("got %v and the error %v", fresh, err)
	}
}

// A Redis that accepts connections and says nothing must not hold anybody longer than the context does.
func TestSilentRedis(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(func([]string, string) string { return silence })
	for name, client := range clients(s.address) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStore(t, client, "")
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			begin := time.Now()
			fresh, err := store.Remember(ctx, someKey, time.Minute)
			if fresh || err == nil || err.Error() != "redisstore: Redis does not answer in time" {
				t.Errorf("got %v and the error %v", fresh, err)
			}
			if took := time.Since(begin); took > aWhile {
				t.Errorf("the call took %v", took)
			}
		})
	}
}

func TestContextThatIsCancelled(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, client := range clients(s.address) {
		store := newStore(t, client, "")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		fresh, err := store.Remember(ctx, someKey, time.Minute)
		if fresh || !errors.Is(err, context.Canceled) || err.Error() != "redisstore: cancelled" {
			t.Errorf("%s: got %v and the error %v", name, fresh, err)
		}
	}
	t.Run("while Redis is silent", func(t *testing.T) {
		s.answers(func([]string, string) string { return silence })
		store := newStore(t, redis.NewClient(&redis.Options{Addr: s.address}), "")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		begin := time.Now()
		if fresh, err := store.Remember(ctx, someKey, time.Minute); fresh || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v and the error %v", fresh, err)
		}
		if took := time.Since(begin); took > aWhile {
			t.Errorf("the call took %v", took)
		}
	})
}

func TestClosedClient(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := redis.NewClient(&redis.Options{Addr: s.address})
	store := newStore(t, client, "")
	_ = client.Close()
	fresh, err := store.Remember(t.Context(), someKey, time.Minute)
	if fresh || !errors.Is(err, redis.ErrClosed) || err.Error() != "redisstore: the client is closed" {
		t.Errorf("got %v and the error %v", fresh, err)
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

// goroutine returns the name of the calling goroutine.
func goroutine() string {
	stack := make([]byte, 64)
	stack = stack[:runtime.Stack(stack, false)]
	name, _, _ := strings.Cut(string(stack), " [")
	return name
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
