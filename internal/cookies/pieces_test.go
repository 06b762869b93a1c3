package cookies_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
)

// One cookie as long as a line allows, and pieces one byte later.
func TestALineIsFilledToItsLimit(t *testing.T) {
	t.Parallel()
	for _, attributes := range []http.Cookie{
		{Path: "/", HttpOnly: true},
		{Path: "/" + strings.Repeat("p", 200), Domain: strings.Repeat("d", 60) + ".example", Secure: true, HttpOnly: true, MaxAge: 99999, Expires: time.Unix(2e9, 0), SameSite: http.SameSiteLaxMode},
	} {
		name := strings.Repeat("n", 100)
		none := cookies.Under(httptest.NewRequest(http.MethodGet, "/", nil), name)
		empty := attributes
		empty.Name = name
		room := 4096 - len(empty.String())
		for size, want := range map[int]int{1: 1, room - 1: 1, room: 1, room + 1: 2, 2*(room-2) - 2: 2, 2*(room-2) - 1: 3, 10*(room-2) - 3: 10} {
			h := http.Header{}
			err := cookies.Write(h, none, strings.Repeat("v", size), attributes)
			if lines := h["Set-Cookie"]; err != nil || len(lines) != want {
				t.Errorf("%d characters, room for %d: %d cookies, want %d, %v", size, room, len(lines), want, err)
			}
			for _, line := range h["Set-Cookie"] {
				if len(line) > 4096 {
					t.Errorf("a line of %d bytes", len(line))
				}
			}
		}
		h := http.Header{}
		var tooLong *cookies.TooLongError
		if err := cookies.Write(h, none, strings.Repeat("v", 10*(room-2)-2), attributes); !errors.As(err, &tooLong) || len(h) != 0 {
			t.Errorf("eleven pieces: %v, header %v", err, h)
		}
	}
}
