package ginauth0_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const (
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
	accessType    = "urn:ietf:params:oauth:token-type:access_token"
	idType        = "urn:ietf:params:oauth:token-type:id_token"
)

// The request of RFC 8693 section 2.1: the forms are compared whole, and the tenant,
// which refuses what it does not know, takes them.
func TestExchangeTokenSendsExactlyItsParameters(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(s *setup) {
		s.tenant.ExchangeParameters = []string{"device"}
		s.config.Audience, s.config.Organization = "https://default.example", "org_pin" // neither is for this call
		s.config.AuthorizationParams = map[string]string{"connection": "legacy"}
	})
	tokens := d.watch(t, "/oauth/token")
	for name, test := range map[string]struct {
		options ginauth0.ExchangeOptions
		form    url.Values
	}{
		"the least": {graceOptions(), url.Values{"grant_type": {exchangeGrant}, "subject_token": {legacyGrace}, "subject_token_type": {legacyType}}},
		"everything": {
			ginauth0.ExchangeOptions{
				SubjectToken: legacyGrace, SubjectTokenType: legacyType, ActorToken: partyAlan, ActorTokenType: partyType,
				Audience: auth0test.DefaultAudience, Scopes: []string{"openid", "read:messages", "openid"}, RequestedTokenType: accessType,
				Organization: "org_acme", Extra: url.Values{"device": {"phone & co"}},
			},
			url.Values{
				"grant_type": {exchangeGrant}, "subject_token": {legacyGrace}, "subject_token_type": {legacyType},
				"actor_token": {partyAlan}, "actor_token_type": {partyType}, "audience": {auth0test.DefaultAudience},
				"scope": {"openid read:messages"}, "requested_token_type": {accessType}, "organization": {"org_acme"}, "device": {"phone & co"},
			},
		},
	} {
		result, err := d.auth.ExchangeToken(t.Context(), test.options)
		if err != nil || result.AccessToken == "" || result.TokenType != "Bearer" || result.IssuedTokenType != accessType {
			t.Errorf("%s: %+v %v", name, result, err)
		}
		p := tokens.only()
		p.want(t, name, test.form)
		if p.header.Get("DPoP") != "" {
			t.Errorf("%s: with a proof", name)
		}
	}
}

