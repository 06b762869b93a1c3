package oidc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func call(p *oidc.Provider) (*oidc.TokenResponse, error) {
	return p.CallTokenEndpoint(context.Background(), client, url.Values{"grant_type": {"g"}})
}

// What the two packages tell apart by type.
func TestCallTokenEndpointNamesTheFailure(t *testing.T) {
	t.Parallel()
	answer := func(code int, contentType, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(code)
			_, _ = w.Write([]byte(text))
		}
	}
	const document = `{"error":"e","error_description":"d"}`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   oidc.EndpointError // zero: an AnswerError
		status int                // of the AnswerError
		json   bool               // whether its body is JSON
	}{
		"400":                    {answer(400, "application/json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 400}, 0, true},
		"400 with a charset":     {answer(400, "Application/JSON; charset=utf-8", document), oidc.EndpointError{Code: "e", Description: "d", Status: 400}, 0, true},
		"problem document":       {answer(403, "application/problem+json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 403}, 0, true},
		"503":                    {answer(503, "application/json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 503}, 0, true},
		"201":                    {answer(201, "application/json", document), oidc.EndpointError{Code: "e", Description: "d", Status: 201}, 0, true},
		"400 in HTML":            {answer(400, "text/html", document), oidc.EndpointError{}, 400, true},
		"400 in something close": {answer(400, "application/jsonp", document), oidc.EndpointError{}, 400, true},
		"400 without a code":     {answer(400, "application/json", `{"error_description":"d"}`), oidc.EndpointError{}, 400, true},
		"400, code an object":    {answer(400, "application/json", `{"error":{"code":"e"}}`), oidc.EndpointError{}, 400, true},
		"400, code twice":        {answer(400, "application/json", `{"error":"e","error":"f"}`), oidc.EndpointError{}, 400, true},
		"400, cut off":           {answer(400, "application/json", `{"error":"e"`), oidc.EndpointError{}, 400, true},
		"400, code in capitals":  {answer(400, "application/json", `{"Error":"e"}`), oidc.EndpointError{}, 400, true},
		"redirect":               {redirect("https://evil.example/"), oidc.EndpointError{}, 302, true},
		"200, cut off":           {answer(200, "application/json", `{"access_token":"a"`), oidc.EndpointError{}, 200, false},
		"200, empty":             {answer(200, "application/json", ``), oidc.EndpointError{}, 200, false},
		"200, HTML":              {answer(200, "text/html", `<html>`), oidc.EndpointError{}, 200, false},
		"200, array":             {answer(200, "application/json", `[]`), oidc.EndpointError{}, 200, true},
		"200, blank token":       {answer(200, "application/json", `{"access_token":" "}`), oidc.EndpointError{}, 200, true},
		"200, above 1 MiB":       {answer(200, "application/json", `{"access_token":"`+strings.Repeat("x", 1<<20)+`"}`), oidc.EndpointError{}, 200, true},
		"400, above 1 MiB":       {answer(400, "application/json", `{"error":"`+strings.Repeat("x", 1<<20)+`"}`), oidc.EndpointError{}, 400, true},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork()
			n.answer(tokenURL, test.answer)
			_, err := call(newProvider(t, "t.example", n))
			var refused *oidc.EndpointError
			var unusable *oidc.AnswerError
			switch {
			case test.want.Code != "":
				if !errors.As(err, &refused) || *refused != test.want {
					t.Errorf("error %v, want %v", err, &test.want)
				}
			case !errors.As(err, &unusable) || unusable.Status != test.status || !errors.Is(err, oidc.ErrAnswer):
				t.Errorf("error %v, want one with status %d", err, test.status)
			case errors.Is(err, oidc.ErrNotJSON) == test.json:
				t.Errorf("error %v, JSON %v", err, test.json)
			}
		})
	}
}

// The type of the token is for the caller to judge.
func TestCallTokenEndpointTakesEveryType(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(tokenURL, jsonAnswer(http.StatusOK, `{"access_token":"a","token_type":"N_A","issued_token_type":"urn:t"}`))
	got, err := call(newProvider(t, "t.example", n))
	if want := (oidc.TokenResponse{AccessToken: "a", TokenType: "N_A", IssuedTokenType: "urn:t"}); err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTokenEndpointHasTenSeconds(t *testing.T) {
	t.Parallel()
	wantTenSeconds(t, newNetwork, tokenURL, func(p *oidc.Provider) error {
		_, err := call(p)
		return err
	})
}

// wantTenSeconds calls an endpoint that hangs.
func wantTenSeconds(t *testing.T, network func() *network, endpoint string, call func(*oidc.Provider) error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := network()
		n.answer(endpoint, hang)
		p := newProvider(t, "t.example", n)
		start := time.Now()
		err := call(p)
		var unavailable *oidc.UnavailableError
		if !errors.As(err, &unavailable) || !unavailable.Timeout() || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestTimeoutOfDiscoveryIsATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		n.answer(discoveryURL, hang)
		_, err := call(newProvider(t, "t.example", n))
		var unavailable *oidc.UnavailableError
		if !errors.As(err, &unavailable) || !unavailable.Timeout() {
			t.Errorf("error = %v", err)
		}
	})
}

func TestEndpointErrorCarriesTheMFAChallenge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body, token, requirements string
	}{
		"whole":                    {`{"error":"mfa_required","mfa_token":"secret","mfa_requirements":{"challenge":[{"type":"otp"}]}}`, "secret", `{"challenge":[{"type":"otp"}]}`},
		"without requirements":     {`{"error":"mfa_required","mfa_token":"secret"}`, "secret", ""},
		"without a token":          {`{"error":"mfa_required"}`, "", ""},
		"a token that is no text":  {`{"error":"mfa_required","mfa_token":1}`, "", ""},
		"a token for another code": {`{"error":"invalid_grant","mfa_token":"secret"}`, "", ""},
	} {
		n := newNetwork()
		n.answer(tokenURL, jsonAnswer(http.StatusForbidden, test.body))
		_, err := request(newProvider(t, "t.example", n))
		var refused *oidc.EndpointError
		if !errors.As(err, &refused) || (refused.MFA != nil) != (test.token != "") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m := refused.MFA; m != nil && (m.Token != test.token || string(m.Requirements) != test.requirements) {
			t.Errorf("%s: token %q, requirements %s", name, m.Token, m.Requirements)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			for _, v := range []any{err, refused, *refused, refused.MFA} {
				if text := fmt.Sprintf(verb, v); strings.Contains(text, "secret") {
					t.Errorf("%s: %s prints %s", name, verb, text)
				}
			}
		}
	}
}

func TestRetryAfterIsSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, "86400": 24 * time.Hour, "2147483647": 2147483647 * time.Second,
		"2147483648": 0, "-1": 0, "+7": 0, "7.5": 0, "7s": 0, "Sat, 21 Nov 2026 10:00:00 GMT": 0,
	} {
		n := newNetwork()
		n.answer(tokenURL, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Retry-After"] = slices.DeleteFunc([]string{text}, func(s string) bool { return s == "" })
			jsonAnswer(http.StatusBadRequest, `{"error":"slow_down"}`)(w, r)
		})
		var refused *oidc.EndpointError
		if _, err := request(newProvider(t, "t.example", n)); !errors.As(err, &refused) || refused.RetryAfter != want {
			t.Errorf("%q: %v, want %v", text, refused, want)
		}
	}
}
