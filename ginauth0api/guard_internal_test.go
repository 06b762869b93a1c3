package ginauth0api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// An issuer of the resolver ends its probation with the first good signature, not
// before; the token is remembered until Close.
func TestGoodSignatureProvesAnIssuer(t *testing.T) {
	t.Parallel()
	n := newHosts()
	guard, err := New(t.Context(), Config{
		Audience: []string{"api"}, Algorithms: []string{"ES256"}, HTTPClient: &http.Client{Transport: n}, DomainResolver: allowing("t.example"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: n.key("t.example"), KeyID: sameKeyID}}, nil)
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
	forged := good[:strings.LastIndexByte(good, '.')+1] + strings.Repeat("A", 86)
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
