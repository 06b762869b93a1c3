package ginauth0_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const tokenRoute = "/auth/access-token"

func TestAccessTokenRouteAnswers(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) {
		c.AudienceScopes = map[string][]string{secondAudience: {"read:files"}}
	}))
	want := func(query, scope, audience string, left int64) {
		t.Helper()
		r := b.get(tokenRoute+query, asJSON)
		var got struct{ Token string }
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || !audienceOf(t, got.Token, audience) {
			t.Errorf("%s: %d %s", query, r.status, r.body)
			return
		}
		at := claimsOfToken(t, got.Token)["exp"]
		expires, _ := at.(float64)
		// The tenant counts in whole seconds, we in milliseconds: one may be lost.
		bodies := map[string]bool{}
		for lost := range int64(2) {
			bodies[fmt.Sprintf(`{"token":%q,"scope":%q,"expires_at":%d,"expires_in":%d,"token_type":"Bearer"}`, got.Token, scope, int64(expires), left-lost)] = true
		}
		if r.status != http.StatusOK || !bodies[r.body] || r.header.Get("Content-Type") != "application/json; charset=utf-8" || r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %v %s", query, r.status, r.header, r.body)
		}
	}
	whole := "openid profile email offline_access read:messages"
	want("", whole, auth0test.DefaultAudience, 3600)
	want("?audience="+auth0test.DefaultAudience, whole, auth0test.DefaultAudience, 3600)
	want("?audience=&scope=&mergeScopes=", whole, auth0test.DefaultAudience, 3600)
	want("?scope=read:messages&mergeScopes=true", whole, auth0test.DefaultAudience, 3600)
	a.wantUses(t, 1, 0)
}

func TestAccessTokenRouteRefusesAudiencesThatAreNotConfigured(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	const refused = `{"error":"invalid_request","error_description":"The request is not valid."}`
	for _, query := range []string{
		"?audience=" + secondAudience, "?audience=" + auth0test.DefaultAudience + "/", "?audience=%20", "?audience=a&audience=b",
		"?scope=a&scope=b", "?mergeScopes=maybe", "?mergeScopes=true&mergeScopes=true", "?scope=a%22b", "?scope=%zz",
	} {
		if r := b.get(tokenRoute+query, asJSON); r.status != http.StatusBadRequest || r.body != refused {
			t.Errorf("%s: %d %s", query, r.status, r.body)
		}
	}
	a.wantUses(t, 1, 0)
}

func TestAccessTokenRouteMergesScopes(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) {
		c.AudienceScopes = map[string][]string{secondAudience: {"read:files"}}
	}))
	var requests tokenRequests
	requests.watch(a)
	second := "?audience=" + url.QueryEscape(secondAudience)
	for _, test := range []struct{ query, form string }{
		{second + "&scope=write:files", "audience=" + secondAudience + "&scope=read:files write:files"},
		{second + "&scope=write:files+openid&mergeScopes=false", "audience=" + secondAudience + "&scope=write:files openid"},
		{"?scope=openid+x:y&mergeScopes=0", "scope=openid x:y"},
	} {
		b.get(tokenRoute+test.query, asJSON)
		if got := requests.take(t); len(got) != 1 || got[0] != test.form {
			t.Errorf("%s: asked %q, want %q", test.query, got, test.form)
		}
	}
}

