package ginauth0_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// The largest budget is more than ten cookies hold: then those are the limit, and
// the error says as much as any.
func TestTenCookiesAreALimitToo(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Session.MaxBytes = 40960
	}))
	b := a.browser(t)
	fits, refused := false, false
	for size := 28_000; size <= 30_500; size += 250 {
		claimsOf(a, size)
		r := b.get(b.toCallback("/auth/login"), asJSON)
		switch {
		case r.status == http.StatusFound && !refused:
			fits = true
			if cookies := b.sessionCookies(); len(cookies) != 10 || !b.signedIn() {
				t.Errorf("%d bytes in %d cookies", size, len(cookies))
			}
		case r.status == http.StatusInternalServerError:
			refused = true
			if log := a.log.String(); !strings.Contains(log, "(user ") || !strings.Contains(r.body, `"error":"session_too_large"`) {
				t.Fatalf("%d bytes: %s, log %s", size, r.body, log)
			}
		default:
			t.Errorf("%d bytes: %d %s", size, r.status, r.body)
		}
	}
	if !fits || !refused {
		t.Errorf("fits %v, refused %v: the sizes do not come near the limit", fits, refused)
	}
}
