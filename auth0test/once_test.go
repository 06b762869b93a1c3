package auth0test_test

import (
	"crypto/elliptic"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// onlyOnce runs the same request several times at once and wants it to succeed once.
func onlyOnce(t *testing.T, request func() bool) {
	t.Helper()
	var (
		all       sync.WaitGroup
		successes atomic.Int32
	)
	start := make(chan struct{})
	for range 8 {
		all.Go(func() {
			<-start
			if request() {
				successes.Add(1)
			}
		})
	}
	close(start)
	all.Wait()
	if got := successes.Load(); got != 1 {
		t.Errorf("%d requests succeeded, want 1", got)
	}
}

// brings tells whether a login that goes straight through brings a code.
func brings(t *testing.T, client *http.Client, address string) bool {
	t.Helper()
	response, err := client.Get(address)
	if err != nil {
		t.Error(err)
		return false
	}
	defer response.Body.Close()
	return strings.Contains(response.Header.Get("Location"), "code=")
}

// answers tells whether a POST is answered with the status.
func answers(t *testing.T, address, body string, header http.Header, status int) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return false
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == status
}

func formHeader() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
}

func TestWhatIsGoodForOneRequestAtOnce(t *testing.T) {
	t.Parallel()
	key := ecKey(t, elliptic.P256())
	tenant := auth0test.Start(t, auth0test.Config{
		AutoApprove:   "ada",
		Organizations: []auth0test.Organization{{ID: "org_1", Name: "acme", Invitations: []string{"ticket"}}},
		Clients: []auth0test.Client{
			{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
			{ID: "web", Keys: []auth0test.ClientKey{{Key: key.Public()}}},
		},
	})
	client := newBrowser(t, tenant).http
	t.Run("pushed request", func(t *testing.T) {
		t.Parallel()
		_, address := pushed(t, tenant, pushForm(nil))
		onlyOnce(t, func() bool { return brings(t, client, address) })
	})
	t.Run("invitation", func(t *testing.T) {
		t.Parallel()
		address := authorizeURL(tenant, url.Values{"organization": {"acme"}, "invitation": {"ticket"}})
		onlyOnce(t, func() bool { return brings(t, client, address) })
	})
	t.Run("assertion", func(t *testing.T) {
		t.Parallel()
		form := assertedForm(assert(t, tenant, jose.ES256, key, nil, nil), nil)
		onlyOnce(t, func() bool {
			return answers(t, tenant.URL()+"/oauth/token", form.Encode(), formHeader(), http.StatusOK)
		})
	})
}
