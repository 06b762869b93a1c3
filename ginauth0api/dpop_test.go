package ginauth0api_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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

func TestReplayedProofIsRefused(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	proof := a.client.proof(http.MethodGet, a.URL+"/", a.token, nil)
	wantOK(t, a.show(proof))
	wantProofRefused(t, a.show(proof), "dpop_proof_replayed")
	wantOK(t, a.get(nil))
}

// An ECDSA signature has a twin that is as good: the claims are compared, not the
// text.
func TestReplayUnderAnotherSignatureIsRefused(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	c := a.client.claims(http.MethodGet, a.URL+"/", a.token, nil)
	wantOK(t, a.show(a.client.sign(a.client.header(nil), c)))
	wantProofRefused(t, a.show(a.client.sign(a.client.header(claims{"x": 1}), c)), "dpop_proof_replayed")
}

func TestTwoClientsMayUseOneID(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	wantOK(t, a.get(claims{"jti": "same"}))
	other := newProver()
	token := a.issuer.token(other.bound())
	wantOK(t, a.dpop(http.MethodGet, "/", token, other.proof(http.MethodGet, a.URL+"/", token, claims{"jti": "same"})))
}

func TestParallelUsesOfOneProof(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	proof := a.client.proof(http.MethodGet, a.URL+"/", a.token, nil)
	var accepted, replayed atomic.Int64
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			switch got := a.show(proof); got.status {
			case http.StatusOK:
				accepted.Add(1)
			case http.StatusUnauthorized:
				replayed.Add(1)
				wantProofRefused(t, got, "dpop_proof_replayed")
			default:
				t.Errorf("status %d %s", got.status, got.body)
			}
		})
	}
	group.Wait()
	if accepted.Load() != 1 || replayed.Load() != 99 {
		t.Errorf("%d accepted, %d refused as replayed", accepted.Load(), replayed.Load())
	}
}

// A proof that fails any other check is not used up, so that a client which is
// robbed of its proof can still use it.
func TestRefusedProofIsNotUsedUp(t *testing.T) {
	t.Parallel()
	a := newDPoPAPI(t, nil)
	for name, c := range map[string]claims{
		"ath":    {"ath": encode(strings.Repeat("x", 32))},
		"method": {"htm": "POST"},
		"url":    {"htu": "https://elsewhere.example/"},
		"age":    {"iat": 1},
	} {
		edits := claims{"jti": "id of " + name}
		for claim, value := range c {
			edits[claim] = value
		}
		if got := a.get(edits); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got.status)
		}
		wantOK(t, a.get(claims{"jti": "id of " + name}))
	}
	good := a.client.proof(http.MethodGet, a.URL+"/", a.token, nil)
	input, _ := cutSignature(good)
	wantProofRefused(t, a.show(input+"."+encode(strings.Repeat("x", 64))), "dpop_signature_invalid")
	wantOK(t, a.show(good))
}

// The proof of a request that gets 403 is used up all the same.
func TestProofOfAForbiddenRequestIsUsedUp(t *testing.T) {
	t.Parallel()
	i, client := newIssuer(t), newProver()
	guard := newGuard(t, i, nil)
	a := protect(t, guard.RequireAuth("no:such"))
	token := i.token(client.bound())
	proof := client.proof(http.MethodGet, a.URL+"/", token, nil)
	wantAnswer(t, a.dpop(http.MethodGet, "/", token, proof), wanted{code: "insufficient_scope", scheme: "DPoP", scope: "no:such"})
	wantProofRefused(t, a.dpop(http.MethodGet, "/", token, proof), "dpop_proof_replayed")
}

// brokenStore fails as it is told.
type brokenStore struct {
	err   error
	wait  bool
	calls atomic.Int64
}

func (s *brokenStore) Remember(ctx context.Context, _ string, _ time.Duration) (bool, error) {
	s.calls.Add(1)
	if s.wait {
		<-ctx.Done()
		return false, ctx.Err()
	}
	return false, s.err
}

func TestReplayStoreThatFailsIsNoReasonFor401(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]*brokenStore{
		"fails":        {err: errors.New("connection refused")},
		"never ends":   {wait: true},
		"says nothing": {err: errors.New("")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newDPoPAPI(t, func(cfg *ginauth0api.Config) { cfg.DPoP.ReplayStore = store })
			got := a.get(nil)
			wantAnswer(t, got, wanted{code: "replay_store_unavailable"})
			if got.header.Get("Retry-After") != "5" {
				t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
			}
			if store.calls.Load() != 1 {
				t.Errorf("asked %d times", store.calls.Load())
			}
			wantOK(t, a.bearer(a.issuer.token(nil)))
		})
	}
}

