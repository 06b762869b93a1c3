package dpop_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

const (
	es256 = `{"typ":"dpop+jwt","alg":"ES256","jwk":`
	eddsa = `{"typ":"dpop+jwt","alg":"EdDSA","jwk":`
	rs256 = `{"typ":"dpop+jwt","alg":"RS256","jwk":`
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	k := jwk(t, key)
	open := k[:len(k)-1] // further members can follow
	ed, rs, p384 := jwk(t, newKey(t, "EdDSA")), jwk(t, newKey(t, "RS256")), jwk(t, newKey(t, "ES384"))
	point := elliptic.P256().Params()
	encode := base64.RawURLEncoding.EncodeToString
	rsaKey := func(bits uint, e string) string {
		n := new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1)
		return `{"kty":"RSA","n":"` + encode(n.Bytes()) + `","e":"` + e + `"}`
	}
	ec := func(x, y []byte) string {
		return `{"kty":"EC","crv":"P-256","x":"` + encode(x) + `","y":"` + encode(y) + `"}`
	}
	gx, gy := point.Gx.FillBytes(make([]byte, 32)), point.Gy.FillBytes(make([]byte, 32))
	v := dpop.NewVerifier(rules)
	for _, test := range []struct {
		name, header string
		want         error
	}{
		{"as usual", es256 + k + `}`, nil},
		{"other order and white space", "\n{ \"jwk\" :" + k + ",\t\"alg\":\"ES256\" , \"typ\":\"dpop+jwt\"} ", nil},
		{"names and values escaped", `{"t\u0079p":"dpop\u002bjwt","\u0061lg":"ES\u00326","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"names and values escaped well", `{"t\u0079p":"dpop\u002bjwt","\u0061lg":"ES\u0032\u00356","jwk":` + k + `}`, nil},

		{"type in upper case", `{"typ":"DPOP+JWT","alg":"ES256","jwk":` + k + `}`, nil},
		{"type as media type", `{"typ":"application/dpop+jwt","alg":"ES256","jwk":` + k + `}`, nil},
		{"type as media type in any case", `{"typ":"Application/DPoP+jwt","alg":"ES256","jwk":` + k + `}`, nil},
		{"no type", `{"alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type jwt", `{"typ":"jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type at+jwt", `{"typ":"at+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type empty", `{"typ":"","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type number", `{"typ":1,"alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type null", `{"typ":null,"alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type array", `{"typ":["dpop+jwt"],"alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type of another tree", `{"typ":"text/dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type of another tree as long", `{"typ":"unapplicant/dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type with the tree twice", `{"typ":"application/application/dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type with a parameter", `{"typ":"dpop+jwt;v=1","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type with a space", `{"typ":" dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"type with a Turkish letter", `{"typ":"appl` + "\u0130" + `cation/dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},
		{"name of the type in another case", `{"Typ":"dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrType},

		{"algorithm none", `{"typ":"dpop+jwt","alg":"none","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"algorithm None", `{"typ":"dpop+jwt","alg":"None","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"algorithm empty", `{"typ":"dpop+jwt","alg":"","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"no algorithm", `{"typ":"dpop+jwt","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"algorithm number", `{"typ":"dpop+jwt","alg":256,"jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"algorithm in lower case", `{"typ":"dpop+jwt","alg":"es256","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"symmetric", `{"typ":"dpop+jwt","alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}`, dpop.ErrAlgorithm},
		{"symmetric with the public key", `{"typ":"dpop+jwt","alg":"HS256","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"algorithm of another curve", `{"typ":"dpop+jwt","alg":"ES384","jwk":` + k + `}`, dpop.ErrAlgorithm},
		{"key of another curve", es256 + p384 + `}`, dpop.ErrAlgorithm},
		{"key of another type", es256 + rs + `}`, dpop.ErrAlgorithm},
		{"Ed25519 key for ES256", es256 + ed + `}`, dpop.ErrAlgorithm},
		{"EC key for EdDSA", eddsa + k + `}`, dpop.ErrAlgorithm},
		{"EC key for RS256", rs256 + k + `}`, dpop.ErrAlgorithm},
		{"type before algorithm", `{"typ":"jwt","alg":"none"}`, dpop.ErrType},
		{"algorithm before key", `{"typ":"dpop+jwt","alg":"none","jwk":{"kty":"oct"}}`, dpop.ErrAlgorithm},

		{"no key", `{"typ":"dpop+jwt","alg":"ES256"}`, dpop.ErrKey},
		{"key null", es256 + `null}`, dpop.ErrKey},
		{"key a string", es256 + `"` + encode([]byte(k)) + `"}`, dpop.ErrKey},
		{"key an array", es256 + `[` + k + `]}`, dpop.ErrKey},
		{"key empty", es256 + `{}}`, dpop.ErrKey},
		{"key by address only", `{"typ":"dpop+jwt","alg":"ES256","jku":"https://evil.example/","kid":"k"}`, dpop.ErrKey},
		{"key symmetric", es256 + `{"kty":"oct","k":"AAAA"}}`, dpop.ErrKey},
		{"key symmetric and EC", es256 + open + `,"k":"AAAA"}}`, dpop.ErrKey},
		{"private member d", es256 + open + `,"d":"AA"}}`, dpop.ErrKey},
		{"private member null", es256 + open + `,"d":null}}`, dpop.ErrKey},
		{"private member escaped", es256 + open + `,"\u0064":"AA"}}`, dpop.ErrKey},
		{"private member p", es256 + open + `,"p":"AA"}}`, dpop.ErrKey},
		{"private member q", es256 + open + `,"q":"AA"}}`, dpop.ErrKey},
		{"private member dp", es256 + open + `,"dp":"AA"}}`, dpop.ErrKey},
		{"private member dq", es256 + open + `,"dq":"AA"}}`, dpop.ErrKey},
		{"private member qi", es256 + open + `,"qi":"AA"}}`, dpop.ErrKey},
		{"private member oth", es256 + open + `,"oth":[]}}`, dpop.ErrKey},
		{"curve unknown", es256 + `{"kty":"EC","crv":"secp256k1","x":"` + encode(gx) + `","y":"` + encode(gy) + `"}}`, dpop.ErrKey},
		{"curve of other length", es256 + strings.Replace(p384, "P-384", "P-256", 1) + `}`, dpop.ErrKey},
		{"coordinates in the wrong order", es256 + ec(gy, gx) + `}`, dpop.ErrKey},
		{"coordinate with a zero in front", es256 + ec(append([]byte{0}, gx...), gy) + `}`, dpop.ErrKey},
		{"coordinate too short", es256 + ec(gx[1:], gy) + `}`, dpop.ErrKey},
		{"coordinates divided elsewhere", es256 + ec(gx[:31], append(gx[31:32:32], gy...)) + `}`, dpop.ErrKey},
		{"point at infinity", es256 + ec(make([]byte, 32), make([]byte, 32)) + `}`, dpop.ErrKey},
		{"coordinate above the field", es256 + ec(bytes.Repeat([]byte{0xff}, 32), gy) + `}`, dpop.ErrKey},
		{"coordinate with padding", es256 + `{"kty":"EC","crv":"P-256","x":"` + encode(gx) + `=","y":"` + encode(gy) + `"}}`, dpop.ErrKey},
		{"coordinate with a line break", es256 + strings.Replace(k, `","y"`, `\n","y"`, 1) + `}`, dpop.ErrKey},
		{"coordinate a number", es256 + `{"kty":"EC","crv":"P-256","x":1,"y":"` + encode(gy) + `"}}`, dpop.ErrKey},
		{"Ed25519 too short", eddsa + `{"kty":"OKP","crv":"Ed25519","x":"` + encode(gx[1:]) + `"}}`, dpop.ErrKey},
		{"X25519", eddsa + `{"kty":"OKP","crv":"X25519","x":"` + encode(gx) + `"}}`, dpop.ErrKey},
		{"RSA 2047 bits", rs256 + rsaKey(2047, "AQAB") + `}`, dpop.ErrKey},
		{"RSA 8193 bits", rs256 + rsaKey(8193, "AQAB") + `}`, dpop.ErrKey},
		{"RSA exponent 1", rs256 + rsaKey(2048, "AQ") + `}`, dpop.ErrKey},
		{"RSA exponent even", rs256 + rsaKey(2048, "BA") + `}`, dpop.ErrKey},
		{"RSA 8192 bits, not ours", rs256 + rsaKey(8192, "Aw") + `}`, dpop.ErrSignature},

		{"further members of the key", es256 + `{"kid":7,"alg":["x"],"use":"enc","key_ops":[],"x5c":1,"n":false,` + k[1:] + `}`, nil},
		{"names and addresses of keys, whatever they are", `{"kid":1,"jku":[],"x5u":{},"x5c":false,"x5t":null,"x5t#S256":2,"cty":3,"typ":"dpop+jwt","alg":"ES256","jwk":` + k + `}`, nil},
		{"a long kid", `{"kid":"` + strings.Repeat("k", 300) + `","typ":"dpop+jwt","alg":"ES256","jwk":` + k + `}`, nil},
		{"crit", `{"crit":["x"],"x":1,"typ":"dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrMalformed},
		{"crit empty", es256 + k + `,"crit":[]}`, dpop.ErrMalformed},
		{"crit null", es256 + k + `,"crit":null}`, dpop.ErrMalformed},
		{"b64 true", es256 + k + `,"b64":true}`, dpop.ErrMalformed},
		{"b64 false", es256 + k + `,"b64":false}`, dpop.ErrMalformed},
		{"form before type", `{"typ":"jwt","crit":[]}`, dpop.ErrMalformed},
		{"type twice", `{"typ":"dpop+jwt","typ":"dpop+jwt","alg":"ES256","jwk":` + k + `}`, dpop.ErrMalformed},
		{"algorithm twice", `{"typ":"dpop+jwt","alg":"ES256","alg":"none","jwk":` + k + `}`, dpop.ErrMalformed},
		{"member of the key twice", es256 + open + `,"kty":"EC"}}`, dpop.ErrMalformed},
		{"text behind the header", es256 + k + `}{}`, dpop.ErrMalformed},
	} {
		text := forge(t, key, test.header, goodPayload(t))
		if _, _, err := check(t, v, text, request()); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		// A bad payload is noticed before a bad type, not before a bad form.
		if _, err := v.Read(forge(t, key, test.header, `[]`)); !errors.Is(err, dpop.ErrMalformed) {
			t.Errorf("%s, and a bad payload: %v, want ErrMalformed", test.name, err)
		}
		// Read needs no signature; what it accepts, another key has not signed.
		_, _, err := check(t, v, forge(t, newKey(t, "ES256"), test.header, `{}`), request())
		if want := test.want; want == nil && !errors.Is(err, dpop.ErrSignature) || want != nil && !errors.Is(err, want) {
			t.Errorf("%s, signed with another key: %v", test.name, err)
		}
	}
}
