package e2e_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Keys come and go at the tenant while requests run, and no request notices: a token is good as long as its key is
// published. There are as many rotations as fetches that the API may make in a row.
func TestKeysRotateUnderLoad(t *testing.T) {
	t.Parallel()
	const (
		clients   = 4
		rotations = 4
		pause     = 600 * time.Millisecond
	)
	d := startDevTenant(t, "http://localhost:3000")
	s := &site{tenant: d, known: newSecrets(), apiPort: freePort(t)}
	api := s.startAPI(t)
	key := newProofKey(t, s.known)
	requests := []func() []string{
		func() []string { return bearer(s.token(d.running.AccessToken(nil))) },
		func() []string {
			token := key.token(d)
			return bound(token, key.proof(t, http.MethodGet, api.url+"/api/private", token))
		},
	}

	var (
		wait  sync.WaitGroup
		done  atomic.Bool
		count atomic.Int64
	)
	for n := range clients {
		wait.Go(func() {
			for !done.Load() && !t.Failed() {
				answer := ask(t, http.DefaultClient, newRequest(t, api.url+"/api/private"), requests[n%len(requests)]()...)
				answer.wantCode(t, http.StatusOK, "")
				count.Add(1)
			}
		})
	}
	first := s.token(d.running.AccessToken(nil))
	for range rotations {
		time.Sleep(pause)
		d.running.RotateKeys()
	}
	time.Sleep(pause)
	onlyNewestKey(d)
	before := count.Load()
	get(t, api.url+"/api/private", bearer(first)...).wantCode(t, http.StatusOK, "") // nothing has made the API look
	time.Sleep(pause)
	d.running.RotateKeys() // which makes it look, and the old keys are gone
	time.Sleep(pause)
	done.Store(true)
	wait.Wait()
	get(t, api.url+"/api/private", bearer(first)...).wantCode(t, http.StatusUnauthorized, "jwks_key_not_found")
	if after := count.Load(); before < 50 || after-before < 10 {
		t.Errorf("%d requests, and %d after the old keys were gone: too few to show anything", before, after-before)
	}
	t.Logf("%d requests", count.Load())
}

// onlyNewestKey takes every key but the one that signs now out of the key set; keys that come later are published.
func onlyNewestKey(d *devTenant) {
	newest := d.running.KeyID()
	d.running.EditJWKS(func(document map[string]any) {
		keys := document["keys"].([]any)
		for i, key := range keys {
			if key.(map[string]any)["kid"] == newest {
				document["keys"] = keys[:i+1]
			}
		}
	})
}
