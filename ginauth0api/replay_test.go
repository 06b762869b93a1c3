package ginauth0api_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestReplayedProofIsRefused(t *testing.T) {
	t.Parallel()
	var seen events
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) { cfg.OnEvent = seen.count })
	proof := a.client.proof(http.MethodGet, a.URL+"/", a.token, nil)
	wantOK(t, a.show(proof))
	wantProofRefused(t, a.show(proof), "dpop_proof_replayed")
	wantOK(t, a.get(nil))
	if n := seen.of("replay_refused"); n != 1 {
		t.Errorf("%d events", n)
	}
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
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Second {
			return false, nil // as if it had been seen: that is not what the test wants
		}
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
	var told events
	var log logbook
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) {
		cfg.DPoP.ReplayStore = &brokenStore{err: errors.New("connection refused")}
		cfg.DPoP.AllowReplayStoreFailure = true
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		cfg.OnEvent = told.count
	})
	for range 3 {
		wantOK(t, a.get(nil))
	}
	if n := told.of("replay_store_failed"); n != 3 {
		t.Errorf("%d events", n)
	}
	// At most one line per second.
	if n := strings.Count(log.text(), `level=WARN msg="a DPoP proof was not checked for replay"`); n < 1 || n > 2 || !strings.Contains(log.text(), `cause="connection refused"`) {
		t.Errorf("log %s", log.text())
	}
}

// recordingStore remembers nothing but how it was asked.
type recordingStore struct {
	keys []string
	ttls []time.Duration
}

func (s *recordingStore) Remember(_ context.Context, key string, ttl time.Duration) (bool, error) {
	s.keys, s.ttls = append(s.keys, key), append(s.ttls, ttl)
	return true, nil
}

// The key that all instances have in common, and kept until the proof is too old by a
// second more.
func TestWhatAReplayStoreIsAsked(t *testing.T) {
	t.Parallel()
	store := &recordingStore{}
	a := newDPoPAPI(t, func(cfg *ginauth0api.Config) { cfg.DPoP.ReplayStore = store })
	now := time.Now().Truncate(time.Second)
	ginauth0api.SetClock(a.guard, func() time.Time { return now })
	wantOK(t, a.get(claims{"jti": "a", "iat": now.Unix()}))
	wantOK(t, a.get(claims{"jti": "b", "iat": now.Unix() - 300}))
	wantOK(t, a.get(claims{"jti": "c", "iat": now.Unix() + 30}))
	if want := []time.Duration{301 * time.Second, time.Second, 331 * time.Second}; !slices.Equal(store.ttls, want) {
		t.Errorf("ttl %v, want %v", store.ttls, want)
	}
	thumbprint, err := base64.RawURLEncoding.DecodeString(a.client.thumbprint())
	if err != nil {
		t.Fatal(err)
	}
	group := sha256.Sum256(thumbprint)
	for n, id := range []string{"a", "b", "c"} {
		proof := sha256.Sum256([]byte(string(thumbprint) + "\x00" + id))
		if want := encode(string(group[:9]) + string(proof[:15])); store.keys[n] != want {
			t.Errorf("key %s, want %s", store.keys[n], want)
		}
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
