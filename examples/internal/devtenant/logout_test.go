package devtenant_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
)

// A logout at the page of the tenant reaches the web app, at the path where auth.Mount takes it.
func TestLogoutAtTheTenantReachesTheWebApp(t *testing.T) {
	for _, prefix := range []string{"", "/", "/app"} {
		told := make(chan string, 2)
		webapp := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			told <- r.Method + " " + r.URL.Path
		}))
		tenant := open(t, devtenant.Config{Address: freeAddress(t), WebApp: webapp.URL + prefix})
		client := signIn(t, tenant)
		if status := get(t, client, tenant.Issuer()+"oidc/logout").status; status != http.StatusOK {
			t.Errorf("the logout is answered %d", status)
		}
		want := "POST /auth/backchannel-logout"
		if prefix == "/app" {
			want = "POST /app/auth/backchannel-logout"
		}
		webapp.Close()
		close(told)
		if got := <-told; got != want {
			t.Errorf("%s: the web app is asked for %q, want %q", prefix, got, want)
		}
	}
}

// answer is what a browser gets, after redirects within the tenant.
type answer struct {
	status int
	body   string
	url    *url.URL
}

func get(t *testing.T, client *http.Client, address string) answer {
	t.Helper()
	response, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, string(body), response.Request.URL}
}

var state = regexp.MustCompile(`name="state" value="([^"]+)"`)

// signIn is a browser that logs in to the web app, as far as the tenant sees it.
func signIn(t *testing.T, tenant *devtenant.Tenant) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	const callback = "http://localhost:3000/auth/callback"
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "localhost:3000" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page := get(t, client, tenant.Issuer()+"authorize?"+url.Values{
		"client_id": {devtenant.ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}, // RFC 7636 appendix B
	}.Encode())
	found := state.FindStringSubmatch(page.body)
	if found == nil {
		t.Fatalf("status %d: no login page", page.status)
	}
	response, err := client.PostForm(page.url.String(), url.Values{"state": {found[1]}, "name": {"ada"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d after the login, want 303", response.StatusCode)
	}
	return client
}
