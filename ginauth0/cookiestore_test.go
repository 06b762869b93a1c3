package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/tester"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func newStore(t testing.TB, secrets ...ginauth0.Secret) *ginauth0.CookieStore {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []ginauth0.Secret{secret1}
	}
	s, err := ginauth0.NewCookieStore(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// gin-contrib's own suite for stores.
func TestCookieStorePassesTheSuiteOfGinContrib(t *testing.T) {
	store := func(t *testing.T) sessions.Store { t.Helper(); return newStore(t) }
	t.Run("GetSet", func(t *testing.T) { tester.GetSet(t, store) })
	t.Run("DeleteKey", func(t *testing.T) { tester.DeleteKey(t, store) })
	t.Run("Flashes", func(t *testing.T) { tester.Flashes(t, store) })
	t.Run("Clear", func(t *testing.T) { tester.Clear(t, store) })
	t.Run("Options", func(t *testing.T) { tester.Options(t, store) })
	t.Run("Many", func(t *testing.T) { tester.Many(t, store) })
}

// save saves values under a name for a request with the given cookies and
// returns the Set-Cookie lines.
func save(t testing.TB, s *ginauth0.CookieStore, name string, values map[any]any, cookies ...*http.Cookie) ([]*http.Cookie, error) {
	t.Helper()
	w := httptest.NewRecorder()
	session, err := s.New(requestWith(cookies...), name)
	if err != nil {
		t.Fatal(err)
	}
	session.Values = values
	err = session.Save(requestWith(cookies...), w)
	for _, line := range w.Header().Values("Set-Cookie") {
		if len(line) > 4096 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	return w.Result().Cookies(), err
}

func requestWith(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	return r
}

// load returns the value "v", and whether the session exists.
func load(t testing.TB, s *ginauth0.CookieStore, name string, cookies ...*http.Cookie) (any, bool) {
	t.Helper()
	session, err := s.New(requestWith(cookies...), name)
	if err != nil || session == nil {
		t.Fatalf("New returns %v, %v", session, err)
	}
	return session.Values["v"], !session.IsNew
}

func TestPiecesInAnyOrderAndWithForeignOnesBetween(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, size := range []int{0, 10, 3000, 9000, 25_000} {
		text := strings.Repeat("é\"😀;,x", size/10)
		cookies, err := save(t, s, "n", map[any]any{"v": text})
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(cookies)
		cookies = append(cookies, &http.Cookie{Name: "n.9", Value: "stale"}, &http.Cookie{Name: "n.10", Value: "x"}, &http.Cookie{Name: "n.01", Value: "x"}, &http.Cookie{Name: "n_x", Value: "x"})
		if got, ok := load(t, s, "n", cookies...); !ok || got != text {
			t.Errorf("%d bytes in %d cookies: %v", size, len(cookies)-4, ok)
		}
	}
}

func TestWritingDeletesWhatIsNoLongerPartOfTheValue(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	sizes := map[string]int{"single": 10, "three": 8000, "two": 4500}
	for _, test := range []struct {
		from, to string
		deleted  string
	}{
		{"single", "two", "n"}, {"three", "single", "n.0 n.1 n.2"}, {"three", "two", "n.2"}, {"two", "three", ""}, {"single", "single", ""},
	} {
		before, err := save(t, s, "n", map[any]any{"v": strings.Repeat("v", sizes[test.from])})
		if err != nil {
			t.Fatal(err)
		}
		before = append(before, &http.Cookie{Name: "n.backup", Value: "x"}, &http.Cookie{Name: "nn", Value: "x"})
		after, err := save(t, s, "n", map[any]any{"v": strings.Repeat("w", sizes[test.to])}, before...)
		if err != nil {
			t.Fatal(err)
		}
		var deleted []string
		for _, c := range after {
			if c.MaxAge < 0 {
				deleted = append(deleted, c.Name)
			}
		}
		slices.Sort(deleted)
		if got := strings.Join(deleted, " "); got != test.deleted {
			t.Errorf("%s to %s: deleted %q, want %q", test.from, test.to, got, test.deleted)
		}
	}
}

func TestTheLaterOfTwoValuesWins(t *testing.T) {
	t.Parallel()
	c := newClock()
	s, err := ginauth0.NewCookieStoreAt(c.Now, secret1)
	if err != nil {
		t.Fatal(err)
	}
	write := func(secret ginauth0.Secret, value string) []*http.Cookie {
		store := s
		if secret != secret1 {
			if store, err = ginauth0.NewCookieStoreAt(c.Now, secret); err != nil {
				t.Fatal(err)
			}
		}
		c.advance(time.Second)
		cookies, err := save(t, store, "n", map[any]any{"v": value})
		if err != nil {
			t.Fatal(err)
		}
		return cookies
	}
	long := strings.Repeat("l", 8000)
	small, split, smallAgain, splitAgain := write(secret1, "small"), write(secret1, long), write(secret1, "small again"), write(secret1, long+"again")
	foreign, foreignSplit := write(secret2, "foreign"), write(secret2, strings.Repeat("f", 8000))
	join := slices.Concat[[]*http.Cookie]
	for name, test := range map[string]struct {
		cookies []*http.Cookie
		want    string
	}{
		"single, then split":              {join(small, split), long},
		"split, then single":              {join(split, smallAgain), "small again"},
		"two singles":                     {join(small, smallAgain), "small again"},
		"two singles, the other way":      {join(smallAgain, small), "small again"},
		"two splits":                      {join(split, splitAgain), long + "again"},
		"two splits, the other way":       {join(splitAgain, split), long + "again"},
		"a foreign one before ours":       {join(foreign, small), "small"},
		"a foreign one behind ours":       {join(small, foreign), "small"},
		"foreign pieces before ours":      {join(foreignSplit, split), long},
		"foreign pieces behind ours":      {join(split, foreignSplit), long},
		"foreign pieces and our single":   {join(foreignSplit, small), "small"},
		"three that are junk before ours": {join([]*http.Cookie{{Name: "n", Value: "a"}, {Name: "n", Value: "b"}, {Name: "n", Value: "c"}}, small), "small"},
	} {
		if got, ok := load(t, s, "n", test.cookies...); !ok || got != test.want {
			t.Errorf("%s: %.20q, %v", name, got, ok)
		}
	}
}

func TestWhatDoesNotOpenIsAbsent(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	single, err := save(t, s, "n", map[any]any{"v": "x"})
	if err != nil {
		t.Fatal(err)
	}
	split, err := save(t, s, "n", map[any]any{"v": strings.Repeat("x", 8000)})
	if err != nil {
		t.Fatal(err)
	}
	value := single[0].Value
	piece := func(i int, value string) *http.Cookie { return &http.Cookie{Name: split[i].Name, Value: value} }
	for name, cookies := range map[string][]*http.Cookie{
		"nothing":                     nil,
		"empty":                       {{Name: "n", Value: ""}},
		"truncated":                   {{Name: "n", Value: value[:len(value)/2]}},
		"a flipped character":         {{Name: "n", Value: value[:40] + flip(value[40]) + value[41:]}},
		"under another name":          {{Name: "m", Value: value}},
		"a megabyte of junk":          {{Name: "n", Value: strings.Repeat("A", 1<<20)}},
		"a piece missing":             {split[0], split[2]},
		"the first piece missing":     {split[1], split[2]},
		"two pieces exchanged":        {split[0], piece(1, split[2].Value), piece(2, split[1].Value)},
		"a piece of another value":    {split[0], split[1], piece(2, value)},
		"a count of one":              {piece(0, "1."+value)},
		"a count of eleven":           {piece(0, "11."+split[0].Value[2:]), split[1], split[2]},
		"a count with a leading zero": {piece(0, "0"+split[0].Value), split[1], split[2]},
		"a count that is no number":   {piece(0, "x."+split[0].Value[2:]), split[1], split[2]},
		"no count":                    {piece(0, split[0].Value[2:]), split[1], split[2]},
	} {
		lookedUp := "n"
		if name == "under another name" {
			lookedUp = "m"
		}
		if got, ok := load(t, s, lookedUp, cookies...); ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func flip(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

func TestSecretsRotate(t *testing.T) {
	t.Parallel()
	cookies, err := save(t, newStore(t, secret1), "n", map[any]any{"v": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := load(t, newStore(t, secret2, secret1), "n", cookies...); !ok {
		t.Error("the old secret, second in the list, does not open")
	}
	if _, ok := load(t, newStore(t, secret2), "n", cookies...); ok {
		t.Error("a secret that was removed still opens")
	}
}

func TestOptionsReplaceAllAttributes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	cookies, err := save(t, s, "n", map[any]any{"v": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if c := cookies[0]; c.Path != "/" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("at first %s", c)
	}
	s.Options(sessions.Options{Path: "/p", Domain: "d.example", MaxAge: 60})
	if cookies, err = save(t, s, "n", map[any]any{"v": "x"}); err != nil {
		t.Fatal(err)
	}
	if c := cookies[0]; c.Path != "/p" || c.Domain != "d.example" || c.HttpOnly || c.Secure || c.SameSite != 0 || c.MaxAge != 60 {
		t.Errorf("then %s", c)
	}
	s.Options(sessions.Options{Path: "/p", Domain: "d.example", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	gone, err := save(t, s, "n", nil, cookies...)
	if err != nil || len(gone) != 2 {
		t.Fatalf("deletion %v, %v", gone, err)
	}
	for i, c := range gone {
		if c.MaxAge >= 0 || c.Value != "" || c.Expires.Year() > 1970 || c.Path != "/p" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || (c.Domain == "d.example") != (i == 0) {
			t.Errorf("deletion %s", c)
		}
	}
}

func TestACookieWithoutMaxAgeOpensForThirtyDays(t *testing.T) {
	t.Parallel()
	c := newClock()
	s, err := ginauth0.NewCookieStoreAt(c.Now, secret1)
	if err != nil {
		t.Fatal(err)
	}
	cookies, err := save(t, s, "n", map[any]any{"v": "x"})
	if err != nil {
		t.Fatal(err)
	}
	c.advance(30*24*time.Hour - time.Second)
	if _, ok := load(t, s, "n", cookies...); !ok {
		t.Error("absent before 30 days")
	}
	c.advance(time.Second)
	if _, ok := load(t, s, "n", cookies...); ok {
		t.Error("present after 30 days")
	}
}

func TestNewCookieStoreRefusesBadSecrets(t *testing.T) {
	t.Parallel()
	for name, secrets := range map[string][]ginauth0.Secret{
		"none": nil, "short": {"short"}, "repeated": {secret1, secret1},
	} {
		if s, err := ginauth0.NewCookieStore(secrets...); err == nil || s != nil || strings.Contains(err.Error(), "first secret") {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func TestAValueThatGobDoesNotKnowIsAnError(t *testing.T) {
	t.Parallel()
	if cookies, err := save(t, newStore(t), "n", map[any]any{"v": struct{ A int }{1}}); err == nil || len(cookies) != 0 {
		t.Errorf("%v, %v", cookies, err)
	}
}

// Junk in any of the cookies: never a panic, never a session.
func FuzzCookies(f *testing.F) {
	s := newStore(f)
	cookies, err := save(f, s, "n", map[any]any{"v": strings.Repeat("x", 8000)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("n.0="+cookies[0].Value+"; n.1="+cookies[1].Value, "n.2="+cookies[2].Value)
	f.Add("n=a; n.0=2.a; n.1=b", "n.0=10.x")
	f.Add("n.0=3.; n.1=; n.2=x; n.00=y; n.-1=z; n.99999=w", "n=\"quoted\"")
	f.Fuzz(func(t *testing.T, first, second string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Cookie"] = []string{first, second}
		session, err := s.New(r, "n")
		if err != nil || session == nil {
			t.Fatalf("%v, %v", session, err)
		}
		// What opens can only be what this store sealed.
		if !session.IsNew && session.Values["v"] != strings.Repeat("x", 8000) {
			t.Fatalf("forged: %v", session.Values)
		}
		w := httptest.NewRecorder()
		session.Values = map[any]any{"v": "new"}
		if err := session.Save(r, w); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range w.Result().Cookies() {
			if seen[c.Name] {
				t.Fatalf("two lines for %s", c.Name)
			}
			seen[c.Name] = true
		}
		if !seen["n"] {
			t.Fatal("nothing was written")
		}
		again := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, c := range w.Result().Cookies() {
			if c.MaxAge >= 0 {
				again.AddCookie(c)
			}
		}
		if session, err := s.Get(again, "n"); err != nil || session.Values["v"] != "new" {
			t.Fatalf("%v, %v", session.Values, err)
		}
	})
}

var _ gorilla.Store = (*ginauth0.CookieStore)(nil)