func TestExchangeTokenReturnsWhatCameBack(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	now := d.clock.Now()
	result, err := d.auth.ExchangeToken(t.Context(), ginauth0.ExchangeOptions{
		SubjectToken: legacyGrace, SubjectTokenType: legacyType, ActorToken: partyAlan, ActorTokenType: partyType,
		Audience: auth0test.DefaultAudience, Scopes: []string{"openid", "offline_access", "read:messages", "unheard:of"},
	})
	if err != nil {
		t.Fatal(err)
	}
	claims := claimsOfToken(t, string(result.IDToken))
	if claims["sub"] != "auth0|grace" || claimsOfToken(t, string(result.AccessToken))["sub"] != "auth0|grace" || result.RefreshToken == "" {
		t.Errorf("tokens of %v", claims)
	}
	if result.Audience != auth0test.DefaultAudience || !slices.Equal(result.Scopes, []string{"openid", "offline_access", "read:messages"}) {
		t.Errorf("audience %q, scopes %v", result.Audience, result.Scopes)
	}
	if !result.ExpiresAt.Equal(now.Add(time.Hour)) {
		t.Errorf("expires at %v, now is %v", result.ExpiresAt, now)
	}
	if string(result.Actor) != `{"sub":"auth0|alan"}` {
		t.Errorf("actor %s", result.Actor)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %q %x", result, result, result, result, result, result)
	text, err := json.Marshal(result)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("v", "v", result)
	for _, secret := range []ginauth0.Secret{result.AccessToken, result.IDToken, result.RefreshToken} {
		if all := printed + string(text) + log.String(); err != nil || strings.Contains(all, string(secret)) || !strings.Contains(all, "[redacted]") {
			t.Errorf("it prints %s", all)
		}
	}
}

// What an answer may leave out, and the forms of it that are none of an access token.
func TestExchangeTokenTakesEveryKindOfAnswer(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	tokens := d.watch(t, "/oauth/token")
	now := d.clock.Now()
	act := map[string]any{"sub": "auth0|alan"}
	for name, test := range map[string]struct {
		answer map[string]any
		want   ginauth0.ExchangeResult
	}{
		"hardly anything": {
			map[string]any{"access_token": "t", "token_type": "bearer"},
			ginauth0.ExchangeResult{AccessToken: "t", TokenType: "bearer", Audience: "a", Scopes: []string{"s"}},
		},
		"no access token": {
			map[string]any{"access_token": "t", "token_type": "N_A", "issued_token_type": idType, "expires_in": "60"},
			ginauth0.ExchangeResult{AccessToken: "t", TokenType: "N_A", IssuedTokenType: idType, Audience: "a", Scopes: []string{"s"}, ExpiresAt: now.Add(time.Minute)},
		},
		"without scopes, over at once": {
			map[string]any{"access_token": "t", "token_type": "DPoP", "scope": "", "expires_in": 0},
			ginauth0.ExchangeResult{AccessToken: "t", TokenType: "DPoP", Audience: "a", Scopes: []string{}, ExpiresAt: now},
		},
		"an actor in another token than the ID token": {
			map[string]any{"access_token": d.tenant.AccessToken(auth0test.Claims{"act": act}), "token_type": "Bearer", "refresh_token": d.tenant.IDToken(auth0test.Claims{"act": act}), "act": act},
			ginauth0.ExchangeResult{TokenType: "Bearer", Audience: "a", Scopes: []string{"s"}},
		},
	} {
		tokens.reply(saying(http.StatusOK, test.answer))
		got, err := d.auth.ExchangeToken(t.Context(), ginauth0.ExchangeOptions{SubjectToken: "x", SubjectTokenType: legacyType, Audience: "a", Scopes: []string{"s"}})
		if test.want.AccessToken == "" {
			test.want.AccessToken, test.want.RefreshToken = got.AccessToken, got.RefreshToken
		}
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v %v\nwant %+v", name, got, err, test.want)
		}
	}
}

