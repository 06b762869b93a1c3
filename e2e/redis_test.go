package e2e_test

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer is a real Redis that keeps nothing on disk. It can be stopped, and started again under its address.
type redisServer struct {
	*program
	url     string // what REDIS_URL takes
	address string
	args    []string
}

// startRedis starts a Redis of its own for the test, with these further settings.
func startRedis(t *testing.T, settings ...string) *redisServer {
	t.Helper()
	port := strconv.Itoa(freePort(t))
	s := &redisServer{address: net.JoinHostPort("127.0.0.1", port)}
	s.url = "redis://" + s.address
	s.args = append([]string{"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"}, settings...)
	s.start(t)
	return s
}

// start returns when Redis answers, be it only that it wants a password.
func (s *redisServer) start(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal(err)
	}
	s.program = launch(t, "redis-server", nil, path, s.args...)
	deadline := time.After(patience)
	for !s.answers() {
		select {
		case <-s.stopped:
			t.Fatalf("redis-server ended:\n%s", s.output.String())
		case <-deadline:
			t.Fatalf("redis-server does not answer:\n%s", s.output.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *redisServer) answers() bool {
	connection, err := net.DialTimeout("tcp", s.address, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(time.Second))
	if _, err := connection.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	answer := make([]byte, 64)
	n, _ := connection.Read(answer)
	return bytes.HasPrefix(answer[:n], []byte("+PONG")) || bytes.HasPrefix(answer[:n], []byte("-NOAUTH"))
}

// client returns a client of this Redis, with the settings of go-redis or those that change them.
func (s *redisServer) client(t *testing.T, changes ...func(*redis.Options)) *redis.Client {
	t.Helper()
	options := &redis.Options{Addr: s.address}
	for _, change := range changes {
		change(options)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// punctual lets a client end when the context says so, and not only after a timeout of its own.
func punctual(o *redis.Options) { o.ContextTimeoutEnabled = true }

// startRedisCluster starts two nodes that share the keys between them, and returns a client of both.
func startRedisCluster(t *testing.T) *redis.ClusterClient {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var nodes [2]*redis.Client
	var addresses []string
	for i := range nodes {
		bus := strconv.Itoa(freePort(t))
		s := startRedis(t, "--cluster-enabled", "yes", "--cluster-port", bus)
		nodes[i] = s.client(t)
		addresses = append(addresses, s.address)
		if err := nodes[i].ClusterAddSlotsRange(ctx, i*8192, i*8192+8191).Err(); err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(s.address)
		if err := nodes[0].Do(ctx, "cluster", "meet", "127.0.0.1", port, bus).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range nodes {
		for {
			info, err := node.ClusterInfo(ctx).Result()
			if err != nil {
				t.Fatalf("the cluster does not come together: %v", err)
			}
			if bytes.Contains([]byte(info), []byte("cluster_state:ok")) && bytes.Contains([]byte(info), []byte("cluster_size:2")) {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	return client
}