func TestAllowReplayStoreFailure(t *testing.T) {
	t.Parallel()
	var failed atomic.Int64
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) {
		cfg.DPoP.ReplayStore = &brokenStore{err: errors.New("connection refused")}
		cfg.DPoP.AllowReplayStoreFailure = true
		cfg.OnEvent = func(_ context.Context, e ginauth0api.Event) {
			if e.Name == "replay_store_failed" {
				failed.Add(1)
			}
		}
	})
	wantOK(t, a.get(nil))
	if failed.Load() != 1 {
		t.Errorf("%d events", failed.Load())
	}
}

// One proof key that floods the memory fills its share and gets 503; nobody else
// notices.
func TestFloodOfProofsHurtsItsOwnKeyAlone(t *testing.T) {
	t.Parallel()
	memory, err := ginauth0api.NewMemoryReplayStore(40)
	if err != nil {
		t.Fatal(err)
	}
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) { cfg.DPoP.ReplayStore = memory })
	for range 10 {
		wantOK(t, a.get(nil))
	}
	wantAnswer(t, a.get(nil), wanted{code: "replay_store_unavailable"})
	other := newProver()
	token := a.issuer.token(other.bound())
	wantOK(t, a.dpop(http.MethodGet, "/", token, other.proof(http.MethodGet, a.URL+"/", token, nil)))
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

// Nonces: RFC 9449 section 9.
func TestNonces(t *testing.T) {
	t.Parallel()
	key := ginauth0api.Secret(strings.Repeat("k", 32))
	var offset atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	withNonces := func(keys ...ginauth0api.Secret) dpopAPI {
		a := newDPoPAPI(t, func(cfg *ginauth0api.Config) { cfg.DPoP.Nonce.Keys = keys })
		ginauth0api.SetClock(a.guard, now)
		a.client.now = now
		return a
	}
	a, sibling, stranger := withNonces(key), withNonces("a newer key of thirty-two bytes!!", key), withNonces("another key of thirty-two bytes!!")

	without := a.get(nil)
	wantProofRefused(t, without, "dpop_nonce_required")
	nonce := without.header.Get("DPoP-Nonce")
	fresh := a.get(claims{"nonce": nonce})
	wantOK(t, fresh)
	if fresh.header.Values("DPoP-Nonce") != nil {
		t.Error("a new nonce although the old one is fresh")
	}
	wantOK(t, sibling.get(claims{"nonce": nonce}))
	wantProofRefused(t, stranger.get(claims{"nonce": nonce}), "dpop_nonce_stale")
	for _, forged := range []any{"", "x", 1, nil, []string{nonce}, nonce + "A", nonce[:len(nonce)-1] + "!", strings.ToUpper(nonce)} {
		edits := claims{"nonce": forged}
		want := "dpop_nonce_stale"
		if forged == nil {
			want = "dpop_nonce_required"
		}
		wantProofRefused(t, a.get(edits), want)
	}

	offset.Store(int64(151 * time.Second))
	ageing := a.get(claims{"nonce": nonce})
	wantOK(t, ageing)
	next := ageing.header.Get("DPoP-Nonce")
	if next == "" || next == nonce {
		t.Errorf("no new nonce beside an ageing one: %q", next)
	}
	offset.Store(int64(302 * time.Second))
	wantProofRefused(t, a.get(claims{"nonce": nonce}), "dpop_nonce_stale")
	wantOK(t, a.get(claims{"nonce": next}))

	request := httptest.NewRequest(http.MethodGet, "http://"+a.Listener.Addr().String()+"/", nil)
	request.Header.Set("Authorization", "DPoP "+a.token)
	offset.Store(int64(420 * time.Second))
	request.Header.Set("DPoP", a.client.proof(http.MethodGet, a.URL+"/", a.token, claims{"nonce": next}))
	_, header, err := a.guard.Check(request)
	if err != nil || len(header) != 1 || header.Get("DPoP-Nonce") == "" {
		t.Errorf("Check: header %v, %v", header, err)
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
