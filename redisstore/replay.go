package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// defaultPrefix begins every key of this package, unless the application says
// otherwise; replayPrefix follows it in the keys of a ReplayStore.
const (
	defaultPrefix = "a0:"
	replayPrefix  = "dpop:"
)

// ReplayStore remembers in Redis the DPoP proofs that were used (RFC 9449 section
// 11.1). All instances that share Redis and the prefix share the memory: of their
// concurrent uses of one proof exactly one is fresh. It is a
// ginauth0api.ReplayStore and safe for concurrent use.
//
// Each proof is a key of its own that Redis drops when the proof has expired. It
// takes the commands SET and GET, and about 150 bytes of Redis for a proof.
//
// Redis must not forget a proof before its time:
//   - Set maxmemory-policy to noeviction. When Redis is full, proofs are then
//     refused; with any other policy old ones could be used again.
//   - Replication is asynchronous: after a failover the last writes may be missing,
//     and so may be those since the last save when a Redis without a replica
//     restarts. Proofs of that moment can be used once more, within the few minutes
//     of their age limit. Where that is too much, ask for DPoP nonces too.
type ReplayStore struct {
	client redis.UniversalClient
	prefix string
	// punctual: the client itself stops when the context does.
	punctual bool
}

// NewReplayStore returns a ReplayStore. Its keys are prefix + "dpop:" + the key of
// the proof; an empty prefix means "a0:". A nil client is an error. Redis is not
// asked for anything yet.
//
// Set ContextTimeoutEnabled in the options of the client. Without it go-redis does
// not look at the context while it waits for an answer, so that each call of
// Remember needs a goroutine that it can leave behind.
func NewReplayStore(client redis.UniversalClient, prefix string) (*ReplayStore, error) {
	s := &ReplayStore{client: client, prefix: prefix + replayPrefix}
	if prefix == "" {
		s.prefix = defaultPrefix + replayPrefix
	}
	missing := client == nil
	switch c := client.(type) {
	case *redis.Client:
		missing = c == nil
		s.punctual = !missing && c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		missing = c == nil
		s.punctual = !missing && c.Options().ContextTimeoutEnabled
	case *redis.Ring:
		missing = c == nil
		s.punctual = !missing && c.Options().ContextTimeoutEnabled
	}
	if missing {
		return nil, errors.New("redisstore: client must not be nil")
	}
	return s, nil
}

var errPanic = errors.New("redisstore: the client panicked")

// Remember stores key for ttl and reports whether it was not there before. ttl is
// rounded up to milliseconds, 1 at least; a second use does not change it. It takes
// one round trip, and another one if the key was there.
//
// An error means that Redis did not answer as it should, or that ctx is done; the
// key may then be stored or not. Its text shows neither key nor address. Unwrap
// gives the error of go-redis, which may show the address.
func (s *ReplayStore) Remember(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	if s.punctual || ctx.Done() == nil {
		return s.remember(ctx, key, ttl)
	}
	type answer struct {
		fresh bool
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		// Here nobody else would recover from a hook of the client that panics.
		defer func() {
			if recover() != nil {
				answers <- answer{err: &callError{errPanic}}
			}
		}()
		fresh, err := s.remember(ctx, key, ttl)
		answers <- answer{fresh, err}
	}()
	select {
	case a := <-answers:
		return a.fresh, a.err
	case <-ctx.Done():
		return false, &callError{ctx.Err()}
	}
}

func (s *ReplayStore) remember(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	key = s.prefix + key
	// The client sends a command again when the connection breaks before the answer.
	// If the first one had arrived, the key is there, but it is our own: what tells
	// is a value that nobody else has. Redis stores a number without further memory.
	mine := strconv.FormatUint(randomNumber(), 10)
	set, err := s.client.SetNX(ctx, key, mine, wholeMilliseconds(ttl)).Result()
	if err != nil {
		return false, &callError{err}
	}
	if set {
		return true, nil
	}
	value, err := s.client.Get(ctx, key).Result()
	switch {
	case errors.Is(err, redis.Nil): // it has just expired
		return false, nil
	case err != nil:
		return false, &callError{err}
	}
	return value == mine, nil
}

// randomNumber returns 63 random bits, which is what Redis takes for a number.
func randomNumber() uint64 {
	var bytes [8]byte
	_, _ = rand.Read(bytes[:]) // never fails
	return binary.LittleEndian.Uint64(bytes[:]) >> 1
}

// wholeMilliseconds never rounds down: a proof must not be forgotten while it is
// valid, and without a ttl a key would stay for ever.
func wholeMilliseconds(ttl time.Duration) time.Duration {
	whole := max(ttl, time.Millisecond).Truncate(time.Millisecond)
	if whole < ttl && whole <= math.MaxInt64-time.Millisecond {
		whole += time.Millisecond
	}
	return whole
}
