package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// claim stores a value under key for ttl if there is none, and reports whether it
// is there now. Nobody else may have the value. It takes one round trip, and
// another one if the key was there.
func (c *connection) claim(ctx context.Context, key, mine string, ttl time.Duration) (bool, error) {
	// The client sends a command again when the connection breaks before the answer.
	// If the first one had arrived, the key is there, but it is our own: what tells
	// is the value.
	set, err := c.client.SetNX(ctx, key, mine, wholeMilliseconds(ttl)).Result()
	if set || err != nil {
		return set, err
	}
	value, err := c.client.Get(ctx, key).Result()
	if errors.Is(err, redis.Nil) { // it has just expired
		return false, nil
	}
	return err == nil && value == mine, err
}

// remember stores key for ttl and reports whether it was not there before.
func (c *connection) remember(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	return within(ctx, c, func(ctx context.Context) (bool, error) {
		// Redis stores a number without further memory.
		return c.claim(ctx, key, strconv.FormatUint(randomNumber(), 10), ttl)
	})
}

// randomNumber returns 63 random bits, which is what Redis takes for a number.
func randomNumber() uint64 {
	var bytes [8]byte
	_, _ = rand.Read(bytes[:]) // never fails
	return binary.LittleEndian.Uint64(bytes[:]) >> 1
}
