package auth0test_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// loginHint is the login_hint in Auth0's form.
func loginHint(t *testing.T, members map[string]any) string {
	t.Helper()
	hint, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(hint)
}

// backchannelForm is a good request to start a login by CIBA for ada, with changes.
func backchannelForm(t *testing.T, tenant *auth0test.Tenant, changes url.Values) url.Values {
	t.Helper()
	return changed(url.Values{
		"scope":      {"openid profile"},
		"login_hint": {loginHint(t, map[string]any{"format": "iss_sub", "iss": tenant.Issuer(), "sub": "auth0|ada"})},
		"client_id":  {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}, changes)
}

func pollForm(id string, changes url.Values) url.Values {
	return changed(url.Values{
		"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {id},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}, changes)
}

func backchannel(t *testing.T, tenant *auth0test.Tenant, form url.Values) page {
	t.Helper()
	return post(t, tenant.URL()+"/bc-authorize", form.Encode(), nil)
}

// startedBackchannel starts a login by CIBA and returns its auth_req_id.
func startedBackchannel(t *testing.T, tenant *auth0test.Tenant, changes url.Values) string {
	t.Helper()
	answer := backchannel(t, tenant, backchannelForm(t, tenant, changes))
	if answer.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", answer.status, answer.body)
	}
	return text(t, answer.json(t), "auth_req_id")
}

func TestBackchannelLogin(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	answer := backchannel(t, tenant, backchannelForm(t, tenant, url.Values{
		"scope": {"openid profile offline_access read:messages unknown"}, "audience": {auth0test.DefaultAudience},
		"binding_message": {"Order 17: yes, #3.50"},
	}))
	started := answer.json(t)
	if answer.status != http.StatusOK || started["expires_in"] != 120.0 || started["interval"] != 5.0 || len(started) != 3 ||
		answer.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d: %s", answer.status, answer.body)
	}
	id := text(t, started, "auth_req_id")
	logins := tenant.BackchannelLogins()
	if len(logins) != 1 {
		t.Fatalf("%d logins wait, want 1", len(logins))
	}
	want := auth0test.BackchannelLogin{
		ID: id, User: "auth0|ada", ClientID: auth0test.DefaultClientID, BindingMessage: "Order 17: yes, #3.50",
		Scope: "openid profile offline_access read:messages", Audience: auth0test.DefaultAudience, Expires: clock.Now().Add(2 * time.Minute),
	}
	if logins[0] != want {
		t.Errorf("login %+v, want %+v", logins[0], want)
	}

	clock.advance(5 * time.Second)
	wantRefusal(t, token(t, tenant, pollForm(id, nil)), http.StatusBadRequest, "authorization_pending")
	if err := tenant.ApproveBackchannelLogin(id); err != nil {
		t.Fatal(err)
	}
	if left := tenant.BackchannelLogins(); len(left) != 0 {
		t.Errorf("%d logins wait after the answer", len(left))
	}
	clock.advance(5 * time.Second)
	tokens := granted(t, tenant, pollForm(id, nil))
	if tokens["token_type"] != "Bearer" || tokens["scope"] != want.Scope {
		t.Errorf("answer %v", tokens)
	}
	all := claims(t, tenant, auth0test.DefaultClientID, text(t, tokens, "id_token"))
	_, hasSID := all["sid"] // there is no session in a browser
	if all["sub"] != "auth0|ada" || all["name"] != "Ada Lovelace" || all["nonce"] != nil || hasSID ||
		all["auth_time"] != float64(clock.Now().Add(-5*time.Second).Unix()) {
		t.Errorf("claims %v", all)
	}
	wantRefusal(t, token(t, tenant, pollForm(id, nil)), http.StatusBadRequest, "invalid_grant") // once
	granted(t, tenant, refreshForm(text(t, tokens, "refresh_token"), nil))
}

func TestBackchannelLoginEnds(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	denied := startedBackchannel(t, tenant, nil)
	short := startedBackchannel(t, tenant, url.Values{"requested_expiry": {"7"}})
	long := startedBackchannel(t, tenant, url.Values{"requested_expiry": {"300"}})
	usual := startedBackchannel(t, tenant, nil)
	var waiting []string
	for _, login := range tenant.BackchannelLogins() {
		waiting = append(waiting, login.ID)
	}
	if got, want := strings.Join(waiting, " "), strings.Join([]string{denied, short, long, usual}, " "); got != want {
		t.Errorf("logins %s, want %s", got, want)
	}
	if err := tenant.DenyBackchannelLogin(denied); err != nil {
		t.Fatal(err)
	}
	clock.advance(7 * time.Second)
	wantRefusal(t, token(t, tenant, pollForm(denied, nil)), http.StatusBadRequest, "access_denied")
	wantRefusal(t, token(t, tenant, pollForm(short, nil)), http.StatusBadRequest, "expired_token")
	clock.advance(113 * time.Second)
	wantRefusal(t, token(t, tenant, pollForm(usual, nil)), http.StatusBadRequest, "expired_token")
	wantRefusal(t, token(t, tenant, pollForm(long, nil)), http.StatusBadRequest, "authorization_pending")
	if logins := tenant.BackchannelLogins(); len(logins) != 1 || logins[0].ID != long {
		t.Errorf("%d logins wait, want the long one", len(logins))
	}
	for name, id := range map[string]string{"denied": denied, "expired": usual, "unknown": "guessed"} {
		if err := tenant.ApproveBackchannelLogin(id); !errors.Is(err, auth0test.ErrNoBackchannelLogin) {
			t.Errorf("approving the %s one: %v", name, err)
		}
		if err := tenant.DenyBackchannelLogin(id); !errors.Is(err, auth0test.ErrNoBackchannelLogin) {
			t.Errorf("denying the %s one: %v", name, err)
		}
	}
}

func TestEarlyPollSlowsDownForGood(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, BackchannelInterval: 2 * time.Second})
	id := startedBackchannel(t, tenant, nil)
	steps := []struct {
		wait       time.Duration
		error      string
		retryAfter string
	}{
		{2*time.Second - 1, "slow_down", "7"}, // the first poll waits too
		{7 * time.Second, "authorization_pending", ""},
		{7*time.Second - 1, "slow_down", "12"},
		{7 * time.Second, "slow_down", "17"}, // the old interval does not do any more
		{17 * time.Second, "authorization_pending", ""},
		{17 * time.Second, "authorization_pending", ""},
	}
	for _, step := range steps {
		clock.advance(step.wait)
		answer := token(t, tenant, pollForm(id, nil))
		wantRefusal(t, answer, http.StatusBadRequest, step.error)
		if got := answer.header.Get("Retry-After"); got != step.retryAfter {
			t.Errorf("after %s: Retry-After %q, want %q", step.wait, got, step.retryAfter)
		}
	}
	if err := tenant.ApproveBackchannelLogin(id); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, token(t, tenant, pollForm(id, nil)), http.StatusBadRequest, "slow_down")
	clock.advance(22 * time.Second)
	granted(t, tenant, pollForm(id, nil))
}

