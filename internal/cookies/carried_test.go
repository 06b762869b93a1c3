package cookies_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

var (
	noon     = time.Unix(1_800_000_000, 0)
	lifetime = time.Hour
)

func newBox(t testing.TB, secret string) *seal.Box {
	t.Helper()
	ring, err := seal.NewRing([]byte(secret + strings.Repeat(".", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return ring.Box("session")
}

// carrying is what a request with this Cookie header carries under the name n.
func carrying(header string) cookies.Carried {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["Cookie"] = []string{header}
	return cookies.Under(r, "n")
}

// pieces returns a sealed text as n cookies, name=value each, the way that a
// browser sends them.
func pieces(text string, n int) []string {
	text = strconv.Itoa(n) + "." + text
	size := (len(text) + n - 1) / n
	list := make([]string, n)
	for i := range list {
		cut := min(size, len(text))
		list[i] = "n." + strconv.Itoa(i) + "=" + text[:cut]
		text = text[cut:]
	}
	return list
}

// opens returns the payload that a header leads to.
func opens(box *seal.Box, header string) string {
	opened, ok := carrying(header).Open(box, noon)
	if !ok {
		return ""
	}
	return string(opened.Payload)
}

func TestTheNewestThatOpensCounts(t *testing.T) {
	t.Parallel()
	box, foreign := newBox(t, "ours"), newBox(t, "theirs")
	sealed := func(box *seal.Box, payload string, age time.Duration) string {
		return box.Seal("n", noon.Add(-age), noon.Add(lifetime), []byte(payload))
	}
	old, recent := sealed(box, "old", time.Minute), sealed(box, "recent", time.Second)
	theirs := sealed(foreign, "theirs", 0)
	list := func(parts ...any) string {
		var all []string
		for _, part := range parts {
			switch part := part.(type) {
			case string:
				all = append(all, part)
			case []string:
				all = append(all, part...)
			}
		}
		return strings.Join(all, "; ")
	}
	backwards := pieces(recent, 10)
	slices.Reverse(backwards)
	for name, test := range map[string]struct{ header, want string }{
		"one cookie":                              {list("n=" + old), "old"},
		"two, the newer one last":                 {list("n="+old, "n="+recent), "recent"},
		"two, the newer one first":                {list("n="+recent, "n="+old), "recent"},
		"pieces":                                  {list(pieces(recent, 3)), "recent"},
		"ten pieces, backwards":                   {list(backwards), "recent"},
		"a newer single one beside pieces":        {list(pieces(old, 3), "n="+recent), "recent"},
		"newer pieces beside a single one":        {list("n="+old, pieces(recent, 3)), "recent"},
		"fewer pieces than before":                {list(pieces(recent, 2), pieces(old, 4)[2:]), "recent"},
		"a stranger's cookie first":               {list("n="+theirs, "n="+old), "old"},
		"a stranger's pieces first":               {list(pieces(theirs, 3), pieces(old, 3)), "old"},
		"a stranger's pieces last":                {list(pieces(old, 3), pieces(theirs, 3)), "old"},
		"a stranger's more pieces first":          {list(pieces(theirs, 4), pieces(old, 3)), "old"},
		"a stranger's fewer pieces first":         {list(pieces(theirs, 2), pieces(old, 3)), "old"},
		"a stranger's first piece alone, before":  {list("n.0=3.x", pieces(old, 3)), "old"},
		"a stranger's second piece alone, before": {list("n.1=x", pieces(old, 3)), "old"},
		"a stranger's second piece alone, behind": {list(pieces(old, 3), "n.1=x"), "old"},
		"a stranger's last piece alone, before":   {list("n.2=x", pieces(old, 3)), "old"},
		"a stranger's stale pieces":               {list("n.5=x", pieces(old, 3), "n.5=x", "n.5=x", "n.5=x", "n.5=x"), "old"},
		"three candidates of junk before it":      {list("n=a", "n=b", "n=c", "n="+old), "old"},
		"four candidates of junk before it":       {list("n=a", "n=b", "n=c", "n=d", "n="+old), ""},
		"junk that is no candidate before it":     {list("n.0=1.a", "n.0=11.a", "n.0=x", "n.0=02.a", "n.0=2a", pieces(old, 2)), "old"},
		"junk that is the same candidate again":   {list("n=a", "n=b", "n="+old, pieces(theirs, 2)), "old"},
		"eleven pieces":                           {list(pieces(old, 11)), ""},
		"one piece":                               {list(pieces(old, 1)), ""},
		"a count with a zero, four times":         {list("n.0=02.a", "n.0=02.a", "n.0=02.a", "n.0=02.a", pieces(old, 2)), "old"},
		"a count with a sign, four times":         {list("n.0=+2.a", "n.0=+2.a", "n.0=+2.a", "n.0=+2.a", pieces(old, 2)), "old"},
		"a name that only begins alike":           {list("nn="+old, "n_="+old, "n.backup="+old, "n.00="+old, "N="+old), ""},
		"pieces numbered otherwise":               {list("n.00="+pieces(old, 2)[0][4:], pieces(old, 2)[1]), ""},
		"a piece missing":                         {list(pieces(old, 3)[:2]), ""},
		"an empty piece":                          {list(pieces(old, 3)[:2], "n.2="), ""},
		"pieces of two values":                    {list(pieces(old, 3)[:2], pieces(recent, 3)[2]), ""},
	} {
		if got := opens(box, test.header); got != test.want {
			t.Errorf("%s: opens %q, want %q", name, got, test.want)
		}
	}
}

func TestOpeningIsBounded(t *testing.T) {
	t.Parallel()
	box := newBox(t, "ours")
	sealed := box.Seal("n", noon, noon.Add(lifetime), []byte("payload"))
	// 1 MB of candidates costs four attempts. (net/http reads no more than 3000 cookies.)
	junk := strings.Repeat("n.0=2.a; n=b; n.1="+strings.Repeat("c", 1<<20/900)+"; ", 900)
	if got := opens(box, junk+"n="+sealed); got != "" {
		t.Errorf("a candidate behind many others was opened: %q", got)
	}
	if got := opens(box, "n="+sealed+"; "+junk); got != "payload" {
		t.Errorf("junk behind it hides the value: %q", got)
	}
	if got := opens(box, "n="+strings.Repeat("A", 1<<20)+"; n="+sealed); got != "payload" {
		t.Errorf("a megabyte of junk hides the value: %q", got)
	}
}

func TestWhatIsCarriedIsDeletedAndNothingElse(t *testing.T) {
	t.Parallel()
	const header = "n=a; n.0=b; n.3=; n.12=c; n.01=d; n.x=e; nn=f; app=g; n.0=h; n.1234=i"
	for domain, lines := range map[string]int{"": 3, "app.example": 6} {
		h := http.Header{"Set-Cookie": {"n.1=written; Path=/", "other=kept"}}
		attributes := http.Cookie{Path: "/p", Domain: domain, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
		cookies.Clear(h, carrying(header), attributes)
		var names []string
		for _, c := range (&http.Response{Header: h}).Cookies() {
			if c.Name == "other" {
				continue
			}
			names = append(names, c.Name+" "+c.Domain)
			if c.Value != "" || c.MaxAge >= 0 || !c.Expires.Before(noon) || c.Path != "/p" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("deletion %s", c)
			}
		}
		want := []string{"n ", "n.0 ", "n.12 "}
		if domain != "" {
			want = []string{"n app.example", "n ", "n.0 app.example", "n.0 ", "n.12 app.example", "n.12 "}
		}
		if !slices.Equal(names, want) || len(h["Set-Cookie"]) != lines+1 || h["Set-Cookie"][0] != "other=kept" {
			t.Errorf("deleted %q, want %q; header %q", names, want, h["Set-Cookie"])
		}
	}
}

// Cookies of strangers: never a panic, and nothing opens but what was sealed.
// What was sealed opens wherever it stands among the first four.
func FuzzOpen(f *testing.F) {
	box := newBox(f, "ours")
	sealed := box.Seal("n", noon, noon.Add(lifetime), []byte("payload"))
	for _, seed := range []string{
		"", "n=x", "n=" + sealed, "n.0=2." + sealed[:20] + "; n.1=" + sealed[20:], "n.0=10.x; n.1=y", "n.0=2.; n.1=", "n.=x; n.-1=y; n.999=z; n.0=2", `n="q"; n.0="2.x"`, "n.0=;;; n.0=2.x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if opened, ok := carrying(header).Open(box, noon); ok && string(opened.Payload) != "payload" {
			t.Fatalf("forged: %q", opened.Payload)
		}
		for _, both := range []string{"n=" + sealed + "; " + header, strings.Join(pieces(sealed, 2), "; ") + "; " + header} {
			// A first piece of the stranger may come with ours, but ours come first.
			if got := opens(box, both); got != "payload" {
				t.Fatalf("%q hides what stands before it", header)
			}
		}
		h := http.Header{}
		carried := carrying(header)
		cookies.Clear(h, carried, http.Cookie{Path: "/"})
		if carried.Empty() != (len(h) == 0) {
			t.Fatalf("empty is %v, and %d lines clear it", carried.Empty(), len(h["Set-Cookie"]))
		}
		for _, c := range (&http.Response{Header: h}).Cookies() {
			if c.Name != "n" && !strings.HasPrefix(c.Name, "n.") || c.MaxAge >= 0 {
				t.Fatalf("line %s", c)
			}
		}
	})
}