// Everything that is refused before the tenant hears of it. Nothing goes out, not even
// for discovery.
func TestExchangesRefuseArguments(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	b := d.browser(t)
	type refusal struct {
		edit func(*ginauth0.ExchangeOptions)
		name string
	}
	extra := func(name string, values ...string) refusal {
		return refusal{func(o *ginauth0.ExchangeOptions) { o.Extra = url.Values{name: values} }, name}
	}
	tests := map[string]refusal{
		"no token":             {func(o *ginauth0.ExchangeOptions) { o.SubjectToken = "" }, "subject_token"},
		"no token type":        {func(o *ginauth0.ExchangeOptions) { o.SubjectTokenType = "" }, "subject_token_type"},
		"actor without type":   {func(o *ginauth0.ExchangeOptions) { o.ActorToken = "hunter2" }, "actor_token_type"},
		"actor type alone":     {func(o *ginauth0.ExchangeOptions) { o.ActorTokenType = legacyType }, "actor_token"},
		"actor padded":         {func(o *ginauth0.ExchangeOptions) { o.ActorToken, o.ActorTokenType = "hunter2 ", legacyType }, "actor_token"},
		"actor with Bearer":    {func(o *ginauth0.ExchangeOptions) { o.ActorToken, o.ActorTokenType = "BeArEr hunter2", legacyType }, "actor_token"},
		"actor type relative":  {func(o *ginauth0.ExchangeOptions) { o.ActorToken, o.ActorTokenType = "hunter2", "legacy-session" }, "actor_token_type"},
		"21 values":            extra("many", make([]string, 21)...),
		"a scope with a quote": {func(o *ginauth0.ExchangeOptions) { o.Scopes = []string{`a"b`} }, "scope"},
		"two scopes in one":    {func(o *ginauth0.ExchangeOptions) { o.Scopes = []string{"a b"} }, "scope"},
		"an empty scope":       {func(o *ginauth0.ExchangeOptions) { o.Scopes = []string{""} }, "scope"},
		"a domain":             {func(o *ginauth0.ExchangeOptions) { o.Domain = "t.example" }, "Domain"},
	}
	for _, token := range []ginauth0.Secret{" ", "\t\n", " hunter2", "hunter2 ", "hunter2\n", "Bearer hunter2", "bearer hunter2", "BEARER hunter2"} {
		tests[fmt.Sprintf("token %q", string(token))] = refusal{func(o *ginauth0.ExchangeOptions) { o.SubjectToken = token }, "subject_token"}
	}
	for _, tokenType := range []string{
		"urn:a:bcd", "urn:" + strings.Repeat("a", 97), "legacy-session-token", "/legacy/session", "//example.com/legacy", "urn:legacy session",
		" urn:example:legacy", "urn:example:legacy\n", "urn:example:légacy", "https://example.com/#legacy", "1urn:example:legacy", `urn:example:"legacy"`,
	} {
		tests[fmt.Sprintf("type %q", tokenType)] = refusal{func(o *ginauth0.ExchangeOptions) { o.SubjectTokenType = tokenType }, "subject_token_type"}
	}
	for _, name := range strings.Fields("grant_type client_id client_secret client_assertion client_assertion_type subject_token subject_token_type" +
		" subject_issuer requested_token_type actor_token actor_token_type audience aud resource resources resource_indicator scope connection" +
		" login_hint organization assertion GRANT_TYPE Audience audience[] scope[0]") {
		tests["reserved: "+name] = extra(name, "hunter2")
	}
	for what, test := range tests {
		o := ginauth0.ExchangeOptions{SubjectToken: "hunter2", SubjectTokenType: legacyType}
		test.edit(&o)
		result, err := d.auth.ExchangeToken(t.Context(), o)
		wantParameter(t, what, err, test.name)
		if !reflect.DeepEqual(result, ginauth0.ExchangeResult{}) || strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: %+v %v", what, result, err)
		}
		d.set(exchanging(o))
		wantError(t, b.do(http.MethodPost, "/door"), http.StatusBadRequest, `"error":"invalid_request"`)
		wantParameter(t, what+", at a login", d.last(), test.name)
	}
	if got := d.tenant.Requests("*"); got != 0 {
		t.Errorf("%d requests", got)
	}
	d.wantNowhere(t, "hunter2")
}

// Types at the limits of their length pass.
func TestExchangeTokenTypesThatPass(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	tokens := d.watch(t, "/oauth/token")
	tokens.reply(saying(http.StatusOK, map[string]any{"access_token": "t", "token_type": "Bearer"}))
	for _, tokenType := range []string{"urn:a:bcde", "urn:" + strings.Repeat("a", 96), "https://example.com/legacy?v=1", accessType, idType} {
		_, err := d.auth.ExchangeToken(t.Context(), ginauth0.ExchangeOptions{SubjectToken: "x", SubjectTokenType: tokenType})
		if err != nil || tokens.only().form.Get("subject_token_type") != tokenType {
			t.Errorf("%q: %v", tokenType, err)
		}
	}
}

