package auth0test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A tenant that runs for days forgets the pushed requests that no browser came for, and the assertions that are too
// old for another use.
func TestPushedRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	tenant, err := New(Config{Issuer: "https://tenant.example.test/", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 2, 1} {
		form := url.Values{
			"client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret}, "redirect_uri": {"http://localhost/"},
			"response_type": {"code"}, "scope": {"openid"}, "code_challenge_method": {"S256"},
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
		}
		r := httptest.NewRequest(http.MethodPost, pathPushed, strings.NewReader(form.Encode()))
		r.Header.Set(headerContent, contentTypeForm)
		answer := httptest.NewRecorder()
		tenant.ServeHTTP(answer, r)
		if answer.Code != http.StatusCreated || len(tenant.store.pushed) != want {
			t.Errorf("status %d, %d requests in memory; want 201, %d", answer.Code, len(tenant.store.pushed), want)
		}
		now = now.Add(20 * time.Second)
		if want == 2 {
			now = now.Add(time.Minute)
		}
	}
}

func TestUsedAssertionsAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	tenant, err := New(Config{Issuer: "https://tenant.example.test/", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	client := &tenant.cfg.Clients[0]
	for _, id := range []string{"a", "b"} {
		a := &assertion{claims: assertionClaims{ID: id}}
		if !tenant.spendAssertion(client, a, now) || tenant.spendAssertion(client, a, now.Add(assertionReach)) {
			t.Errorf("%s counts not exactly once", id)
		}
		now = now.Add(assertionReach + 2*time.Minute)
	}
	if got := len(tenant.store.assertions); got != 1 {
		t.Errorf("%d assertions in memory, want 1", got)
	}
}
