package ginauth0api_test

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestBoundTokenWithItsProof(t *testing.T) {
	t.Parallel()
	i, client := newIssuer(t), newProver()
	guard := newGuard(t, i, nil)
	var seen ginauth0api.Proof
	var scheme ginauth0api.Scheme
	a := protect(t, guard.RequireAuth("read:a"), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		scheme = token.Scheme()
		var ok bool
		if seen, ok = token.Proof(); !ok {
			t.Error("no proof at the token")
		}
	})
	token := i.token(client.bound())
	now := time.Now().Unix()
	for _, name := range []string{"DPoP", "dpop", "DPOP"} {
		proof := client.proof(http.MethodGet, a.URL+"/", token, claims{"jti": "id of " + name, "iat": now})
		wantOK(t, a.do(http.MethodGet, "/", http.Header{"Authorization": {name + " " + token}, "Dpop": {proof}}))
		want := ginauth0api.Proof{Thumbprint: client.thumbprint(), ID: "id of " + name, IssuedAt: time.Unix(now, 0)}
		if scheme != ginauth0api.SchemeDPoP || seen.Thumbprint != want.Thumbprint || seen.ID != want.ID || !seen.IssuedAt.Equal(want.IssuedAt) {
			t.Errorf("scheme %s, proof %+v, want %+v", scheme, seen, want)
		}
	}
}

func TestProofOfABearerTokenIsNone(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+i.token(nil))
	token, header, err := guard.Check(request)
	if err != nil || header != nil {
		t.Fatal(header, err)
	}
	if proof, ok := token.Proof(); ok || proof != (ginauth0api.Proof{}) {
		t.Errorf("%+v", proof)
	}
}

func TestProofHeaderRefused(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	one := func() string { return a.client.proof(http.MethodGet, a.URL+"/", a.token, nil) }
	for name, test := range map[string]struct {
		lines []string
		code  string
	}{
		"no header":            {nil, "dpop_proof_missing"},
		"empty":                {[]string{""}, "dpop_proof_missing"},
		"blank":                {[]string{" \t"}, "dpop_proof_missing"},
		"two lines":            {[]string{one(), one()}, "dpop_proof_repeated"},
		"two equal lines":      {[]string{"a.b.c", "a.b.c"}, "dpop_proof_repeated"},
		"second line empty":    {[]string{one(), ""}, "dpop_proof_repeated"},
		"two in one line":      {[]string{one() + ", " + one()}, "dpop_proof_repeated"},
		"comma behind":         {[]string{one() + ","}, "dpop_proof_repeated"},
		"not a JWT":            {[]string{"garbage"}, "dpop_proof_malformed"},
		"four segments":        {[]string{one() + ".AA"}, "dpop_proof_malformed"},
		"above 8192 bytes":     {[]string{a.client.proof(http.MethodGet, a.URL+"/", a.token, claims{"x": strings.Repeat("x", 8192)})}, "dpop_proof_malformed"},
		"padded":               {[]string{one() + "="}, "dpop_proof_malformed"},
		"two words":            {[]string{one() + " x"}, "dpop_proof_malformed"},
		"the token as a proof": {[]string{a.token}, "dpop_type_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProofRefused(t, a.dpop(http.MethodGet, "/", a.token, test.lines...), test.code)
		})
	}
}

