package redisstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// logoutStore are the marks of a Store.
type logoutStore struct{ store *Store }

func (s *Store) markKey(key string) string { return s.prefix + "mark:" + key }

// markScript keeps in KEYS[1] the later of the time that is there and ARGV[1], for
// the longer of its remaining life and ARGV[2]; both are in milliseconds. It returns
// the time.
const markScript = `
local before, ttl = ARGV[1], tonumber(ARGV[2])
local kept = redis.call('GET', KEYS[1])
local time = tonumber(kept)
if time and time > tonumber(before) then before = kept end
local left = redis.call('PTTL', KEYS[1])
if left > ttl then ttl = left end
redis.call('SET', KEYS[1], before, 'PX', ttl)
return before`

// Mark keeps a mark, and deletes the rows that it covers.
func (l logoutStore) Mark(ctx context.Context, key string, before time.Time, ttl time.Duration) error {
	s := l.store
	type answer struct {
		before  int64
		members []string
	}
	marked, err := within(ctx, &s.connection, func(ctx context.Context) (answer, error) {
		var mark *redis.Cmd
		var index *redis.StringSliceCmd
		if err := s.connection.pipelined(ctx, func(p redis.Pipeliner) {
			mark = p.Eval(ctx, markScript, []string{s.markKey(key)}, before.UnixMilli(), wholeMilliseconds(ttl).Milliseconds())
			index = p.ZRange(ctx, s.indexKey(key), 0, -1)
		}); err != nil {
			return answer{}, err
		}
		// All that earlier marks covered too: one of them may not have come that far.
		latest, err := mark.Int64()
		if err != nil {
			return answer{}, err
		}
		members, err := index.Result()
		return answer{latest, members}, err
	})
	if err != nil {
		return err
	}
	ended, keys := s.covered(marked.members, marked.before)
	return s.endRows(ctx, key, ended, keys)
}

// Marked returns the times of the marks.
func (l logoutStore) Marked(ctx context.Context, keys ...string) ([]time.Time, error) {
	marks, _, _, err := l.Look(ctx, keys, "")
	return marks, err
}

// Remember stores a key for ttl and reports whether it was not there before.
func (l logoutStore) Remember(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	return l.store.connection.remember(ctx, l.store.prefix+"seen:"+key, ttl)
}

// Beside reports whether lock is the refresh lock of the same Store.
func (l logoutStore) Beside(lock any) bool {
	beside, ok := lock.(refreshLock)
	return ok && beside.store == l.store
}

// Look returns marks and a kept result in one round trip; an empty key has no
// result.
func (l logoutStore) Look(ctx context.Context, keys []string, kept string) (marks []time.Time, sealed []byte, found bool, err error) {
	s := l.store
	var names []string
	for _, key := range keys {
		names = append(names, s.markKey(key))
	}
	if kept != "" {
		names = append(names, s.keptKey(kept))
	}
	if len(names) == 0 {
		return nil, nil, false, nil
	}
	texts, err := s.texts(ctx, names)
	if err != nil {
		return nil, nil, false, err
	}
	marks = make([]time.Time, len(keys))
	for i := range keys {
		if marks[i], err = parseMark(texts[i]); err != nil {
			return nil, nil, false, err
		}
	}
	if kept != "" && texts[len(keys)] != nil {
		return marks, []byte(*texts[len(keys)]), true, nil
	}
	return marks, nil, false, nil
}

var errUnreadableMark = errors.New("redisstore: a mark is unreadable")

// parseMark reads the time of a mark; none is the zero time.
func parseMark(text *string) (time.Time, error) {
	if text == nil {
		return time.Time{}, nil
	}
	before, err := strconv.ParseInt(*text, 10, 64)
	if err != nil {
		return time.Time{}, errUnreadableMark
	}
	return time.UnixMilli(before), nil
}

// texts returns what is under each key in one round trip; nil is nothing.
func (s *Store) texts(ctx context.Context, keys []string) ([]*string, error) {
	return within(ctx, &s.connection, func(ctx context.Context) ([]*string, error) {
		replies := make([]*redis.StringCmd, len(keys))
		if err := s.connection.pipelined(ctx, func(p redis.Pipeliner) {
			for i, key := range keys { // no MGET: they live on different nodes of a cluster
				replies[i] = p.Get(ctx, key)
			}
		}); err != nil {
			return nil, err
		}
		texts := make([]*string, len(keys))
		for i, reply := range replies {
			text, err := reply.Result()
			if errors.Is(err, redis.Nil) {
				continue
			}
			if err != nil {
				return nil, err
			}
			texts[i] = &text
		}
		return texts, nil
	})
}
