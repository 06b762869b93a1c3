package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestARefreshThatIsAskedForANonceAgain(t *testing.T) {
	t.Parallel()
	a := newApp(t, bound)
	b := a.browser(t)
	b.login("/auth/login")
	refused := a.recordAnd(tokenPath, demanding(400, "nonce"))
	if page := b.tokenPage("?force"); page.Error == "" || !page.SignedIn || !page.RefreshToken {
		t.Errorf("%+v", page)
	}
	if got := len(refused.all()); got != 2 {
		t.Errorf("%d requests", got)
	}
	a.tenant.Heal(tokenPath)
	b.token("?force") // nothing was used up
}

func TestARefreshIsProvenByTheKeyOfTheSession(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]sessions.Store{"cookies": nil, "rows": newRowStore(), "somebody else's rows": newStub()} {
		p := &clients{}
		a := newApp(t, bound, storedIn(store), p.page)
		b := a.browser(t)
		b.login("/auth/login")
		thumbprint := boundTo(t, b.token("").Token)
		redeemed := a.record(tokenPath)
		api := newResource(t, nil)
		for i, query := range []string{"?force", "?audience=" + url.QueryEscape(secondAudience) + "&scope=read:files", "?force"} {
			page := b.token(query)
			if page.Type != "DPoP" || boundTo(t, page.Token) != thumbprint {
				t.Errorf("%s: a %s token, bound to %q", name, page.Type, boundTo(t, page.Token))
			}
			sent := redeemed.all()
			if len(sent) != i+1 || sent[i].form.Get("grant_type") != "refresh_token" || sent[i].proof(t, a.tenant.URL()+tokenPath).thumbprint != thumbprint {
				t.Errorf("%s: %d refreshes, or by another key", name, len(sent))
			}
			client, token := p.mustOf(b)
			mustCall(t, client, request(t, http.MethodGet, api.URL, nil))
			api.wantArrivals(t, i+1)[i].proof(t, "http", token)
		}
	}
}

// A tenant that does not know DPoP, or forgets it, is found out at once.
func TestABearerTokenInAnswerToAProof(t *testing.T) {
	t.Parallel()
	bearer := func(m map[string]any) { m["token_type"] = "Bearer" }
	a := newApp(t, bound)
	a.tenant.EditTokenResponse(bearer)
	b := a.browser(t)
	wantError(t, b.get(b.toCallback("/auth/login"), asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
	if len(b.sessionCookies()) != 0 || len(b.attemptCookies()) != 0 {
		t.Errorf("cookies %v", b.jarCookies())
	}
	a.tenant.EditTokenResponse(nil)
	b.login("/auth/login")
	good := b.token("").Token

	// The refresh token that came along is kept: the old one is worth nothing any more.
	a.tenant.EditTokenResponse(bearer)
	for range 2 {
		if page := b.tokenPage("?force"); !wrongType(page.Error, "asked for DPoP, got Bearer") || !page.SignedIn || !page.RefreshToken {
			t.Errorf("%+v", page)
		}
	}
	if page := b.token(""); page.Token != good || page.Type != "DPoP" {
		t.Errorf("the token from before: %+v", page)
	}
	a.tenant.EditTokenResponse(nil)
	if page := b.token("?force"); page.Type != "DPoP" || boundTo(t, page.Token) != boundTo(t, good) {
		t.Errorf("%+v", page)
	}

	// And the other way round.
	a = newApp(t, refreshing)
	b = a.browser(t)
	b.login("/auth/login")
	a.tenant.EditTokenResponse(func(m map[string]any) { m["token_type"] = "DPoP" })
	if page := b.tokenPage("?force"); !wrongType(page.Error, "asked for Bearer, got DPoP") || !page.SignedIn {
		t.Errorf("%+v", page)
	}
}

// wrongType reports whether a text is that of ErrTokenType and says what came in place
// of what.
func wrongType(text, what string) bool {
	return strings.HasPrefix(text, ginauth0.ErrTokenType.Error()+": ") && strings.Contains(text, what)
}

// Config.DPoP is for logins to come; what a session has it keeps.
func TestTheSwitchDoesNotChangeSessions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind func(*setup)
		then bool
		want string
	}{
		"switched on":  {refreshing, true, "Bearer"},
		"switched off": {bound, false, "DPoP"},
	} {
		a := newApp(t, test.kind, secondNode(t, newSharedPlace(), func(c *ginauth0.Config) {
			c.DPoP, c.Routes.EnableAccessToken = test.then, false
		}))
		b := a.browser(t)
		b.login("/auth/login")
		before := b.token("")
		redeemed := a.record(tokenPath)
		for _, query := range []string{"", "?force", "?audience=" + url.QueryEscape(secondAudience) + "&scope=read:files"} {
			page := b.tokenPageAt("/2/token" + query)
			if page.Error != "" || page.Type != test.want || boundTo(t, page.Token) != boundTo(t, before.Token) {
				t.Errorf("%s: %+v", name, page)
			}
		}
		for _, sent := range redeemed.all() {
			if proven := sent.proofs != nil; proven != (test.want == "DPoP") {
				t.Errorf("%s: a proof: %v", name, proven)
			}
		}
	}
}

func TestRevocationNeedsNoProof(t *testing.T) {
	t.Parallel()
	var failure error
	a := newApp(t, bound, func(s *setup) {
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.GET("/revoke", func(c *gin.Context) { failure = auth.RevokeRefreshToken(c) })
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	before, revoked := b.token(""), a.record("/oauth/revoke")
	if b.get("/revoke"); failure != nil {
		t.Fatal(failure)
	}
	if sent := revoked.one(t); sent.proofs != nil || sent.form.Get("token_type_hint") != "refresh_token" {
		t.Errorf("%v", sent.form)
	}
	if page := b.token(""); page.Token != before.Token || page.Type != "DPoP" || page.RefreshToken {
		t.Errorf("%+v", page)
	}
	if b.get("/revoke"); !errors.Is(failure, ginauth0.ErrNoRefreshToken) {
		t.Error(failure)
	}
}
