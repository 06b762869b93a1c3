package storetest_test

import (
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/storetest"
)

// What stands in for a store of your own.
func openSessions(testing.TB) sessions.Store {
	store, _ := ginauth0.NewCookieStore("a secret of at least thirty-two bytes")
	return store
}

func openLogoutStore(testing.TB) ginauth0.LogoutStore { return nil }
func openRefreshLock(testing.TB) ginauth0.RefreshLock { return nil }

func ExampleSessions() {
	_ = func(t *testing.T) { // func TestSessions(t *testing.T)
		storetest.Sessions(t, openSessions)
	}
}

// A store that asks the real time is tested with time.Sleep.
func ExampleLogoutStore() {
	_ = func(t *testing.T) { // func TestLogoutStore(t *testing.T)
		storetest.LogoutStore(t, openLogoutStore, time.Sleep)
	}
}

// A store with a clock of its own need not sleep.
func ExampleLogoutStore_clock() {
	_ = func(t *testing.T) { // func TestLogoutStore(t *testing.T)
		var mu sync.Mutex
		now := time.Now()
		storetest.LogoutStore(t, openLogoutStore, func(d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(d) // the store asks this clock
		})
	}
}

func ExampleRefreshLock() {
	_ = func(t *testing.T) { // func TestRefreshLock(t *testing.T)
		storetest.RefreshLock(t, openRefreshLock, time.Sleep)
	}
}
