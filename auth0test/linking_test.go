package auth0test_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// linkForm is a good request to link a connection, with changes.
func linkForm(hint string, changes url.Values) url.Values {
	return changed(url.Values{
		"scope": {"openid link_account"}, "audience": {"my-account"}, "id_token_hint": {hint},
		"requested_connection": {"google-oauth2"}, "requested_connection_scope": {"calendar.read"},
	}, changes)
}

// unlinkForm is a good request to unlink it, with changes.
func unlinkForm(hint string, changes url.Values) url.Values {
	return changed(linkForm(hint, url.Values{"scope": {"openid unlink_account"}, "requested_connection_scope": {""}}), changes)
}

// signedIn signs ada in and returns her ID token.
func signedIn(t *testing.T, b *browser) string {
	t.Helper()
	return text(t, granted(t, b.tenant, codeForm(b.login(nil), nil)), "id_token")
}

func wantLinked(t *testing.T, tenant *auth0test.Tenant, user string, want ...string) {
	t.Helper()
	if got := tenant.LinkedConnections(user); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
		t.Errorf("%s has linked %q, want %q", user, got, want)
	}
}

func TestLinking(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{Connections: []auth0test.Connection{{Name: "google-oauth2"}, {Name: "github"}}})
	b := newBrowser(t, tenant)
	hint := signedIn(t, b)
	link := func(form url.Values) map[string]any {
		t.Helper()
		result := b.get(authorizeURL(tenant, form)).location(t)
		return granted(t, tenant, codeForm(result.Get("code"), nil))
	}
	answer := link(linkForm(hint, url.Values{"requested_connection": {"github"}}))
	if all := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token")); all["sub"] != "auth0|ada" || all["nonce"] != "the-nonce" {
		t.Errorf("ID token %v", all)
	}
	if answer["scope"] != "openid link_account" {
		t.Errorf("scope %v", answer["scope"])
	}
	link(linkForm(hint, nil))
	link(linkForm(hint, url.Values{"requested_connection_scope": {""}})) // once more
	for _, user := range []string{"ada", "auth0|ada", "ada@example.test"} {
		wantLinked(t, tenant, user, "github", "google-oauth2")
	}
	wantLinked(t, tenant, "grace")

	answer = link(unlinkForm(hint, url.Values{"requested_connection": {"github"}}))
	if answer["scope"] != "openid unlink_account" {
		t.Errorf("scope %v", answer["scope"])
	}
	wantLinked(t, tenant, "ada", "google-oauth2")

	_, address := pushed(t, tenant, pushForm(unlinkForm(hint, nil)))
	wantLinked(t, tenant, "ada", "google-oauth2") // not before the person comes
	b.get(address).location(t)
	wantLinked(t, tenant, "ada")
}

