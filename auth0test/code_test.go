package auth0test_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestCodeIsRefused(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
		{ID: "other", Secret: "s", AllowLoopback: true},
	}})
	tests := []struct {
		name    string
		changes url.Values
		error   string
	}{
		{"code missing", url.Values{"code": {""}}, "invalid_request"},
		{"code unknown", url.Values{"code": {"guessed"}}, "invalid_grant"},
		{"code of another client", url.Values{"client_id": {"other"}, "client_secret": {"s"}}, "invalid_grant"},
		{"other redirect_uri", url.Values{"redirect_uri": {callback + "/"}}, "invalid_grant"},
		{"redirect_uri missing", url.Values{"redirect_uri": {""}}, "invalid_request"},
		{"verifier missing: the code was injected", url.Values{"code_verifier": {""}}, "invalid_request"},
		{"verifier of another login", url.Values{"code_verifier": {verifier + "2"}}, "invalid_grant"},
		{"verifier too short", url.Values{"code_verifier": {"short"}}, "invalid_grant"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code := newBrowser(t, tenant).login(nil)
			wantRefusal(t, token(t, tenant, codeForm(code, test.changes)), http.StatusBadRequest, test.error)
		})
	}
	t.Run("expired", func(t *testing.T) {
		code := newBrowser(t, tenant).login(nil)
		clock.advance(61 * time.Second)
		wantRefusal(t, token(t, tenant, codeForm(code, nil)), http.StatusBadRequest, "invalid_grant")
	})
	t.Run("wrong verifier spends the code", func(t *testing.T) {
		code := newBrowser(t, tenant).login(nil)
		token(t, tenant, codeForm(code, url.Values{"code_verifier": {verifier + "2"}}))
		wantRefusal(t, token(t, tenant, codeForm(code, nil)), http.StatusBadRequest, "invalid_grant")
	})
	t.Run("another client cannot spend the code", func(t *testing.T) {
		code := newBrowser(t, tenant).login(nil)
		token(t, tenant, codeForm(code, url.Values{"client_id": {"other"}, "client_secret": {"s"}}))
		granted(t, tenant, codeForm(code, nil))
	})
}

// RFC 7636 section 4.1: a verifier outside the grammar is none, even if its hash fits.
func TestVerifierOutsideTheGrammarIsRefused(t *testing.T) {
	tenant := auth0test.Start(t)
	code := newBrowser(t, tenant).login(url.Values{
		// The S256 challenge of "short", by openssl.
		"code_challenge": {"-bAHi131ltLqGQEMABu9AJ5lHeLFfo-341XzHrnT9zk"},
	})
	wantRefusal(t, token(t, tenant, codeForm(code, url.Values{"code_verifier": {"short"}})), http.StatusBadRequest, "invalid_grant")
}

func TestStolenCodeRevokesWhatWasIssued(t *testing.T) {
	tenant := auth0test.Start(t)
	for _, audience := range []string{"", auth0test.DefaultAudience} {
		code := newBrowser(t, tenant).login(url.Values{"scope": {"openid offline_access"}, "audience": {audience}})
		answer := granted(t, tenant, codeForm(code, nil))
		access := "Bearer " + text(t, answer, "access_token")
		if got := userinfo(t, tenant, access); got.status != http.StatusOK {
			t.Fatalf("audience %q: userinfo says %d before", audience, got.status)
		}
		wantRefusal(t, token(t, tenant, codeForm(code, nil)), http.StatusBadRequest, "invalid_grant")
		if got := userinfo(t, tenant, access); got.status != http.StatusUnauthorized {
			t.Errorf("audience %q: userinfo says %d after, want 401", audience, got.status)
		}
		wantRefusal(t, token(t, tenant, refreshForm(text(t, answer, "refresh_token"), nil)), http.StatusBadRequest, "invalid_grant")
	}
}

func TestCodeIsSpentOnceByManyAtATime(t *testing.T) {
	tenant := auth0test.Start(t)
	form := codeForm(newBrowser(t, tenant).login(nil), nil)
	onlyOnce(t, func() bool {
		return answers(t, tenant.URL()+"/oauth/token", form.Encode(), formHeader(), http.StatusOK)
	})
}

