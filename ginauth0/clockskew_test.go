package ginauth0_test

import (
	"testing"
	"time"
)

// Two instances share the LogoutStore, and the clock of the one that people log in
// at is ahead.
func TestALogoutReachesASessionFromTheFuture(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.clock.advance(30 * time.Second)
	b := a.browser(t)
	b.login("/auth/login")
	held := b.sessionCookies()
	a.clock.advance(-30 * time.Second)
	b.get("/auth/logout")
	copied := a.browser(t)
	copied.setCookies(held...)
	if copied.signedIn() {
		t.Error("the copied cookie works after the logout")
	}
}
