package auth0test_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const (
	accountsPath  = "/me/v1/connected-accounts"
	accountScopes = "create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts"
)

// accountToken mints a token of somebody for the My Account API, with changes.
func accountToken(tenant *auth0test.Tenant, subject string, changes auth0test.Claims) string {
	all := auth0test.Claims{"aud": tenant.Issuer() + "me/", "sub": subject, "scope": accountScopes}
	maps.Copy(all, changes)
	return tenant.AccessToken(all)
}

// call asks the My Account API. A body is sent as JSON; the headers may replace it and all others.
func call(t *testing.T, tenant *auth0test.Tenant, method, path, token, body string, header http.Header) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, tenant.URL()+accountsPath+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := http.DefaultClient.Do(r)
	return read(t, response, err)
}

// wantProblem wants a problem in the form of RFC 9457, whose detail has the word.
func wantProblem(t *testing.T, answer page, status int, word string) {
	t.Helper()
	object := answer.json(t)
	detail, _ := object["detail"].(string)
	if answer.status != status || object["status"] != float64(status) || object["title"] != http.StatusText(status) ||
		text(t, object, "type") == "" || len(object) != 4 || !strings.Contains(detail, word) {
		t.Errorf("status %d, want %d with %q: %s", answer.status, status, word, answer.body)
	}
	if got := answer.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	if got := answer.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", got)
	}
}

