package ginauth0_test

import (
	"context"
	"sync"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// logoutStore is a LogoutStore whose parts fail when told to, and that notes
// what it is asked.
type logoutStore struct {
	ginauth0.LogoutStore

	mu             sync.Mutex
	remember, mark error
	ttls           map[string]time.Duration // by key
	marks          map[string]time.Time     // the last one on each key
}

func (s *logoutStore) fail(remember, mark error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember, s.mark = remember, mark
}

func (s *logoutStore) Remember(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.remember != nil {
		return false, s.remember
	}
	s.ttls[key] = ttl
	return s.LogoutStore.Remember(ctx, key, ttl)
}

func (s *logoutStore) Mark(ctx context.Context, key string, before time.Time, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mark != nil {
		return s.mark
	}
	s.ttls[key], s.marks[key] = ttl, before
	return s.LogoutStore.Mark(ctx, key, before, ttl)
}

// withStore gives an app a logoutStore; its clock is that of the app.
func withStore(store **logoutStore) func(*setup) {
	return func(s *setup) {
		*store = &logoutStore{
			LogoutStore: ginauth0.NewMemoryMarks(s.tenant.Now), ttls: map[string]time.Duration{}, marks: map[string]time.Time{},
		}
		s.config.LogoutStore = *store
	}
}
