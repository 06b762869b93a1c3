package ginauth0api

import (
	"sync/atomic"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/slots"
)

const (
	// maxCacheBytes bounds text and payload of all tokens that are remembered.
	maxCacheBytes = 64 << 20
	// sweepInterval is how long an entry may outlive its time when nobody asks.
	sweepInterval = time.Second
)

func (cfg TokenCacheConfig) validate(found *problems) {
	if cfg.MaxEntries < 0 {
		found.add("TokenCache.MaxEntries", "must not be negative")
	}
	if cfg.MaxAge < 0 {
		found.add("TokenCache.MaxAge", "must not be negative")
	}
}

// tokenCache remembers verified tokens by their exact text. Reading and writing
// take no lock, and nobody waits for room. A nil tokenCache remembers nothing.
type tokenCache struct {
	entries *slots.Cache[remembered]
	maxAge  time.Duration
	now     func() time.Time
	bytes   atomic.Int64
	sweeper atomic.Pointer[time.Timer]
	state   atomic.Int32 // of the sweeper
}

// The states of the sweeper.
const (
	sweeperIdle int32 = iota // nothing is remembered
	sweeperDue               // a timer runs
	sweeperOver              // closed
)

// remembered is a token until it is forgotten.
type remembered struct {
	token *verified
	until time.Time
}

func newTokenCache(cfg TokenCacheConfig, now func() time.Time) *tokenCache {
	if cfg.Disabled {
		return nil
	}
	return &tokenCache{
		entries: slots.New[remembered](orDefault(cfg.MaxEntries, defaultCacheEntries)),
		maxAge:  orDefault(cfg.MaxAge, defaultCacheAge),
		now:     now,
	}
}

// find returns a token that was verified a moment ago, nil if it is not
// remembered.
func (c *tokenCache) find(text string, now time.Time) *verified {
	if c == nil {
		return nil
	}
	e := c.entries.Get(text)
	if e == nil {
		return nil
	}
	if !now.Before(e.Value.until) {
		c.forget(e)
		return nil
	}
	return e.Value.token
}

// drop forgets a token before its time.
func (c *tokenCache) drop(v *verified) {
	for e := c.entries.Get(v.text); e != nil; e = c.entries.Get(v.text) {
		c.forget(e)
	}
}

// remember keeps a token for as long as the setting and its exp permit.
func (c *tokenCache) remember(v *verified, now time.Time) {
	if c == nil || c.state.Load() == sweeperOver {
		return
	}
	// exp is a matter of the wall clock; the age runs on the monotonic one.
	keep := v.dates.expiresAt.Within(now, c.maxAge)
	if keep <= 0 {
		return
	}
	if c.bytes.Add(v.size()) > maxCacheBytes {
		c.makeRoom()
	}
	if displaced := c.entries.Put(v.text, remembered{v, now.Add(keep)}); displaced != nil {
		c.bytes.Add(-displaced.Value.token.size())
	}
	if c.state.CompareAndSwap(sweeperIdle, sweeperDue) {
		c.sweepLater()
	} else if c.state.Load() == sweeperOver { // closed meanwhile
		c.close()
	}
}

// makeRoom forgets entries until the rest is within the bound. It comes up when
// tokens are large, and then throws out a part of them at once, so that not
// every request has to.
func (c *tokenCache) makeRoom() {
	for e := range c.entries.Entries {
		c.forget(e)
		if c.bytes.Load() < maxCacheBytes*7/8 {
			return
		}
	}
}

// forget takes out this very entry.
func (c *tokenCache) forget(e *slots.Entry[remembered]) {
	if c.entries.Remove(e) {
		c.bytes.Add(-e.Value.token.size())
	}
}

func (c *tokenCache) sweepLater() {
	c.sweeper.Store(time.AfterFunc(sweepInterval, c.sweep))
	if c.state.Load() == sweeperOver { // closed meanwhile
		c.close()
	}
}

// sweep forgets what is over, also when nobody asks for it again.
func (c *tokenCache) sweep() {
	now, left := c.now(), false
	for e := range c.entries.Entries {
		if now.Before(e.Value.until) {
			left = true
		} else {
			c.forget(e)
		}
	}
	if !left && c.state.CompareAndSwap(sweeperDue, sweeperIdle) {
		// Whoever put something in since then has seen a sweeper that is due.
		for range c.entries.Entries {
			left = c.state.CompareAndSwap(sweeperIdle, sweeperDue)
			break
		}
	}
	if left {
		c.sweepLater()
	}
}

// close forgets everything and remembers nothing from now on.
func (c *tokenCache) close() {
	if c == nil {
		return
	}
	c.state.Store(sweeperOver)
	if timer := c.sweeper.Load(); timer != nil {
		timer.Stop()
	}
	for e := range c.entries.Entries {
		c.forget(e)
	}
}
