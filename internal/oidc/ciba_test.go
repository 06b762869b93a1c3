package oidc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	backchannelURL      = "https://t.example/ciba"
	backchannelFallback = "https://t.example/bc-authorize"
)

func startBackchannel(p *oidc.Provider, fallback bool) (*oidc.BackchannelAnswer, error) {
	return p.StartBackchannelLogin(context.Background(), client, url.Values{"scope": {"openid"}, "login_hint": {"h"}}, fallback)
}

func TestStartBackchannelLoginSendsTheForm(t *testing.T) {
	t.Parallel()
	testFormPosts(t, formPosts{
		member: "backchannel_authentication_endpoint", announced: backchannelURL, ofAuth0: backchannelFallback,
		form:   url.Values{"scope": {"openid"}, "login_hint": {"h"}},
		answer: jsonAnswer(http.StatusOK, `{"auth_req_id":"r","expires_in":60,"interval":"3"}`),
		send: func(p *oidc.Provider, fallback bool) error {
			answer, err := startBackchannel(p, fallback)
			if err == nil && *answer != (oidc.BackchannelAnswer{RequestID: "r", ExpiresIn: time.Minute, Interval: 3 * time.Second}) {
				err = fmt.Errorf("the answer was read as %+v", answer)
			}
			return err
		},
	})
}

func TestStartBackchannelLoginWithoutAnEndpoint(t *testing.T) {
	t.Parallel()
	for name, endpoint := range map[string]any{"none": nil, "plain http": "http://t.example/ciba", "user info": "https://ada@t.example/ciba", "relative": "/ciba"} {
		n := newNetwork()
		n.answer(discoveryURL, discovery(map[string]any{"backchannel_authentication_endpoint": endpoint}))
		if _, err := startBackchannel(newProvider(t, "t.example", n), name != "none"); !errors.Is(err, oidc.ErrNoEndpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStartBackchannelLoginRefusesAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"HTML":                     body("<html>"),
		"an array":                 jsonAnswer(http.StatusOK, `[]`),
		"no id":                    jsonAnswer(http.StatusOK, `{"expires_in":60}`),
		"a blank id":               jsonAnswer(http.StatusOK, `{"auth_req_id":" "}`),
		"two ids":                  jsonAnswer(http.StatusOK, `{"auth_req_id":"a","auth_req_id":"b"}`),
		"another status":           jsonAnswer(http.StatusCreated, `{"auth_req_id":"a"}`),
		"trouble with a code":      jsonAnswer(http.StatusInternalServerError, `{"error":"access_denied"}`),
		"more than 1 MiB":          body(`{"auth_req_id":"` + strings.Repeat("x", 1<<20) + `"}`),
		"an interval below zero":   jsonAnswer(http.StatusOK, `{"auth_req_id":"a","interval":-1}`),
		"an expiry that is no one": jsonAnswer(http.StatusOK, `{"auth_req_id":"a","expires_in":null}`),
	} {
		n := newNetwork()
		n.answer(discoveryURL, discovery(map[string]any{"backchannel_authentication_endpoint": backchannelURL}))
		n.answer(backchannelURL, answer)
		if got, err := startBackchannel(newProvider(t, "t.example", n), false); !errors.Is(err, oidc.ErrAnswer) || got != nil {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}
