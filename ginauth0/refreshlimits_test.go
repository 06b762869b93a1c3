package ginauth0_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// timedPlace is a place whose locks lapse, and which tells how they ended.
type timedPlace struct {
	*sharedPlace
	mu     sync.Mutex
	lives  []time.Duration
	lapsed int // before they were given back
}

func (p *timedPlace) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	unlock, err := p.sharedPlace.Lock(ctx, key, ttl)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lives = append(p.lives, ttl)
	timer := time.AfterFunc(ttl, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lapsed++
	})
	return func() { timer.Stop(); unlock() }, nil
}

// A tenant that hangs must not hold a use of a refresh token on its way until somebody
// else may begin another one.
func TestAUseOfARefreshTokenThatHangsEndsBeforeItsLockDoes(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/auth/access-token", "/fail"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			place := &timedPlace{sharedPlace: newSharedPlace()}
			a, b := signedInConnecting(t, locked(place.sharedPlace), config(func(c *ginauth0.Config) {
				c.RefreshLock, c.HTTPTimeout = place, 2*time.Second
			}))
			a.clock.advance(time.Hour)
			a.tenant.Break(tokenPath, func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
				<-r.Context().Done()
				panic(http.ErrAbortHandler)
			})
			if r := b.get(path, asJSON); r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, `"error":"temporarily_unavailable"`) {
				t.Errorf("%d %s", r.status, r.body)
			}
			a.tenant.Heal(tokenPath)
			b.get(path, asJSON) // would wait for the lock
			place.mu.Lock()
			defer place.mu.Unlock()
			if len(place.lives) != 2 || place.lives[0] != 7*time.Second || place.lapsed != 0 {
				t.Errorf("locks of %v, %d lapsed", place.lives, place.lapsed)
			}
		})
	}
}

// The organization is the login's: a refresh may say the same or nothing.
func TestTheOrganizationOfARefresh(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		claims map[string]any
		ends   bool
	}{
		"the same":      {map[string]any{"org_id": "org_1", "org_name": "acme"}, false},
		"none":          {map[string]any{}, false},
		"another one":   {map[string]any{"org_id": "org_2", "org_name": "acme"}, true},
		"of no meaning": {map[string]any{"org_id": 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, refreshing, userPage)
			says := func(claims map[string]any) {
				a.tenant.EditIDToken(func(_, all map[string]any) { maps.Copy(all, claims) })
			}
			says(map[string]any{"org_id": "org_1", "org_name": "acme"})
			b := a.browser(t)
			b.login("/auth/login")
			says(test.claims)
			page := b.tokenPage("?force")
			if test.ends {
				if !strings.HasPrefix(page.Error, ginauth0.ErrBadIDToken.Error()) || b.signedIn() {
					t.Errorf("%+v", page)
				}
				return
			}
			if claims := b.claims(); page.Error != "" || claims["org_id"] != "org_1" || claims["org_name"] != "acme" {
				t.Errorf("%s; claims %v", page.Error, claims)
			}
		})
	}
}
