package redisstore

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// replayPrefix follows the prefix in the keys of a ReplayStore.
const replayPrefix = "dpop:"

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
	connection connection
	prefix     string
}

// NewReplayStore returns a ReplayStore. Its keys are prefix + "dpop:" + the key of
// the proof; an empty prefix means "a0:". A nil client is an error. Redis is not
// asked for anything yet.
//
// Set ContextTimeoutEnabled in the options of the client. Without it go-redis does
// not look at the context while it waits for an answer, so that each call of
// Remember needs a goroutine that it can leave behind.
func NewReplayStore(client redis.UniversalClient, prefix string) (*ReplayStore, error) {
	c, err := newConnection(client, 0)
	if err != nil {
		return nil, err
	}
	if prefix == "" {
		prefix = defaultPrefix
	}
	return &ReplayStore{connection: c, prefix: prefix + replayPrefix}, nil
}

// Remember stores key for ttl and reports whether it was not there before. ttl is
// rounded up to milliseconds, 1 at least; a second use does not change it. It takes
// one round trip, and another one if the key was there.
//
// An error means that Redis did not answer as it should, or that ctx is done; the
// key may then be stored or not. Its text shows neither key nor address. Unwrap
// gives the error of go-redis, which may show the address.
func (s *ReplayStore) Remember(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	return s.connection.remember(ctx, s.prefix+key, ttl)
}
