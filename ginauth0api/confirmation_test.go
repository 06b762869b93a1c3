package ginauth0api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

var thumbprint = strings.Repeat("A", 43)

func TestMalformedConfirmationIsNoPlainToken(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	type object = map[string]any
	for name, cnf := range map[string]any{
		"string":                    thumbprint,
		"array":                     []any{object{"jkt": thumbprint}},
		"number":                    1,
		"true":                      true,
		"empty object":              object{},
		"unknown member alone":      object{"jwk": object{"kty": "EC"}},
		"member in another case":    object{"JKT": thumbprint},
		"jkt a number":              object{"jkt": 1},
		"jkt null":                  object{"jkt": nil},
		"jkt empty":                 object{"jkt": ""},
		"jkt too short":             object{"jkt": thumbprint[1:]},
		"jkt too long":              object{"jkt": thumbprint + "A"},
		"jkt padded":                object{"jkt": thumbprint[1:] + "="},
		"jkt in another alphabet":   object{"jkt": "+" + thumbprint[1:]},
		"jkt with unused bits":      object{"jkt": thumbprint[1:] + "B"},
		"jkt with a line break":     object{"jkt": "\n" + thumbprint[1:]},
		"x5t too short":             object{"x5t#S256": thumbprint[1:]},
		"x5t an array":              object{"x5t#S256": []string{thumbprint}},
		"x5t without its hash name": object{"x5t": thumbprint},
		"one good, one bad":         object{"jkt": thumbprint, "x5t#S256": 1},
		"one bad, one good":         object{"jkt": "", "x5t#S256": thumbprint},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, a.bearer(i.token(claims{"cnf": cnf})), "token_binding_malformed", "")
		})
	}
	payload := `{"iss":"` + i.name() + `","aud":"api","exp":9999999999,"cnf":null}`
	wantRefused(t, a.bearer(sign(issuerKey(), plainHeader, payload)), "token_binding_malformed", "")
}

func TestKeyBoundTokenOverBearerIsRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	token := i.token(claims{"cnf": map[string]string{"jkt": thumbprint, "other": "x"}})
	wantRefused(t, a.bearer(token), "token_bound", "")
	// A proof beside it changes nothing: whoever stole the token can send one too.
	header := http.Header{"Authorization": {"Bearer " + token}, "Dpop": {"e30.e30.AA"}}
	wantRefused(t, a.do(http.MethodGet, "/", header), "token_bound", "")
}

func newCertificate(t *testing.T, serial int64) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func thumbprintOf(certificate tls.Certificate) string {
	sum := sha256.Sum256(certificate.Certificate[0])
	return encode(string(sum[:]))
}

func TestCertificateBoundToken(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	router := gin.New()
	router.GET("/", newGuard(t, i, nil).RequireAuth(), subject)
	server := httptest.NewUnstartedServer(router)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	t.Cleanup(server.Close)
	holder, thief := newCertificate(t, 1), newCertificate(t, 2)
	ask := func(token string, certificates ...tls.Certificate) answer {
		transport := &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, Certificates: certificates, MinVersion: tls.VersionTLS13,
		}}
		t.Cleanup(transport.CloseIdleConnections)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := (&http.Client{Transport: transport}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		return read(t, response)
	}
	bound := i.token(claims{"cnf": map[string]string{"x5t#S256": thumbprintOf(holder)}})
	both := i.token(claims{"cnf": map[string]string{"x5t#S256": thumbprintOf(holder), "jkt": thumbprint}})
	wantOK(t, ask(bound, holder))
	wantRefused(t, ask(bound, thief), "mtls_binding_mismatch", "")
	wantRefused(t, ask(bound), "mtls_binding_mismatch", "")
	wantRefused(t, ask(both, holder), "token_bound", "")
	wantRefused(t, ask(both, thief), "mtls_binding_mismatch", "")
	wantOK(t, ask(i.token(nil), thief))
}

func TestCertificateBoundTokenWithoutTLS(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	holder, thief := newCertificate(t, 1), newCertificate(t, 2)
	bound := i.token(claims{"cnf": map[string]string{"x5t#S256": thumbprintOf(holder)}})
	wantRefused(t, protect(t, newGuard(t, i, nil).RequireAuth()).bearer(bound), "mtls_binding_mismatch", "")
	for name, test := range map[string]struct {
		certificate *x509.Certificate
		code        string
	}{
		"holder": {holder.Leaf, ""}, "thief": {thief.Leaf, "mtls_binding_mismatch"}, "nobody": {nil, "mtls_binding_mismatch"},
	} {
		t.Run(name, func(t *testing.T) {
			guard := newGuard(t, i, func(cfg *ginauth0api.Config) {
				cfg.ClientCertificate = func(*http.Request) *x509.Certificate { return test.certificate }
			})
			got := protect(t, guard.RequireAuth()).bearer(bound)
			if test.code == "" {
				wantOK(t, got)
				return
			}
			wantRefused(t, got, test.code, "")
		})
	}
}
