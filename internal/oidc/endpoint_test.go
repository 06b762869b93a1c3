package oidc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const tokenURL = "https://t.example/token"

var client = oidc.ClientAuth{ID: "client:1", Secret: "s p&c%r:t"}

func request(p *oidc.Provider) (*oidc.TokenResponse, error) {
	return p.RequestToken(context.Background(), client, nil, url.Values{"grant_type": {"authorization_code"}, "code": {"c"}})
}

func jsonAnswer(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(text))
	}
}

func TestRequestTokenReadsTheAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer string
		want   oidc.TokenResponse
	}{
		"the least": {`{"access_token":"a","token_type":"Bearer"}`, oidc.TokenResponse{AccessToken: "a", TokenType: "Bearer"}},
		"everything": {
			`{"access_token":"a","token_type":"bearer","expires_in":60,"refresh_token":"r","id_token":"i","scope":"openid x","more":{"a":[]}}`,
			oidc.TokenResponse{AccessToken: "a", TokenType: "bearer", RefreshToken: "r", IDToken: "i", Scope: "openid x", HasScope: true, ExpiresIn: time.Minute, HasExpiresIn: true},
		},
		"digits":       {`{"access_token":"a","token_type":"Bearer","expires_in":"60"}`, oidc.TokenResponse{AccessToken: "a", TokenType: "Bearer", ExpiresIn: time.Minute, HasExpiresIn: true}},
		"zero":         {`{"access_token":"a","token_type":"Bearer","expires_in":0}`, oidc.TokenResponse{AccessToken: "a", TokenType: "Bearer", HasExpiresIn: true}},
		"beyond years": {`{"access_token":"a","token_type":"Bearer","expires_in":99999999999999999999}`, oidc.TokenResponse{AccessToken: "a", TokenType: "Bearer", ExpiresIn: 10 * 365 * 24 * time.Hour, HasExpiresIn: true}},
	} {
		n := newNetwork()
		n.answer(tokenURL, jsonAnswer(http.StatusOK, test.answer))
		got, err := request(newProvider(t, "t.example", n))
		if err != nil || !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestRequestTokenRefusesAnswers(t *testing.T) {
	t.Parallel()
	sound := func(member string) http.HandlerFunc {
		return jsonAnswer(http.StatusOK, `{"access_token":"a","token_type":"Bearer",`+member+`}`)
	}
	big := strings.Repeat("x", 1<<20)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"HTML":                          {body("<html>"), oidc.ErrAnswer},
		"array":                         {jsonAnswer(http.StatusOK, `[]`), oidc.ErrAnswer},
		"no access token":               {jsonAnswer(http.StatusOK, `{"token_type":"Bearer"}`), oidc.ErrAnswer},
		"access token empty":            {jsonAnswer(http.StatusOK, `{"access_token":"","token_type":"Bearer"}`), oidc.ErrAnswer},
		"access token a number":         {jsonAnswer(http.StatusOK, `{"access_token":1,"token_type":"Bearer"}`), oidc.ErrAnswer},
		"access token twice":            {sound(`"access_token":"b"`), oidc.ErrAnswer},
		"no token type":                 {jsonAnswer(http.StatusOK, `{"access_token":"a"}`), oidc.ErrTokenType},
		"another token type":            {jsonAnswer(http.StatusOK, `{"access_token":"a","token_type":"DPoP"}`), oidc.ErrTokenType},
		"expires_in negative":           {sound(`"expires_in":-1`), oidc.ErrAnswer},
		"expires_in fraction":           {sound(`"expires_in":1.5`), oidc.ErrAnswer},
		"expires_in with exponent":      {sound(`"expires_in":1e3`), oidc.ErrAnswer},
		"expires_in other text":         {sound(`"expires_in":"soon"`), oidc.ErrAnswer},
		"expires_in empty text":         {sound(`"expires_in":""`), oidc.ErrAnswer},
		"expires_in null":               {sound(`"expires_in":null`), oidc.ErrAnswer},
		"above 1 MiB, announced":        {sound(`"x":"` + big + `"`), oidc.ErrAnswer},
		"500":                           {status(http.StatusInternalServerError), oidc.ErrAnswer},
		"500 with an error code":        {jsonAnswer(http.StatusInternalServerError, `{"error":"invalid_grant"}`), oidc.ErrAnswer},
		"400 in HTML":                   {status(http.StatusBadRequest), oidc.ErrAnswer},
		"400 without a code":            {jsonAnswer(http.StatusBadRequest, `{}`), oidc.ErrAnswer},
		"201":                           {jsonAnswer(http.StatusCreated, `{"access_token":"a","token_type":"Bearer"}`), oidc.ErrAnswer},
		"redirect, credentials and all": {redirect("https://evil.example/token"), oidc.ErrAnswer},
	} {
		n := newNetwork()
		n.answer(tokenURL, test.answer)
		if _, err := request(newProvider(t, "t.example", n)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if n.count(tokenURL) != 1 || n.count("https://evil.example/token") != 0 {
			t.Errorf("%s: %d requests at the endpoint", name, n.count(tokenURL))
		}
	}
}

func TestRequestTokenReportsTheTenantsCode(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(tokenURL, jsonAnswer(http.StatusForbidden, `{"error":"invalid_grant","error_description":"code <b>used</b>"}`))
	var refused *oidc.EndpointError
	_, err := request(newProvider(t, "t.example", n))
	if !errors.As(err, &refused) || *refused != (oidc.EndpointError{Code: "invalid_grant", Description: "code <b>used</b>", Status: 403}) {
		t.Errorf("error = %+v", err)
	}
	if strings.Contains(err.Error(), "used") {
		t.Errorf("the description is in the text: %v", err)
	}
}

func TestRequestTokenAuthenticatesInOneWay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		methods  any
		wantPost bool
	}{
		"not said": {nil, false}, "basic": {[]string{"client_secret_basic"}, false},
		"post": {[]string{"client_secret_basic", "client_secret_post"}, true},
	} {
		n := newNetwork()
		n.answer(discoveryURL, discovery(map[string]any{"token_endpoint_auth_methods_supported": test.methods}))
		n.answer(tokenURL, func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			id, secret, basic := r.BasicAuth()
			if basic == test.wantPost || r.PostForm.Has("client_secret") != test.wantPost {
				t.Errorf("%s: basic %v, post %v", name, basic, r.PostForm.Has("client_secret"))
			}
			if basic {
				// RFC 6749 section 2.3.1: form-encoded before they are joined.
				id, _ = url.QueryUnescape(id)
				secret, _ = url.QueryUnescape(secret)
			} else {
				id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
			}
			if id != client.ID || secret != client.Secret || r.PostForm.Get("client_id") != client.ID {
				t.Errorf("%s: id %q, secret %q", name, id, secret)
			}
			jsonAnswer(http.StatusUnauthorized, `{"error":"invalid_client"}`)(w, r)
		})
		var refused *oidc.EndpointError
		if _, err := request(newProvider(t, "t.example", n)); !errors.As(err, &refused) || refused.Code != "invalid_client" {
			t.Errorf("%s: %v", name, err)
		}
		if n.count(tokenURL) != 1 {
			t.Errorf("%s: repeated in the other way", name)
		}
	}
}

