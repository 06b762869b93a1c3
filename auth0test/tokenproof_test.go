package auth0test_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// Clients that share no code with the tenant get their tokens.
func TestTokenEndpointTakesProofsOfGoJose(t *testing.T) {
	tenant := auth0test.Start(t)
	for alg, key := range map[jose.SignatureAlgorithm]crypto.Signer{
		jose.ES256: ecKey(t, elliptic.P256()), jose.ES384: ecKey(t, elliptic.P384()), jose.ES512: ecKey(t, elliptic.P521()),
		jose.RS256: rsaKey(t, 2048), jose.PS512: rsaKey(t, 2048),
	} {
		answer := proven(t, tenant, machineForm(nil), joseProof(t, alg, key, map[string]any{
			"jti": "1", "htm": "POST", "htu": tenant.URL() + "/oauth/token", "iat": time.Now().Unix(),
		}))
		if answer.status != http.StatusOK || answer.json(t)["token_type"] != "DPoP" {
			t.Fatalf("%s: status %d: %s", alg, answer.status, answer.body)
		}
		want := joseThumbprint(t, &jose.JSONWebKey{Key: key.Public()})
		if got := thumbprintOf(t, tenant, answer.json(t)); got != want {
			t.Errorf("%s: cnf.jkt %s, want %s", alg, got, want)
		}
	}
}

func TestTokenEndpointTakesEveryAlgorithmThatItAdvertises(t *testing.T) {
	tenant := auth0test.Start(t)
	advertised, _ := discovery(t, tenant).json(t)["dpop_signing_alg_values_supported"].([]any)
	if len(advertised) != len(proofAlgorithms) {
		t.Fatalf("dpop_signing_alg_values_supported %v", advertised)
	}
	for _, alg := range advertised {
		key := auth0test.NewProofKey(alg.(string))
		if got := thumbprintOf(t, tenant, bound(t, tenant, machineForm(nil), key)); got != key.Thumbprint() {
			t.Errorf("%s: cnf.jkt %s, want %s", alg, got, key.Thumbprint())
		}
	}
}

