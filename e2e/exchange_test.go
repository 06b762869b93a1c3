package e2e_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

const downstream = "https://downstream.example.test"

// asserting is a client of oidc-provider that authenticates by private_key_jwt (RFC 7523 section 2.2). With a redirect URI it
// is a web app, otherwise it exchanges tokens.
type asserting struct {
	ID          string          `json:"id"`
	Alg         string          `json:"alg"`
	JWK         jose.JSONWebKey `json:"jwk"`
	RedirectURI string          `json:"redirect_uri,omitempty"`
	key         crypto.Signer
}

func newAsserting(t *testing.T, alg string) asserting {
	t.Helper()
	var key crypto.Signer
	var err error
	if alg == "ES256" {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	id := "e2e-" + alg
	return asserting{ID: id, Alg: alg, JWK: jose.JSONWebKey{Key: key.Public(), KeyID: id + "-key", Use: "sig"}, key: key}
}

// register are these clients for the environment of oidc-provider.
func register(t *testing.T, clients ...asserting) string {
	t.Helper()
	text, err := json.Marshal(clients)
	if err != nil {
		t.Fatal(err)
	}
	return "PROVIDER_ASSERTING=" + string(text)
}

// guardFor is a guard in this process, as the client if there is one.
func guardFor(t *testing.T, p *nodeProvider, audience string, client ginauth0api.ClientConfig) *ginauth0api.Guard {
	t.Helper()
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: p.domain(), Audience: []string{audience}, Client: client,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	return guard
}

// A provider that others wrote takes our assertions, and exchanges a token for one that the next API takes.
func TestProviderTakesAssertions(t *testing.T) {
	t.Parallel()
	clients := []asserting{newAsserting(t, "RS256"), newAsserting(t, "PS256"), newAsserting(t, "ES256")}
	p := startNodeProvider(t, "http://localhost:3999", "client_secret_post", register(t, clients...))
	subject := machineToken(t, p, "read:messages")
	next := guardFor(t, p, downstream, ginauth0api.ClientConfig{})

	for _, client := range clients {
		t.Run(client.Alg, func(t *testing.T) {
			guard := guardFor(t, p, audience, ginauth0api.ClientConfig{ID: client.ID, Assertion: ginauth0api.ClientAssertion{
				Key: client.key, KeyID: client.JWK.KeyID, Algorithm: client.Alg,
			}})
			exchanged, err := guard.ExchangeToken(t.Context(), ginauth0api.ExchangeRequest{
				SubjectToken: ginauth0api.Secret(subject), SubjectTokenType: ginauth0api.TokenTypeAccessToken,
				Audience: downstream, Scope: "read:messages",
			})
			if err != nil {
				t.Fatal(err)
			}
			if exchanged.TokenType != "Bearer" || exchanged.IssuedTokenType != ginauth0api.TokenTypeAccessToken ||
				exchanged.Scope != "read:messages" || time.Until(exchanged.ExpiresAt).Round(time.Minute) != time.Hour {
				t.Errorf("%+v", exchanged)
			}
			wantTokenOf(t, next, exchanged.AccessToken, client.ID)

			again, err := guard.TokenOnBehalfOf(t.Context(), ginauth0api.OnBehalfOfRequest{
				SubjectToken: ginauth0api.Secret(subject), Audience: downstream, Scope: "read:messages",
			})
			if err != nil {
				t.Fatal(err)
			}
			wantTokenOf(t, next, again.AccessToken, client.ID)
		})
	}

	t.Run("key of another client", func(t *testing.T) {
		guard := guardFor(t, p, audience, ginauth0api.ClientConfig{ID: clients[0].ID, Assertion: ginauth0api.ClientAssertion{
			Key: clients[1].key, KeyID: clients[0].JWK.KeyID, Algorithm: "RS256",
		}})
		wantRefusedExchange(t, guard, subject, "invalid_client", http.StatusUnauthorized)
	})
	t.Run("subject token of nobody", func(t *testing.T) {
		guard := guardFor(t, p, audience, ginauth0api.ClientConfig{ID: clients[2].ID, Assertion: ginauth0api.ClientAssertion{
			Key: clients[2].key,
		}})
		wantRefusedExchange(t, guard, flipped(t, subject), "invalid_grant", http.StatusBadRequest)
	})
}

// wantTokenOf: the token is for the subject of the machine token, and says who acts for it.
func wantTokenOf(t *testing.T, next *ginauth0api.Guard, token ginauth0api.Secret, actor string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, downstream+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	accepted, _, err := next.Check(request)
	if err != nil {
		t.Fatal(err)
	}
	acting, err := accepted.CurrentActor()
	if err != nil || acting == nil || acting.Subject != actor || accepted.Subject() != machineID {
		t.Errorf("subject %q, actor %+v, %v; want %q and %q", accepted.Subject(), acting, err, machineID, actor)
	}
}

func wantRefusedExchange(t *testing.T, guard *ginauth0api.Guard, subject, code string, status int) {
	t.Helper()
	_, err := guard.ExchangeToken(t.Context(), ginauth0api.ExchangeRequest{
		SubjectToken: ginauth0api.Secret(subject), SubjectTokenType: ginauth0api.TokenTypeAccessToken, Audience: downstream,
	})
	var refused *ginauth0api.TokenEndpointError
	if !errors.As(err, &refused) || refused.Code != code || refused.Status != status {
		t.Errorf("%v, want %s and %d", err, code, status)
	}
}
