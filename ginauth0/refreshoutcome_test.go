package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// What an answer leaves out stays as it was.
func TestASparseAnswer(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	var requests tokenRequests
	requests.answer = func(url.Values) (int, map[string]any) {
		return http.StatusOK, map[string]any{"access_token": "opaque", "token_type": "bearer"}
	}
	var first, second []url.Values
	requests.watch(a)
	page := b.token("?force")
	first, requests.forms = requests.forms, nil
	want := []string{"openid", "profile", "email", "offline_access", "read:messages"}
	if page.Token != "opaque" || !slices.Equal(page.Scopes, want) || page.Name != "Ada Lovelace" || !page.RefreshToken || !page.ExpiresAt.IsZero() || page.Type != "Bearer" {
		t.Errorf("%+v", page)
	}
	// To ask for nothing is to ask for what the login did, and for another audience for
	// what the tenant likes.
	if page := b.token("?force&nomerge"); !slices.Equal(page.Scopes, want) {
		t.Errorf("asked for nothing: %v", page.Scopes)
	}
	if page := b.token("?force&nomerge&audience=https://third.example.test"); len(page.Scopes) != 0 {
		t.Errorf("asked for nothing of another audience: %v", page.Scopes)
	}
	requests.forms = nil
	behind := b.twin()
	// Unknown expiry: it serves.
	a.clock.advance(10 * time.Hour)
	b.token("")
	if len(requests.forms) != 0 {
		t.Error("renewed although it may be good")
	}
	one := b.token("?audience=" + secondAudience + "&scope=read:files")
	second, requests.forms = requests.forms, nil
	if first[0].Get("refresh_token") != second[0].Get("refresh_token") {
		t.Error("the refresh token was lost")
	}
	if !slices.Equal(one.Scopes, []string{"read:files"}) {
		t.Errorf("scopes %v, want those that were asked for", one.Scopes)
	}
	// A refresh token that stays has several results. Whoever is behind gets all.
	b.token("?audience=" + secondAudience + "&scope=write:files")
	requests.forms = nil
	for _, query := range []string{"?audience=" + secondAudience + "&scope=read:files", "?audience=" + secondAudience + "&scope=write:files", ""} {
		behind.token(query)
	}
	if len(requests.forms) != 0 {
		t.Errorf("%d uses for what is there", len(requests.forms))
	}
}

func TestInvalidGrant(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]bool{"keeps the session": false, "ends it when it is to": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var failure error
			a, b := signedInRefreshing(t, func(s *setup) {
				s.config.EndSessionOnInvalidGrant = ends
				routes := s.routes
				s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
					routes(router, auth)
					router.GET("/failure", func(c *gin.Context) {
						_, failure = auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true})
					})
				}
			})
			twin := b.twin()
			var requests tokenRequests
			requests.answer = func(url.Values) (int, map[string]any) {
				return http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "the words of the tenant"}
			}
			requests.watch(a)
			b.get("/failure")
			var refused *ginauth0.ProviderError
			if !errors.As(failure, &refused) || refused.Code != "invalid_grant" || refused.Op != "refresh" || refused.Status != 400 || refused.Description != "the words of the tenant" {
				t.Errorf("error %v", failure)
			}
			if strings.Contains(failure.Error(), "words") || strings.Contains(a.log.String(), "words") {
				t.Error("the tenant's words are shown")
			}
			page := b.tokenPage("")
			if ends {
				if page.Error != ginauth0.ErrNoSession.Error() || twin.signedIn() || len(b.sessionCookies()) != 0 {
					t.Errorf("%+v", page)
				}
				return
			}
			if page.Error != "" || page.RefreshToken || !page.SignedIn {
				t.Errorf("%+v", page)
			}
			if page := b.tokenPage("?force"); page.Error != ginauth0.ErrNoRefreshToken.Error() {
				t.Errorf("%+v", page)
			}
		})
	}
}

// Any other failure leaves the session as it was.
func TestAFailureThatLeavesTheSessionUnchanged(t *testing.T) {
	t.Parallel()
	refuse := func(status int, code string) func(url.Values) (int, map[string]any) {
		return func(url.Values) (int, map[string]any) { return status, map[string]any{"error": code} }
	}
	for name, test := range map[string]struct {
		answer func(url.Values) (int, map[string]any)
		want   error // nil: *ProviderError
	}{
		"invalid scope":      {refuse(400, "invalid_scope"), nil},
		"access denied":      {refuse(403, "access_denied"), nil},
		"in trouble":         {refuse(503, "temporarily_unavailable"), ginauth0.ErrUpstream},
		"invalid_grant, 5xx": {refuse(500, "invalid_grant"), ginauth0.ErrUpstream},
		"too many requests":  {refuse(429, "too_many_requests"), ginauth0.ErrUpstream},
		"too many of them":   {refuse(429, "invalid_grant"), ginauth0.ErrUpstream},
		"unknown client":     {refuse(401, "invalid_client"), ginauth0.ErrConfig},
		"no token":           {func(url.Values) (int, map[string]any) { return 200, map[string]any{"token_type": "Bearer"} }, ginauth0.ErrUpstream},
		"lifetime of no form": {func(url.Values) (int, map[string]any) {
			return 200, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": -1}
		}, ginauth0.ErrUpstream},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := signedInRefreshing(t)
			requests := tokenRequests{answer: test.answer}
			requests.watch(a)
			page := b.tokenPage("?force")
			want := "ginauth0: the tenant refused (refresh)"
			if test.want != nil {
				want = test.want.Error()
			}
			if errors.Is(test.want, ginauth0.ErrUpstream) && !strings.HasPrefix(page.Error, want) {
				want = "ginauth0: the tenant's answer is unusable"
			}
			if !strings.HasPrefix(page.Error, want) || !page.SignedIn || !page.RefreshToken {
				t.Errorf("%+v, want %s", page, want)
			}
			a.tenant.Heal("*")
			b.token("?force")
		})
	}
}

// The refresh token that came with it is the one that works from now on.
func TestATokenOfAnotherTypeDoesNotLoseTheRefreshToken(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.tenant.EditTokenResponse(func(m map[string]any) { m["token_type"] = "mac" })
	if page := b.tokenPage("?force"); !strings.Contains(page.Error, ginauth0.ErrTokenType.Error()) || page.Token != "" {
		t.Errorf("%+v", page)
	}
	a.tenant.EditTokenResponse(nil)
	b.token("?force")
}
