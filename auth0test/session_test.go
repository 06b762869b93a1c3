package auth0test_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// clock is a Config.Now that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestSecondLoginGoesStraightThrough(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	first := b.choose(b.get(authorizeURL(tenant, nil)), "user", "auth0|ada").location(t)
	second := b.get(authorizeURL(tenant, nil)).location(t)
	silent := b.get(authorizeURL(tenant, url.Values{"prompt": {"none"}})).location(t)
	var sids []string
	for _, result := range []url.Values{first, second, silent} {
		answer := granted(t, tenant, codeForm(result.Get("code"), nil))
		all := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))
		sids = append(sids, text(t, all, "sid"))
	}
	if sids[0] != sids[1] || sids[0] != sids[2] {
		t.Errorf("sids %v, want one session", sids)
	}
}

func TestPrompt(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	b := newBrowser(t, tenant)
	nobody := b.get(authorizeURL(tenant, url.Values{"prompt": {"none"}})).location(t)
	if nobody.Get("error") != "login_required" || nobody.Get("state") != "the-state" || nobody.Get("iss") != tenant.Issuer() {
		t.Errorf("prompt=none without a session: %v", nobody)
	}
	b.choose(b.get(authorizeURL(tenant, nil)), "user", "auth0|ada").location(t)
	if again := b.get(authorizeURL(tenant, url.Values{"max_age": {"0"}})); hiddenState.FindString(again.body) == "" {
		t.Errorf("max_age of zero in the second of the login: status %d, want the page", again.status)
	}
	clock.advance(time.Minute)
	tests := []struct {
		name    string
		changes url.Values
		page    bool
		error   string
	}{
		{"login asks again", url.Values{"prompt": {"login"}}, true, ""},
		{"select_account asks again", url.Values{"prompt": {"select_account"}}, true, ""},
		{"consent is skipped", url.Values{"prompt": {"consent"}}, false, ""},
		{"max_age of zero asks again", url.Values{"max_age": {"0"}}, true, ""},
		{"max_age passed asks again", url.Values{"max_age": {"59"}}, true, ""},
		{"max_age not passed", url.Values{"max_age": {"60"}}, false, ""},
		{"max_age passed, silently", url.Values{"max_age": {"59"}, "prompt": {"none"}}, false, "login_required"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.t = t
			answer := b.get(authorizeURL(tenant, test.changes))
			if test.page {
				if hiddenState.FindString(answer.body) == "" {
					t.Fatalf("status %d: no login page", answer.status)
				}
				return
			}
			result := answer.location(t)
			if result.Get("error") != test.error || (result.Get("code") != "") != (test.error == "") {
				t.Errorf("answer %v", result)
			}
		})
	}
}

func TestSigningInAgainRenewsAuthTime(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	b := newBrowser(t, tenant)
	read := func(result url.Values) map[string]any {
		answer := granted(t, tenant, codeForm(result.Get("code"), nil))
		return claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))
	}
	first := read(b.choose(b.get(authorizeURL(tenant, nil)), "user", "auth0|ada").location(t))
	clock.advance(time.Minute)
	again := read(b.choose(b.get(authorizeURL(tenant, url.Values{"prompt": {"login"}})), "user", "auth0|ada").location(t))
	if first["sid"] != again["sid"] || again["auth_time"].(float64)-first["auth_time"].(float64) != 60 {
		t.Errorf("sid %v and %v, auth_time %v and %v", first["sid"], again["sid"], first["auth_time"], again["auth_time"])
	}
	other := read(b.choose(b.get(authorizeURL(tenant, url.Values{"prompt": {"login"}})), "user", "auth0|grace").location(t))
	if other["sid"] == again["sid"] {
		t.Error("another person goes on with the session of the first")
	}
}

func TestAutoApprove(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "grace"})
	b := newBrowser(t, tenant)
	who := func(changes url.Values) (sub, sid string) {
		t.Helper()
		result := b.get(authorizeURL(tenant, changes)).location(t)
		answer := granted(t, tenant, codeForm(result.Get("code"), nil))
		all := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))
		return text(t, all, "sub"), text(t, all, "sid")
	}
	if got := b.get(authorizeURL(tenant, url.Values{"prompt": {"none"}})).location(t).Get("error"); got != "login_required" {
		t.Errorf("prompt=none before any login: error %q, want login_required", got)
	}
	sub, sid := who(nil)
	if sub != "auth0|grace" {
		t.Errorf("sub %q", sub)
	}
	if _, again := who(nil); again != sid {
		t.Error("the second login is another session")
	}
	tenant.SetAutoApprove("somebody@example.test")
	if sub, _ := who(nil); sub != "auth0|somebody@example.test" {
		t.Errorf("sub %q after SetAutoApprove", sub)
	}
	tenant.SetAutoApprove("")
	if login := newBrowser(t, tenant).get(authorizeURL(tenant, nil)); hiddenState.FindString(login.body) == "" {
		t.Error("the login page did not come back")
	}
}

func TestTwoTenantsOnOneHostKeepTheirSessionsApart(t *testing.T) {
	first, second := auth0test.Start(t), auth0test.Start(t)
	b := newBrowser(t, first)
	b.choose(b.get(authorizeURL(first, nil)), "user", "auth0|ada").location(t)
	other := newBrowser(t, second)
	other.http.Jar = b.http.Jar
	other.choose(other.get(authorizeURL(second, nil)), "user", "auth0|grace").location(t)
	if got := b.get(authorizeURL(first, url.Values{"prompt": {"none"}})).location(t); got.Get("code") == "" {
		t.Errorf("the session at the first tenant is gone: %v", got)
	}
}

func TestWhatIsOldIsForgotten(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	b := newBrowser(t, tenant)
	login := b.get(authorizeURL(tenant, nil))
	clock.advance(15*time.Minute + time.Second)
	if got := b.choose(login, "user", "auth0|ada"); got.status != http.StatusBadRequest {
		t.Errorf("an old login page: status %d, want 400", got.status)
	}
	b.choose(b.get(authorizeURL(tenant, nil)), "user", "auth0|ada").location(t)
	clock.advance(72*time.Hour + time.Second)
	if b.signedIn() {
		t.Error("still signed in after three days")
	}
}
