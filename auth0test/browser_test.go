package auth0test_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const (
	callback = "http://localhost:3000/auth/callback"
	verifier = "a-code-verifier-of-the-tests-that-is-long-enough-1"
)

// browser is a cookie jar that stays at the tenant: a redirect to the client ends the walk.
type browser struct {
	t      *testing.T
	tenant *auth0test.Tenant
	http   *http.Client
}

func newBrowser(t *testing.T, tenant *auth0test.Tenant) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, tenant: tenant, http: &http.Client{
		Jar: jar,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), tenant.Issuer()) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

// page is an answer, read.
type page struct {
	status int
	header http.Header
	body   string
	url    *url.URL
}

func read(t *testing.T, response *http.Response, err error) page {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{status: response.StatusCode, header: response.Header, body: string(body), url: response.Request.URL}
}

// location is the query of the client's address that the browser was sent to.
func (p page) location(t *testing.T) url.Values {
	t.Helper()
	target := p.header.Get("Location")
	if !strings.HasPrefix(target, callback) {
		t.Fatalf("status %d, Location %q: the browser was not sent back to the client\n%s", p.status, target, p.body)
	}
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func (p page) json(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(p.body), &object); err != nil {
		t.Fatalf("status %d, not JSON: %v\n%s", p.status, err, p.body)
	}
	return object
}

func (b *browser) get(address string) page {
	b.t.Helper()
	response, err := b.http.Get(address)
	return read(b.t, response, err)
}

func (b *browser) post(address string, form url.Values) page {
	b.t.Helper()
	response, err := b.http.PostForm(address, form)
	return read(b.t, response, err)
}

var hiddenState = regexp.MustCompile(`name="state" value="([^"]+)"`)

// choose answers a login page.
func (b *browser) choose(login page, name, value string) page {
	b.t.Helper()
	found := hiddenState.FindStringSubmatch(login.body)
	if login.status != http.StatusOK || found == nil {
		b.t.Fatalf("status %d: not a login page\n%s", login.status, login.body)
	}
	return b.post(login.url.String(), url.Values{"state": {found[1]}, name: {value}})
}

// request is a good authorization request with changes; an empty value leaves a parameter out.
func request(changes url.Values) url.Values {
	q := url.Values{
		"client_id": {auth0test.DefaultClientID}, "redirect_uri": {callback}, "response_type": {"code"},
		"scope": {"openid profile email"}, "state": {"the-state"}, "nonce": {"the-nonce"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	for name, values := range changes {
		q[name] = values
		if len(values) == 1 && values[0] == "" {
			delete(q, name)
		}
	}
	return q
}

func authorizeURL(tenant *auth0test.Tenant, changes url.Values) string {
	return tenant.URL() + "/authorize?" + request(changes).Encode()
}

// login signs ada in without a page and returns the code.
func (b *browser) login(changes url.Values) string {
	b.t.Helper()
	b.tenant.SetAutoApprove("ada")
	result := b.get(authorizeURL(b.tenant, changes)).location(b.t)
	if result.Get("code") == "" {
		b.t.Fatalf("no code but %v", result)
	}
	return result.Get("code")
}

// codeForm is a good token request for a code, with changes.
func codeForm(code string, changes url.Values) url.Values {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}
	return changed(form, changes)
}

func refreshForm(token string, changes url.Values) url.Values {
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {token},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}
	return changed(form, changes)
}

func changed(form, changes url.Values) url.Values {
	for name, values := range changes {
		form[name] = values
		if len(values) == 1 && values[0] == "" {
			delete(form, name)
		}
	}
	return form
}

// token posts to the token endpoint.
func token(t *testing.T, tenant *auth0test.Tenant, form url.Values) page {
	t.Helper()
	response, err := http.PostForm(tenant.URL()+"/oauth/token", form)
	return read(t, response, err)
}

// granted posts to the token endpoint and wants an answer with tokens.
func granted(t *testing.T, tenant *auth0test.Tenant, form url.Values) map[string]any {
	t.Helper()
	answer := token(t, tenant, form)
	if answer.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", answer.status, answer.body)
	}
	return answer.json(t)
}

func wantRefusal(t *testing.T, answer page, status int, code string) {
	t.Helper()
	if got := answer.json(t)["error"]; answer.status != status || got != code {
		t.Errorf("status %d, error %v; want %d, %s", answer.status, got, status, code)
	}
	if got := answer.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", got)
	}
}

// userinfo asks for the claims behind an access token.
func userinfo(t *testing.T, tenant *auth0test.Tenant, authorization ...string) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tenant.URL()+"/userinfo", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"] = authorization
	response, err := http.DefaultClient.Do(r)
	return read(t, response, err)
}

// provider is go-oidc's view of the tenant.
func provider(t *testing.T, tenant *auth0test.Tenant) *oidc.Provider {
	t.Helper()
	p, err := oidc.NewProvider(context.Background(), tenant.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// claims reads a JWT after go-oidc has verified it for an audience.
func claims(t *testing.T, tenant *auth0test.Tenant, audience, token string) map[string]any {
	t.Helper()
	verified, err := provider(t, tenant).Verifier(&oidc.Config{ClientID: audience}).Verify(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := verified.Claims(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func text(t *testing.T, object map[string]any, name string) string {
	t.Helper()
	value, ok := object[name].(string)
	if !ok || value == "" {
		t.Fatalf("%s is %v, want a text", name, object[name])
	}
	return value
}
