package oidc_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	revocationURL = "https://t.example/revoke"
	fallbackURL   = "https://t.example/oauth/revoke"
)

func revoke(p *oidc.Provider, fallback bool) error {
	return p.Revoke(context.Background(), client, "the-token", "refresh_token", fallback)
}

func TestRevokeSendsTheTokenAndItsHint(t *testing.T) {
	t.Parallel()
	testFormPosts(t, formPosts{
		member: "revocation_endpoint", announced: revocationURL, ofAuth0: fallbackURL,
		form:   url.Values{"token": {"the-token"}, "token_type_hint": {"refresh_token"}},
		answer: func(http.ResponseWriter, *http.Request) {},
		send:   revoke,
	})
}

func TestRevokeLeavesOutAnEmptyHint(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(discoveryURL, discovery(map[string]any{"revocation_endpoint": revocationURL}))
	n.answer(revocationURL, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "hint") {
			t.Errorf("sent %s", body)
		}
	})
	if err := newProvider(t, "t.example", n).Revoke(context.Background(), client, "x", "", false); err != nil {
		t.Error(err)
	}
}

func TestRevokeOfNothingMakesNoRequest(t *testing.T) {
	t.Parallel()
	for _, blank := range []string{"", " ", "\t\n"} {
		n := newNetwork()
		err := newProvider(t, "t.example", n).Revoke(context.Background(), client, blank, "refresh_token", true)
		if !errors.Is(err, oidc.ErrBlankToken) || n.total() != 0 {
			t.Errorf("%q: %v, %d requests", blank, err, n.total())
		}
	}
}

func TestRevokeFails(t *testing.T) {
	t.Parallel()
	var refused *oidc.EndpointError
	var unavailable *oidc.UnavailableError
	for name, test := range map[string]struct {
		endpoint any
		fallback bool
		answer   http.HandlerFunc
		is       func(error) bool
		requests int
	}{
		"refused":             {revocationURL, false, jsonAnswer(400, `{"error":"unsupported_token_type"}`), func(err error) bool { return errors.As(err, &refused) && refused.Code == "unsupported_token_type" }, 1},
		"another client":      {revocationURL, false, jsonAnswer(401, `{"error":"invalid_client"}`), func(err error) bool { return errors.As(err, &refused) && refused.Code == "invalid_client" }, 1},
		"503 with a code":     {revocationURL, false, jsonAnswer(503, `{"error":"invalid_grant"}`), func(err error) bool { return errors.Is(err, oidc.ErrAnswer) }, 1},
		"500":                 {revocationURL, false, status(500), func(err error) bool { return errors.Is(err, oidc.ErrAnswer) }, 1},
		"202":                 {revocationURL, false, status(202), func(err error) bool { return errors.Is(err, oidc.ErrAnswer) }, 1},
		"a redirect":          {revocationURL, false, redirect("https://evil.example/revoke"), func(err error) bool { return errors.Is(err, oidc.ErrAnswer) }, 1},
		"above 1 MiB":         {revocationURL, false, body(strings.Repeat("x", 1<<20+1)), func(err error) bool { return errors.Is(err, oidc.ErrAnswer) }, 1},
		"no endpoint":         {nil, false, status(200), func(err error) bool { return errors.Is(err, oidc.ErrNoEndpoint) }, 0},
		"no TLS":              {"http://t.example/revoke", true, status(200), func(err error) bool { return errors.Is(err, oidc.ErrNoEndpoint) }, 0},
		"no discovery at all": {"", false, status(200), func(err error) bool { return errors.As(err, &unavailable) }, 0},
	} {
		n := newNetwork()
		n.answer(discoveryURL, discovery(map[string]any{"revocation_endpoint": test.endpoint}))
		if test.endpoint == "" {
			n.answer(discoveryURL, status(500))
		}
		n.answer(revocationURL, test.answer)
		n.answer("http://t.example/revoke", test.answer)
		err := revoke(newProvider(t, "t.example", n), test.fallback)
		sent := n.count(revocationURL) + n.count(fallbackURL) + n.count("http://t.example/revoke") + n.count("https://evil.example/revoke")
		if err == nil || !test.is(err) || sent != test.requests {
			t.Errorf("%s: %v after %d requests", name, err, sent)
		}
		if err != nil && strings.Contains(err.Error(), "the-token") {
			t.Errorf("%s: the token is in the text: %v", name, err)
		}
	}
}
