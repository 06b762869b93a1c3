package auth0test_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// transferForm is a good request for a session transfer token: ada's session, by grace. With changes.
func transferForm(tenant *auth0test.Tenant, changes url.Values) url.Values {
	return changed(exchangeForm(url.Values{
		"audience":    {"urn:127.0.0.1:session_transfer"},
		"actor_token": {tenant.IDToken(auth0test.Claims{"sub": "auth0|grace"})}, "actor_token_type": {idTokenType},
	}), changes)
}

func transferToken(t *testing.T, tenant *auth0test.Tenant, changes url.Values) string {
	t.Helper()
	return text(t, granted(t, tenant, transferForm(tenant, changes)), "access_token")
}

func TestSessionTransfer(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{})
	answer := granted(t, tenant, transferForm(tenant, nil))
	if answer["issued_token_type"] != "urn:auth0:params:oauth:token-type:session_transfer_token" || answer["token_type"] != "N_A" ||
		answer["expires_in"] != 60.0 || len(answer) != 4 {
		t.Errorf("answer %v", answer)
	}
	// Without a page, although there is one, and for a browser in which another person is signed in.
	b := newBrowser(t, tenant)
	tenant.SetAutoApprove("alan")
	b.get(authorizeURL(tenant, nil)).location(t)
	tenant.SetAutoApprove("")
	transfer := url.Values{
		"session_transfer_token": {text(t, answer, "access_token")}, "audience": {auth0test.DefaultAudience}, "scope": {"openid offline_access"},
	}
	tokens := granted(t, tenant, codeForm(b.get(authorizeURL(tenant, transfer)).location(t).Get("code"), nil))
	id := claims(t, tenant, auth0test.DefaultClientID, text(t, tokens, "id_token"))
	access := claims(t, tenant, auth0test.DefaultAudience, text(t, tokens, "access_token"))
	for _, all := range []map[string]any{id, access} {
		act, _ := all["act"].(map[string]any)
		if all["sub"] != "auth0|ada" || act["sub"] != "auth0|grace" {
			t.Errorf("sub %v, act %v", all["sub"], all["act"])
		}
	}
	if text(t, id, "sid"); id["auth_time"] == nil {
		t.Error("no auth_time")
	}
	// Whoever comes later in this browser is in the same session, and it is still grace's doing.
	again := granted(t, tenant, codeForm(b.get(authorizeURL(tenant, nil)).location(t).Get("code"), nil))
	if later := claims(t, tenant, auth0test.DefaultClientID, text(t, again, "id_token")); later["sid"] != id["sid"] || later["act"] == nil {
		t.Errorf("sid %v and %v, act %v", id["sid"], later["sid"], later["act"])
	}
	if got := b.get(authorizeURL(tenant, transfer)).location(t).Get("error"); got != "invalid_request" {
		t.Errorf("error %q for a token that was used, want invalid_request", got)
	}
}

// The session that somebody else has opened is not the person's own.
func TestSessionOfAnActorIsAnotherOne(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{})
	b := newBrowser(t, tenant)
	own := claims(t, tenant, auth0test.DefaultClientID, text(t, granted(t, tenant, codeForm(b.login(nil), nil)), "id_token"))
	code := b.get(authorizeURL(tenant, url.Values{"session_transfer_token": {transferToken(t, tenant, nil)}})).location(t).Get("code")
	transferred := claims(t, tenant, auth0test.DefaultClientID, text(t, granted(t, tenant, codeForm(code, nil)), "id_token"))
	if own["sid"] == transferred["sid"] || own["act"] != nil {
		t.Errorf("sid %v and %v, act %v", own["sid"], transferred["sid"], own["act"])
	}
}

