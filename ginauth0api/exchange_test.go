package ginauth0api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

const (
	accessType    = "urn:ietf:params:oauth:token-type:access_token"
	refreshType   = "urn:ietf:params:oauth:token-type:refresh_token"
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// exchangeCall is one of the three calls.
type exchangeCall func(context.Context, *ginauth0api.Guard) (*ginauth0api.TokenSet, error)

func forConnection(r ginauth0api.ConnectionRequest) exchangeCall {
	return func(ctx context.Context, g *ginauth0api.Guard) (*ginauth0api.TokenSet, error) {
		return g.TokenForConnection(ctx, r)
	}
}

func exchanging(r ginauth0api.ExchangeRequest) exchangeCall {
	return func(ctx context.Context, g *ginauth0api.Guard) (*ginauth0api.TokenSet, error) {
		return g.ExchangeToken(ctx, r)
	}
}

func onBehalfOf(r ginauth0api.OnBehalfOfRequest) exchangeCall {
	return func(ctx context.Context, g *ginauth0api.Guard) (*ginauth0api.TokenSet, error) {
		return g.TokenOnBehalfOf(ctx, r)
	}
}

// Exactly these parameters: the forms are compared whole.
func TestExchangesSendExactlyTheirParameters(t *testing.T) {
	t.Parallel()
	twenty := make([]string, 20)
	for i := range twenty {
		twenty[i] = fmt.Sprint(i)
	}
	for name, test := range map[string]struct {
		call exchangeCall
		form url.Values
	}{
		"connection, the least": {
			forConnection(ginauth0api.ConnectionRequest{SubjectToken: "s+t/1=", Connection: "google-oauth2"}),
			url.Values{
				"grant_type":           {"urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"},
				"requested_token_type": {"http://auth0.com/oauth/token-type/federated-connection-access-token"},
				"subject_token":        {"s+t/1="}, "subject_token_type": {accessType}, "connection": {"google-oauth2"},
			},
		},
		"connection, everything": {
			forConnection(ginauth0api.ConnectionRequest{SubjectToken: "s", SubjectTokenType: refreshType, Connection: "c & d", LoginHint: "ada@example.com"}),
			url.Values{
				"grant_type":           {"urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"},
				"requested_token_type": {"http://auth0.com/oauth/token-type/federated-connection-access-token"},
				"subject_token":        {"s"}, "subject_token_type": {refreshType}, "connection": {"c & d"}, "login_hint": {"ada@example.com"},
			},
		},
		"exchange, the least": {
			exchanging(ginauth0api.ExchangeRequest{SubjectToken: "s", SubjectTokenType: "urn:example:legacy"}),
			url.Values{"grant_type": {exchangeGrant}, "subject_token": {"s"}, "subject_token_type": {"urn:example:legacy"}},
		},
		"exchange, everything": {
			exchanging(ginauth0api.ExchangeRequest{
				SubjectToken: "s", SubjectTokenType: "urn:example:legacy", ActorToken: "a", ActorTokenType: "urn:example:actor",
				Audience: "https://other.example", Scope: "read:a write:b", RequestedTokenType: accessType, Organization: "org_1",
				Extra: url.Values{"device": {"phone"}, "many": twenty, "empty": {""}, "none": {}, "x:scope": {"1"}, "Scopes": {"é"}},
			}),
			url.Values{
				"grant_type": {exchangeGrant}, "subject_token": {"s"}, "subject_token_type": {"urn:example:legacy"},
				"actor_token": {"a"}, "actor_token_type": {"urn:example:actor"}, "audience": {"https://other.example"},
				"scope": {"read:a write:b"}, "requested_token_type": {accessType}, "organization": {"org_1"},
				"device": {"phone"}, "many": twenty, "empty": {""}, "x:scope": {"1"}, "Scopes": {"é"},
			},
		},
		"on behalf of, the least": {
			onBehalfOf(ginauth0api.OnBehalfOfRequest{SubjectToken: "s", Audience: "https://other.example"}),
			url.Values{
				"grant_type": {exchangeGrant}, "subject_token": {"s"}, "subject_token_type": {accessType},
				"requested_token_type": {accessType}, "audience": {"https://other.example"},
			},
		},
		"on behalf of, everything": {
			onBehalfOf(ginauth0api.OnBehalfOfRequest{
				SubjectToken: "s", ActorToken: "a", ActorTokenType: "urn:example:actor", Audience: "https://other.example",
				Scope: "read:a", Organization: "org_1", Extra: url.Values{"device": {"phone"}},
			}),
			url.Values{
				"grant_type": {exchangeGrant}, "subject_token": {"s"}, "subject_token_type": {accessType},
				"actor_token": {"a"}, "actor_token_type": {"urn:example:actor"}, "requested_token_type": {accessType},
				"audience": {"https://other.example"}, "scope": {"read:a"}, "organization": {"org_1"}, "device": {"phone"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTokenServer(t, map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"}})
			set, err := test.call(t.Context(), newClient(t, s, nil))
			if err != nil || set.AccessToken != issuedAccess {
				t.Fatalf("error %v", err)
			}
			got := s.one()
			test.form.Set("client_id", clientID)
			test.form.Set("client_secret", clientSecret)
			if !reflect.DeepEqual(got.form, test.form) || len(got.authorization) != 0 {
				t.Errorf("Authorization %q, form %q\nwant %q", got.authorization, got.form, test.form)
			}
		})
	}
}

// The request of the caller is not changed, nor kept.
func TestExtraIsCopied(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, nil)
	extra := url.Values{"device": {"phone"}}
	if _, err := exchanging(ginauth0api.ExchangeRequest{SubjectToken: "s", SubjectTokenType: "t", Extra: extra})(t.Context(), newClient(t, s, nil)); err != nil {
		t.Fatal(err)
	}
	if want := (url.Values{"device": {"phone"}}); !reflect.DeepEqual(extra, want) {
		t.Errorf("extra %q, want %q", extra, want)
	}
}

// Each kind of mistake: the error names the field, and nothing goes out, not even for
// discovery. What counts as one is tested where it is decided.
func TestExchangesRefuseArguments(t *testing.T) {
	t.Parallel()
	type exchange = ginauth0api.ExchangeRequest
	sound := exchange{SubjectToken: "hunter2", SubjectTokenType: "t"}
	with := func(edit func(*exchange)) exchangeCall {
		r := sound
		edit(&r)
		return exchanging(r)
	}
	extra := func(name string, values ...string) exchangeCall {
		return with(func(r *exchange) { r.Extra = url.Values{name: values} })
	}
	s := newTokenServer(t, nil)
	guard := newClient(t, s, nil)
	for name, test := range map[string]struct {
		call  exchangeCall
		named string // in the description
	}{
		"connection: token missing":      {forConnection(ginauth0api.ConnectionRequest{Connection: "c"}), "SubjectToken"},
		"connection: Bearer":             {forConnection(ginauth0api.ConnectionRequest{SubjectToken: "Bearer hunter2", Connection: "c"}), "SubjectToken"},
		"connection: another token type": {forConnection(ginauth0api.ConnectionRequest{SubjectToken: "hunter2", SubjectTokenType: "t", Connection: "c"}), "SubjectTokenType"},
		"connection missing":             {forConnection(ginauth0api.ConnectionRequest{SubjectToken: "hunter2"}), "Connection"},
		"connection blank":               {forConnection(ginauth0api.ConnectionRequest{SubjectToken: "hunter2", Connection: " \t"}), "Connection"},
		"token missing":                  {with(func(r *exchange) { r.SubjectToken = "" }), "SubjectToken"},
		"token blank":                    {with(func(r *exchange) { r.SubjectToken = "\t\n" }), "SubjectToken"},
		"token with space":               {with(func(r *exchange) { r.SubjectToken = "hunter2 " }), "SubjectToken"},
		"token with Bearer":              {with(func(r *exchange) { r.SubjectToken = "Bearer hunter2" }), "SubjectToken"},
		"token type missing":             {with(func(r *exchange) { r.SubjectTokenType = "" }), "SubjectTokenType"},
		"token type blank":               {with(func(r *exchange) { r.SubjectTokenType = " " }), "SubjectTokenType"},
		"actor without type":             {with(func(r *exchange) { r.ActorToken = "hunter2" }), "ActorTokenType"},
		"actor type without token":       {with(func(r *exchange) { r.ActorTokenType = "t" }), "ActorToken"},
		"actor blank":                    {with(func(r *exchange) { r.ActorToken, r.ActorTokenType = " ", "t" }), "ActorToken"},
		"actor with space":               {with(func(r *exchange) { r.ActorToken, r.ActorTokenType = "hunter2\n", "t" }), "ActorToken"},
		"actor with Bearer":              {with(func(r *exchange) { r.ActorToken, r.ActorTokenType = "bearer hunter2", "t" }), "ActorToken"},
		"21 values":                      {extra("many", make([]string, 21)...), `"many"`},
		"extra without a name":           {extra("", "hunter2"), "Extra"},
		"reserved, with space around it": {extra(" scope\t", "hunter2"), `" scope\t"`},
		"reserved, in another case":      {extra("Client_Secret", "hunter2"), `"Client_Secret"`},
		"on behalf of: token missing":    {onBehalfOf(ginauth0api.OnBehalfOfRequest{Audience: "a"}), "SubjectToken"},
		"on behalf of: audience missing": {onBehalfOf(ginauth0api.OnBehalfOfRequest{SubjectToken: "hunter2"}), "Audience"},
		"on behalf of: audience blank":   {onBehalfOf(ginauth0api.OnBehalfOfRequest{SubjectToken: "hunter2", Audience: " "}), "Audience"},
		"on behalf of: reserved":         {onBehalfOf(ginauth0api.OnBehalfOfRequest{SubjectToken: "hunter2", Audience: "a", Extra: url.Values{"scope": {"x"}}}), `"scope"`},
	} {
		_, err := test.call(t.Context(), guard)
		var refused *ginauth0api.TokenEndpointError
		if !errors.As(err, &refused) || refused.Code != "invalid_request" || refused.Status != http.StatusBadRequest {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		if !strings.Contains(refused.Description, test.named) || !strings.Contains(err.Error(), refused.Description) {
			t.Errorf("%s: description %q", name, refused.Description)
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "hunter2") {
			t.Errorf("%s: the token is in %s", name, text)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}

func TestExchangesNeedCredentials(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, nil)
	for name, client := range map[string]ginauth0api.ClientConfig{"nothing": {}, "an id alone": {ID: clientID}} {
		guard := newClient(t, s, func(cfg *ginauth0api.Config) { cfg.Client = client })
		for _, call := range []exchangeCall{
			forConnection(ginauth0api.ConnectionRequest{SubjectToken: "s", Connection: "c"}),
			exchanging(ginauth0api.ExchangeRequest{SubjectToken: "s", SubjectTokenType: "t"}),
			onBehalfOf(ginauth0api.OnBehalfOfRequest{SubjectToken: "s", Audience: "a"}),
		} {
			_, err := call(t.Context(), guard)
			var refused *ginauth0api.TokenEndpointError
			if !errors.As(err, &refused) || refused.Code != "client_credentials_missing" || refused.Status != http.StatusInternalServerError {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}
