package ginauth0api

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// oneKey answers for an issuer with one key.
type oneKey struct{ key *rsa.PrivateKey }

func (o oneKey) RoundTrip(r *http.Request) (*http.Response, error) {
	var document any = map[string]string{"issuer": "https://t.example/", "jwks_uri": "https://t.example/keys"}
	if r.URL.Path == "/keys" {
		document = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: o.key.Public(), KeyID: "k1"}}}
	}
	text, err := json.Marshal(document)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(text)), Request: r}, err
}

// An issuer of the resolver ends its probation with the first good signature, not
// before; the token is remembered until Close.
func TestGoodSignatureProvesAnIssuer(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := New(t.Context(), Config{
		Audience: []string{"api"}, HTTPClient: &http.Client{Transport: oneKey{key}},
		DomainResolver: func(context.Context, DomainRequest) ([]string, error) { return []string{"t.example"}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(fmt.Appendf(nil, `{"iss":"https://t.example/","aud":"api","exp":%d}`, time.Now().Add(time.Hour).Unix()))
	if err != nil {
		t.Fatal(err)
	}
	good, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	check := func(token string) error {
		_, _, err := guard.Check(&http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}})
		return err
	}
	forged := good[:strings.LastIndexByte(good, '.')+1] + strings.Repeat("A", 342)
	if check(forged) == nil {
		t.Fatal("a forged token was accepted")
	}
	if proven, others, _ := guard.issuers.table.Count(); proven != 0 || others != 1 {
		t.Errorf("after a forged token: %d proven, %d others", proven, others)
	}
	if err := check(good); err != nil {
		t.Fatal(err)
	}
	if proven, others, _ := guard.issuers.table.Count(); proven != 1 || others != 0 {
		t.Errorf("after a good token: %d proven, %d others", proven, others)
	}
	if guard.cache.held() != 1 {
		t.Errorf("%d tokens are held", guard.cache.held())
	}
	guard.Close()
	if guard.cache.held() != 0 {
		t.Errorf("%d tokens are held after Close", guard.cache.held())
	}
}
