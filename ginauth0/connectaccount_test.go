package ginauth0_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// The two calls of the My Account API, as they are sent and as a strict tenant takes
// them.
func TestConnectAnAccount(t *testing.T) {
	t.Parallel()
	var o options
	var told callbackEvents
	a, b, q := signedInToConnect(t, &o, hearing(&told))
	told.take() // the login
	var refreshes tokenRequests
	refreshes.watch(a)
	o.set(ginauth0.ConnectAccountOptions{
		Connection: "google-oauth2", Scopes: []string{"openid", "https://www.googleapis.com/auth/calendar"},
		AuthorizationParams: map[string]any{"login_hint": "ada@example.test"}, ReturnTo: "/files?new=1#top", AppState: "folder 7",
	})
	r := b.get("/start")
	if r.status != http.StatusFound || r.header.Get("Cache-Control") != "private, no-store" || len(b.attemptCookies()) != 1 {
		t.Fatalf("start answers %d %v, %v", r.status, r.header, o.failed())
	}
	if got, want := refreshes.take(t), []string{"audience=" + a.tenant.Issuer() + "me/&scope=create:me:connected_accounts"}; !slices.Equal(got, want) {
		t.Errorf("the token was asked for by %q, want %q", got, want)
	}
	call := q.one(t, "POST "+accountsPath+"/connect")
	sent := members(t, call.body)
	state, _ := sent["state"].(string)
	challenge, _ := sent["code_challenge"].(string)
	if len(state) != 43 || len(challenge) != 43 {
		t.Errorf("state %q, challenge %q", state, challenge)
	}
	wantMembers(t, call.body, map[string]any{
		"connection": "google-oauth2", "redirect_uri": a.url + "/auth/callback", "state": state,
		"code_challenge": challenge, "code_challenge_method": "S256",
		"scopes":               []any{"openid", "https://www.googleapis.com/auth/calendar"},
		"authorization_params": map[string]any{"login_hint": "ada@example.test"},
	})
	wantAccountHeader(t, a, call)
	location := r.location(t)
	if got := location.Query(); len(got) != 1 || got.Get("ticket") == "" || location.Path != "/u/connect" {
		t.Errorf("the browser is sent to %s", location)
	}
	back := b.returned(location)
	if back.Path != "/auth/callback" || back.Query().Get("state") != state {
		t.Errorf("comes back to %s", back)
	}
	before := b.sessionCookies()
	r = b.get(back.String())
	if r.status != http.StatusFound || r.header.Get("Location") != "/files?new=1#top" || len(b.attemptCookies()) != 0 {
		t.Fatalf("the callback answers %d %v %s\nlog: %s", r.status, r.header, r.body, a.log)
	}
	wantOneLinePerName(t, r)
	call = q.one(t, "POST "+accountsPath+"/complete")
	sent = members(t, call.body)
	verifier, _ := sent["code_verifier"].(string)
	hash := sha256.Sum256([]byte(verifier))
	if base64.RawURLEncoding.EncodeToString(hash[:]) != challenge {
		t.Errorf("verifier %q does not fit the challenge", verifier)
	}
	authSession, _ := sent["auth_session"].(string)
	wantMembers(t, call.body, map[string]any{
		"auth_session": authSession, "connect_code": back.Query().Get("connect_code"), "redirect_uri": a.url + "/auth/callback",
		"code_verifier": verifier,
	})
	wantAccountHeader(t, a, call)
	if got := refreshes.take(t); len(got) != 0 {
		t.Errorf("another token was asked for: %q", got)
	}
	events, errs := told.take()
	if len(events) != 1 || len(errs) != 0 {
		t.Fatalf("events %+v, errors %v", events, errs)
	}
	e := events[0]
	if e.Kind != "connect" || e.AppState != "folder 7" || e.Err != nil || e.Session.User().Subject != "auth0|ada" || e.AuthorizationDetails != nil {
		t.Errorf("event %+v", e)
	}
	account := e.ConnectedAccount
	if account == nil || !strings.HasPrefix(account.ID, "cac_") || account.Connection != "google-oauth2" || account.AccessType != "offline" ||
		!slices.Equal(account.Scopes, []string{"openid", "https://www.googleapis.com/auth/calendar"}) || !account.ExpiresAt.IsZero() ||
		account.CreatedAt.Sub(a.clock.Now()).Abs() > time.Second {
		t.Errorf("account %+v", account)
	}
	if !slices.EqualFunc(before, b.sessionCookies(), func(x, y *http.Cookie) bool { return x.Name == y.Name && x.Value == y.Value }) || !b.signedIn() {
		t.Error("the session was written although nothing of it changed")
	}
}