func TestProofWithoutDPoPScheme(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	proof := a.client.proof(http.MethodGet, a.URL+"/", a.token, nil)
	alone := http.Header{"Dpop": {proof}}
	wantAnswer(t, a.do(http.MethodGet, "/", alone), wanted{code: "dpop_proof_unexpected", scheme: "DPoP"})
	beside := func(authorization string) http.Header {
		return http.Header{"Authorization": {authorization}, "Dpop": {proof}}
	}
	// The token is judged first.
	wantRefused(t, a.do(http.MethodGet, "/", beside("Bearer "+a.token)), "token_bound", "")
	wantRefused(t, a.do(http.MethodGet, "/", beside("Bearer "+a.issuer.token(nil))), "dpop_proof_unexpected", "")
	wantRefused(t, a.do(http.MethodGet, "/", beside("Bearer "+a.issuer.token(claims{"exp": 1}))), "token_expired", "")
	wantAnswer(t, a.do(http.MethodGet, "/", beside("Basic abc")), wanted{code: "scheme_unsupported"})
	// None of it has used the proof up.
	wantOK(t, a.show(proof))

	optional := protect(t, a.guard.OptionalAuth())
	wantAnswer(t, optional.do(http.MethodGet, "/", alone), wanted{code: "dpop_proof_unexpected", scheme: "DPoP"})
	if got := optional.get(); got.body != "nobody" {
		t.Errorf("%d %s", got.status, got.body)
	}
	wantOK(t, optional.do(http.MethodGet, "/", http.Header{"Dpop": {""}}))
}

func TestUnboundTokenOverDPoPIsRefused(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	token := a.issuer.token(nil)
	proof := a.client.proof(http.MethodGet, a.URL+"/", token, nil)
	wantAnswer(t, a.dpop(http.MethodGet, "/", token, proof), wanted{code: "token_not_bound", scheme: "DPoP"})
	// Remembered as a Bearer token it is still none for DPoP.
	wantOK(t, a.bearer(token))
	wantAnswer(t, a.dpop(http.MethodGet, "/", token, proof), wanted{code: "token_not_bound", scheme: "DPoP"})
}

func TestTokenOfAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	thief := newProver()
	proof := thief.proof(http.MethodGet, a.URL+"/", a.token, nil)
	wantAnswer(t, a.show(proof), wanted{code: "dpop_binding_mismatch", scheme: "DPoP"})
}

func TestBadTokenComesBeforeBadProof(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	expired := a.issuer.token(claims{"exp": 1, "cnf": a.client.bound()["cnf"]})
	wantAnswer(t, a.dpop(http.MethodGet, "/", expired, "garbage"), wanted{code: "token_expired", scheme: "DPoP"})
	// The form of a proof comes before the signature of the token, and before any key.
	input, _ := cutSignature(a.token)
	forged := input + "." + encode(strings.Repeat("x", 256))
	wantProofRefused(t, a.dpop(http.MethodGet, "/", forged, "garbage"), "dpop_proof_malformed")
	if n := a.issuer.asked(""); n != 0 {
		t.Errorf("%d requests to the issuer for a malformed proof", n)
	}
	// The signature of a proof comes after that of the token.
	proof := a.client.proof(http.MethodPost, a.URL+"/", forged, nil)
	wantAnswer(t, a.dpop(http.MethodGet, "/", forged, proof), wanted{code: "invalid_signature", scheme: "DPoP"})
}

func TestCertificateAndKey(t *testing.T) {
	t.Parallel()
	client := newProver()
	own, other := newCertificate(t, 1), newCertificate(t, 2)
	var shown atomic.Pointer[x509.Certificate]
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.ClientCertificate = func(*http.Request) *x509.Certificate { return shown.Load() }
	}).RequireAuth())
	token := i.token(claims{"cnf": map[string]string{"jkt": client.thumbprint(), "x5t#S256": thumbprintOf(own)}})
	ask := func() answer {
		return a.dpop(http.MethodGet, "/", token, client.proof(http.MethodGet, a.URL+"/", token, nil))
	}
	shown.Store(own.Leaf)
	wantOK(t, ask())
	shown.Store(other.Leaf)
	wantAnswer(t, ask(), wanted{code: "mtls_binding_mismatch", scheme: "DPoP"})
	shown.Store(nil)
	wantAnswer(t, ask(), wanted{code: "mtls_binding_mismatch", scheme: "DPoP"})
	shown.Store(own.Leaf)
	wantRefused(t, a.bearer(token), "token_bound", "")
	alone := i.token(claims{"cnf": map[string]string{"x5t#S256": thumbprintOf(own)}})
	wantAnswer(t, a.dpop(http.MethodGet, "/", alone, client.proof(http.MethodGet, a.URL+"/", alone, nil)), wanted{code: "token_not_bound", scheme: "DPoP"})
}

