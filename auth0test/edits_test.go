package auth0test_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestEditIDToken(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	verify := provider(t, tenant).Verifier(&oidc.Config{ClientID: auth0test.DefaultClientID})
	tests := []struct {
		name  string
		edit  func(header, claims map[string]any)
		fails string // part of what go-oidc says
		nonce string
	}{
		{"nothing", nil, "", "the-nonce"},
		{"nonce", auth0test.WrongNonce, "", "another-nonce"},
		{"issuer", auth0test.WrongIssuer, "different provider", ""},
		{"audience", auth0test.WrongAudience, "audience", ""},
		{"expired", auth0test.Expired, "expired", ""},
		{"header", func(header, _ map[string]any) { header["alg"] = "none" }, "algorithm", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.t = t
			tenant.EditIDToken(test.edit)
			answer := granted(t, tenant, codeForm(b.login(nil), nil))
			verified, err := verify.Verify(context.Background(), text(t, answer, "id_token"))
			switch {
			case test.fails == "" && err != nil:
				t.Error(err)
			case test.fails == "" && verified.Nonce != test.nonce:
				t.Errorf("nonce %q, want %q", verified.Nonce, test.nonce)
			case test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)):
				t.Errorf("error %v, want one about %q", err, test.fails)
			}
		})
	}
}

func TestEditAccessToken(t *testing.T) {
	tenant := auth0test.Start(t)
	tenant.EditAccessToken(func(header, claims map[string]any) {
		header["typ"], claims["act"] = "odd", map[string]any{"sub": "agent"}
	})
	form := url.Values{
		"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}
	token := text(t, granted(t, tenant, form), "access_token")
	if headerOf(t, token)["typ"] != "odd" || claims(t, tenant, auth0test.DefaultAudience, token)["act"] == nil {
		t.Errorf("header %v", headerOf(t, token))
	}
}

func TestEditDocuments(t *testing.T) {
	tenant := auth0test.Start(t)
	code := newBrowser(t, tenant).login(nil)
	tenant.EditDiscovery(func(document map[string]any) { delete(document, "jwks_uri") })
	tenant.EditJWKS(func(document map[string]any) { document["keys"] = document["keys"].([]any)[:0] })
	tenant.EditTokenResponse(func(response map[string]any) { response["token_type"] = "mac" })
	if _, there := discovery(t, tenant).json(t)["jwks_uri"]; there {
		t.Error("jwks_uri is still there")
	}
	if got := len(keySet(t, tenant).Keys); got != 0 {
		t.Errorf("%d keys, want none", got)
	}
	if got := granted(t, tenant, codeForm(code, nil))["token_type"]; got != "mac" {
		t.Errorf("token_type %v", got)
	}
	tenant.EditDiscovery(nil)
	tenant.EditJWKS(nil)
	if document := discovery(t, tenant).json(t); document["jwks_uri"] == nil || len(keySet(t, tenant).Keys) != 1 {
		t.Error("nil does not end a change")
	}
}

func TestEditThatJSONCannotHold(t *testing.T) {
	tenant := auth0test.Start(t)
	tenant.EditDiscovery(func(document map[string]any) { document["issuer"] = func() {} })
	if got := discovery(t, tenant); got.status != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", got.status)
	}
}
