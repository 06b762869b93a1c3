package ginauth0api_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// askWithProof sends a bound token with a proof of its own, both made here with
// go-jose.
func askWithProof(t *testing.T, a api, i *issuer, path string, edits claims) answer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	bound := claims{"cnf": claims{"jkt": base64.RawURLEncoding.EncodeToString(thumbprint)}}
	maps.Copy(bound, edits)
	token := i.token(bound)
	hash := sha256.Sum256([]byte(token))
	payload, err := json.Marshal(claims{
		"jti": rand.Text(), "htm": "GET", "htu": a.URL + path, "iat": time.Now().Unix(),
		"ath": base64.RawURLEncoding.EncodeToString(hash[:]),
	})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := signature.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return a.do(http.MethodGet, path, http.Header{"Authorization": {"DPoP " + token}, "DPoP": {proof}})
}

// The error and what it asks for stand on the DPoP challenge, before algs, and
// several handlers of one route do not see the proof as a replay of itself.
func TestAuthorizationOverDPoP(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	a := serve(t, func(r gin.IRouter) {
		group := r.Group("/", guard.RequireAuth("read:a"))
		org := guard.RequireClaims(ginauth0api.ClaimEquals("org", "acme"))
		login := guard.RequireStepUp(ginauth0api.StepUp{ACRValues: []string{"mfa"}, MaxAge: time.Minute})
		group.GET("/", org, login, subject)
		group.GET("/required", guard.WithDPoP(ginauth0api.DPoPRequired).RequireStepUp(ginauth0api.StepUp{MaxAge: time.Minute}), subject)
	})
	now := time.Now().Unix()
	wantOK(t, askWithProof(t, a, i, "/", claims{"org": "acme", "acr": "mfa", "auth_time": now}))
	wantAnswer(t, askWithProof(t, a, i, "/", claims{"org": "other"}), wanted{code: "claim_refused", scheme: "DPoP"})
	wantAnswer(t, askWithProof(t, a, i, "/", claims{"org": "acme", "acr": "pwd"}),
		wanted{code: "step_up_required", scheme: "DPoP", extra: `, acr_values="mfa", max_age="60"`})
	wantAnswer(t, askWithProof(t, a, i, "/required", nil),
		wanted{code: "step_up_required", scheme: "DPoP", mode: ginauth0api.DPoPRequired, extra: `, max_age="60"`})
}
