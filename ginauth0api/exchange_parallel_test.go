package ginauth0api_test

import (
	"crypto/ed25519"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Many calls at a time share discovery and the key, and nothing else: each has an
// assertion of its own.
func TestExchangesInParallel(t *testing.T) {
	t.Parallel()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	const calls = 32
	s := newTokenServer(t, nil)
	guard := newClient(t, s, func(cfg *ginauth0api.Config) {
		cfg.Client = ginauth0api.ClientConfig{ID: clientID, Assertion: ginauth0api.ClientAssertion{Key: private}}
	})
	var group sync.WaitGroup
	for range calls {
		group.Go(func() {
			if _, err := exchangeLeast(t.Context(), guard); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, request := range s.taken() {
		seen[request.form.Get("client_assertion")] = true
	}
	if len(seen) != calls || s.count() != calls+1 {
		t.Errorf("%d assertions in %d requests, want %d and one for discovery", len(seen), s.count(), calls)
	}
}
