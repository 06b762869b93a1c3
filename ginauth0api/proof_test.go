package ginauth0api_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Every rule of a proof, each broken alone: the code that it must have, over HTTP.
// What the rules mean in detail is tested where they are implemented.
func TestProofRefused(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	private := a.client.jwk()
	private["d"] = encode(strings.Repeat("d", 32))
	symmetric := map[string]string{"kty": "oct", "k": encode("secret")}
	off := a.client.jwk()
	off["y"] = off["x"]
	edited := func(header, payload claims) func() string {
		return func() string {
			return a.client.sign(a.client.header(header), a.client.claims(http.MethodGet, a.URL+"/", a.token, payload))
		}
	}
	for name, test := range map[string]struct {
		proof func() string
		code  string
	}{
		"typ missing":               {edited(claims{"typ": nil}, nil), "dpop_type_refused"},
		"typ jwt":                   {edited(claims{"typ": "jwt"}, nil), "dpop_type_refused"},
		"typ at+jwt":                {edited(claims{"typ": "at+jwt"}, nil), "dpop_type_refused"},
		"typ number":                {edited(claims{"typ": 1}, nil), "dpop_type_refused"},
		"crit":                      {edited(claims{"crit": []string{"x"}}, nil), "dpop_proof_malformed"},
		"b64":                       {edited(claims{"b64": false}, nil), "dpop_proof_malformed"},
		"alg none":                  {edited(claims{"alg": "none"}, nil), "dpop_algorithm_refused"},
		"alg HS256":                 {edited(claims{"alg": "HS256"}, nil), "dpop_algorithm_refused"},
		"alg not listed":            {edited(claims{"alg": "ES384"}, nil), "dpop_algorithm_refused"},
		"alg of another key":        {edited(claims{"alg": "RS256"}, nil), "dpop_algorithm_refused"},
		"jwk missing":               {edited(claims{"jwk": nil}, nil), "dpop_key_refused"},
		"jwk a string":              {edited(claims{"jwk": "x"}, nil), "dpop_key_refused"},
		"jwk private":               {edited(claims{"jwk": private}, nil), "dpop_key_refused"},
		"jwk symmetric":             {edited(claims{"jwk": symmetric}, nil), "dpop_key_refused"},
		"jwk off the curve":         {edited(claims{"jwk": off}, nil), "dpop_key_refused"},
		"signature of another key":  {a.signedBy(newProver()), "dpop_signature_invalid"},
		"signature in DER":          {a.signedInDER, "dpop_signature_invalid"},
		"jti missing":               {edited(nil, claims{"jti": nil}), "dpop_claims_invalid"},
		"jti empty":                 {edited(nil, claims{"jti": ""}), "dpop_claims_invalid"},
		"jti blank":                 {edited(nil, claims{"jti": " \t"}), "dpop_claims_invalid"},
		"jti number":                {edited(nil, claims{"jti": 1}), "dpop_claims_invalid"},
		"jti of 257 bytes":          {edited(nil, claims{"jti": strings.Repeat("x", 257)}), "dpop_claims_invalid"},
		"htm missing":               {edited(nil, claims{"htm": nil}), "dpop_claims_invalid"},
		"htm number":                {edited(nil, claims{"htm": 1}), "dpop_claims_invalid"},
		"htm in lower case":         {edited(nil, claims{"htm": "get"}), "dpop_htm_mismatch"},
		"htm POST":                  {edited(nil, claims{"htm": "POST"}), "dpop_htm_mismatch"},
		"htm HEAD":                  {edited(nil, claims{"htm": "HEAD"}), "dpop_htm_mismatch"},
		"htu missing":               {edited(nil, claims{"htu": nil}), "dpop_claims_invalid"},
		"htu array":                 {edited(nil, claims{"htu": []string{a.URL + "/"}}), "dpop_claims_invalid"},
		"htu of another host":       {edited(nil, claims{"htu": "http://evil.example/"}), "dpop_htu_mismatch"},
		"htu of another scheme":     {edited(nil, claims{"htu": strings.Replace(a.URL, "http", "https", 1) + "/"}), "dpop_htu_mismatch"},
		"htu of another path":       {edited(nil, claims{"htu": a.URL + "/x"}), "dpop_htu_mismatch"},
		"htu with a slash too much": {edited(nil, claims{"htu": a.URL + "//"}), "dpop_htu_mismatch"},
		"htu relative":              {edited(nil, claims{"htu": "/"}), "dpop_htu_mismatch"},
		"htu with user info":        {edited(nil, claims{"htu": strings.Replace(a.URL, "://", "://ada@", 1) + "/"}), "dpop_htu_mismatch"},
		"htu a script":              {edited(nil, claims{"htu": "javascript:alert(1)"}), "dpop_htu_mismatch"},
		"iat missing":               {edited(nil, claims{"iat": nil}), "dpop_claims_invalid"},
		"iat string":                {edited(nil, claims{"iat": "1700000000"}), "dpop_claims_invalid"},
		"iat without bounds":        {edited(nil, claims{"iat": 1e300}), "dpop_claims_invalid"},
		"iat when time began":       {edited(nil, claims{"iat": 0}), "dpop_proof_expired"},
		"iat tomorrow":              {edited(nil, claims{"iat": time.Now().Unix() + 86400}), "dpop_proof_too_new"},
		"exp past":                  {edited(nil, claims{"exp": time.Now().Unix() - 31}), "dpop_proof_expired"},
		"exp string":                {edited(nil, claims{"exp": "x"}), "dpop_claims_invalid"},
		"nbf ahead":                 {edited(nil, claims{"nbf": time.Now().Unix() + 3600}), "dpop_proof_too_new"},
		"ath missing":               {edited(nil, claims{"ath": nil}), "dpop_claims_invalid"},
		"ath of another token":      {edited(nil, claims{"ath": hashOf(a.issuer.token(nil))}), "dpop_ath_mismatch"},
		"ath padded":                {edited(nil, claims{"ath": hashOf(a.token) + "="}), "dpop_ath_mismatch"},
		"ath empty":                 {edited(nil, claims{"ath": ""}), "dpop_ath_mismatch"},
		"payload twice a jti":       {a.withTwoIDs, "dpop_proof_malformed"},
		"payload no object":         {func() string { return a.client.sign(a.client.header(nil), []string{}) }, "dpop_proof_malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProofRefused(t, a.show(test.proof()), test.code)
		})
	}
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return encode(string(sum[:]))
}

