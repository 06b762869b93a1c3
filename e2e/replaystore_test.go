package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/redisstore"
)

func replayStore(t *testing.T, client redis.UniversalClient, prefix string) *redisstore.ReplayStore {
	t.Helper()
	store, err := redisstore.NewReplayStore(client, prefix)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// use fails the test if Redis has trouble.
func use(t *testing.T, store *redisstore.ReplayStore, key string, ttl time.Duration) (fresh bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	fresh, err := store.Remember(ctx, key, ttl)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// usedAtOnce fails the test unless exactly one of 100 uses at once is fresh.
func usedAtOnce(t *testing.T, key string, stores ...*redisstore.ReplayStore) {
	t.Helper()
	results := make(chan bool, 100)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range cap(results) {
		wait.Go(func() {
			<-start
			fresh, err := stores[i%len(stores)].Remember(t.Context(), key, time.Minute)
			if err != nil {
				t.Error(err)
			}
			results <- fresh
		})
	}
	close(start)
	wait.Wait()
	close(results)
	count := 0
	for fresh := range results {
		if fresh {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d of %d uses of %s were fresh, want 1", count, cap(results), key)
	}
}

func TestReplayStoreIsSharedByItsClients(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	client := server.client(t)
	first, second := replayStore(t, client, ""), replayStore(t, server.client(t, punctual), "")
	for round := range 20 {
		usedAtOnce(t, fmt.Sprintf("proof%027d", round), first, second)
	}

	if other := replayStore(t, client, "other:"); !use(t, other, "proof", time.Minute) || !use(t, first, "proof", time.Minute) || use(t, second, "proof", time.Minute) {
		t.Error("two prefixes are not two memories")
	}
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(names) != 22 {
		t.Fatalf("keys %q, error %v", names, err)
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "a0:dpop:") && name != "other:dpop:proof" {
			t.Errorf("the key %q is outside the prefix", name)
		}
		if left := client.PTTL(t.Context(), name).Val(); left <= 0 || left > time.Minute {
			t.Errorf("the key %q has %v to live", name, left)
		}
	}
}

func TestReplayStoreForgetsInTime(t *testing.T) {
	t.Parallel()
	store := replayStore(t, startRedis(t).client(t), "")
	const ttl = 1200 * time.Millisecond
	begin := time.Now()
	if !use(t, store, "proof", ttl) {
		t.Fatal("the first use is not fresh")
	}
	for !use(t, store, "proof", ttl) {
		if time.Since(begin) > patience {
			t.Fatal("the proof is never forgotten")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if after := time.Since(begin); after < ttl {
		t.Errorf("the proof was forgotten after %v", after)
	}
}

func TestReplayStoreWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	stores := map[string]*redisstore.ReplayStore{
		"usual": replayStore(t, server.client(t), ""), "punctual": replayStore(t, server.client(t, punctual), ""),
	}
	for name, store := range stores {
		if !use(t, store, name, time.Minute) {
			t.Errorf("%s: the first use is not fresh", name)
		}
	}
	server.stop(t)
	for name, store := range stores {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		fresh, err := store.Remember(ctx, name, time.Minute)
		cancel()
		if fresh || err == nil || strings.Contains(err.Error(), server.address) {
			t.Errorf("%s: got %v and the error %v", name, fresh, err)
		}
	}
	server.start(t)
	for name, store := range stores {
		if !use(t, store, "after "+name, time.Minute) || use(t, store, "after "+name, time.Minute) {
			t.Errorf("%s: does not work after the restart", name)
		}
	}
}

// A Redis that hangs must not hold a request for longer than its context says.
func TestReplayStoreWhileRedisHangs(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	stores := map[string]*redisstore.ReplayStore{
		"usual": replayStore(t, server.client(t), ""), "punctual": replayStore(t, server.client(t, punctual), ""),
	}
	for name, store := range stores {
		use(t, store, name, time.Minute)
	}
	if err := server.client(t).ClientPause(t.Context(), time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	for name, store := range stores {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		begin := time.Now()
		fresh, err := store.Remember(ctx, "another", time.Minute)
		cancel()
		if took := time.Since(begin); fresh || err == nil || err.Error() != "redisstore: Redis does not answer in time" || took > 2*time.Second {
			t.Errorf("%s: after %v got %v and the error %v", name, took, fresh, err)
		}
	}
}

func TestReplayStoreWhenRedisIsFull(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--maxmemory", "100kb", "--maxmemory-policy", "noeviction")
	fresh, err := replayStore(t, server.client(t), "").Remember(t.Context(), "proof", time.Minute)
	if fresh || err == nil || err.Error() != "redisstore: Redis refuses with OOM" {
		t.Errorf("got %v and the error %v", fresh, err)
	}
}

// The rights that the store needs are few: two commands, on its own keys.
func TestReplayStoreWithAUserOfItsOwn(t *testing.T) {
	t.Parallel()
	const password = "correct-horse-battery"
	server := startRedis(t, "--user", "proofs", "on", ">"+password, "resetkeys", "~a0:dpop:*", "nocommands", "+set", "+get", "--user", "default", "off")
	as := func(password string) *redisstore.ReplayStore {
		return replayStore(t, server.client(t, func(o *redis.Options) { o.Username, o.Password = "proofs", password }), "")
	}
	if store := as(password); !use(t, store, "proof", time.Minute) || use(t, store, "proof", time.Minute) {
		t.Error("the rights do not suffice")
	}
	for given, want := range map[string]string{
		"wrong" + password: "redisstore: Redis refuses with WRONGPASS",
		"":                 "redisstore: Redis refuses with NOAUTH",
	} {
		fresh, err := as(given).Remember(t.Context(), "another", time.Minute)
		if fresh || err == nil || err.Error() != want {
			t.Errorf("password %q: got %v and the error %v, want %s", given, fresh, err, want)
		}
	}
}

func TestReplayStoreOnACluster(t *testing.T) {
	t.Parallel()
	store := replayStore(t, startRedisCluster(t), "")
	for round := range 20 { // both nodes have some of these
		usedAtOnce(t, fmt.Sprintf("proof%027d", round), store)
	}
}