func jsonText(t *testing.T, value any) string {
	t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMyAccountTokenIsRefused(t *testing.T) {
	t.Parallel()
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	tests := []struct {
		name      string
		changes   auth0test.Claims
		status    int
		challenge string
	}{
		{"of another API", auth0test.Claims{"aud": auth0test.DefaultAudience}, http.StatusUnauthorized, "invalid_token"},
		{"of userinfo", auth0test.Claims{"aud": tenant.URL() + "/userinfo"}, http.StatusUnauthorized, "invalid_token"},
		{"of another tenant", auth0test.Claims{"iss": "https://another.example.test/"}, http.StatusUnauthorized, "invalid_token"},
		{"expired", auth0test.Claims{"exp": time.Now().Add(-time.Second)}, http.StatusUnauthorized, "invalid_token"},
		{"of an unknown client", auth0test.Claims{"azp": "unknown"}, http.StatusUnauthorized, "invalid_token"},
		{"bound to a key", auth0test.Claims{"cnf": key.Confirmation()}, http.StatusUnauthorized, "invalid_token"},
		{"with another scope", auth0test.Claims{"scope": "create:me:connected_accounts"}, http.StatusForbidden, "insufficient_scope"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := call(t, tenant, http.MethodGet, "/accounts", accountToken(tenant, "auth0|ada", test.changes), "", nil)
			wantProblem(t, answer, test.status, "")
			if got := answer.header.Values("WWW-Authenticate")[0]; !strings.Contains(got, `error="`+test.challenge+`"`) {
				t.Errorf("WWW-Authenticate %q, want the error %s", got, test.challenge)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		answer := call(t, tenant, http.MethodGet, "/accounts", "", "", nil)
		wantProblem(t, answer, http.StatusUnauthorized, "")
		if got := answer.header.Values("WWW-Authenticate"); len(got) != 2 || strings.Contains(strings.Join(got, ""), "error=") {
			t.Errorf("WWW-Authenticate %q, want both schemes and no error (RFC 6750 section 3.1)", got)
		}
	})
	t.Run("an opaque one of a login", func(t *testing.T) {
		opaque := text(t, granted(t, tenant, codeForm(newBrowser(t, tenant).login(nil), nil)), "access_token")
		wantProblem(t, call(t, tenant, http.MethodGet, "/accounts", opaque, "", nil), http.StatusUnauthorized, "")
	})
}

// Every endpoint has its own scope.
func TestMyAccountScopes(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	for operation, scope := range map[string]string{
		"POST /connect": "create:me:connected_accounts", "POST /complete": "create:me:connected_accounts",
		"GET /accounts": "read:me:connected_accounts", "GET /connections": "read:me:connected_accounts",
		"DELETE /accounts/cac_1": "delete:me:connected_accounts",
	} {
		method, path, _ := strings.Cut(operation, " ")
		without := strings.Join(strings.Fields(strings.ReplaceAll(accountScopes, scope, "")), " ")
		answer := call(t, tenant, method, path, accountToken(tenant, "auth0|ada", auth0test.Claims{"scope": without}), "", nil)
		wantProblem(t, answer, http.StatusForbidden, scope)
		answer = call(t, tenant, method, path, accountToken(tenant, "auth0|ada", auth0test.Claims{"scope": scope}), "", nil)
		if answer.status == http.StatusForbidden || answer.status == http.StatusUnauthorized {
			t.Errorf("%s: status %d with the scope %s", operation, answer.status, scope)
		}
	}
}

// A login that knows nothing of the API can get a token for it by its refresh token.
func TestMyAccountTokenByRefresh(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	answer := granted(t, tenant, refreshForm(refresh, url.Values{
		"audience": {tenant.Issuer() + "me/"}, "scope": {"openid read:me:connected_accounts"},
	}))
	if answer["scope"] != "openid read:me:connected_accounts" {
		t.Errorf("scope %v", answer["scope"])
	}
	listed := call(t, tenant, http.MethodGet, "/accounts", text(t, answer, "access_token"), "", nil)
	if accounts, _ := listed.json(t)["accounts"].([]any); listed.status != http.StatusOK || len(accounts) != 1 {
		t.Errorf("status %d: %s", listed.status, listed.body)
	}
	wantRefusal(t, token(t, tenant, machineForm(url.Values{"audience": {tenant.Issuer() + "me/"}})), http.StatusBadRequest, "unauthorized_client")
}

func TestMyAccountUnderDPoP(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{RequireDPoPNonce: true})
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	address := tenant.URL() + accountsPath + "/accounts"
	token := accountToken(tenant, "auth0|ada", auth0test.Claims{"cnf": key.Confirmation()})
	ask := func(proof string) page {
		return call(t, tenant, http.MethodGet, "/accounts", "", "", http.Header{"Authorization": {"DPoP " + token}, "Dpop": {proof}})
	}
	first := ask(key.Proof("GET", address, token))
	wantProblem(t, first, http.StatusUnauthorized, "nonce")
	nonce := first.header.Get("DPoP-Nonce")
	if challenges := strings.Join(first.header.Values("WWW-Authenticate"), "\n"); nonce == "" || !strings.Contains(challenges, `DPoP realm="auth0test", error="use_dpop_nonce"`) {
		t.Errorf("DPoP-Nonce %q, WWW-Authenticate %s", nonce, challenges)
	}
	fresh := auth0test.Claims{"nonce": nonce}
	if answer := ask(key.Proof("GET", address, token, fresh)); answer.status != http.StatusOK {
		t.Errorf("status %d: %s", answer.status, answer.body)
	}
	// The client of this package does all that by itself, with a query that is no part of htu.
	if answer := get(t, key.Client(nil, token), address+"?take=1"); answer.status != http.StatusOK {
		t.Errorf("status %d: %s", answer.status, answer.body)
	}
	for name, proof := range map[string]string{
		"another key":          other.Proof("GET", address, token, fresh),
		"another access token": key.Proof("GET", address, "other", fresh),
		"no access token":      key.Proof("GET", address, "", fresh),
		"another endpoint":     key.Proof("GET", tenant.URL()+accountsPath+"/connections", token, fresh),
		"another method":       key.Proof("POST", address, token, fresh),
	} {
		answer := ask(proof)
		wantProblem(t, answer, http.StatusUnauthorized, "")
		if t.Failed() {
			t.Fatalf("with a proof for %s", name)
		}
	}
	unbound := accountToken(tenant, "auth0|ada", nil)
	wantProblem(t, call(t, tenant, http.MethodGet, "/accounts", "", "", http.Header{
		"Authorization": {"DPoP " + unbound}, "Dpop": {key.Proof("GET", address, unbound, fresh)},
	}), http.StatusUnauthorized, "not bound")
}
