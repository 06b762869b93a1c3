package ginauth0_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const problem = `{"type":"https://auth0.com/api-errors/A0E-1","title":"words of the tenant","detail":"more <b>words</b>","status":418}`

// A verdict of the API is passed on by its status alone, trouble is 502.
func TestTheStatusOfTheAPIIsMirrored(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInListing(t, &o)
	for _, test := range []struct {
		status, want      int
		contentType, body string
		whole             bool // whether Type, Title and Detail are known
	}{
		{400, 400, "application/problem+json", problem, true},
		{401, 401, "application/json", problem, true},
		{403, 403, "application/problem+json; charset=utf-8", problem, true},
		{404, 404, "application/json", problem, true},
		{409, 409, "application/problem+json", problem, true},
		{429, 429, "application/problem+json", problem, true},
		{400, 400, "text/html", "<html>words of the tenant", false},
		{403, 403, "", "", false},
		{400, 400, "application/json", strings.Replace(problem, "}", `,"type":"again"}`, 1), false},
		{500, 502, "application/problem+json", problem, true},
		{503, 502, "text/html", "words of the tenant", false},
		{599, 502, "", "", false},
	} {
		q.say(test.status, test.contentType, test.body)
		for _, target := range []string{connectRoute + "?connection=github", "/accounts"} {
			r := b.get(target, asJSON)
			want := `{"error":"connect_account_error","error_description":"The request about connected accounts could not be fulfilled."}`
			if r.status != test.want || r.body != want {
				t.Errorf("%d, %s: %d %s", test.status, target, r.status, r.body)
			}
			wantNoAttempt(t, target, b)
			if page := b.get(target); page.status != test.want || strings.Contains(page.body, "words") {
				t.Errorf("%d, %s: the page is %d %s", test.status, target, page.status, page.body)
			}
		}
		var refused *ginauth0.MyAccountError
		err := o.failed()
		if !errors.As(err, &refused) || refused.Status != test.status || errors.Is(err, ginauth0.ErrUpstream) != (test.want == 502) {
			t.Fatalf("%d: %#v", test.status, err)
		}
		want := ginauth0.MyAccountError{Status: test.status}
		if test.whole {
			want = ginauth0.MyAccountError{test.status, "https://auth0.com/api-errors/A0E-1", "words of the tenant", "more <b>words</b>"}
		}
		if *refused != want {
			t.Errorf("%d: %+v, want %+v", test.status, *refused, want)
		}
		if strings.Contains(err.Error(), "words") || strings.Contains(err.Error(), "A0E") {
			t.Errorf("the tenant's words are in the error: %v", err)
		}
	}
	if strings.Contains(a.log.String(), "words") {
		t.Error("the tenant's words are in the log")
	}
	q.set(nil)
	back := b.toConnectCallback()
	q.say(http.StatusConflict, "application/problem+json", problem)
	wantError(t, b.get(back.String(), asJSON), http.StatusConflict, `"error":"connect_account_error"`)
	if len(b.attemptCookies()) != 0 || !b.signedIn() {
		t.Error("after a refused completion the attempt is still there, or the session is not")
	}
}

// Any other success than the documented one is no success.
func TestAnotherStatusOfSuccessIsNone(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInListing(t, &o)
	start := `{"auth_session":"s","connect_uri":"` + a.tenant.URL() + `/u/connect","connect_params":{"ticket":"t"},"expires_in":300}`
	for target, body := range map[string]string{connectRoute + "?connection=github": start, "/accounts": `{"accounts":[]}`} {
		for _, status := range []int{http.StatusAccepted, http.StatusNoContent, http.StatusFound, http.StatusNotModified} {
			q.say(status, "application/json", body)
			wantError(t, b.get(target, asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
		}
	}
}

func TestTheAPIIsOutOfReach(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]auth0test.Fault{
		"hangs": auth0test.Hang,
		"breaks off": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"accounts":[`)
			panic(http.ErrAbortHandler)
		},
		"says nothing": func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) },
	} {
		var o options
		a := newApp(t, listing(&o), config(func(c *ginauth0.Config) {
			if name == "hangs" {
				c.HTTPTimeout = 3 * time.Second
			}
		}))
		b := a.browser(t)
		b.login("/auth/login")
		shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts")) // the token is there
		for path, target := range map[string]string{"/accounts": "/accounts", "/connect": connectRoute + "?connection=github"} {
			a.tenant.Break(accountsPath+path, fault)
			r := b.get(target, asJSON)
			wantError(t, r, http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`)
			wantNoAttempt(t, name, b)
		}
		if err := o.failed(); !errors.Is(err, ginauth0.ErrUpstream) || strings.Contains(err.Error(), "connected-accounts") {
			t.Errorf("%s: %v", name, err)
		}
		if !b.signedIn() {
			t.Errorf("%s: the session is gone", name)
		}
	}
}

func wantNoAttempt(t testing.TB, what string, b *browser) {
	t.Helper()
	if got := b.attemptCookies(); len(got) != 0 {
		t.Errorf("%s: attempts %v", what, got)
	}
}