func TestProofIsRefusedAtTheTokenEndpoint(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	endpoint := tenant.URL() + "/oauth/token"
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	key.Now = clock.Now
	p384, rsaProver := auth0test.NewProofKey("ES384"), auth0test.NewProofKey("RS256")
	with := func(edits ...auth0test.ProofEdit) []string {
		return []string{key.Proof("POST", endpoint, "", edits...)}
	}
	private := func(name, value string) auth0test.Header {
		jwk := key.JWK()
		jwk[name] = value
		return auth0test.Header{"jwk": jwk}
	}
	at := func(seconds time.Duration) auth0test.Claims {
		return auth0test.Claims{"iat": clock.Now().Add(seconds * time.Second)}
	}
	good := with()[0]
	segments := strings.Split(good, ".")
	flipped := []byte(good)
	flipped[len(flipped)-20] ^= 1
	raw := ecKey(t, elliptic.P256())
	header := `{"typ":"dpop+jwt","alg":"ES256","jwk":` + jwkText(t, &raw.PublicKey) + `}`
	payload := fmt.Sprintf(`{"jti":"raw","htm":"POST","htu":%q,"iat":%d}`, endpoint, clock.Now().Unix())
	small := joseProof(t, jose.RS256, rsaKey(t, 1024), map[string]any{
		"jti": "1", "htm": "POST", "htu": endpoint, "iat": clock.Now().Unix(),
	})

	tests := []struct {
		name   string
		proofs []string
	}{
		{"two proofs in two lines", []string{good, with()[0]}},
		{"the same proof in two lines", []string{good, good}},
		{"two proofs in one line", []string{good + "," + with()[0]}},
		{"empty", []string{""}},
		{"garbage", []string{"garbage"}},
		{"two segments", []string{segments[0] + "." + segments[1]}},
		{"four segments", []string{good + ".x"}},
		{"padded", []string{segments[0] + "=." + segments[1] + "." + segments[2]}},
		{"other alphabet", []string{segments[0] + "." + segments[1] + "." + strings.Repeat("+/", 43)}},
		{"unused bits of the last character set", []string{unusedBits(good)}},
		{"oversized", with(auth0test.Claims{"x": strings.Repeat("a", 8<<10)})},
		{"header no object", []string{rawProof(t, raw, `["dpop+jwt"]`, payload, nil)}},
		{"header null", []string{rawProof(t, raw, `null`, payload, nil)}},
		{"claims null", []string{rawProof(t, raw, header, `null`, nil)}},
		{"claims no object", []string{rawProof(t, raw, header, `[]`, nil)}},
		{"claims with something after", []string{rawProof(t, raw, header, payload+"{}", nil)}},
		{"invalid UTF-8 in the header", []string{rawProof(t, raw, strings.Replace(header, `{`, "{\"kid\":\"\xff\",", 1), payload, nil)}},
		{"invalid UTF-8", []string{rawProof(t, raw, header, strings.Replace(payload, `"raw"`, "\"\xff\"", 1), nil)}},
		{"alg twice", []string{rawProof(t, raw, strings.Replace(header, `{"typ"`, `{"alg":"none","typ"`, 1), payload, nil)}},
		{"htm twice", []string{rawProof(t, raw, header, strings.Replace(payload, `{`, `{"htm":"GET",`, 1), nil)}},
		{"jti in another case", []string{rawProof(t, raw, header, strings.Replace(payload, `"jti"`, `"JTI"`, 1), nil)}},
		{"crit", with(auth0test.Header{"crit": []string{"exp"}})},
		{"crit without a name", with(auth0test.Header{"crit": []string{}})},
		{"b64", with(auth0test.Header{"b64": true})},
		{"payload not encoded", with(auth0test.Header{"b64": false, "crit": []string{"b64"}})},
		{"typ missing", with(auth0test.Header{"typ": nil})},
		{"typ of any JWT", with(auth0test.Header{"typ": "JWT"})},
		{"typ a number", with(auth0test.Header{"typ": 1})},
		{"alg none", with(auth0test.Header{"alg": "none"})},
		{"alg HS256 with the public key for a secret", with(auth0test.Header{"alg": "HS256"})},
		{"alg missing", with(auth0test.Header{"alg": nil})},
		{"alg a number", with(auth0test.Header{"alg": 256})},
		{"alg that does not fit the curve", with(auth0test.Header{"alg": "ES384"})},
		{"alg ES256 with a key on P-384", []string{p384.Proof("POST", endpoint, "", auth0test.Header{"alg": "ES256"}, at(0))}},
		{"alg ES256 with an RSA key", []string{rsaProver.Proof("POST", endpoint, "", auth0test.Header{"alg": "ES256"}, at(0))}},
		{"RSA key of 1024 bits", []string{small}},
		{"jwk missing", with(auth0test.Header{"jwk": nil})},
		{"jwk a string", with(auth0test.Header{"jwk": "key"})},
		{"jwk private", with(private("d", key.JWK()["x"].(string)))},
		{"jwk with a private member of another type", with(private("qi", "AQ"))},
		{"jwk with a symmetric member", with(private("k", "AQ"))},
		{"jwk symmetric", with(auth0test.Header{"alg": "HS256", "jwk": map[string]any{"kty": "oct", "k": "AQ"}})},
		{"jwk not on the curve", with(private("x", base64.RawURLEncoding.EncodeToString(make([]byte, 32))))},
		{"jwk of another client", with(auth0test.Header{"jwk": other.JWK()})},
		{"signature flipped", []string{string(flipped)}},
		{"signature of another proof", []string{segments[0] + "." + segments[1] + "." + strings.Split(with()[0], ".")[2]}},
		{"signature empty", []string{segments[0] + "." + segments[1] + "."}},
		{"signature in DER", []string{rawProof(t, raw, header, payload, func(der, _ []byte) []byte { return der })}},
		{"jti missing", with(auth0test.Claims{"jti": nil})},
		{"jti empty", with(auth0test.Claims{"jti": ""})},
		{"jti a number", with(auth0test.Claims{"jti": 1})},
		{"jti too long", with(auth0test.Claims{"jti": strings.Repeat("a", 257)})},
		{"htm missing", with(auth0test.Claims{"htm": nil})},
		{"htm of another method", with(auth0test.Claims{"htm": "GET"})},
		{"htm in lower case", with(auth0test.Claims{"htm": "post"})},
		{"htu missing", with(auth0test.Claims{"htu": nil})},
		{"htu an object", with(auth0test.Claims{"htu": map[string]any{}})},
		{"htu of another endpoint", with(auth0test.Claims{"htu": tenant.URL() + "/userinfo"})},
		{"htu of another path", with(auth0test.Claims{"htu": endpoint + "/"})},
		{"htu of another host", with(auth0test.Claims{"htu": "http://evil.example.test/oauth/token"})},
		{"htu with another scheme", with(auth0test.Claims{"htu": strings.Replace(endpoint, "http:", "https:", 1)})},
		{"htu with a query", with(auth0test.Claims{"htu": endpoint + "?a=b"})},
		{"htu with a fragment", with(auth0test.Claims{"htu": endpoint + "#"})},
		{"htu with a user", with(auth0test.Claims{"htu": strings.Replace(endpoint, "http://", "http://ada@", 1)})},
		{"htu relative", with(auth0test.Claims{"htu": "/oauth/token"})},
		{"htu that is none", with(auth0test.Claims{"htu": "http://[::1/oauth/token"})},
		{"iat missing", with(auth0test.Claims{"iat": nil})},
		{"iat a string", with(auth0test.Claims{"iat": fmt.Sprint(clock.Now().Unix())})},
		{"iat beyond every number", []string{rawProof(t, raw, header, payload[:strings.LastIndex(payload, ":")]+":1e999}", nil)}},
		{"iat too old", with(at(-61))},
		{"iat too new", with(at(61))},
		{"expired", with(auth0test.Claims{"exp": clock.Now()})},
		{"not valid yet", with(auth0test.Claims{"nbf": clock.Now().Add(time.Second)})},
		{"nonce a number", with(auth0test.Claims{"nonce": 1})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, proven(t, tenant, machineForm(nil), test.proofs...), http.StatusBadRequest, "invalid_dpop_proof")
		})
	}
	// Each was refused for what its name says: without that the same proofs pass.
	for _, proof := range []string{
		good, rawProof(t, raw, header, payload, nil), with(at(-60))[0], with(at(60))[0], with(private("kid", "k"))[0],
		with(auth0test.Claims{"iat": float64(clock.Now().Unix()) + 0.5})[0],
		with(auth0test.Claims{"exp": clock.Now().Add(time.Second), "nbf": clock.Now()})[0],
		with(auth0test.Claims{"jti": strings.Repeat("a", 256)})[0],
		with(auth0test.Claims{"htu": strings.Replace(endpoint, "http:", "HTTP:", 1)})[0],
	} {
		if answer := proven(t, tenant, machineForm(nil), proof); answer.status != http.StatusOK {
			t.Errorf("status %d, want 200: %s", answer.status, answer.body)
		}
	}
}

