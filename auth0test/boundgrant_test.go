package auth0test_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// serve posts a form to a handler without a network.
func serve(handler http.Handler, path string, form url.Values, proof string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("DPoP", proof)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}

// nativeTenant has a confidential client and a public one; forms for the public one need public.
func nativeTenant(t *testing.T) (tenant *auth0test.Tenant, public url.Values) {
	t.Helper()
	tenant = auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
		{ID: "native", Public: true, AllowLoopback: true},
	}})
	return tenant, url.Values{"client_id": {"native"}, "client_secret": {""}}
}

func offline(client url.Values) url.Values {
	form := url.Values{"scope": {"openid offline_access read:messages"}, "audience": {auth0test.DefaultAudience}}
	if id := client.Get("client_id"); id != "" {
		form.Set("client_id", id)
	}
	return form
}

func TestCodeGivesABoundToken(t *testing.T) {
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	code := newBrowser(t, tenant).login(offline(nil))
	answer := bound(t, tenant, codeForm(code, nil), key)
	if got := thumbprintOf(t, tenant, answer); got != key.Thumbprint() {
		t.Errorf("cnf.jkt %s, want %s", got, key.Thumbprint())
	}
	id := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))
	if id["cnf"] != nil {
		t.Errorf("the ID token has cnf %v", id["cnf"])
	}
}

func TestCodeIsBoundByDPoPJKT(t *testing.T) {
	tenant, key, other := auth0test.Start(t), auth0test.NewProofKey(""), auth0test.NewProofKey("")
	endpoint := tenant.URL() + "/oauth/token"
	request := url.Values{"dpop_jkt": {key.Thumbprint()}, "audience": {auth0test.DefaultAudience}}
	tests := []struct {
		name   string
		proofs []string
		error  string
	}{
		{"a stolen code with a proof by the thief's key", []string{other.Proof("POST", endpoint, "")}, "invalid_grant"},
		{"a stolen code without a proof", nil, "invalid_grant"},
		{"a stolen code with a proof signed by the thief", []string{
			other.Proof("POST", endpoint, "", auth0test.Header{"jwk": key.JWK()}),
		}, "invalid_dpop_proof"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code := newBrowser(t, tenant).login(request)
			wantRefusal(t, proven(t, tenant, codeForm(code, nil), test.proofs...), http.StatusBadRequest, test.error)
		})
	}
	t.Run("the right key", func(t *testing.T) {
		code := newBrowser(t, tenant).login(request)
		if got := thumbprintOf(t, tenant, bound(t, tenant, codeForm(code, nil), key)); got != key.Thumbprint() {
			t.Errorf("cnf.jkt %s, want %s", got, key.Thumbprint())
		}
	})
	t.Run("through the login page", func(t *testing.T) {
		tenant.SetAutoApprove("")
		b := newBrowser(t, tenant)
		code := b.choose(b.get(authorizeURL(tenant, request)), "user", "auth0|ada").location(t).Get("code")
		wantRefusal(t, proven(t, tenant, codeForm(code, nil), other.Proof("POST", endpoint, "")), http.StatusBadRequest, "invalid_grant")
	})
}

func TestDPoPJKTIsReadStrictly(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	good := auth0test.NewProofKey("").Thumbprint()
	for name, values := range map[string][]string{
		"short": {good[:42]}, "padded": {good + "="}, "hexadecimal": {strings.Repeat("ab", 32)}, "other alphabet": {strings.Repeat("+", 43)},
		"twice": {good, good}, "unused bits set": {good[:42] + "B"},
	} {
		if got := b.get(authorizeURL(tenant, url.Values{"dpop_jkt": values})).location(t).Get("error"); got != "invalid_request" {
			t.Errorf("%s: error %q, want invalid_request", name, got)
		}
	}
}

func TestRefreshTokenOfPublicClientIsBound(t *testing.T) {
	tenant, public := nativeTenant(t)
	endpoint := tenant.URL() + "/oauth/token"
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	first := bound(t, tenant, codeForm(newBrowser(t, tenant).login(offline(public)), public), key)
	form := refreshForm(text(t, first, "refresh_token"), public)
	wantRefusal(t, proven(t, tenant, form, other.Proof("POST", endpoint, "")), http.StatusBadRequest, "invalid_grant")
	wantRefusal(t, proven(t, tenant, form), http.StatusBadRequest, "invalid_grant")
	// Neither has spent it, and the next one is bound again.
	second := bound(t, tenant, form, key)
	if got := thumbprintOf(t, tenant, second); got != key.Thumbprint() {
		t.Errorf("cnf.jkt %s, want %s", got, key.Thumbprint())
	}
	next := refreshForm(text(t, second, "refresh_token"), public)
	wantRefusal(t, proven(t, tenant, next), http.StatusBadRequest, "invalid_grant")
	// A thief without the key cannot have the family revoked by showing a used token.
	wantRefusal(t, proven(t, tenant, form, other.Proof("POST", endpoint, "")), http.StatusBadRequest, "invalid_grant")
	bound(t, tenant, next, key)
	// With the key it is reuse.
	wantRefusal(t, proven(t, tenant, form, key.Proof("POST", endpoint, "")), http.StatusBadRequest, "invalid_grant")
}

// RFC 9449 section 5: bound from the first answer to a request with a proof.
func TestRefreshTokenOfPublicClientIsBoundAtItsFirstProof(t *testing.T) {
	tenant, public := nativeTenant(t)
	key := auth0test.NewProofKey("")
	first := granted(t, tenant, codeForm(newBrowser(t, tenant).login(offline(public)), public))
	second := bound(t, tenant, refreshForm(text(t, first, "refresh_token"), public), key)
	form := refreshForm(text(t, second, "refresh_token"), public)
	wantRefusal(t, proven(t, tenant, form), http.StatusBadRequest, "invalid_grant")
	bound(t, tenant, form, key)
}

func TestRefreshTokenOfConfidentialClientIsNotBound(t *testing.T) {
	tenant, _ := nativeTenant(t)
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	first := bound(t, tenant, codeForm(newBrowser(t, tenant).login(offline(nil)), nil), key)
	second := bound(t, tenant, refreshForm(text(t, first, "refresh_token"), nil), other)
	if got := thumbprintOf(t, tenant, second); got != other.Thumbprint() {
		t.Errorf("cnf.jkt %s, want %s", got, other.Thumbprint())
	}
	third := granted(t, tenant, refreshForm(text(t, second, "refresh_token"), nil))
	if got := thumbprintOf(t, tenant, third); got != "" || third["token_type"] != "Bearer" {
		t.Errorf("token_type %v, cnf.jkt %q without a proof", third["token_type"], got)
	}
}
