package ginauth0api

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/numericdate"
)

func cached(text string, exp time.Time) *verified {
	v := &verified{text: text, payload: []byte(text), dates: dates{expiresAt: numericdate.Date{Seconds: float64(exp.Unix()), Present: true}}}
	v.init()
	return v
}

func (c *tokenCache) held() (n int) {
	for range c.entries.Entries {
		n++
	}
	return n
}

// An entry goes when its time is over, also when nobody asks for it.
func TestForgottenWithoutBeingAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTokenCache(TokenCacheConfig{}, time.Now)
		defer c.close()
		c.remember(cached("short", time.Now().Add(10*time.Second)), time.Now())
		c.remember(cached("long", time.Now().Add(time.Hour)), time.Now())
		time.Sleep(9 * time.Second)
		if c.held() != 2 {
			t.Errorf("%d held after 9 s", c.held())
		}
		time.Sleep(3 * time.Second)
		if c.held() != 1 {
			t.Errorf("%d held after 12 s", c.held())
		}
		time.Sleep(50 * time.Second)
		if c.held() != 0 || c.bytes.Load() != 0 {
			t.Errorf("%d held, %d bytes counted after a minute", c.held(), c.bytes.Load())
		}
		if c.state.Load() != sweeperIdle {
			t.Error("the sweeper runs on for nothing")
		}
		// And it starts again.
		c.remember(cached("again", time.Now().Add(10*time.Second)), time.Now())
		time.Sleep(12 * time.Second)
		if c.held() != 0 {
			t.Error("nothing is swept after a pause")
		}
	})
}

func TestExpiredTokensAreNotRemembered(t *testing.T) {
	t.Parallel()
	c := newTokenCache(TokenCacheConfig{}, time.Now)
	defer c.close()
	now := time.Now()
	c.remember(cached("a", now.Add(-time.Second)), now)
	if c.held() != 0 {
		t.Error("held")
	}
}

func TestMemoryOfTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newTokenCache(TokenCacheConfig{}, time.Now)
	defer c.close()
	now := time.Now()
	for n := range 4000 {
		c.remember(cached(strconv.Itoa(n)+strings.Repeat("x", maxTokenBytes-8), now.Add(time.Hour)), now)
		if bytes := c.bytes.Load(); bytes > maxCacheBytes+2*maxTokenBytes {
			t.Fatalf("%d bytes after %d tokens", bytes, n)
		}
	}
	if c.held() < 1700 {
		t.Errorf("%d tokens are held where some 2000 have room", c.held())
	}
	var bytes int64
	for e := range c.entries.Entries {
		bytes += e.Value.token.size()
	}
	if bytes != c.bytes.Load() {
		t.Errorf("%d bytes held, %d counted", bytes, c.bytes.Load())
	}
}

func TestClosedCacheHoldsNothing(t *testing.T) {
	t.Parallel()
	c := newTokenCache(TokenCacheConfig{}, time.Now)
	now := time.Now()
	c.remember(cached("a", now.Add(time.Hour)), now)
	c.close()
	c.remember(cached("b", now.Add(time.Hour)), now)
	if c.held() != 0 || c.bytes.Load() != 0 {
		t.Errorf("%d held", c.held())
	}
	c.close()
}

func TestDropForgetsOneToken(t *testing.T) {
	t.Parallel()
	c := newTokenCache(TokenCacheConfig{}, time.Now)
	defer c.close()
	now := time.Now()
	a, b := cached("a", now.Add(time.Hour)), cached("b", now.Add(time.Hour))
	c.remember(a, now)
	c.remember(b, now)
	c.drop(a)
	if c.find("a", now) != nil || c.find("b", now) != b || c.bytes.Load() != b.size() {
		t.Errorf("%d held, %d bytes", c.held(), c.bytes.Load())
	}
}