// wantAccountHeader checks what every call carries.
func wantAccountHeader(t testing.TB, a *app, call accountCall) {
	t.Helper()
	token, bearer := strings.CutPrefix(call.header.Get("Authorization"), "Bearer ")
	if !bearer || !audienceOf(t, token, a.tenant.Issuer()+"me/") {
		t.Errorf("%s: Authorization %q", call.line, call.header.Get("Authorization"))
	}
	want := map[string]string{"Accept": "application/json", "User-Agent": "gin-auth0/0.1.0", "Cookie": ""}
	if call.body != "" {
		want["Content-Type"] = "application/json"
	}
	for name, value := range want {
		if got := call.header.Get(name); got != value {
			t.Errorf("%s: %s %q, want %q", call.line, name, got, value)
		}
	}
	client, err := base64.StdEncoding.DecodeString(call.header.Get("Auth0-Client"))
	if err != nil || members(t, string(client))["name"] != "gin-auth0" {
		t.Errorf("%s: Auth0-Client %q", call.line, client)
	}
}

// What is not asked for is left out.
func TestConnectAnAccountSaysNoMoreThanAsked(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInToConnect(t, &o, config(func(c *ginauth0.Config) { c.DisableTelemetry = true }))
	o.set(ginauth0.ConnectAccountOptions{Connection: "github", Scopes: []string{}, AuthorizationParams: map[string]any{}})
	b.get("/start").location(t)
	call := q.one(t, "POST "+accountsPath+"/connect")
	sent := members(t, call.body)
	wantMembers(t, call.body, map[string]any{
		"connection": "github", "redirect_uri": a.url + "/auth/callback", "state": sent["state"],
		"code_challenge": sent["code_challenge"], "code_challenge_method": "S256",
	})
	if got := call.header.Values("Auth0-Client"); len(got) != 0 {
		t.Errorf("Auth0-Client %q although telemetry is off", got)
	}
}