// signedBy makes a proof with the client's key in its header and the signature of
// somebody else.
func (a dpopAPI) signedBy(thief prover) func() string {
	return func() string {
		return thief.sign(a.client.header(nil), a.client.claims(http.MethodGet, a.URL+"/", a.token, nil))
	}
}

func (a dpopAPI) signedInDER() string {
	input, _ := cutSignature(a.client.proof(http.MethodGet, a.URL+"/", a.token, nil))
	sum := sha256.Sum256([]byte(input))
	der, err := ecdsa.SignASN1(rand.Reader, a.client.key, sum[:])
	if err != nil {
		panic(err)
	}
	return input + "." + encode(string(der))
}

func (a dpopAPI) withTwoIDs() string {
	payload := marshal(a.client.claims(http.MethodGet, a.URL+"/", a.token, nil))
	return a.client.signText(marshal(a.client.header(nil)), `{"jti":"first",`+payload[1:])
}

func TestProofAccepted(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	now := time.Now().Truncate(time.Second)
	a.client.now = func() time.Time { return now }
	ginauth0api.SetClock(a.guard, a.client.now)
	at := now.Unix()
	for name, edits := range map[string][2]claims{
		"as it is":                 {},
		"typ in upper case":        {{"typ": "DPOP+JWT"}, nil},
		"typ with application/":    {{"typ": "application/dpop+jwt"}, nil},
		"further header members":   {{"kid": 1, "jku": "https://evil.example/", "x5c": []string{"x"}, "x": nil}, nil},
		"oldest":                   {nil, {"iat": at - 300}},
		"newest":                   {nil, {"iat": at + 30}},
		"with a fraction":          {nil, {"iat": float64(at) - 0.5}},
		"exp within the leeway":    {nil, {"exp": at - 29}},
		"nbf within the leeway":    {nil, {"nbf": at + 30}},
		"htu with query":           {nil, {"htu": a.URL + "/?x=y"}},
		"htu with fragment":        {nil, {"htu": a.URL + "/#x"}},
		"htu without path":         {nil, {"htu": a.URL}},
		"htu scheme in upper case": {nil, {"htu": "HTTP" + strings.TrimPrefix(a.URL, "http") + "/"}},
		"htu with dot segments":    {nil, {"htu": a.URL + "/x/../"}},
		"jti of 256 bytes":         {nil, {"jti": strings.Repeat("x", 256)}},
	} {
		t.Run(name, func(t *testing.T) {
			wantOK(t, a.show(a.client.sign(a.client.header(edits[0]), a.client.claims(http.MethodGet, a.URL+"/", a.token, edits[1]))))
		})
	}
	for name, edits := range map[string]claims{"older": {"iat": at - 301}, "newer": {"iat": at + 31}, "exp": {"exp": at - 30}, "nbf": {"nbf": at + 31}} {
		if got := a.get(edits); got.status != http.StatusUnauthorized {
			t.Errorf("%s by a second: %d", name, got.status)
		}
	}
	wantOK(t, a.dpop(http.MethodGet, "/?of=the+request", a.token, a.client.proof(http.MethodGet, a.URL+"/", a.token, nil)))
	dav := serve(t, func(r gin.IRouter) { r.Handle("PROPFIND", "/", a.guard.RequireAuth(), subject) })
	wantOK(t, dav.dpop("PROPFIND", "/", a.token, a.client.proof("PROPFIND", dav.URL+"/", a.token, nil)))
}

// The challenge lists what is accepted, in the order of the setting.
func TestProofAlgorithmsOfTheSetting(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) { cfg.DPoP.Algorithms = []string{"EdDSA", "ES384"} })
	wantAnswer(t, a.get(nil), wanted{code: "dpop_algorithm_refused", scheme: "DPoP", algs: "EdDSA ES384"})
}
