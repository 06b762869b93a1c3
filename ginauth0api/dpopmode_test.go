package ginauth0api_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestModes(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	plain := a.issuer.token(nil)
	required := protect(t, a.guard.WithDPoP(ginauth0api.DPoPRequired).RequireAuth())
	disabled := protect(t, a.guard.WithDPoP(ginauth0api.DPoPDisabled).RequireAuth())
	proof := func(to api) string { return a.client.proof(http.MethodGet, to.URL+"/", a.token, nil) }

	wantAnswer(t, required.get(), wanted{code: "credentials_missing", mode: ginauth0api.DPoPRequired})
	wantAnswer(t, required.bearer(plain), wanted{code: "scheme_unsupported", mode: ginauth0api.DPoPRequired})
	wantAnswer(t, required.get("Bearer", "DPoP x"), wanted{code: "authorization_repeated", mode: ginauth0api.DPoPRequired, scheme: "DPoP"})
	wantOK(t, required.dpop(http.MethodGet, "/", a.token, proof(required)))

	wantAnswer(t, disabled.get(), wanted{code: "credentials_missing", mode: ginauth0api.DPoPDisabled})
	wantAnswer(t, disabled.dpop(http.MethodGet, "/", a.token, proof(disabled)), wanted{code: "scheme_unsupported", mode: ginauth0api.DPoPDisabled})
	wantAnswer(t, disabled.bearer(a.token), wanted{code: "token_bound", mode: ginauth0api.DPoPDisabled})
	// The header DPoP is ignored.
	wantAnswer(t, disabled.do(http.MethodGet, "/", http.Header{"Dpop": {"x", "y"}}), wanted{code: "credentials_missing", mode: ginauth0api.DPoPDisabled})
	wantOK(t, disabled.do(http.MethodGet, "/", http.Header{"Authorization": {"Bearer " + plain}, "Dpop": {"x", "y"}}))
	optional := protect(t, a.guard.WithDPoP(ginauth0api.DPoPDisabled).OptionalAuth())
	wantOK(t, optional.do(http.MethodGet, "/", http.Header{"Dpop": {"x"}}))
}

// The scheme that a mode does not take is refused before anything else is looked
// at.
func TestModeIsJudgedBeforeTheToken(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.DPoP.Mode = ginauth0api.DPoPRequired }).RequireAuth())
	for _, authorization := range []string{"Bearer", "Bearer " + i.token(nil), "Bearer a b", "bearer garbage"} {
		wantAnswer(t, a.get(authorization), wanted{code: "scheme_unsupported", mode: ginauth0api.DPoPRequired})
	}
	if n := i.asked(""); n != 0 {
		t.Errorf("%d requests to the issuer", n)
	}
}

func TestAllowBoundTokenAsBearer(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) {
		cfg.DPoP.Mode = ginauth0api.DPoPDisabled
		cfg.DPoP.AllowBoundTokenAsBearer = true
	})
	wantOK(t, a.bearer(a.token))
	// Not on a route with another mode, not even when the token is known.
	allowed := protect(t, a.guard.WithDPoP(ginauth0api.DPoPAllowed).RequireAuth())
	wantRefused(t, allowed.bearer(a.token), "token_bound", "")
	both := protect(t, a.guard.RequireAuth(), a.guard.WithDPoP(ginauth0api.DPoPAllowed).RequireAuth())
	wantRefused(t, both.bearer(a.token), "token_bound", "")
	malformed := a.issuer.token(claims{"cnf": "x"})
	wantAnswer(t, a.bearer(malformed), wanted{code: "token_binding_malformed", mode: ginauth0api.DPoPDisabled})
}

// A route below a group has a mode of its own; the proof is used once, and the
// route's mode is enforced on what the group has verified.
func TestNestedModes(t *testing.T) {
	t.Parallel()
	i, client := newIssuer(t), newProver()
	guard := newGuard(t, i, nil)
	required := guard.WithDPoP(ginauth0api.DPoPRequired)
	ran := 0
	a := protect(t, guard.RequireAuth("read:a"), required.RequireAuth("write:b"), guard.RequireAuth(), func(*gin.Context) { ran++ })
	bound, plain := i.token(client.bound()), i.token(nil)
	wantOK(t, a.dpop(http.MethodGet, "/", bound, client.proof(http.MethodGet, a.URL+"/", bound, nil)))
	wantAnswer(t, a.bearer(plain), wanted{code: "scheme_unsupported", mode: ginauth0api.DPoPRequired})
	if ran != 1 {
		t.Errorf("the handler ran %d times", ran)
	}
	// A plain token with a proof passes a group that ignores proofs, and no further.
	mixed := protect(t, guard.WithDPoP(ginauth0api.DPoPDisabled).RequireAuth(), guard.RequireAuth())
	header := http.Header{"Authorization": {"Bearer " + plain}, "Dpop": {"x.y.z"}}
	wantRefused(t, mixed.do(http.MethodGet, "/", header), "dpop_proof_unexpected", "")
}

// A token that the first guard has accepted in one scheme is none in another.
func TestSchemeThatChangesOnTheWay(t *testing.T) {
	t.Parallel()
	i, client := newIssuer(t), newProver()
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) {
		cfg.DPoP.Mode, cfg.DPoP.AllowBoundTokenAsBearer = ginauth0api.DPoPDisabled, true
	})
	token := i.token(client.bound())
	rewrite := func(c *gin.Context) { c.Request.Header.Set("Authorization", "DPoP "+token) }
	a := protect(t, guard.RequireAuth(), rewrite, guard.WithDPoP(ginauth0api.DPoPRequired).RequireAuth())
	wantAnswer(t, a.bearer(token), wanted{code: "dpop_proof_missing", scheme: "DPoP", mode: ginauth0api.DPoPRequired})
}