// Every member of the answer is read.
func TestACompletedAccountIsReadWhole(t *testing.T) {
	t.Parallel()
	var o options
	var told callbackEvents
	_, b, q := signedInToConnect(t, &o, hearing(&told))
	told.take()
	for name, test := range map[string]struct {
		body string
		want ginauth0.ConnectedAccount
	}{
		"all of them": {
			`{"id":"cac_1","connection":"github","access_type":"offline","scopes":["repo","user"],"created_at":"2026-02-03T04:05:06.789Z",` +
				`"expires_at":"2027-02-03T05:05:06+01:00","org_id":"org_1"}`,
			ginauth0.ConnectedAccount{
				ID: "cac_1", Connection: "github", AccessType: "offline", Scopes: []string{"repo", "user"},
				CreatedAt: time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC), ExpiresAt: time.Date(2027, 2, 3, 4, 5, 6, 0, time.UTC),
			},
		},
		"as few as can be":       {`{"id":"cac_2","connection":"github"}`, ginauth0.ConnectedAccount{ID: "cac_2", Connection: "github"}},
		"some of them are null":  {`{"id":"cac_2","connection":"github","scopes":null,"expires_at":null}`, ginauth0.ConnectedAccount{ID: "cac_2", Connection: "github"}},
		"no scopes were granted": {`{"id":"cac_2","connection":"github","scopes":[]}`, ginauth0.ConnectedAccount{ID: "cac_2", Connection: "github", Scopes: []string{}}},
	} {
		q.set(nil)
		back := b.returned(b.get(connectRoute + "?connection=github").location(t))
		q.say(http.StatusCreated, "application/json", test.body)
		if r := b.get(back.String()); r.status != http.StatusFound {
			t.Fatalf("%s: %d %s", name, r.status, r.body)
		}
		events, _ := told.take()
		if len(events) != 1 || events[0].ConnectedAccount == nil {
			t.Fatalf("%s: events %+v", name, events)
		}
		got := *events[0].ConnectedAccount
		if got.ID != test.want.ID || got.Connection != test.want.Connection || got.AccessType != test.want.AccessType ||
			!slices.Equal(got.Scopes, test.want.Scopes) || !got.CreatedAt.Equal(test.want.CreatedAt) || !got.ExpiresAt.Equal(test.want.ExpiresAt) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// The browser goes only where it is as safe as the tenant.
func TestTheAnswerToConnectIsJudged(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInToConnect(t, &o)
	good := `{"auth_session":"s","connect_uri":"` + a.tenant.URL() + `/u/connect","connect_params":{"ticket":"t"},"expires_in":300}`
	q.say(http.StatusCreated, "application/json", good)
	if got := b.get(connectRoute + "?connection=github").location(t).String(); got != a.tenant.URL()+"/u/connect?ticket=t" {
		t.Fatalf("leads to %s", got)
	}
	b.setCookies(&http.Cookie{Name: b.attemptCookies()[0].Name, MaxAge: -1, Path: "/"})
	for name, edit := range map[string]func(string) string{
		"http elsewhere":             replaced(`"connect_uri":"`+a.tenant.URL(), `"connect_uri":"http://evil.example`),
		"https elsewhere":            replaced(a.tenant.URL(), "https://evil.example"), // a loopback tenant stays on this machine
		"a script":                   replaced(a.tenant.URL()+"/u/connect", "javascript:alert(1)"),
		"a path":                     replaced(a.tenant.URL(), ""),
		"user info":                  replaced("http://", "http://ada@"),
		"a fragment":                 replaced("/u/connect", "/u/connect#x"),
		"no auth_session":            replaced(`"auth_session":"s",`, ""),
		"an empty auth_session":      replaced(`"auth_session":"s"`, `"auth_session":""`),
		"an auth_session of numbers": replaced(`"auth_session":"s"`, `"auth_session":7`),
		"no connect_uri":             replaced(`"connect_uri"`, `"connect_url"`),
		"no connect_params":          replaced(`"connect_params"`, `"params"`),
		"connect_params is a text":   replaced(`{"ticket":"t"}`, `"t"`),
		"no ticket":                  replaced(`"ticket":"t"`, ``),
		"an empty ticket":            replaced(`"ticket":"t"`, `"ticket":""`),
		"a ticket twice":             replaced(`"ticket":"t"`, `"ticket":"t","ticket":"u"`),
		"a repeated member":          replaced(`"expires_in":300`, `"expires_in":300,"auth_session":"other"`),
		"expired already":            replaced("300", "0"),
		"an expiry of text":          replaced("300", `"soon"`),
		"no JSON":                    replaced("{", "<"),
		"something behind it":        func(s string) string { return s + "{}" },
		"too much":                   replaced(`"expires_in"`, `"padding":"`+strings.Repeat("a", 1<<20)+`","expires_in"`),
	} {
		body := edit(good)
		if body == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		q.say(http.StatusCreated, "application/json", body)
		r := b.get(connectRoute+"?connection=github", asJSON)
		wantError(t, r, http.StatusBadGateway, `"error":"upstream_error"`)
		if len(b.attemptCookies()) != 0 || r.header.Get("Location") != "" {
			t.Errorf("%s: %v", name, r.header)
		}
	}
	q.say(http.StatusCreated, "application/json", strings.Replace(good, "/u/connect", "/u/connect?x=1&ticket=old", 1))
	if got := b.get(connectRoute + "?connection=github").location(t).Query(); got.Encode() != (url.Values{"x": {"1"}, "ticket": {"t"}}).Encode() {
		t.Errorf("the query of connect_uri became %v", got)
	}
}

func replaced(old, by string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, by, 1) }
}

// What the API answers to a completion is judged as strictly.
func TestTheAnswerToCompleteIsJudged(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInToConnect(t, &o)
	good := `{"id":"cac_1","connection":"github","access_type":"offline","scopes":["repo"],"created_at":"2026-02-03T04:05:06Z"}`
	for name, edit := range map[string]func(string) string{
		"no id":                  replaced(`"id":"cac_1",`, ""),
		"an empty id":            replaced("cac_1", ""),
		"no connection":          replaced(`"connection":"github",`, ""),
		"scopes in one text":     replaced(`["repo"]`, `"repo"`),
		"a date of another form": replaced("2026-02-03T04:05:06Z", "3 February"),
		"a repeated id":          replaced(`"scopes"`, `"id":"cac_2","scopes"`),
		"a list":                 func(s string) string { return "[" + s + "]" },
	} {
		q.set(nil)
		back := b.returned(b.get(connectRoute + "?connection=github").location(t))
		body := edit(good)
		if body == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		q.say(http.StatusCreated, "application/json", body)
		r := b.get(back.String(), asJSON)
		wantError(t, r, http.StatusBadGateway, `"error":"upstream_error"`)
		if len(b.attemptCookies()) != 0 {
			t.Errorf("%s: the attempt is still there", name)
		}
	}
	if !b.signedIn() {
		t.Error("the session is gone")
	}
}