func TestDiscoveryIsDownForAccounts(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInListing(t, &o)
	a.clock.advance(23 * time.Hour)
	b.signedIn() // rolls
	a.clock.advance(2 * time.Hour)
	a.tenant.Break("/.well-known/openid-configuration", auth0test.Down)
	for _, target := range []string{"/accounts", connectRoute + "?connection=github"} {
		wantError(t, b.get(target, asJSON), http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`)
		q.wantNone(t, target)
	}
	wantNoAttempt(t, "no discovery", b)
}

// Too much is judged by what is announced as well as by what comes.
func TestTheAPIAnswersTooMuch(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInListing(t, &o)
	large := `{"accounts":[],"padding":"` + strings.Repeat("a", 1<<20) + `"}`
	for name, announced := range map[string]bool{"announced": true, "streamed": false} {
		q.set(func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			if !announced {
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
			}
			_, _ = io.WriteString(w, large)
			return true
		})
		wantError(t, b.get("/accounts", asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
		if err := o.failed(); !errors.Is(err, ginauth0.ErrUpstream) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A POST goes where it was sent and nowhere else, a GET a few steps at the same origin:
// the token goes with it.
func TestRedirectsOfTheAPI(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInListing(t, &o)
	stranger := newApp(t)
	var reached accountCalls
	stranger.tenant.Break("*", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		reached.mu.Lock()
		defer reached.mu.Unlock()
		reached.calls = append(reached.calls, accountCall{line: r.Method + " " + r.RequestURI})
		w.WriteHeader(http.StatusNotFound)
	})
	redirects := func(n int, to string) {
		left := n
		q.set(func(w http.ResponseWriter, r *http.Request) bool {
			if left == 0 {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"accounts":[{"id":"cac_9","connection":"github"}]}`)
				return true
			}
			left--
			target := to
			if target == "" {
				target = r.URL.Path
			}
			http.Redirect(w, r, target, http.StatusTemporaryRedirect)
			return true
		})
	}
	redirects(3, "")
	if got := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts")); len(got.Accounts) != 1 || got.Accounts[0].ID != "cac_9" {
		t.Errorf("after three redirects: %+v", got)
	}
	if got := len(q.take()); got != 4 {
		t.Errorf("%d requests, want 4", got)
	}
	redirects(4, "")
	wantError(t, b.get("/accounts", asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
	redirects(1, "")
	q.take()
	wantError(t, b.get(connectRoute+"?connection=github", asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
	if got := q.take(); len(got) != 1 {
		t.Errorf("a POST was sent again: %v", got)
	}
	redirects(1, stranger.tenant.URL()+accountsPath+"/accounts")
	wantError(t, b.get("/accounts", asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
	reached.wantNone(t, "another origin")
	if err := o.failed(); !errors.Is(err, ginauth0.ErrUpstream) {
		t.Errorf("error %v", err)
	}
}

// Tokens that are bound to the key of the session go with a proof each, and once more
// with a nonce if the API wants one (RFC 9449 section 9).
func TestAccountsUnderDPoP(t *testing.T) {
	t.Parallel()
	for _, nonces := range []bool{false, true} {
		var o options
		var told callbackEvents
		a, b, q := signedInListing(t, &o, hearing(&told), func(s *setup) {
			s.config.DPoP, s.tenant.RequireDPoPNonce = true, nonces
		})
		told.take()
		back := b.toConnectCallback()
		if r := b.get(back.String()); r.header.Get("Location") != "/files" {
			t.Fatalf("nonces %v: %d %s\nlog: %s", nonces, r.status, r.body, a.log)
		}
		if events, _ := told.take(); len(events) != 1 || events[0].ConnectedAccount.Connection != "github" {
			t.Errorf("events %+v", events)
		}
		if got := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts")); len(got.Accounts) != 1 {
			t.Errorf("accounts %+v", got)
		}
		calls := q.take()
		want := 3
		if nonces {
			want = 6
		}
		if len(calls) != want {
			t.Errorf("nonces %v: %d requests, want %d", nonces, len(calls), want)
		}
		proofs := map[string]bool{}
		for _, call := range calls {
			if !strings.HasPrefix(call.header.Get("Authorization"), "DPoP ") || call.header.Get("DPoP") == "" {
				t.Errorf("%s: header %v", call.line, call.header)
			}
			proofs[call.header.Get("DPoP")] = true
		}
		if len(proofs) != want {
			t.Errorf("proofs were used twice: %d of %d", len(proofs), want)
		}
	}
}

// One token serves all calls if the configuration asks for their scopes at once.
func TestTheScopesOfTheAPIAreMerged(t *testing.T) {
	t.Parallel()
	var o options
	var tenant *auth0test.Tenant
	a := newApp(t, listing(&o), func(s *setup) {
		tenant = auth0test.Start(t, s.tenant) // its name is known before the app starts
		s.config.Domain = tenant.Issuer()
		s.config.AudienceScopes = map[string][]string{tenant.Issuer() + "me/": {"create:me:connected_accounts", "read:me:connected_accounts"}}
	})
	b := a.browser(t)
	b.login("/auth/login")
	before := tenant.Requests(tokenPath)
	shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts"))
	shown[ginauth0.AccountConnectionPage](t, b.get("/connections"))
	if r := b.get(connectRoute + "?connection=github"); r.status != http.StatusFound {
		t.Errorf("%d %s", r.status, r.body)
	}
	if got := tenant.Requests(tokenPath) - before; got != 1 {
		t.Errorf("%d tokens were asked for, want 1", got)
	}
}
