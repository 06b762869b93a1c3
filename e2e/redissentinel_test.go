package e2e_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisSentinel is a master, its replica, and a Sentinel that watches over them.
type redisSentinel struct {
	master, replica, sentinel *redisServer
	client                    *redis.Client // of the master, whoever that is
}

// startRedisSentinel returns when the replica has what the master has.
func startRedisSentinel(t *testing.T) *redisSentinel {
	t.Helper()
	s := &redisSentinel{master: startRedis(t, "--repl-diskless-sync-delay", "0")}
	_, port, _ := net.SplitHostPort(s.master.address)
	s.replica = startRedis(t, "--replicaof", "127.0.0.1", port, "--repl-diskless-sync-delay", "0") // it may become the master
	// Sentinel asks at once, and then every ten seconds.
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		info, err := s.replica.client(t).Info(t.Context(), "replication").Result()
		if err == nil && strings.Contains(info, "master_link_status:up") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the replica has no master: %s, error %v", info, err)
		}
	}
	own := strconv.Itoa(freePort(t))
	file := filepath.Join(t.TempDir(), "sentinel.conf") // Sentinel writes what it learns into it
	if err := os.WriteFile(file, fmt.Appendf(nil, `bind 127.0.0.1
port %s
sentinel monitor sessions 127.0.0.1 %s 1
sentinel down-after-milliseconds sessions 500
sentinel failover-timeout sessions 5000
`, own, port), 0o600); err != nil {
		t.Fatal(err)
	}
	s.sentinel = &redisServer{address: net.JoinHostPort("127.0.0.1", own), args: []string{file, "--sentinel"}}
	s.sentinel.start(t)
	s.client = redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: "sessions", SentinelAddrs: []string{s.sentinel.address}, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { _ = s.client.Close() })
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: s.sentinel.address})
	t.Cleanup(func() { _ = sentinel.Close() })
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		known, err := sentinel.Replicas(t.Context(), "sessions").Result()
		if err == nil && len(known) == 1 && known[0]["master-link-status"] == "ok" {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("Sentinel does not know the replica: %v, error %v", known, err)
		}
	}
}