func TestPollIsRefused(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret}, {ID: "other", Secret: "s"},
	}})
	id := startedBackchannel(t, tenant, nil)
	tests := []struct {
		name    string
		changes url.Values
		error   string
	}{
		{"missing", url.Values{"auth_req_id": {""}}, "invalid_request"},
		{"unknown", url.Values{"auth_req_id": {"guessed"}}, "invalid_grant"},
		{"of another client", url.Values{"client_id": {"other"}, "client_secret": {"s"}}, "invalid_grant"},
		{"with a scope", url.Values{"scope": {"openid"}}, "invalid_request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, pollForm(id, test.changes)), http.StatusBadRequest, test.error)
		})
	}
	clock.advance(5 * time.Second) // none of these counted as a poll
	wantRefusal(t, token(t, tenant, pollForm(id, nil)), http.StatusBadRequest, "authorization_pending")
}

func TestBackchannelTokensAreBound(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant, key := auth0test.Start(t, auth0test.Config{Now: clock.Now}), auth0test.NewProofKey("")
	key.Now = clock.Now
	id := startedBackchannel(t, tenant, url.Values{"audience": {auth0test.DefaultAudience}})
	if err := tenant.ApproveBackchannelLogin(id); err != nil {
		t.Fatal(err)
	}
	clock.advance(5 * time.Second)
	if got := thumbprintOf(t, tenant, bound(t, tenant, pollForm(id, nil), key)); got != key.Thumbprint() {
		t.Errorf("cnf.jkt %s, want %s", got, key.Thumbprint())
	}
}