func TestLinkingIsRefused(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
		{ID: "other", Secret: "s", AllowLoopback: true},
	}})
	foreign := auth0test.Start(t)
	b := newBrowser(t, tenant)
	hint := signedIn(t, b)
	access := tenant.AccessToken(nil)
	for name, test := range map[string]struct {
		form  url.Values
		error string
	}{
		"without the scope":                  {linkForm(hint, url.Values{"scope": {"openid"}}), "invalid_scope"},
		"with both scopes":                   {linkForm(hint, url.Values{"scope": {"openid link_account unlink_account"}}), "invalid_scope"},
		"without openid":                     {linkForm(hint, url.Values{"scope": {"link_account"}}), "invalid_scope"},
		"without the audience":               {linkForm(hint, url.Values{"audience": {""}}), "invalid_request"},
		"with the audience of an API":        {linkForm(hint, url.Values{"audience": {auth0test.DefaultAudience}}), "invalid_request"},
		"without a connection":               {linkForm(hint, url.Values{"requested_connection": {""}}), "invalid_request"},
		"with an unknown connection":         {linkForm(hint, url.Values{"requested_connection": {"myspace"}}), "invalid_request"},
		"without a hint":                     {linkForm("", nil), "invalid_request"},
		"with an access token for a hint":    {linkForm(access, nil), "invalid_request"},
		"with a logout token for a hint":     {linkForm(tenant.LogoutToken(nil), nil), "invalid_request"},
		"with a hint of another tenant":      {linkForm(foreign.IDToken(nil), nil), "invalid_request"},
		"with a hint for another client":     {linkForm(tenant.IDToken(auth0test.Claims{"aud": "other"}), nil), "invalid_request"},
		"with a hint for two clients":        {linkForm(tenant.IDToken(auth0test.Claims{"aud": []string{"other", auth0test.DefaultClientID}}), nil), "invalid_request"},
		"with a forged hint":                 {linkForm(tenant.Sign(map[string]any{"alg": "none"}, auth0test.Claims{"iss": tenant.Issuer(), "aud": auth0test.DefaultClientID, "sub": "auth0|ada"}), nil), "invalid_request"},
		"with the hint of somebody else":     {linkForm(tenant.IDToken(auth0test.Claims{"sub": "auth0|grace"}), nil), "login_required"},
		"unlinking with the hint of another": {unlinkForm(tenant.IDToken(auth0test.Claims{"sub": "auth0|grace"}), nil), "login_required"},
		"unlinking with a scope to ask for":  {unlinkForm(hint, url.Values{"requested_connection_scope": {"calendar.read"}}), "invalid_request"},
		"unlinking without a hint":           {unlinkForm("", nil), "invalid_request"},
		"unlinking without a connection":     {unlinkForm(hint, url.Values{"requested_connection": {""}}), "invalid_request"},
		"silently, with nobody signed in":    {linkForm(hint, url.Values{"prompt": {"none"}, "max_age": {"0"}}), "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.get(authorizeURL(tenant, test.form)).location(t)
			if got.Get("error") != test.error || got.Has("code") {
				t.Errorf("answer %v, want %s", got, test.error)
			}
			if test.error != "login_required" { // that is for the browser to find out
				wantRefusal(t, push(t, tenant, pushForm(test.form)), http.StatusBadRequest, test.error)
			}
			wantLinked(t, tenant, "ada")
			wantLinked(t, tenant, "grace")
		})
	}
}

// An attacker who has signed the visitor in as himself would otherwise link the visitor's account to his own.
func TestLinkingByWhoeverSignsInInstead(t *testing.T) {
	tenant := auth0test.Start(t)
	hint := signedIn(t, newBrowser(t, tenant))
	tenant.SetAutoApprove("")
	b := newBrowser(t, tenant)
	got := b.choose(b.get(authorizeURL(tenant, linkForm(hint, nil))), "user", "auth0|grace").location(t)
	if got.Get("error") != "login_required" || got.Has("code") {
		t.Errorf("answer %v, want login_required", got)
	}
	wantLinked(t, tenant, "grace")
	b = newBrowser(t, tenant)
	if got := b.choose(b.get(authorizeURL(tenant, linkForm(hint, nil))), "user", "auth0|ada").location(t); got.Get("code") == "" {
		t.Errorf("answer %v, want a code", got)
	}
	wantLinked(t, tenant, "ada", "google-oauth2")
}

// OpenID Connect Core section 3.1.2.1.
func TestHintOfAPlainLogin(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	hint := signedIn(t, b)
	if got := b.get(authorizeURL(tenant, url.Values{"id_token_hint": {hint}})).location(t); got.Get("code") == "" {
		t.Errorf("answer %v, want a code", got)
	}
	// It says who was signed in once, so it may be old.
	old := tenant.IDToken(auth0test.Claims{"exp": 1, "iat": 1})
	if got := b.get(authorizeURL(tenant, url.Values{"id_token_hint": {old}})).location(t); got.Get("code") == "" {
		t.Errorf("expired: answer %v, want a code", got)
	}
	tenant.SetAutoApprove("grace")
	if got := b.get(authorizeURL(tenant, url.Values{"id_token_hint": {hint}})).location(t); got.Get("error") != "login_required" {
		t.Errorf("another person: answer %v, want login_required", got)
	}
	broken := strings.ToUpper(hint)
	if got := b.get(authorizeURL(tenant, url.Values{"id_token_hint": {broken}})).location(t); got.Get("error") != "invalid_request" {
		t.Errorf("broken: answer %v, want invalid_request", got)
	}
}
