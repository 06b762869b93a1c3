package ginauth0_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestParallelSessionsNeverMix(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) { s.tenant.AutoApprove = "" })
	for _, name := range []string{"ada", "grace", "alan", "edsger"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 3 {
				b := a.browser(t)
				b.loginAs(name)
				for range 5 {
					if r := b.get("/profile"); r.body != "profile of auth0|"+name {
						t.Errorf("%s sees %s", name, r.body)
					}
				}
				b.get("/auth/logout")
				if r := b.get("/profile", asJSON); r.status != http.StatusUnauthorized {
					t.Errorf("%s after the logout: %d", name, r.status)
				}
			}
		})
	}
}

// loginAs signs in by typing a name on the tenant's page.
func (b *browser) loginAs(name string) {
	b.t.Helper()
	at := b.get("/auth/login").location(b.t)
	for range 8 {
		r := b.get(at.String())
		if r.status == http.StatusOK && strings.HasPrefix(at.String(), b.app.tenant.URL()) {
			r = b.post(at.String(), url.Values{"name": {name}, "state": {at.Query().Get("state")}})
		}
		next := at.ResolveReference(r.location(b.t))
		if strings.HasPrefix(at.String(), b.app.url) {
			return // the callback's own redirect
		}
		at = next
	}
	b.t.Fatalf("the login of %s does not end", name)
}

func (b *browser) post(target string, form url.Values) answer {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	return answer{status: response.StatusCode, header: response.Header, url: request.URL}
}
