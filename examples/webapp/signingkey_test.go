package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A private key stands in for the client secret, at a tenant and at the development tenant.
func TestSigningKeyStandsIn(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := signingKeyText(t, key)
	for name, environment := range map[string]map[string]string{
		"tenant":             tenant("AUTH0_CLIENT_SECRET", "", signingKey, text),
		"development tenant": {signingKey: text},
	} {
		t.Run(name, func(t *testing.T) {
			setenv(t, environment)
			s, err := readSettings()
			if err != nil || s.auth.ClientSecret != "" || !key.Equal(s.auth.ClientAssertion.Key) {
				t.Errorf("secret %t, %v, %v", s.auth.ClientSecret != "", s.auth.ClientAssertion, err)
			}
		})
	}
}

// The development tenant knows the client by its key. The request for a login is pushed, so a wrong one shows at once.
func TestDevelopmentTenantKnowsTheKey(t *testing.T) {
	keys := make([]*ecdsa.PrivateKey, 2)
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	dev, err := devtenant.Open(t.Context(), devtenant.Config{Address: "localhost:" + freePort(t), ClientKey: keys[0].Public()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	for i, key := range keys {
		a := startApp(t, auth0test.Config{}, "", func(s *settings) {
			s.auth.Domain, s.auth.PAR, s.auth.ClientSecret = dev.Issuer(), true, ""
			s.auth.ClientAssertion = ginauth0.ClientAssertion{Key: key}
		})
		r := a.get("/auth/login")
		if i == 0 {
			r.want(t, 200, "/u/login")
		} else {
			r.want(t, 500, "/auth/login", "configuration_error")
		}
	}
}

// signingKeyText is a key in the form of AUTH0_CLIENT_ASSERTION_SIGNING_KEY.
func signingKeyText(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
