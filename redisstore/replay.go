package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// ReplayStore remembers DPoP proofs in Redis. It is a ginauth0api.ReplayStore.
type ReplayStore struct {
	client redis.UniversalClient
	prefix string
}

// NewReplayStore returns a ReplayStore.
func NewReplayStore(client redis.UniversalClient, prefix string) (*ReplayStore, error) {
	if client == nil {
		return nil, errors.New("redisstore: client must not be nil")
	}
	if prefix == "" {
		prefix = "a0:"
	}
	return &ReplayStore{client: client, prefix: prefix + "dpop:"}, nil
}

// Remember stores key for ttl and reports whether it was not there before.
func (s *ReplayStore) Remember(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	return s.client.SetNX(ctx, s.prefix+key, 1, max(ttl, time.Millisecond)).Result()
}