func TestMalformedConfirmationOverDPoP(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	for _, cnf := range []any{"x", []string{}, map[string]any{}, map[string]any{"jkt": 1}, map[string]any{"jkt": ""}, map[string]any{"jkt": encode("short")}, map[string]any{"jwk": 1}} {
		token := a.issuer.token(claims{"cnf": cnf})
		proof := a.client.proof(http.MethodGet, a.URL+"/", token, nil)
		wantAnswer(t, a.dpop(http.MethodGet, "/", token, proof), wanted{code: "token_binding_malformed", scheme: "DPoP"})
		wantRefused(t, a.bearer(token), "token_binding_malformed", "")
	}
}

// Who may look at an answer sees no part of what went wrong.
func TestProofRefusalShowsNothingOfTheProof(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	got := a.get(claims{"ath": encode(strings.Repeat("x", 32)), "jti": "very-secret-id"})
	wantProofRefused(t, got, "dpop_ath_mismatch")
	var refused *ginauth0api.Error
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	proof := a.client.proof(http.MethodPost, "http://example.com/", a.token, claims{"jti": "very-secret-id"})
	request.Header.Set("Authorization", "DPoP "+a.token)
	request.Header.Set("DPoP", proof)
	if _, _, err := a.guard.Check(request); !errors.As(err, &refused) || !errors.Is(err, ginauth0api.ErrBadProof) {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(proof, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"very-secret-id", proof, string(payload), a.token} {
		if strings.Contains(refused.Error(), secret) {
			t.Errorf("%v shows %s", refused, secret)
		}
	}
}

func TestTokenCheckSeesTheScheme(t *testing.T) {
	t.Parallel()
	var seen atomic.Value
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) {
		cfg.TokenChecks = []ginauth0api.ClaimCheck{func(token *ginauth0api.Token) error {
			seen.Store(token.Scheme())
			return nil
		}}
	})
	wantOK(t, a.get(nil))
	if seen.Load() != ginauth0api.SchemeDPoP {
		t.Errorf("scheme %v", seen.Load())
	}
	wantOK(t, a.bearer(a.issuer.token(nil)))
	if seen.Load() != ginauth0api.SchemeBearer {
		t.Errorf("scheme %v", seen.Load())
	}
}

// The error and what it asks for stand on the DPoP challenge, before algs, and
// several handlers of one route do not see the proof as a replay of itself.
func TestRequirementsOverDPoP(t *testing.T) {
	t.Parallel()
	i, client := newIssuer(t), newProver()
	guard := newGuard(t, i, nil)
	a := serve(t, func(r gin.IRouter) {
		group := r.Group("/", guard.RequireAuth("read:a"))
		org := guard.RequireClaims(ginauth0api.ClaimEquals("org", "acme"))
		login := guard.RequireStepUp(ginauth0api.StepUp{ACRValues: []string{"mfa"}, MaxAge: time.Minute})
		group.GET("/", org, login, subject)
		group.GET("/required", guard.WithDPoP(ginauth0api.DPoPRequired).RequireStepUp(ginauth0api.StepUp{MaxAge: time.Minute}), subject)
	})
	ask := func(path string, edits claims) answer {
		token := i.token(edited(client.bound(), edits))
		return a.dpop(http.MethodGet, path, token, client.proof(http.MethodGet, a.URL+path, token, nil))
	}
	wantOK(t, ask("/", claims{"org": "acme", "acr": "mfa", "auth_time": time.Now().Unix()}))
	wantAnswer(t, ask("/", claims{"org": "other"}), wanted{code: "claim_refused", scheme: "DPoP"})
	wantAnswer(t, ask("/", claims{"org": "acme", "acr": "pwd"}),
		wanted{code: "step_up_required", scheme: "DPoP", extra: `, acr_values="mfa", max_age="60"`})
	wantAnswer(t, ask("/required", nil),
		wanted{code: "step_up_required", scheme: "DPoP", mode: ginauth0api.DPoPRequired, extra: `, max_age="60"`})
}
