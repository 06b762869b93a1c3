package redisstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// An index is a sorted set of the rows that a mark on a key ends. A member tells
// when the session was created and where its row is; its score is the time in
// milliseconds at which the row expires, by the clock of Redis.

func (s *Store) indexKey(mark string) string { return s.prefix + "index:" + mark }

func indexMember(created time.Time, hash string) string {
	return strconv.FormatInt(created.UnixMilli(), 10) + ":" + hash
}

// parseIndexMember reads what indexMember has written.
func parseIndexMember(member string) (created int64, hash string, ok bool) {
	number, hash, ok := strings.Cut(member, ":")
	created, err := strconv.ParseInt(number, 10, 64)
	return created, hash, ok && err == nil
}

// indexScript enters the member ARGV[1] into the index KEYS[1] for ARGV[2]
// milliseconds, or longer if it is there for longer. What has expired goes, and the
// index lives as long as the last of its members.
const indexScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry = now + ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) < expiry then redis.call('ZADD', KEYS[1], expiry, ARGV[1]) end
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], last[2] - now)
return 'indexed'`

// covered returns the members of an index whose sessions were created at or before
// a time in milliseconds, and the keys of their rows.
func (s *Store) covered(members []string, before int64) (ended []any, keys []string) {
	for _, member := range members {
		if created, hash, ok := parseIndexMember(member); ok && created <= before {
			ended, keys = append(ended, member), append(keys, s.rowKey(hash))
		}
	}
	return ended, keys
}

// endRows deletes the rows of these keys, and then takes their members out of an
// index: a row that could not be deleted is found again.
func (s *Store) endRows(ctx context.Context, mark string, ended []any, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	if err := run(ctx, &s.connection, func(ctx context.Context) error {
		var replies []*redis.IntCmd
		err := s.connection.pipelined(ctx, func(p redis.Pipeliner) {
			for _, key := range keys { // one by one: they live on different nodes of a cluster
				replies = append(replies, p.Del(ctx, key))
			}
		})
		for _, reply := range replies {
			if err == nil {
				err = reply.Err()
			}
		}
		return err
	}); err != nil {
		return err
	}
	return run(ctx, &s.connection, func(ctx context.Context) error {
		return s.connection.client.ZRem(ctx, s.indexKey(mark), ended...).Err()
	})
}
