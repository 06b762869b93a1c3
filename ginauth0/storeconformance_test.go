package ginauth0_test

import (
	"testing"

	"github.com/gin-contrib/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/storetest"
)

func TestCookieStorePassesOurSuite(t *testing.T) {
	t.Parallel()
	storetest.Sessions(t, func(t testing.TB) sessions.Store { return newStore(t) })
}

func TestLogoutStoreInMemoryPassesOurSuite(t *testing.T) {
	t.Parallel()
	c := newClock()
	storetest.LogoutStore(t, func(testing.TB) ginauth0.LogoutStore { return ginauth0.NewMemoryMarks(c.Now) }, c.advance)
}

// The tests of this package trust it as a store.
func TestStubPassesOurSuite(t *testing.T) {
	t.Parallel()
	storetest.Sessions(t, func(testing.TB) sessions.Store {
		stub := newStub()
		stub.faithful = true
		return stub
	})
}
