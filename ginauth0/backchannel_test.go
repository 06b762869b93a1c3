package ginauth0_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const (
	backchannelPath = "/auth/backchannel-logout"
	formType        = "application/x-www-form-urlencoded"
	logoutEvent     = "http://schemas.openid.net/event/backchannel-logout"

	bodyBadToken    = `{"error":"invalid_request","error_description":"The logout token is not valid."}`
	bodyBadRequest  = `{"error":"invalid_request","error_description":"The request is not valid."}`
	bodyTooLarge    = `{"error":"invalid_request","error_description":"The request is too large."}`
	bodyUnavailable = `{"error":"temporarily_unavailable","error_description":"The login service is not available at the moment."}`
	bodyStoreDown   = `{"error":"store_unavailable","error_description":"Sessions are not available at the moment."}`
	bodyMethod      = `{"error":"method_not_allowed","error_description":"This address does not accept the method of the request."}`
)

// tell sends what a tenant sends to the back-channel route. Headers are given
// as "Name: value"; one of Content-Type is added to the others.
func tell(t testing.TB, a *app, body io.Reader, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+backchannelPath, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text), request.URL}
}

// tellToken sends a logout token as tenants do.
func tellToken(t testing.TB, a *app, token string) answer {
	t.Helper()
	return tell(t, a, strings.NewReader(url.Values{"logout_token": {token}}.Encode()), "Content-Type: "+formType)
}

// wantAnswer checks status and body byte by byte, and what every answer of the
// back-channel route has.
func wantAnswer(t testing.TB, name string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: %d %q, want %d %q", name, got.status, got.body, status, body)
	}
	contentType := "application/json; charset=utf-8"
	if body == "" {
		contentType = ""
	}
	if cache := got.header.Values("Cache-Control"); len(cache) != 1 || cache[0] != "no-store" || got.header.Get("Content-Type") != contentType ||
		got.header.Get("Set-Cookie") != "" {
		t.Errorf("%s: headers %v", name, got.header)
	}
}

// withSID adds a page that names the tenant's id of the session.
func withSID(s *setup) {
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/sid", auth.RequireSession(), func(c *gin.Context) {
			session, _ := ginauth0.SessionFrom(c)
			c.String(http.StatusOK, session.ID())
		})
	}
}

// newSession signs somebody in with a browser of their own.
func newSession(t testing.TB, a *app) (b *browser, sid string) {
	t.Helper()
	b = a.browser(t)
	b.login("/auth/login")
	return b, b.get("/sid").body
}

func TestBackchannelLogoutRefusesTokens(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.config.OnError = func(c *gin.Context, err error) {
			if !errors.Is(err, ginauth0.ErrBadLogoutToken) {
				t.Errorf("%v, want ErrBadLogoutToken", err)
			}
		}
	})
	other := auth0test.Start(t)
	b := a.browser(t)
	b.login("/auth/login")
	now := a.clock.Now()
	null := json.RawMessage("null")
	minted := func(changes auth0test.Claims) string { return a.tenant.LogoutToken(changes) }
	header := func(changes map[string]any) string { return a.tenant.Sign(changes, a.tenant.LogoutClaims(nil)) }
	event := func(value any) string {
		return minted(auth0test.Claims{"events": map[string]any{logoutEvent: value}})
	}
	sound := minted(nil)
	parts := strings.Split(sound, ".")
	for name, token := range map[string]string{
		"garbage":                     "garbage",
		"three segments of garbage":   "a.b.c",
		"bad signature":               parts[0] + "." + parts[1] + "." + strings.Split(minted(nil), ".")[2],
		"no signature":                parts[0] + "." + parts[1] + ".",
		"a key of another tenant":     other.Sign(map[string]any{"kid": a.tenant.KeyID()}, a.tenant.LogoutClaims(nil)),
		"a key nobody knows":          other.Sign(nil, a.tenant.LogoutClaims(nil)),
		"none":                        header(map[string]any{"alg": "none"}),
		"HS256 by the public key":     header(map[string]any{"alg": "HS256"}),
		"RS512":                       header(map[string]any{"alg": "RS512"}),
		"typ at+jwt":                  header(map[string]any{"typ": "at+jwt"}),
		"typ dpop+jwt":                header(map[string]any{"typ": "dpop+jwt"}),
		"crit":                        header(map[string]any{"crit": []string{"exp"}}),
		"the token of another tenant": other.LogoutToken(nil),
		"wrong iss":                   minted(auth0test.Claims{"iss": "https://evil.example/"}),
		"iss without its slash":       minted(auth0test.Claims{"iss": strings.TrimSuffix(a.tenant.Issuer(), "/")}),
		"iss missing":                 minted(auth0test.Claims{"iss": nil}),
		"wrong aud":                   minted(auth0test.Claims{"aud": "other"}),
		"aud missing":                 minted(auth0test.Claims{"aud": nil}),
		"expired":                     minted(auth0test.Claims{"exp": now.Add(-time.Minute)}),
		"exp missing":                 minted(auth0test.Claims{"exp": nil}),
		"iat too old":                 minted(auth0test.Claims{"iat": now.Add(-6*time.Minute - time.Second), "exp": now.Add(time.Hour)}),
		"iat in the future":           minted(auth0test.Claims{"iat": now.Add(2 * time.Minute)}),
		"iat missing":                 minted(auth0test.Claims{"iat": nil}),
		"jti missing":                 minted(auth0test.Claims{"jti": nil}),
		"jti empty":                   minted(auth0test.Claims{"jti": ""}),
		"nonce":                       minted(auth0test.Claims{"nonce": "n"}),
		"nonce null":                  minted(auth0test.Claims{"nonce": null}),
		"neither sub nor sid":         minted(auth0test.Claims{"sub": nil, "sid": nil}),
		"sub a number":                minted(auth0test.Claims{"sub": 1}),
		"sub empty":                   minted(auth0test.Claims{"sub": "", "sid": nil}),
		"sid a number":                minted(auth0test.Claims{"sid": 1}),
		"sid empty":                   minted(auth0test.Claims{"sid": ""}),
		"sid null":                    minted(auth0test.Claims{"sid": null}),
		"events missing":              minted(auth0test.Claims{"events": nil}),
		"events null":                 minted(auth0test.Claims{"events": null}),
		"events an array":             minted(auth0test.Claims{"events": []string{logoutEvent}}),
		"event null":                  event(null),
		"event a string":              event("yes"),
		"event an array":              event([]string{}),
		"an ID token":                 a.tenant.IDToken(nil),
		"an access token":             a.tenant.AccessToken(auth0test.Claims{"aud": auth0test.DefaultClientID}),
	} {
		wantAnswer(t, name, tellToken(t, a, token), http.StatusBadRequest, bodyBadToken)
		wantAnswer(t, name+", JSON for a page",
			tell(t, a, strings.NewReader(`{"logout_token":"`+token+`"}`), "Content-Type: application/json", "Accept: text/html"), http.StatusBadRequest, bodyBadToken)
		if strings.Contains(a.log.String(), token) {
			t.Errorf("%s: the token is in the log", name)
		}
	}
	if !b.signedIn() {
		t.Error("a refused token ended a session")
	}
	if log := a.log.String(); !strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
		t.Errorf("log:\n%s", log)
	}
}

