package redisstore_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

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
