package redisstore

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"
	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// defaultTimeout is the Timeout of a Config that has none.
const defaultTimeout = 3 * time.Second

// Config are the settings of a [Store].
type Config struct {
	// Secrets seal cookies and rows: the first seals, all open, so that a secret can
	// be rotated without signing anybody out. At least one is required; each has at
	// least 32 bytes, no two are alike. All instances need the same.
	Secrets []ginauth0.Secret
	// Prefix begins every key; empty means "a0:". Applications that share Redis and
	// have different ones do not meet. For a Cluster it must not hold a part in
	// braces, or all keys live on one node.
	Prefix string
	// Timeout bounds one Redis command, or one pipeline of them, connecting and the
	// client's own retries included; 0 means 3 s. It does not bound the wait for a
	// refresh lock. A shorter deadline of a context counts as well.
	Timeout time.Duration
}

// Store keeps sessions in Redis, each in a row of its own, and in the cookie only
// the sealed id of the row. It is a store of gin-contrib/sessions: as
// Config.Session.Store of ginauth0, and, under other session names, for the
// application's own data. LogoutStore and RefreshLock give what else the instances
// of an application share. It is safe for concurrent use.
//
// # What lies in Redis
//
//	<prefix>row:<hash>    one session, sealed; hash is the SHA-256 of its id
//	<prefix>index:<key>   the rows that a mark on the key ends (a sorted set)
//	<prefix>mark:<key>    the time of a mark, in milliseconds
//	<prefix>seen:<key>    a logout token that was used
//	<prefix>lock:<key>    a refresh lock
//	<prefix>kept:<key>    the sealed result of a refresh
//
// Every key has a TTL, and no session opens without the secrets. A row lives as long
// as its cookie; one that was deleted stays in its indexes until then. A session with
// a record of 3 KB takes about 5 KB in all: 4 KB for its row, and 250 bytes for the
// first row of each index.
//
// # Commands
//
// GET, SET, DEL, PTTL and GETRANGE; ZADD, ZSCORE, ZREM, ZRANGE, ZREVRANGE and
// ZREMRANGEBYSCORE; PEXPIRE, TIME, EVAL and EVALSHA. Nothing of it is newer than
// Redis 5. No script touches two keys, so that a Cluster will do. Reading a session
// takes one round trip, its marks and the kept result together a second one, writing
// it with all its indexes one more. A mark takes one, and two more if it ends rows.
//
// # What Redis must be like
//
//   - Set maxmemory-policy to noeviction. With another policy a full Redis drops
//     sessions, and worse, marks: a logout would be undone. With noeviction writing
//     fails, and ginauth0 answers 503.
//   - Set appendonly to yes. With appendfsync everysec a crash loses the writes of
//     the last second, with always none.
//   - Replication is asynchronous: after a failover the last writes may be missing.
//     A session of that moment is gone or older than it was, and a logout of that
//     moment may not have happened; min-replicas-to-write and
//     min-replicas-max-lag narrow that down.
//   - While there is no master every call fails: with an error, which ginauth0
//     answers with 503, and never as if nobody were signed in.
//
// Set ContextTimeoutEnabled in the options of the client. Without it go-redis does
// not look at the context while it waits for an answer, so that each call needs a
// goroutine that it can leave behind. A client of Sentinel always needs it.
type Store struct {
	connection connection
	prefix     string
	ids, rows  *seal.Box
	options    atomic.Pointer[sessions.Options]
	now        func() time.Time
}

var (
	_ ginsessions.Store    = (*Store)(nil)
	_ rows.Source          = (*Store)(nil)
	_ ginauth0.LogoutStore = logoutStore{}
	_ rows.Lookup          = logoutStore{}
	_ ginauth0.RefreshLock = refreshLock{}
)

// New returns a Store. It does not ask Redis for anything yet. The client stays the
// application's: nothing here closes it. The error joins all problems: a nil client, too
// short a secret or none, a negative Timeout. It shows no secret.
func New(client redis.UniversalClient, cfg Config) (*Store, error) {
	timeout := cfg.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	c, errClient := newConnection(client, timeout)
	var errTimeout error
	if timeout < 0 {
		errTimeout = errors.New("redisstore: Timeout must not be negative")
	}
	raw := make([][]byte, len(cfg.Secrets))
	for i, secret := range cfg.Secrets {
		raw[i] = []byte(secret)
	}
	ring, errSecrets := seal.NewRing(raw...)
	if errSecrets != nil {
		errSecrets = fmt.Errorf("redisstore: Secrets: %w", errSecrets)
	}
	if err := errors.Join(errClient, errSecrets, errTimeout); err != nil {
		return nil, err
	}
	s := &Store{connection: c, prefix: cfg.Prefix, ids: ring.Box("session-id"), rows: ring.Box("row"), now: time.Now}
	if s.prefix == "" {
		s.prefix = defaultPrefix
	}
	s.options.Store(&sessions.Options{Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
	return s, nil
}

// LogoutStore returns the marks of logouts, for Config.LogoutStore of ginauth0. A
// mark on a key also deletes the rows of sessions that it ends. If the mark is kept
// but a row cannot be deleted, that is an error as well: the sessions are refused by
// the mark already, and calling Mark again deletes what is left.
func (s *Store) LogoutStore() ginauth0.LogoutStore { return logoutStore{s} }

// RefreshLock returns the lock under which one instance at a time refreshes a
// session, for Config.RefreshLock of ginauth0. Its Lock waits until ctx is done or
// the ttl it asks for has gone by, and looks again every 20 ms at first and every
// 200 ms later on.
func (s *Store) RefreshLock() ginauth0.RefreshLock { return refreshLock{s} }
