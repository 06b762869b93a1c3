package ginauth0_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// tokenRequests sees the requests to the token endpoint. answer may answer in place
// of the tenant; a nil body lets the tenant answer.
type tokenRequests struct {
	mu     sync.Mutex
	forms  []url.Values
	answer func(form url.Values) (status int, body map[string]any)
}

func (q *tokenRequests) watch(a *app) {
	a.tenant.Break(tokenPath, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, err := io.ReadAll(r.Body)
		form, err2 := url.ParseQuery(string(body))
		if err != nil || err2 != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		q.mu.Lock()
		q.forms = append(q.forms, form)
		answer := q.answer
		q.mu.Unlock()
		if answer != nil {
			if status, body := answer(form); body != nil {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_ = json.NewEncoder(w).Encode(body)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (q *tokenRequests) set(answer func(url.Values) (int, map[string]any)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answer = answer
}

// take returns the forms since the last call, without what every one has.
func (q *tokenRequests) take(t testing.TB) []string {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	var texts []string
	for _, form := range q.forms {
		if form.Get("grant_type") != "refresh_token" || form.Get("client_id") != auth0test.DefaultClientID || form.Get("refresh_token") == "" {
			t.Errorf("form %v", form)
		}
		for _, name := range []string{"grant_type", "client_id", "client_secret", "refresh_token"} {
			form.Del(name)
		}
		text, err := url.QueryUnescape(form.Encode())
		if err != nil {
			t.Error(err)
		}
		texts = append(texts, text)
	}
	q.forms = nil
	return texts
}

// What the login asked for goes without saying; everything else is said (RFC 6749 section
// 6).
func TestWhatARefreshAsksFor(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) {
		c.AudienceScopes = map[string][]string{secondAudience: {"read:files"}}
	}))
	var requests tokenRequests
	requests.watch(a)
	for _, test := range []struct{ query, form string }{
		{"?force", ""},
		{"?force&scope=write:messages", "scope=openid profile email offline_access read:messages write:messages"},
		{"?force&scope=read:messages", ""}, // configured already
		{"?force&scope=read:messages&nomerge", "scope=read:messages"},
		{"?force&nomerge", ""},
		{"?force&audience=" + auth0test.DefaultAudience, ""},
		{"?force&audience=" + secondAudience, "audience=" + secondAudience + "&scope=read:files"},
		{"?force&audience=" + secondAudience + "&scope=write:files", "audience=" + secondAudience + "&scope=read:files write:files"},
		{"?force&audience=" + secondAudience + "&scope=write:files&nomerge", "audience=" + secondAudience + "&scope=write:files"},
		{"?force&audience=" + secondAudience + "&nomerge", "audience=" + secondAudience},
		{"?force&audience=https://third.example.test", "audience=https://third.example.test"},
	} {
		b.tokenPage(test.query)
		if got := requests.take(t); !slices.Equal(got, []string{test.form}) {
			t.Errorf("%s: asked %q, want %q", test.query, got, test.form)
		}
	}
}

// A login for another audience than the configured one has tokens of its own.
func TestRefreshAfterALoginForAnotherAudience(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, config(func(c *ginauth0.Config) { c.ForwardParams = []string{"audience"} }))
	b := a.browser(t)
	b.login("/auth/login?audience=" + secondAudience)
	var requests tokenRequests
	requests.watch(a)
	b.token("?audience=" + secondAudience + "&force")
	b.token("")
	if got := requests.take(t); !slices.Equal(got, []string{"", "audience=" + auth0test.DefaultAudience + "&scope=openid profile email offline_access read:messages"}) {
		t.Errorf("asked %q", got)
	}
}

// Where no audience is configured the one of the login is meant.
func TestWithoutAnAudienceTheLoginsIsMeant(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, config(func(c *ginauth0.Config) { c.Audience, c.ForwardParams = "", []string{"audience"} }))
	b := a.browser(t)
	b.login("/auth/login?audience=" + secondAudience)
	var requests tokenRequests
	requests.watch(a)
	first := b.token("")
	if first.Audience != secondAudience || len(requests.take(t)) != 0 {
		t.Errorf("%+v", first)
	}
	if page := b.token("?force"); page.Audience != secondAudience || !slices.Equal(requests.take(t), []string{""}) {
		t.Errorf("%+v", page)
	}
}

func TestSeveralAudiences(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	second := "?audience=" + secondAudience
	both := b.token(second + "&scope=read:files+write:files")
	if both.Audience != secondAudience || !slices.Equal(both.Scopes, []string{"read:files", "write:files"}) {
		t.Errorf("%+v", both)
	}
	if one := b.token(second + "&scope=read:files"); one.Token != both.Token {
		t.Error("a wider token did not serve")
	}
	a.wantUses(t, 1, 1)
	one := b.token(second + "&scope=read:files&force")
	for query, want := range map[string]string{
		"&scope=read:files":             one.Token, // the smallest that fits
		"":                              one.Token,
		"&scope=write:files":            both.Token,
		"&scope=write:files+read:files": both.Token,
	} {
		if got := b.token(second + query); got.Token != want {
			t.Errorf("%q: another token, %v", query, got.Scopes)
		}
	}
	a.wantUses(t, 1, 2)
	// The smallest one that fits is renewed when it is over, and served from then on.
	a.clock.advance(59 * time.Minute)
	b.token(second + "&scope=write:files+read:files&force")
	a.clock.advance(2 * time.Minute)
	renewed := b.token(second + "&scope=read:files")
	if renewed.Token == one.Token || !slices.Equal(renewed.Scopes, []string{"read:files"}) {
		t.Errorf("%+v", renewed)
	}
	if again := b.token(second + "&scope=read:files"); again.Token != renewed.Token {
		t.Error("renewed once more")
	}
	a.wantUses(t, 1, 4)
}

func TestSeveralAudiencesInParallel(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.clock.advance(time.Hour)
	var group sync.WaitGroup
	for i := range 12 {
		tab := b.twin()
		audience := []string{auth0test.DefaultAudience, secondAudience}[i%2]
		group.Go(func() {
			page := tab.tokenPage("?audience=" + audience)
			if page.Audience != audience || page.Error != "" || !audienceOf(t, page.Token, audience) {
				t.Errorf("%s: %+v", audience, page)
			}
		})
	}
	group.Wait()
	a.wantUses(t, 1, 2)
	// Both are there for whoever comes behind.
	b.token("")
	b.token("?audience=" + secondAudience)
	a.wantUses(t, 1, 2)
}

func audienceOf(t testing.TB, token, want string) bool {
	t.Helper()
	switch aud := claimsOfToken(t, token)["aud"].(type) {
	case string:
		return aud == want
	case []any:
		return slices.Contains(aud, any(want))
	}
	return false
}

// What the tenant does not grant is not asked for again and again.
func TestANarrowerGrantIsNotFetchedAgain(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.tenant.EditTokenResponse(func(m map[string]any) { m["scope"] = "read:files" })
	query := "?audience=" + secondAudience + "&scope=read:files+write:files"
	first := b.token(query)
	if !slices.Equal(first.Scopes, []string{"read:files"}) {
		t.Errorf("scopes %v", first.Scopes)
	}
	for range 3 {
		if next := b.token(query); next.Token != first.Token {
			t.Error("another token")
		}
	}
	a.wantUses(t, 1, 1)
}
