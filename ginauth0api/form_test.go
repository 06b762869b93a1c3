package ginauth0api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

const plainHeader = `{"alg":"RS256","kid":"k1"}`

func TestTokenFormRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	good := i.token(nil)
	header, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	ordinary, err := json.Marshal(i.claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	withHeader := func(h string) string { return sign(issuerKey(), h, string(ordinary)) }
	withPayload := func(p string) string { return sign(issuerKey(), plainHeader, p) }
	with := func(members string) string {
		return withPayload(strings.TrimSuffix(string(ordinary), "}") + "," + members + "}")
	}
	for name, test := range map[string]struct{ token, code string }{
		"garbage":                       {"garbage", "token_malformed"},
		"two segments":                  {header + "." + payload, "token_malformed"},
		"four segments":                 {good + "." + signature, "token_malformed"},
		"five segments":                 {good + "." + signature + "." + signature, "token_malformed"},
		"empty header":                  {"." + rest, "token_malformed"},
		"empty payload":                 {header + ".." + signature, "token_malformed"},
		"empty signature":               {header + "." + payload + ".", "token_malformed"},
		"dots alone":                    {"..", "token_malformed"},
		"padded":                        {good + "==", "token_malformed"},
		"other alphabet":                {header + "." + payload + ".+" + signature[1:], "token_malformed"},
		"unused tail bits":              {header + "." + payload + "." + signature[:len(signature)-1] + "h", "token_malformed"},
		"header no JSON":                {withHeader("alg=RS256"), "token_malformed"},
		"header an array":               {withHeader(`["RS256"]`), "token_malformed"},
		"header with two alg":           {withHeader(`{"alg":"RS256","alg":"RS256","kid":"k1"}`), "token_malformed"},
		"header with two alg, escaped":  {withHeader(`{"alg":"RS256","\u0061lg":"none","kid":"k1"}`), "token_malformed"},
		"header with text behind it":    {withHeader(plainHeader + "x"), "token_malformed"},
		"header with Alg":               {withHeader(`{"Alg":"RS256","kid":"k1"}`), "token_malformed"},
		"alg missing":                   {withHeader(`{"kid":"k1"}`), "token_malformed"},
		"alg a number":                  {withHeader(`{"alg":256,"kid":"k1"}`), "token_malformed"},
		"alg empty":                     {withHeader(`{"alg":"","kid":"k1"}`), "invalid_algorithm"},
		"alg none":                      {withHeader(`{"alg":"none","kid":"k1"}`), "invalid_algorithm"},
		"alg None":                      {withHeader(`{"alg":"None","kid":"k1"}`), "invalid_algorithm"},
		"alg in lower case":             {withHeader(`{"alg":"rs256","kid":"k1"}`), "invalid_algorithm"},
		"alg RS512 not accepted":        {withHeader(`{"alg":"RS512","kid":"k1"}`), "invalid_algorithm"},
		"crit":                          {withHeader(`{"alg":"RS256","kid":"k1","crit":["x"],"x":1}`), "token_malformed"},
		"crit empty":                    {withHeader(`{"alg":"RS256","kid":"k1","crit":[]}`), "token_malformed"},
		"b64 false":                     {withHeader(`{"alg":"RS256","kid":"k1","b64":false}`), "token_malformed"},
		"kid a number":                  {withHeader(`{"alg":"RS256","kid":1}`), "token_malformed"},
		"kid too long":                  {withHeader(`{"alg":"RS256","kid":"` + strings.Repeat("k", 257) + `"}`), "token_malformed"},
		"typ DPoP proof":                {withHeader(`{"alg":"RS256","kid":"k1","typ":"dpop+jwt"}`), "token_type_refused"},
		"typ logout token":              {withHeader(`{"alg":"RS256","kid":"k1","typ":"logout+jwt"}`), "token_type_refused"},
		"typ security event":            {withHeader(`{"alg":"RS256","kid":"k1","typ":"application/secevent+jwt"}`), "token_type_refused"},
		"typ empty":                     {withHeader(`{"alg":"RS256","kid":"k1","typ":""}`), "token_type_refused"},
		"typ a number":                  {withHeader(`{"alg":"RS256","kid":"k1","typ":1}`), "token_type_refused"},
		"typ of another tree":           {withHeader(`{"alg":"RS256","kid":"k1","typ":"text/at+jwt"}`), "token_type_refused"},
		"payload no JSON":               {withPayload("iss=me"), "token_malformed"},
		"payload an array":              {withPayload("[" + string(ordinary) + "]"), "token_malformed"},
		"payload with text behind it":   {withPayload(string(ordinary) + string(ordinary)), "token_malformed"},
		"payload with two aud":          {with(`"aud":"api"`), "token_malformed"},
		"payload with two aud, escaped": {with(`"\u0061ud":"api"`), "token_malformed"},
		"inner member twice":            {with(`"act":{"sub":"a","sub":"b"}`), "token_malformed"},
		"not UTF-8":                     {with("\"x\":\"\xff\""), "token_malformed"},
		"lone surrogate":                {with(`"x":"\ud800"`), "token_malformed"},
		"nested too deep":               {with(`"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)), "token_malformed"},
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, a.bearer(test.token), test.code, "") })
	}
	if n := i.asked(""); n != 0 {
		t.Errorf("%d requests to the issuer, want 0", n)
	}
	wantOK(t, a.bearer(with(`"x":`+strings.Repeat("[", 31)+strings.Repeat("]", 31))))
}

func TestTokenAboveTheCapIsNotRead(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	const largest = 16384
	within, above := "", i.token(nil)
	for n := 11_800; len(above) <= largest; n++ {
		within, above = above, i.token(claims{"filler": strings.Repeat("x", n)})
	}
	wantOK(t, a.bearer(within))
	asked := i.asked("")
	wantRefused(t, a.bearer(above), "token_too_large", "")
	wantRefused(t, a.bearer(strings.Repeat("x", largest+1)), "token_too_large", "")
	wantRefused(t, a.bearer(strings.Repeat("x", largest)), "token_malformed", "")
	if i.asked("") != asked {
		t.Error("the issuer was asked")
	}
}

func TestLogNamesEncryptedAndOpaqueTokens(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{"e30.AA.AA.AA.AA": "encrypted", "opaque": "opaque"} {
		var log bytes.Buffer
		guard := newGuard(t, newIssuer(t), func(cfg *ginauth0api.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		a := protect(t, guard.RequireAuth())
		wantRefused(t, a.bearer(token), "token_malformed", "")
		a.Close()
		if !strings.Contains(log.String(), "an "+want+" token: the client probably asked for no audience") {
			t.Errorf("log: %s", log.String())
		}
	}
}

func TestHMACWithThePublicKeyIsRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	der, err := x509.MarshalPKIXPublicKey(issuerKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(i.claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "DER": der,
	} {
		input := encode(`{"alg":"HS256","kid":"k1"}`) + "." + encode(string(payload))
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		t.Run(name, func(t *testing.T) {
			wantRefused(t, a.bearer(input+"."+encode(string(mac.Sum(nil)))), "invalid_algorithm", "")
		})
	}
	if n := i.asked(""); n != 0 {
		t.Errorf("%d requests to the issuer, want 0", n)
	}
}

func TestSignatureRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	good, other := i.token(nil), i.token(claims{"sub": "auth0|grace"})
	input, signature := cutSignature(good)
	otherInput, otherSignature := cutSignature(other)
	payload, err := json.Marshal(i.claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	flipped, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	flipped[100] ^= 1
	for name, token := range map[string]string{
		"flipped bit":                input + "." + encode(string(flipped)),
		"signature of another token": input + "." + otherSignature,
		"payload of another token":   otherInput + "." + signature,
		"one byte":                   input + ".AA",
		"another key under this kid": sign(strangerKey(), plainHeader, string(payload)),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, a.bearer(token), "invalid_signature", "") })
	}
	// A bad signature under a known kid is no reason to ask for keys.
	if n := i.asked(keysPath); n != 1 {
		t.Errorf("%d key fetches, want 1", n)
	}
}

func cutSignature(token string) (input, signature string) {
	last := strings.LastIndexByte(token, '.')
	return token[:last], token[last+1:]
}

func TestKeysNamedInTheHeaderAreNeverUsed(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	asked := 0
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(evil.Close)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	key, err := json.Marshal(jose.JSONWebKey{Key: strangerKey().Public(), KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(i.claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, member := range map[string]string{
		"jwk": `"jwk":` + string(key),
		"jku": `"jku":"` + evil.URL + `/keys"`,
		"x5u": `"x5u":"` + evil.URL + `/certificate"`,
		"x5c": `"x5c":["AAAA"]`,
		"kid": `"kid":"` + evil.URL + `/k1","x":1`,
	} {
		header := `{"alg":"RS256","kid":"k1",` + member + `}`
		code := "invalid_signature"
		if name == "kid" {
			header, code = `{"alg":"RS256",`+member+`}`, "jwks_key_not_found"
		}
		t.Run(name, func(t *testing.T) {
			wantRefused(t, a.bearer(sign(strangerKey(), header, string(payload))), code, "")
			if name != "kid" {
				wantOK(t, a.bearer(sign(issuerKey(), header, string(payload))))
			}
		})
	}
	if asked != 0 {
		t.Errorf("%d requests to the address in the header", asked)
	}
}

func TestTokenTypesAccepted(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	for _, header := range []string{
		plainHeader,
		`{"alg":"RS256","kid":"k1","typ":"JWT"}`,
		`{"alg":"RS256","kid":"k1","typ":"jwt"}`,
		`{"alg":"RS256","kid":"k1","typ":"at+jwt"}`,
		`{"alg":"RS256","kid":"k1","typ":"AT+JWT"}`,
		`{"alg":"RS256","kid":"k1","typ":"application/at+jwt"}`,
		`{"alg":"RS256","kid":"k1","typ":"Application/JWT"}`,
	} {
		t.Run(header, func(t *testing.T) { wantOK(t, a.bearer(i.tokenWithHeader(header, nil))) })
	}
}

func TestRFC9068Profile(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.RequireRFC9068 = true }).RequireAuth())
	const header = `{"alg":"RS256","kid":"k1","typ":"at+jwt"}`
	full := func(edits claims) claims {
		c := claims{"client_id": "client"}
		for name, value := range edits {
			c[name] = value
		}
		return c
	}
	wantOK(t, a.bearer(i.tokenWithHeader(header, full(nil))))
	wantOK(t, a.bearer(i.tokenWithHeader(`{"alg":"RS256","kid":"k1","typ":"application/at+jwt"}`, full(nil))))
	wantRefused(t, a.bearer(i.tokenWithHeader(`{"alg":"RS256","kid":"k1","typ":"JWT"}`, full(nil))), "token_type_refused", "")
	wantRefused(t, a.bearer(i.tokenWithHeader(plainHeader, full(nil))), "token_type_refused", "")
	for _, missing := range []string{"sub", "client_id", "iat", "jti"} {
		t.Run("without "+missing, func(t *testing.T) {
			wantRefused(t, a.bearer(i.tokenWithHeader(header, full(claims{missing: nil}))), "invalid_claims", "")
		})
	}
}