// Without an audience the access token is for userinfo alone, as at Auth0.
func TestAccessTokenOfCode(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{
		APIs: []auth0test.API{
			{Audience: auth0test.DefaultAudience, Scopes: []string{"read:messages"}, Permissions: []string{"admin:all"}},
			{Audience: "https://rfc9068.example.test", RFC9068: true},
		},
	})
	b := newBrowser(t, tenant)
	opaque := granted(t, tenant, codeForm(b.login(url.Values{"scope": {"openid read:messages"}}), nil))
	if got := text(t, opaque, "access_token"); len(got) != 43 || opaque["scope"] != "openid" || opaque["refresh_token"] != nil {
		t.Errorf("token of %d bytes, scope %v, refresh token %v", len(got), opaque["scope"], opaque["refresh_token"])
	}

	form := url.Values{"scope": {"openid read:messages write:messages"}, "audience": {auth0test.DefaultAudience}}
	auth0 := text(t, granted(t, tenant, codeForm(b.login(form), nil)), "access_token")
	all := claims(t, tenant, auth0test.DefaultAudience, auth0)
	audiences, _ := all["aud"].([]any)
	if len(audiences) != 2 || audiences[1] != tenant.URL()+"/userinfo" {
		t.Errorf("aud %v", all["aud"])
	}
	permissions, _ := all["permissions"].([]any)
	if all["sub"] != "auth0|ada" || all["azp"] != auth0test.DefaultClientID || all["scope"] != "openid read:messages" ||
		len(permissions) != 2 || permissions[0] != "read:messages" || permissions[1] != "admin:all" || all["gty"] != nil {
		t.Errorf("claims %v", all)
	}
	if header := headerOf(t, auth0); header["typ"] != "JWT" || header["kid"] != tenant.KeyID() {
		t.Errorf("header %v", header)
	}

	form = url.Values{"scope": {"openid"}, "audience": {"https://rfc9068.example.test"}}
	standard := text(t, granted(t, tenant, codeForm(b.login(form), nil)), "access_token")
	all = claims(t, tenant, "https://rfc9068.example.test", standard)
	permissions, isArray := all["permissions"].([]any)
	if all["client_id"] != auth0test.DefaultClientID || all["azp"] != nil || !isArray || len(permissions) != 0 {
		t.Errorf("claims %v", all)
	}
	if header := headerOf(t, standard); header["typ"] != "at+jwt" {
		t.Errorf("header %v", header)
	}
}

func TestUserClaimsFollowTheScopes(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{Users: []auth0test.User{{
		Name: "ada", Subject: "google-oauth2|1", Email: "ada@example.test",
		Claims: map[string]any{
			"picture": "https://example.test/a.png", "acr": "urn:high", "amr": []string{"mfa"},
			"https://example.test/team": "blue", "email_verified": false,
		},
	}}})
	b := newBrowser(t, tenant)
	for scope, want := range map[string][]any{
		"openid":               {"google-oauth2|1", nil, nil, nil, nil, "urn:high", "blue"},
		"openid profile":       {"google-oauth2|1", "ada", "https://example.test/a.png", nil, nil, "urn:high", "blue"},
		"openid email":         {"google-oauth2|1", nil, nil, "ada@example.test", false, "urn:high", "blue"},
		"openid profile email": {"google-oauth2|1", "ada", "https://example.test/a.png", "ada@example.test", false, "urn:high", "blue"},
	} {
		answer := granted(t, tenant, codeForm(b.login(url.Values{"scope": {scope}}), nil))
		id := claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token"))
		info := userinfo(t, tenant, "Bearer "+text(t, answer, "access_token")).json(t)
		for i, name := range []string{"sub", "name", "picture", "email", "email_verified", "acr", "https://example.test/team"} {
			if id[name] != want[i] || info[name] != want[i] {
				t.Errorf("scope %q: %s is %v and %v, want %v", scope, name, id[name], info[name], want[i])
			}
		}
	}
}
