package ginauth0api_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

var errBroken = errors.New("device locked")

// brokenSigner is a device that fails.
type brokenSigner struct{ crypto.Signer }

func (brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errBroken }

func TestClientConfigRefused(t *testing.T) {
	t.Parallel()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	type assertion = ginauth0api.ClientAssertion
	for name, test := range map[string]struct {
		client ginauth0api.ClientConfig
		fields []string
	}{
		"secret without id":           {ginauth0api.ClientConfig{Secret: "hunter2"}, []string{"Client.ID"}},
		"assertion without id":        {ginauth0api.ClientConfig{Assertion: assertion{Key: p256}}, []string{"Client.ID"}},
		"id blank":                    {ginauth0api.ClientConfig{ID: " ", Secret: "hunter2"}, []string{"Client.ID"}},
		"secret and assertion":        {ginauth0api.ClientConfig{ID: "c", Secret: "hunter2", Assertion: assertion{Key: p256}}, []string{"Client.Secret"}},
		"key id without key":          {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{KeyID: "k"}}, []string{"Client.Assertion.Key"}},
		"algorithm without key":       {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Algorithm: "RS256"}}, []string{"Client.Assertion.Key"}},
		"nil key":                     {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: (*rsa.PrivateKey)(nil)}}, []string{"Client.Assertion.Key"}},
		"empty Ed25519 key":           {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: ed25519.PrivateKey{}}}, []string{"Client.Assertion.Key"}},
		"small RSA key":               {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: small}}, []string{"Client.Assertion.Key"}},
		"P-224":                       {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: p224}}, []string{"Client.Assertion.Key"}},
		"algorithm of another key":    {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: p256, Algorithm: "RS256"}}, []string{"Client.Assertion.Algorithm"}},
		"algorithm of another curve":  {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: p256, Algorithm: "ES384"}}, []string{"Client.Assertion.Algorithm"}},
		"algorithm none":              {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: p256, Algorithm: "none"}}, []string{"Client.Assertion.Algorithm"}},
		"algorithm HS256":             {ginauth0api.ClientConfig{ID: "c", Assertion: assertion{Key: p256, Algorithm: "HS256"}}, []string{"Client.Assertion.Algorithm"}},
		"three mistakes in one group": {ginauth0api.ClientConfig{Secret: "hunter2", Assertion: assertion{KeyID: "k"}}, []string{"Client.ID", "Client.Secret", "Client.Assertion.Key"}},
	} {
		guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{Domain: "t.example", Audience: []string{audience}, Client: test.client})
		if err == nil {
			guard.Close()
			t.Errorf("%s: accepted", name)
			continue
		}
		if fields := problemsOf(t, err); !slices.Equal(fields, test.fields) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", name, err, test.fields)
		}
	}
}

func TestClientConfigAccepted(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]ginauth0api.ClientConfig{
		"nothing": {}, "id": {ID: "c"}, "secret": {ID: "c", Secret: "s"},
		"RS256 by default": {ID: "c", Assertion: ginauth0api.ClientAssertion{Key: issuerKey()}},
		"PS512":            {ID: "c", Assertion: ginauth0api.ClientAssertion{Key: issuerKey(), Algorithm: "PS512", KeyID: "k"}},
		"device":           {ID: "c", Assertion: ginauth0api.ClientAssertion{Key: brokenSigner{issuerKey()}}},
	} {
		guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{Domain: "t.example", Audience: []string{audience}, Client: client})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		guard.Close()
	}
}

// The token endpoint is that of Domain, else of the first of Domains; issuers of
// a resolver have none that this client is registered at.
func TestClientBelongsToOneIssuer(t *testing.T) {
	t.Parallel()
	first, second := newTokenServer(t, nil), newTokenServer(t, nil)
	resolve := func(context.Context, ginauth0api.DomainRequest) ([]string, error) {
		return []string{second.name()}, nil
	}
	for name, edit := range map[string]func(*ginauth0api.Config){
		"Domain beside Domains":    func(cfg *ginauth0api.Config) { cfg.Domain, cfg.Domains = first.name(), []string{second.name()} },
		"the first of Domains":     func(cfg *ginauth0api.Config) { cfg.Domain, cfg.Domains = "", []string{first.name(), second.name()} },
		"Domain beside a resolver": func(cfg *ginauth0api.Config) { cfg.DomainResolver = resolve },
	} {
		if _, err := exchangeLeast(t.Context(), newClient(t, first, edit)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		first.one()
	}
	if second.count() != 0 {
		t.Errorf("%d requests to another issuer", second.count())
	}
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		DomainResolver: resolve, Audience: []string{audience}, Client: ginauth0api.ClientConfig{ID: clientID, Secret: "hunter2"},
	})
	if err == nil {
		guard.Close()
		t.Fatal("a client of no issuer was accepted")
	}
	if fields := problemsOf(t, err); !slices.Equal(fields, []string{"Client.ID"}) {
		t.Errorf("fields %q", fields)
	}
}
