package ginauth0api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

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
