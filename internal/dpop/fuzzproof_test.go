package dpop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// fuzzKey is always the same, so that a corpus keeps its meaning.
func fuzzKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), []byte("a private key for proofs in tests"[:32]))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var sentinels = []error{
	nil, dpop.ErrMalformed, dpop.ErrType, dpop.ErrAlgorithm, dpop.ErrKey, dpop.ErrSignature, dpop.ErrClaims, dpop.ErrMethod, dpop.ErrURL,
	dpop.ErrTokenHash, dpop.ErrExpired, dpop.ErrTooNew,
}

// Whatever is accepted, go-jose and encoding/json accept with the same content;
// whether the key was seen before makes no difference.
func FuzzProof(f *testing.F) {
	key := fuzzKey(f)
	k, header, payload := jwk(f, key), goodHeader(f, key), goodPayload(f)
	inner := payload[1 : len(payload)-1]
	for _, seed := range [][3]string{
		{header, payload, ""},
		{header, payload, "="},
		{header, payload, "."},
		{"{\"jwk\" :" + k + ", \"t\\u0079p\":\"application/DPoP+jwt\",\n\"alg\":\"ES256\",\"kid\":7}", `{"nonce":"\u006e",` + inner + "} ", ""},
		{`{"typ":"dpop+jwt","alg":"ES256","jwk":` + k[:len(k)-1] + `,"kid":1,"use":"enc"}}`, `{"nonce":7,"exp":1.7e9,"nbf":-0.5,` + inner + `}`, ""},
		{`{"typ":"dpop+jwt","alg":"none","jwk":` + k + `,"crit":["x"]}`, `{"htm":"POST",` + inner + `}`, ""},
		{`{"typ":"dpop+jwt","alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}`, strings.ReplaceAll(payload, "things", "x/../%74hings?a#b"), ""},
		{`{"typ":"JWT","alg":"ES384","jwk":` + k[:len(k)-1] + `,"d":""}}`, strings.ReplaceAll(payload, "1700000000", "9007199254740993"), ""},
		{`{"typ":"dpop+jwt","alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}`, `{"jti":" ","IAT":1}`, ""},
		{header, strings.ReplaceAll(payload, "1700000000", "1699999700.000001"), ""},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), seed[2])
	}
	lasting := dpop.NewVerifier(rules)
	f.Fuzz(func(t *testing.T, header, payload []byte, tail string) {
		text := forge(t, key, string(header), string(payload)) + tail
		claims, thumbprint, err := checkOnce(dpop.NewVerifier(rules), text, request())
		known, knownThumbprint, knownErr := check(t, lasting, text, request())
		if !errors.Is(err, knownErr) || string(claims.ID) != string(known.ID) || thumbprint != knownThumbprint {
			t.Fatalf("%+v, %v; with a cache %+v, %v", claims, err, known, knownErr)
		}
		if !slices.Contains(sentinels, err) {
			t.Fatalf("error %v", err)
		}
		if err == nil {
			compareHeader(t, text, header, payload, thumbprint)
			compareClaims(t, payload, claims)
		}
	})
}

// compareHeader reads header and signature a second time, slowly.
func compareHeader(t *testing.T, text string, header, payload []byte, thumbprint [32]byte) {
	t.Helper()
	var members, key map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(header, &members), json.Unmarshal(members["jwk"], &key)); err != nil {
		t.Fatalf("%v in %s", err, header)
	}
	var typ string
	if err := json.Unmarshal(members["typ"], &typ); err != nil || strings.TrimPrefix(strings.ToLower(typ), "application/") != "dpop+jwt" {
		t.Fatalf("typ %q, %v", typ, err)
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, private := key[name]; private {
			t.Fatalf("a private member in %s", header)
		}
	}
	// go-jose also judges members of the key that are ignored here.
	maps.DeleteFunc(key, func(name string, _ json.RawMessage) bool {
		return !slices.Contains([]string{"kty", "crv", "x", "y"}, name)
	})
	object, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	var theirs jose.JSONWebKey
	if err := theirs.UnmarshalJSON(object); err != nil {
		t.Fatalf("go-jose refuses the key: %v\n%s", err, header)
	}
	if want, err := theirs.Thumbprint(crypto.SHA256); err != nil || string(want) != string(thumbprint[:]) {
		t.Fatalf("thumbprint %x, go-jose has %x, %v", thumbprint, want, err)
	}
	proof, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		if joseReadsMore(members) {
			return
		}
		t.Fatalf("go-jose refuses the proof: %v\n%s\n%s", err, header, payload)
	}
	if verified, err := proof.Verify(theirs.Key); err != nil || string(verified) != string(payload) {
		t.Fatalf("go-jose: %v, payload %q", err, verified)
	}
}

// joseReadsMore reports whether a header has what go-jose judges and this package
// ignores.
func joseReadsMore(header map[string]json.RawMessage) bool {
	var key map[string]json.RawMessage
	_ = json.Unmarshal(header["jwk"], &key)
	for name := range key {
		if !slices.Contains([]string{"kty", "crv", "x", "y"}, name) {
			return true
		}
	}
	for name := range header {
		if !slices.Contains([]string{"typ", "alg", "jwk"}, name) {
			return true
		}
	}
	return false
}

// compareClaims reads the payload a second time, slowly.
func compareClaims(t *testing.T, payload []byte, claims dpop.Claims) {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal(payload, &want); err != nil {
		t.Fatalf("accepted a payload that is no JSON: %v", err)
	}
	if jti, ok := want["jti"].(string); !ok || jti != string(claims.ID) || len(jti) > 256 || strings.TrimFunc(jti, unicode.IsSpace) == "" {
		t.Fatalf("jti %q in %s", claims.ID, payload)
	}
	if htu, ok := want["htu"].(string); want["htm"] != "GET" || !ok || !slowlyMatches(request().Target, htu) || want["ath"] != hash(accessToken) {
		t.Fatalf("made for another request: %s", payload)
	}
	iat, ok := want["iat"].(float64)
	if !ok || iat < 1700000000-300 || iat > 1700000000+30 || math.Abs(float64(claims.IssuedAt.UnixMicro())/1e6-iat) > 1e-5 {
		t.Fatalf("iat %v in %s", claims.IssuedAt, payload)
	}
	if exp, has := want["exp"]; has {
		if number, ok := exp.(float64); !ok || number <= 1700000000-30 || number > 1<<53 {
			t.Fatalf("exp in %s", payload)
		}
	}
	if nbf, has := want["nbf"]; has {
		if number, ok := nbf.(float64); !ok || number > 1700000000+30 || number < -(1<<53) {
			t.Fatalf("nbf in %s", payload)
		}
	}
	nonce, has := want["nonce"]
	if text, ok := nonce.(string); has != claims.HasNonce || ok != (claims.Nonce != nil) || text != string(claims.Nonce) {
		t.Fatalf("nonce %q in %s", claims.Nonce, payload)
	}
}
