package auth0test_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestLoginWithIndependentClient(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	op := provider(t, tenant)
	client := oauth2.Config{
		ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
		Endpoint: op.Endpoint(), RedirectURL: callback,
		Scopes: []string{"openid", "profile", "email", "offline_access", "read:messages", "unknown:scope"},
	}
	login := b.get(client.AuthCodeURL("the-state", oauth2.S256ChallengeOption(verifier), oidc.Nonce("the-nonce"),
		oauth2.SetAuthURLParam("audience", auth0test.DefaultAudience)))
	if !strings.Contains(login.body, "Ada Lovelace") || !strings.Contains(login.body, auth0test.DefaultClientID) {
		t.Fatalf("the page offers nobody, or does not say for whom:\n%s", login.body)
	}
	sent := b.choose(login, "user", "auth0|ada")
	if sent.status != http.StatusSeeOther {
		t.Errorf("status %d after the form, want 303", sent.status)
	}
	result := sent.location(t)
	if result.Get("state") != "the-state" || result.Get("iss") != tenant.Issuer() {
		t.Errorf("answer %v, want state and iss", result)
	}

	tokens, err := client.Exchange(context.Background(), result.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if got := tokens.Extra("scope"); got != "openid profile email offline_access read:messages" {
		t.Errorf("scope %q", got)
	}
	if tokens.RefreshToken == "" || tokens.TokenType != "Bearer" || tokens.ExpiresIn != 3600 {
		t.Errorf("refresh token %t, type %q, expires in %d", tokens.RefreshToken != "", tokens.TokenType, tokens.ExpiresIn)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := op.Verifier(&oidc.Config{ClientID: auth0test.DefaultClientID}).Verify(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "the-nonce" || id.Subject != "auth0|ada" {
		t.Errorf("nonce %q, sub %q", id.Nonce, id.Subject)
	}
	if err := id.VerifyAccessToken(tokens.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	all := claims(t, tenant, auth0test.DefaultClientID, raw)
	for name, want := range map[string]any{
		"name": "Ada Lovelace", "given_name": "Ada", "email": "ada@example.test", "email_verified": true,
	} {
		if all[name] != want {
			t.Errorf("%s is %v, want %v", name, all[name], want)
		}
	}
	if text(t, all, "sid"); all["auth_time"] == nil {
		t.Error("no auth_time")
	}
	person, err := op.UserInfo(context.Background(), client.TokenSource(context.Background(), tokens))
	if err != nil {
		t.Fatal(err)
	}
	if person.Subject != "auth0|ada" || person.Email != "ada@example.test" {
		t.Errorf("userinfo says %q, %q", person.Subject, person.Email)
	}
}

func TestLoginOfTypedName(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	result := b.choose(b.get(authorizeURL(tenant, nil)), "name", "  zoë   of the desk ").location(t)
	answer := granted(t, tenant, codeForm(result.Get("code"), nil))
	all := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))
	if all["sub"] != "auth0|zoë of the desk" || all["name"] != "zoë of the desk" {
		t.Errorf("sub %v, name %v", all["sub"], all["name"])
	}
}

func TestLoginRefusesNamesNobodyCanType(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	login := b.get(authorizeURL(tenant, nil))
	for _, name := range []string{"", "a\x00b", "a\u202eb", strings.Repeat("a", 129), "\xff"} {
		if again := b.choose(login, "name", name); again.status != http.StatusBadRequest || hiddenState.FindString(again.body) == "" {
			t.Errorf("name %q: status %d, want 400 and the page again", name, again.status)
		}
	}
	if got := b.choose(login, "name", "bob").location(t); got.Get("code") == "" {
		t.Error("the login did not survive the refusals")
	}
}

func TestLoginCancelled(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	result := b.choose(b.get(authorizeURL(tenant, nil)), "cancel", "1").location(t)
	if result.Get("error") != "access_denied" || result.Get("state") != "the-state" || result.Get("iss") != tenant.Issuer() {
		t.Errorf("answer %v", result)
	}
}

func TestLoginPageIsOnlyMarkup(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	login := b.get(authorizeURL(tenant, url.Values{"login_hint": {`"><script>alert(1)</script>`}}))
	if strings.Contains(login.body, "<script") {
		t.Error("there is a script in the page")
	}
	if !strings.Contains(html.UnescapeString(login.body), `value=""><script>alert(1)</script>"`) {
		t.Error("the hint is not in the field")
	}
	_, rest, _ := strings.Cut(login.body, "<style>")
	style, _, found := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := login.header.Get("Content-Security-Policy")
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !found || !strings.Contains(policy, want) {
		t.Errorf("policy %q does not allow the style sheet %s", policy, want)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
	} {
		if got := login.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
}

func TestLoginHintMarksThePerson(t *testing.T) {
	tenant := auth0test.Start(t)
	for hint, want := range map[string]string{
		"grace@example.test": `class="person hinted" name="user" value="auth0|grace"`,
		"alan":               `class="person hinted" name="user" value="auth0|alan"`,
		"zoe":                `name="name" value="zoe"`,
	} {
		login := newBrowser(t, tenant).get(authorizeURL(tenant, url.Values{"login_hint": {hint}, "screen_hint": {"signup"}}))
		if !strings.Contains(login.body, want) {
			t.Errorf("hint %s: no %s in\n%s", hint, want, login.body)
		}
	}
}

// An attacker starts a login and lets the visitor of a page of his post its form: the visitor would be
// signed in as the attacker's choice.
func TestLoginOfAnotherBrowserIsRefused(t *testing.T) {
	tenant := auth0test.Start(t)
	attacker, victim := newBrowser(t, tenant), newBrowser(t, tenant)
	login := attacker.get(authorizeURL(tenant, nil))
	victim.get(authorizeURL(tenant, nil))
	if got := victim.choose(login, "user", "auth0|ada"); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
		t.Errorf("status %d, Location %q; want 400 and none", got.status, got.header.Get("Location"))
	}
	if got := victim.get(login.url.String()); got.status != http.StatusBadRequest {
		t.Errorf("status %d for the page, want 400", got.status)
	}
}

func TestLoginAnsweredTwiceIsRefused(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	login := b.get(authorizeURL(tenant, nil))
	b.choose(login, "user", "auth0|ada").location(t)
	if got := b.choose(login, "user", "auth0|grace"); got.status != http.StatusBadRequest {
		t.Errorf("status %d, want 400", got.status)
	}
}

func TestTwoTabsLogIn(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	first := b.get(authorizeURL(tenant, url.Values{"state": {"one"}}))
	second := b.get(authorizeURL(tenant, url.Values{"state": {"two"}}))
	if got := b.choose(second, "user", "auth0|grace").location(t).Get("state"); got != "two" {
		t.Errorf("state %q in the second tab", got)
	}
	if got := b.choose(first, "user", "auth0|grace").location(t).Get("state"); got != "one" {
		t.Errorf("state %q in the first tab", got)
	}
}
