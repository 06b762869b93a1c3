package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// A row is one session, sealed under its key. Its first characters hold the random
// nonce of the seal, and so tell every write from every other.
const versionLength = 24

// row is what was read of a session.
type row struct {
	payload []byte
	version string
	old     bool // sealed with another secret than the first
}

func (s *Store) rowKey(hash string) string { return s.prefix + "row:" + hash }

// readRow reads a row. One that is not there and one that does not open are the
// same: no session.
func (s *Store) readRow(ctx context.Context, id sessionID) (row, bool, error) {
	key := s.rowKey(id.hash())
	text, found, err := s.get(ctx, key)
	if !found || err != nil {
		return row{}, false, err
	}
	opened, err := s.rows.Open(key, text, s.now())
	if err != nil {
		return row{}, false, nil
	}
	return row{payload: opened.Payload, version: text[:versionLength], old: opened.Old}, true, nil
}

// get returns the text under a key.
func (s *Store) get(ctx context.Context, key string) (text string, found bool, err error) {
	type answer struct {
		text  string
		found bool
	}
	a, err := within(ctx, &s.connection, func(ctx context.Context) (answer, error) {
		text, err := s.connection.client.Get(ctx, key).Result()
		if errors.Is(err, redis.Nil) {
			return answer{}, nil
		}
		return answer{text, true}, err
	})
	return a.text, a.found, err
}

// sealRow returns the text of a row and how long it lives.
func (s *Store) sealRow(key string, now, expiry time.Time, payload []byte) (text string, ttl time.Duration) {
	return s.rows.Seal(key, now, nextSecond(expiry), payload), wholeMilliseconds(expiry.Sub(now))
}

// nextSecond rounds up: a seal knows whole seconds only, and must not end before the
// TTL and the life of the cookie do.
func nextSecond(expiry time.Time) time.Time {
	return expiry.Add(time.Second - time.Nanosecond).Truncate(time.Second)
}

// writeScript writes the row KEYS[1] with the text ARGV[2] for ARGV[3] milliseconds
// if it is at the version ARGV[1]; an empty version is no row. The client may send
// it again after the connection broke, when the text is there already.
const writeScript = `
local version = redis.call('GETRANGE', KEYS[1], 0, 23)
if version == ARGV[1] or version == string.sub(ARGV[2], 1, 24) then
	redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
	return 'written'
end
if version == '' then return 'gone' end
return 'conflict'`

// writeRow writes a row that is at this version, and enters it into the indexes of
// its marks, in one round trip. The errors of rows say why nothing was written.
func (s *Store) writeRow(ctx context.Context, id sessionID, version string, payload []byte, w *rows.Row) (written string, err error) {
	hash := id.hash()
	key := s.rowKey(hash)
	text, ttl := s.sealRow(key, s.now(), w.Expiry, payload)
	member := indexMember(w.Created, hash)
	outcome, err := within(ctx, &s.connection, func(ctx context.Context) (string, error) {
		var replies []*redis.Cmd
		err := s.connection.pipelined(ctx, func(p redis.Pipeliner) {
			// First the indexes: no row must be there that no mark finds.
			for _, mark := range w.Marks {
				replies = append(replies, p.Eval(ctx, indexScript, []string{s.indexKey(mark)}, member, ttl.Milliseconds()))
			}
			replies = append(replies, p.Eval(ctx, writeScript, []string{key}, version, text, ttl.Milliseconds()))
		})
		var outcome string
		for _, reply := range replies {
			if err == nil {
				outcome, err = reply.Text()
			}
		}
		return outcome, err
	})
	switch {
	case err != nil:
		return "", err
	case outcome == "gone":
		return "", rows.ErrGone
	case outcome == "conflict":
		return "", rows.ErrConflict
	}
	return text[:versionLength], nil
}

// deleteRow deletes the row of a session, if it is there.
func (s *Store) deleteRow(ctx context.Context, id sessionID) error {
	return run(ctx, &s.connection, func(ctx context.Context) error {
		return s.connection.client.Del(ctx, s.rowKey(id.hash())).Err()
	})
}