// unusedBits spells the same bytes in another way: the last of 86 characters stands for two bits only.
func unusedBits(proof string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, proof[len(proof)-1])
	return proof[:len(proof)-1] + alphabet[last+1:last+2]
}

func jwkText(t *testing.T, public *ecdsa.PublicKey) string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: public})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A proof that is refused earlier is not used up, nor is the code of its request.
func TestRefusedProofSpendsNothing(t *testing.T) {
	tenant := auth0test.Start(t)
	endpoint := tenant.URL() + "/oauth/token"
	key := auth0test.NewProofKey("")
	code := newBrowser(t, tenant).login(url.Values{"audience": {auth0test.DefaultAudience}})
	wrong := key.Proof("POST", tenant.URL()+"/userinfo", "", auth0test.Claims{"jti": "the-jti"})
	wantRefusal(t, proven(t, tenant, codeForm(code, nil), wrong), http.StatusBadRequest, "invalid_dpop_proof")
	proof := key.Proof("POST", endpoint, "", auth0test.Claims{"jti": "the-jti"})
	wantRefusal(t, proven(t, tenant, codeForm(code, url.Values{"client_secret": {"x"}}), proof), http.StatusUnauthorized, "invalid_client")
	if answer := proven(t, tenant, codeForm(code, nil), proof); answer.status != http.StatusOK {
		t.Errorf("status %d: %s", answer.status, answer.body)
	}
}