func TestBackchannelLogoutAcceptsTypes(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for name, typ := range map[string]any{
		"logout+jwt": "logout+jwt", "with application/": "application/logout+jwt", "in capitals": "LOGOUT+JWT", "JWT": "JWT", "absent": nil,
	} {
		token := a.tenant.Sign(map[string]any{"typ": typ}, a.tenant.LogoutClaims(auth0test.Claims{"trace_id": "a0d47e9ac85a15a4"}))
		wantAnswer(t, name, tellToken(t, a, token), http.StatusNoContent, "")
	}
}

// The tenant is not asked about tokens that are not its own.
func TestBackchannelLogoutOfAStrangerMakesNoRequest(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	stranger := auth0test.Start(t)
	before, beforeStranger := a.tenant.Requests("*"), stranger.Requests("*")
	wantAnswer(t, "another issuer", tellToken(t, a, stranger.LogoutToken(nil)), http.StatusBadRequest, bodyBadToken)
	wantAnswer(t, "garbage", tellToken(t, a, "garbage"), http.StatusBadRequest, bodyBadToken)
	if a.tenant.Requests("*") != before || stranger.Requests("*") != beforeStranger {
		t.Error("somebody was asked")
	}
}

// With several domains the token must be of the tenant that the request is for.
// A resolver that fails is not the caller's fault, and may be over soon.
func TestBackchannelLogoutOfSeveralDomains(t *testing.T) {
	t.Parallel()
	second := auth0test.Start(t)
	var first string
	a := newApp(t, func(s *setup) {
		s.config.DomainResolver = func(r *http.Request) (string, error) {
			switch r.Header.Get("X-Tenant") {
			case "first":
				return first, nil
			case "second":
				return second.Issuer(), nil
			case "odd":
				return "no domain", nil
			}
			return "", errors.New("no such tenant")
		}
	})
	first = a.tenant.Issuer()
	form := func(token string) io.Reader { return strings.NewReader("logout_token=" + token) }
	ofType := "Content-Type: " + formType
	wantAnswer(t, "first", tell(t, a, form(a.tenant.LogoutToken(nil)), ofType, "X-Tenant: first"), http.StatusNoContent, "")
	wantAnswer(t, "second", tell(t, a, form(second.LogoutToken(nil)), ofType, "X-Tenant: second"), http.StatusNoContent, "")
	before := second.Requests("*")
	wantAnswer(t, "second for first", tell(t, a, form(second.LogoutToken(nil)), ofType, "X-Tenant: first"), http.StatusBadRequest, bodyBadToken)
	for _, tenant := range []string{"none", "odd"} {
		wantAnswer(t, tenant, tell(t, a, form(a.tenant.LogoutToken(nil)), ofType, "X-Tenant: "+tenant), http.StatusServiceUnavailable, bodyUnavailable)
	}
	if second.Requests("*") != before {
		t.Error("a tenant was asked about tokens that are not its own")
	}
}