func TestExchangeTokenNamesItsDomain(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	s.b.AcceptSubjectToken(legacyType, legacyGrace, "grace")
	for _, domain := range []string{"", " ", "http://t.example/", "https://t.example/?a=b", "t.example/x"} {
		o := graceOptions()
		o.Domain = domain
		_, err := s.auth.ExchangeToken(t.Context(), o)
		wantParameter(t, fmt.Sprintf("%q", domain), err, "Domain")
	}
	o := graceOptions()
	o.Domain, o.Scopes = s.b.Issuer(), []string{"openid"}
	result, err := s.auth.ExchangeToken(t.Context(), o)
	if err != nil || claimsOfToken(t, string(result.IDToken))["iss"] != s.b.Issuer() {
		t.Errorf("%v", err)
	}
	if s.asked.Load() != 0 || s.a.Requests("*") != 0 {
		t.Error("the resolver, or another tenant, was asked")
	}
}

// Each failure of the token endpoint has its error and its answer, and nothing of it
// shows.
func TestExchangeTokenFailures(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	tokens := d.watch(t, "/oauth/token")
	for name, failure := range grantFailures() {
		tokens.reply(failure.fault)
		result, err := d.auth.ExchangeToken(t.Context(), graceOptions())
		if !reflect.DeepEqual(result, ginauth0.ExchangeResult{}) {
			t.Errorf("%s: %+v", name, result)
		}
		failure.check(t, name, "exchange", d.auth, err)
		if got := len(tokens.taken()); got != 1 {
			t.Errorf("%s: %d requests", name, got)
		}
	}
	d.wantNowhere(t, upstream, legacyGrace)
	tokens.reply(nil)
	if _, err := d.auth.ExchangeToken(canceled(t), graceOptions()); !errors.Is(err, ginauth0.ErrUpstream) {
		t.Errorf("a context that is over: %v", err)
	}
	if _, err := d.auth.ExchangeToken(t.Context(), graceOptions()); err != nil {
		t.Error(err)
	}
}

// An ID token that breaks a rule is worth nothing, and neither is what came with it.
func TestExchangeTokenVerifiesTheIDToken(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for name, test := range map[string]struct {
		edit func(header, claims map[string]any)
		is   error
	}{
		"of another issuer":          {auth0test.WrongIssuer, ginauth0.ErrBadIDToken},
		"for another client":         {auth0test.WrongAudience, ginauth0.ErrBadIDToken},
		"expired":                    {auth0test.Expired, ginauth0.ErrBadIDToken},
		"of nobody":                  {func(_, c map[string]any) { c["sub"] = "" }, ginauth0.ErrBadIDToken},
		"without a signature":        {func(h, _ map[string]any) { h["alg"] = "none" }, ginauth0.ErrBadIDToken},
		"beside another token":       {func(_, c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" }, ginauth0.ErrBadIDToken},
		"of another organization":    {func(_, c map[string]any) { c["org_id"] = "org_other" }, ginauth0.ErrOrganization},
		"of no organization":         {func(_, c map[string]any) { delete(c, "org_id") }, ginauth0.ErrOrganization},
		"with a nonce of some other": {func(_, c map[string]any) { c["nonce"] = "x" }, nil}, // nobody has sent one
		"with a c_hash of some code": {func(_, c map[string]any) { c["c_hash"] = "x" }, nil},
	} {
		d.tenant.EditIDToken(test.edit)
		o := graceOptions()
		o.Scopes, o.Organization = []string{"openid"}, "org_acme"
		result, err := d.auth.ExchangeToken(t.Context(), o)
		if !errors.Is(err, test.is) || (test.is == nil) != (result.AccessToken != "") {
			t.Errorf("%s: %+v %v, want %v", name, result, err, test.is)
		}
	}
	d.tenant.EditIDToken(nil)
	d.tenant.RotateKeys()
	d.tenant.Break("/.well-known/jwks.json", auth0test.Down)
	d.clock.advance(time.Hour)
	o := graceOptions()
	o.Scopes = []string{"openid"}
	if _, err := d.auth.ExchangeToken(t.Context(), o); !errors.Is(err, ginauth0.ErrUpstream) || errors.Is(err, ginauth0.ErrBadIDToken) {
		t.Errorf("keys not to be had: %v", err)
	}
}