func TestRequestTokenNeedsAnEndpoint(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(discoveryURL, discovery(map[string]any{"token_endpoint": nil}))
	if _, err := request(newProvider(t, "t.example", n)); !errors.Is(err, oidc.ErrNoEndpoint) {
		t.Errorf("error = %v", err)
	}
}

// Over real HTTP: an endpoint that streams without end, one that never answers
// and one that is not there.
func TestRequestTokenIsBounded(t *testing.T) {
	t.Parallel()
	var base string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/stream/.well-known/openid-configuration", "/hang/.well-known/openid-configuration", "/gone/.well-known/openid-configuration":
			name, _, _ := strings.Cut(r.URL.Path[1:], "/")
			endpoint := base + "/" + name + "/token"
			if name == "gone" {
				endpoint = "http://127.0.0.1:1/token"
			}
			fmt.Fprintf(w, `{"issuer":"%s/%s","jwks_uri":"%s/keys","token_endpoint":"%s"}`, base, name, base, endpoint)
		case "/stream/token":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		case "/hang/token":
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not see the client leave
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	base = server.URL
	for name, check := range map[string]func(error) bool{
		"stream": func(err error) bool { return errors.Is(err, oidc.ErrAnswer) },
		"hang":   func(err error) bool { var u *oidc.UnavailableError; return errors.As(err, &u) },
		"gone": func(err error) bool {
			var u *oidc.UnavailableError
			return errors.As(err, &u) && !strings.Contains(err.Error(), "/token")
		},
	} {
		d, err := oidc.ParseDomain(base + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		timeout := time.Minute
		if name == "hang" {
			timeout = 50 * time.Millisecond
		}
		p := oidc.New(t.Context(), oidc.Config{Domain: d, Timeout: timeout})
		if _, err := request(p); !check(err) {
			t.Errorf("%s: %v", name, err)
		}
		p.Close()
	}
}

func TestClientAuthPrintsNoSecret(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, client); strings.Contains(got, client.Secret) {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