func TestAccessTokenRouteOfUnknownExpiry(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing)
	a.tenant.EditTokenResponse(func(m map[string]any) { delete(m, "expires_in"); m["access_token"] = "opaque" })
	a.tenant.EditIDToken(func(_, claims map[string]any) { delete(claims, "at_hash") })
	b := a.browser(t)
	b.login("/auth/login")
	want := `{"token":"opaque","scope":"openid profile email offline_access read:messages","expires_at":0,"expires_in":0,"token_type":"Bearer"}`
	if r := b.get(tokenRoute, asJSON); r.status != http.StatusOK || r.body != want {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestAccessTokenRouteErrors(t *testing.T) {
	t.Parallel()
	refusingWith := func(status int, code string) func(a *app) {
		return func(a *app) {
			requests := tokenRequests{answer: func(url.Values) (int, map[string]any) {
				return status, map[string]any{"error": code, "error_description": "<b>words</b>"}
			}}
			requests.watch(a)
		}
	}
	refusing := func(code string) func(a *app) { return refusingWith(http.StatusBadRequest, code) }
	for name, test := range map[string]struct {
		edit   func(*setup)
		break_ func(a *app)
		status int
		body   string
	}{
		"signed out": {nil, nil, 401, `{"error":"unauthorized","error_description":"Please log in"}`},
		"no refresh token": {
			config(func(c *ginauth0.Config) { c.Scopes = []string{"openid"} }),
			func(a *app) { a.clock.advance(2 * time.Hour) },
			401, `{"error":"missing_refresh_token","error_description":"The access token has expired. Please log in again."}`,
		},
		"refresh refused": {
			nil, refusing("invalid_grant"),
			401, `{"error":"failed_to_refresh_token","error_description":"The access token could not be renewed. Please log in again."}`,
		},
		"scope refused": {
			nil, refusing("invalid_scope"),
			401, `{"error":"failed_to_refresh_token","error_description":"The access token could not be renewed. Please log in again."}`,
		},
		"client refused": {
			nil, refusing("invalid_client"),
			500, `{"error":"configuration_error","error_description":"Logging in is not set up correctly."}`,
		},
		"too many requests": {
			nil, refusingWith(http.StatusTooManyRequests, "too_many_requests"),
			503, `{"error":"temporarily_unavailable","error_description":"The login service is not available at the moment."}`,
		},
		"tenant in trouble": {
			nil, func(a *app) { a.tenant.Break(tokenPath, auth0test.Down) },
			502, `{"error":"upstream_error","error_description":"The login service gave an unexpected answer."}`,
		},
		"tenant out of reach": {
			config(func(c *ginauth0.Config) { c.HTTPTimeout = 2 * time.Second }), func(a *app) { a.tenant.Break(tokenPath, auth0test.Hang) },
			503, `{"error":"temporarily_unavailable","error_description":"The login service is not available at the moment."}`,
		},
		"somebody else's token": {
			nil, func(a *app) {
				a.tenant.EditIDToken(func(_, claims map[string]any) { claims["sub"] = "auth0|mallory" })
			},
			401, `{"error":"invalid_id_token","error_description":"The login could not be verified. Please log in again."}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edits := []func(*setup){refreshing}
			if test.edit != nil {
				edits = append(edits, test.edit)
			}
			a := newApp(t, edits...)
			b := a.browser(t)
			if test.status != 401 || !strings.Contains(test.body, "unauthorized") {
				b.login("/auth/login")
				a.clock.advance(time.Hour)
				test.break_(a)
			}
			r := b.get(tokenRoute, asJSON)
			if r.status != test.status || r.body != test.body || r.header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
}

// Somebody who types the address sees a page.
func TestAccessTokenRouteErrorAsAPage(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing)
	r := a.browser(t).get(tokenRoute)
	if r.status != http.StatusUnauthorized || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.Contains(r.body, "/auth/login") {
		t.Errorf("%d %v %s", r.status, r.header, r.body)
	}
}

func TestAccessTokenRouteWhenTheCeilingPasses(t *testing.T) {
	t.Parallel()
	var a *app
	passing := false
	a = newApp(t, refreshing, func(s *setup) {
		s.mount = func(router *gin.Engine) gin.IRouter {
			return router.Group("", func(c *gin.Context) {
				if passing {
					a.auth.Session()(c)
					a.clock.advance(10 * time.Minute)
				}
			})
		}
	})
	end := a.clock.Now().Add(10 * time.Minute).Unix()
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = end })
	b := a.browser(t)
	b.login("/auth/login")
	passing = true
	want := `{"error":"session_expired","error_description":"The session has ended. Please log in again."}`
	if r := b.get(tokenRoute, asJSON); r.status != http.StatusUnauthorized || r.body != want {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestAccessTokenRouteIsForOwnScriptsOnly(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.clock.advance(time.Hour)
	const refused = `{"error":"cross_site_request","error_description":"The request came from another site."}`
	for _, header := range []string{
		"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: anything",
		"Origin: https://evil.example", "Origin: null", "Origin: " + strings.Replace(a.url, "http:", "https:", 1), "Origin: " + a.url + "0",
	} {
		if r := b.get(tokenRoute, asJSON, header); r.status != http.StatusForbidden || r.body != refused {
			t.Errorf("%s: %d %s", header, r.status, r.body)
		}
	}
	if r := b.get(tokenRoute, asJSON, "Sec-Fetch-Site: cross-site", "Origin: "+a.url); r.status != http.StatusForbidden {
		t.Errorf("Origin beside Sec-Fetch-Site: %d", r.status)
	}
	if r := b.get(tokenRoute, asJSON, "Sec-Purpose: prefetch"); r.status != http.StatusNoContent || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("prefetch: %d %v", r.status, r.header)
	}
	a.wantUses(t, 1, 0)
	for _, header := range []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none", "Origin: " + a.url, "X-Nothing: said"} {
		if r := b.get(tokenRoute, asJSON, header); r.status != http.StatusOK {
			t.Errorf("%s: %d %s", header, r.status, r.body)
		}
	}
	if r := b.do(http.MethodPost, tokenRoute, asJSON); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != "GET" {
		t.Errorf("POST: %d %v", r.status, r.header)
	}
}

func TestAccessTokenRouteIsOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	if r := a.browser(t).get(tokenRoute, asJSON); r.status != http.StatusNotFound {
		t.Errorf("%d", r.status)
	}
}

// A token that was over before it arrived.
func TestAccessTokenRouteCountsNothingBelowZero(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.clock.advance(time.Hour)
	asked := a.clock.Now().Unix()
	requests := tokenRequests{answer: func(url.Values) (int, map[string]any) {
		a.clock.advance(5 * time.Second)
		return http.StatusOK, map[string]any{"access_token": "brief", "token_type": "Bearer", "scope": "x", "expires_in": 0}
	}}
	requests.watch(a)
	want := fmt.Sprintf(`{"token":"brief","scope":"x","expires_at":%d,"expires_in":0,"token_type":"Bearer"}`, asked)
	if r := b.get(tokenRoute, asJSON); r.status != http.StatusOK || r.body != want {
		t.Errorf("%d %s, want %s", r.status, r.body, want)
	}
}
