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

func TestOneLineForEachName(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	attributes := http.Cookie{Path: "/"}
	none := carrying("")
	for _, size := range []int{9000, 10, 5000} { // three, one, two cookies in one response
		if err := cookies.Write(h, none, strings.Repeat("v", size), attributes); err != nil {
			t.Fatal(err)
		}
	}
	if lines := h["Set-Cookie"]; len(lines) != 2 || !strings.HasPrefix(lines[0], "n.0=2.v") || !strings.HasPrefix(lines[1], "n.1=v") {
		t.Errorf("%d lines %.10q", len(lines), lines)
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	for _, attributes := range []http.Cookie{
		{Path: "/"}, {Path: "/" + strings.Repeat("p", 3000), Domain: "app.example", Secure: true, MaxAge: 1 << 30}, {Path: "/" + strings.Repeat("p", 5000)},
	} {
		capacity := cookies.Capacity("n", attributes)
		fits, tooLong := strings.Repeat("v", capacity), strings.Repeat("v", capacity+1)
		h := http.Header{}
		if err := cookies.Write(h, carrying(""), fits, attributes); capacity > 0 && (err != nil || len(h["Set-Cookie"]) != 10) {
			t.Errorf("%d characters: %d cookies, %v", capacity, len(h["Set-Cookie"]), err)
		}
		if err := cookies.Write(http.Header{}, carrying(""), tooLong, attributes); err == nil {
			t.Errorf("%d characters are one too many", capacity+1)
		}
	}
}

// What is written is read again, whatever the browser carried before.
func FuzzWrite(f *testing.F) {
	box := newBox(f, "ours")
	f.Add("n.0=3.x; n.1=y; n.2=z", 100, 0)
	f.Add("n=x", 9000, 100)
	f.Fuzz(func(t *testing.T, header string, size, path int) {
		size, path = min(max(size, 0), 30_000), min(max(path, 0), 2000)
		attributes := http.Cookie{Path: "/" + strings.Repeat("p", path), HttpOnly: true}
		text := box.Seal("n", noon, noon.Add(lifetime), make([]byte, size))
		h, carried := http.Header{}, carrying(header)
		if err := cookies.Write(h, carried, text, attributes); err != nil {
			if len(h) != 0 || len(text) <= cookies.Capacity("n", attributes) {
				t.Fatalf("%d characters, room for %d: %v, header %d lines", len(text), cookies.Capacity("n", attributes), err, len(h))
			}
			return
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		seen := map[string]bool{}
		for i, c := range (&http.Response{Header: h}).Cookies() {
			if len(h["Set-Cookie"][i]) > 4096 && c.MaxAge >= 0 || seen[c.Name] {
				t.Fatalf("line of %d bytes, repeated %v", len(h["Set-Cookie"][i]), seen[c.Name])
			}
			seen[c.Name] = true
			if c.MaxAge >= 0 {
				r.AddCookie(c)
			}
		}
		if opened, ok := cookies.Under(r, "n").Open(box, noon); !ok || len(opened.Payload) != size {
			t.Fatalf("%d bytes do not come back", size)
		}
	})
}