// Behind a proxy it is the public URL that a proof names, in any spelling of the same.
func TestProofNamesThePublicURL(t *testing.T) {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://login.example.test/tenant/"})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	front := http.NewServeMux()
	front.Handle("/tenant/", http.StripPrefix("/tenant", tenant))
	plain, err := auth0test.New(auth0test.Config{Issuer: "http://login.example.test/"})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	key := auth0test.NewProofKey("")
	for htu, want := range map[string]int{
		"http://login.example.test:80/oauth/token":  http.StatusOK,
		"http://login.example.test:443/oauth/token": http.StatusBadRequest,
	} {
		if answer := serve(plain, "/oauth/token", machineForm(nil), key.Proof("POST", htu, "")); answer.Code != want {
			t.Errorf("%s: status %d, want %d: %s", htu, answer.Code, want, answer.Body)
		}
	}
	for htu, want := range map[string]int{
		"https://login.example.test/tenant/oauth/token":      http.StatusOK,
		"HTTPS://Login.Example.Test:443/tenant/oauth/token":  http.StatusOK,
		"https://login.example.test:/tenant/oauth/token":     http.StatusOK,
		"https://login.example.test:80/tenant/oauth/token":   http.StatusBadRequest,
		"https://login.example.test:8443/tenant/oauth/token": http.StatusBadRequest,
		"http://login.example.test/tenant/oauth/token":       http.StatusBadRequest,
		"https://login.example.test/Tenant/oauth/token":      http.StatusBadRequest,
		"https://login.example.test/tenant/oauth%2Ftoken":    http.StatusBadRequest,
		"https://login.example.test/oauth/token":             http.StatusBadRequest,
	} {
		answer := serve(front, "/tenant/oauth/token", machineForm(nil), key.Proof("POST", htu, ""))
		if answer.Code != want {
			t.Errorf("%s: status %d, want %d: %s", htu, answer.Code, want, answer.Body)
		}
	}
}

func TestEditsSeeTheBinding(t *testing.T) {
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	tenant.EditAccessToken(func(_, claims map[string]any) { delete(claims, "cnf") })
	if got := thumbprintOf(t, tenant, bound(t, tenant, machineForm(nil), key)); got != "" {
		t.Errorf("cnf.jkt %s after it was removed", got)
	}
	tenant.EditTokenResponse(func(response map[string]any) { response["token_type"] = "Bearer" })
	answer := proven(t, tenant, machineForm(nil), key.Proof("POST", tenant.URL()+"/oauth/token", ""))
	if got := answer.json(t)["token_type"]; got != "Bearer" {
		t.Errorf("token_type %v", got)
	}
}

func TestWithoutAProofNothingIsBound(t *testing.T) {
	tenant := auth0test.Start(t)
	answer := granted(t, tenant, machineForm(nil))
	if got := thumbprintOf(t, tenant, answer); got != "" || answer["token_type"] != "Bearer" {
		t.Errorf("token_type %v, cnf.jkt %s", answer["token_type"], got)
	}
	all := maps.Clone(answer)
	delete(all, "access_token")
	if len(all) != 3 {
		t.Errorf("answer %v", all)
	}
}