// An organization has an id and a name, and the token is for the one behind them.
func TestSessionTransferForAnOrganization(t *testing.T) {
	t.Parallel()
	for name, organizations := range map[string][]auth0test.Organization{
		"org_1":    {{ID: "org_1", Name: "acme"}, {ID: "org_2", Name: "globex"}},
		"org_acme": nil,
	} {
		t.Run(name, func(t *testing.T) {
			tenant := exchangeTenant(t, auth0test.Config{Organizations: organizations})
			b := newBrowser(t, tenant)
			for _, spelling := range []string{"acme", "ACME", name} {
				transfer := url.Values{
					"session_transfer_token": {transferToken(t, tenant, url.Values{"organization": {"acme"}})}, "organization": {spelling},
				}
				for _, other := range []string{"globex", ""} {
					elsewhere := changed(url.Values{"session_transfer_token": transfer["session_transfer_token"]}, url.Values{"organization": {other}})
					if got := b.get(authorizeURL(tenant, elsewhere)).location(t).Get("error"); got != "invalid_request" {
						t.Errorf("organization %q: error %q, want invalid_request", other, got)
					}
				}
				code := b.get(authorizeURL(tenant, transfer)).location(t).Get("code")
				id := claims(t, tenant, auth0test.DefaultClientID, text(t, granted(t, tenant, codeForm(code, nil)), "id_token"))
				if id["sub"] != "auth0|ada" || id["org_id"] != name {
					t.Errorf("organization %q: sub %v, org_id %v", spelling, id["sub"], id["org_id"])
				}
			}
		})
	}
}

func TestSessionTransferIsRefused(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{})
	tests := []struct {
		name    string
		changes url.Values
		status  int
		error   string
	}{
		{"without an actor", url.Values{"actor_token": {""}, "actor_token_type": {""}}, http.StatusBadRequest, "invalid_request"},
		{"with an expired actor", url.Values{"actor_token": {tenant.IDToken(auth0test.Claims{"exp": time.Now().Add(-time.Second)})}}, http.StatusBadRequest, "invalid_request"},
		{"with a requested_token_type", url.Values{"requested_token_type": {accessTokenType}}, http.StatusBadRequest, "invalid_request"},
		{"with a scope", url.Values{"scope": {"openid"}}, http.StatusBadRequest, "invalid_request"},
		{"at a host with a port", url.Values{"audience": {"urn:" + tenant.URL()[len("http://"):] + ":session_transfer"}}, http.StatusForbidden, "access_denied"},
		{"at another tenant", url.Values{"audience": {"urn:another.example.test:session_transfer"}}, http.StatusForbidden, "access_denied"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, token(t, tenant, transferForm(tenant, test.changes)), test.status, test.error)
		})
	}
}

func TestSessionTransferTokenIsRefused(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := exchangeTenant(t, auth0test.Config{Now: clock.Now, AutoApprove: "ada"})
	b := newBrowser(t, tenant)
	shown := func(token string, changes url.Values) url.Values {
		t.Helper()
		return b.get(authorizeURL(tenant, changed(url.Values{"session_transfer_token": {token}}, changes))).location(t)
	}
	if got := shown("guessed", nil).Get("error"); got != "invalid_request" {
		t.Errorf("guessed: error %q", got)
	}
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	if got := shown(refresh, nil).Get("error"); got != "invalid_request" {
		t.Errorf("a refresh token: error %q", got)
	}
	acme := transferToken(t, tenant, url.Values{"organization": {"org_1"}})
	for _, organization := range []string{"", "org_2"} {
		if got := shown(acme, url.Values{"organization": {organization}}).Get("error"); got != "invalid_request" {
			t.Errorf("organization %q: error %q", organization, got)
		}
	}
	if got := shown(acme, url.Values{"organization": {"org_1"}}); got.Get("code") == "" {
		t.Errorf("answer %v", got)
	}
	late := transferToken(t, tenant, nil)
	clock.advance(61 * time.Second)
	if got := shown(late, nil).Get("error"); got != "invalid_request" {
		t.Errorf("expired: error %q", got)
	}
}
