package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// What is wrong with client or address is told to the person: a redirect would go where an attacker wants.
func TestAuthorizeNeverRedirectsToAnUnprovenAddress(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{
		AutoApprove: "ada",
		Clients: []auth0test.Client{
			{ID: "web", Secret: "s", RedirectURIs: []string{"https://app.example.test/callback"}},
			{ID: "dev", Secret: "s", AllowLoopback: true},
		},
	})
	tests := map[string]url.Values{
		"no client":                  {"client_id": {""}},
		"unknown client":             {"client_id": {"nobody"}},
		"client twice":               {"client_id": {"web", "web"}},
		"no address":                 {"client_id": {"web"}, "redirect_uri": {""}},
		"address twice":              {"client_id": {"web"}, "redirect_uri": {"https://app.example.test/callback", "https://evil.example.test/"}},
		"address of somebody else":   {"client_id": {"web"}, "redirect_uri": {"https://evil.example.test/callback"}},
		"longer path":                {"client_id": {"web"}, "redirect_uri": {"https://app.example.test/callback/../evil"}},
		"added query":                {"client_id": {"web"}, "redirect_uri": {"https://app.example.test/callback?x=1"}},
		"other case":                 {"client_id": {"web"}, "redirect_uri": {"https://APP.example.test/callback"}},
		"loopback of another client": {"client_id": {"web"}, "redirect_uri": {callback}},
		"host that begins alike":     {"client_id": {"dev"}, "redirect_uri": {"http://localhost.evil.example.test/"}},
		"loopback as user name":      {"client_id": {"dev"}, "redirect_uri": {"http://localhost:3000@evil.example.test/"}},
		"user information":           {"client_id": {"dev"}, "redirect_uri": {"http://evil.example.test:x@localhost:3000/"}},
		"backslash":                  {"client_id": {"dev"}, "redirect_uri": {`http://localhost\@evil.example.test/`}},
		"backslash in the path":      {"client_id": {"dev"}, "redirect_uri": {`http://localhost/\evil.example.test/`}},
		"control character":          {"client_id": {"dev"}, "redirect_uri": {"http://localhost/\t/"}},
		"fragment":                   {"client_id": {"dev"}, "redirect_uri": {"http://localhost/#x"}},
		"other scheme":               {"client_id": {"dev"}, "redirect_uri": {"javascript://localhost/%0aalert(1)"}},
		"relative":                   {"client_id": {"dev"}, "redirect_uri": {"//localhost/"}},
	}
	for name, changes := range tests {
		t.Run(name, func(t *testing.T) {
			got := newBrowser(t, tenant).get(authorizeURL(tenant, changes))
			if got.status != http.StatusBadRequest || got.header.Get("Location") != "" ||
				!strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
				t.Errorf("status %d, Location %q, type %q; want a page with 400",
					got.status, got.header.Get("Location"), got.header.Get("Content-Type"))
			}
		})
	}
	if got := newBrowser(t, tenant).get(tenant.URL() + "/authorize?client_id=%zz"); got.status != http.StatusBadRequest {
		t.Errorf("unreadable query: status %d, want 400", got.status)
	}
}

func TestLoopbackAddressesOfTheDefaultClient(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	for _, address := range []string{
		"http://localhost:3000/cb", "https://localhost/cb", "http://127.0.0.1:1/", "http://127.9.9.9/?a=b", "http://[::1]:8080/cb",
	} {
		got := newBrowser(t, tenant).get(authorizeURL(tenant, url.Values{"redirect_uri": {address}}))
		if target := got.header.Get("Location"); !strings.HasPrefix(target, address) || !strings.Contains(target, "code=") {
			t.Errorf("%s: status %d, Location %q", address, got.status, target)
		}
	}
}

func TestAuthorizeTellsTheClient(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	tests := []struct {
		name    string
		changes url.Values
		error   string
	}{
		{"response type missing", url.Values{"response_type": {""}}, "invalid_request"},
		{"implicit flow", url.Values{"response_type": {"id_token"}}, "unsupported_response_type"},
		{"hybrid flow", url.Values{"response_type": {"code id_token"}}, "unsupported_response_type"},
		{"form_post", url.Values{"response_mode": {"form_post"}}, "invalid_request"},
		{"no scope", url.Values{"scope": {""}}, "invalid_scope"},
		{"no openid", url.Values{"scope": {"profile"}}, "invalid_scope"},
		{"no PKCE", url.Values{"code_challenge": {""}, "code_challenge_method": {""}}, "invalid_request"},
		{"PKCE plain", url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		{"PKCE method left out", url.Values{"code_challenge_method": {""}}, "invalid_request"},
		{"challenge too short", url.Values{"code_challenge": {"abc"}}, "invalid_request"},
		{"challenge padded", url.Values{"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="}}, "invalid_request"},
		{"challenge with loose bits", url.Values{"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN"}}, "invalid_request"},
		{"nonce twice", url.Values{"nonce": {"a", "b"}}, "invalid_request"},
		{"unknown parameter twice", url.Values{"x": {"a", "a"}}, "invalid_request"},
		{"request object", url.Values{"request": {"e30.e30."}}, "request_not_supported"},
		{"request by reference", url.Values{"request_uri": {"https://evil.example.test/"}}, "request_uri_not_supported"},
		{"prompt unknown", url.Values{"prompt": {"maybe"}}, "invalid_request"},
		{"prompt none and another", url.Values{"prompt": {"none login"}}, "invalid_request"},
		{"max_age negative", url.Values{"max_age": {"-1"}}, "invalid_request"},
		{"max_age not a number", url.Values{"max_age": {"1h"}}, "invalid_request"},
		{"max_age too large", url.Values{"max_age": {"2147483648"}}, "invalid_request"},
		{"unknown audience", url.Values{"audience": {"https://other.example.test"}}, "access_denied"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := newBrowser(t, tenant).get(authorizeURL(tenant, test.changes)).location(t)
			if got.Get("error") != test.error || got.Get("code") != "" {
				t.Errorf("answer %v, want error %s", got, test.error)
			}
			if got.Get("state") != "the-state" || got.Get("iss") != tenant.Issuer() || got.Get("error_description") == "" {
				t.Errorf("answer %v: state, iss or description missing", got)
			}
		})
	}
	t.Run("state twice", func(t *testing.T) {
		got := newBrowser(t, tenant).get(authorizeURL(tenant, url.Values{"state": {"a", "b"}})).location(t)
		if got.Get("error") != "invalid_request" || got.Has("state") {
			t.Errorf("answer %v, want invalid_request and no state", got)
		}
	})
}

func TestAuthorizeByPost(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	got := newBrowser(t, tenant).post(tenant.URL()+"/authorize", request(nil))
	if got.status != http.StatusSeeOther || got.location(t).Get("code") == "" {
		t.Errorf("status %d, Location %q", got.status, got.header.Get("Location"))
	}
}

func TestAuthorizeKeepsTheQueryOfTheAddress(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	got := newBrowser(t, tenant).get(authorizeURL(tenant, url.Values{"redirect_uri": {callback + "?tab=%2F"}}))
	if target := got.header.Get("Location"); !strings.HasPrefix(target, callback+"?tab=%2F&code=") {
		t.Errorf("Location %q", target)
	}
}

func TestOrganizations(t *testing.T) {
	tenant := auth0test.Start(t)
	for asked, want := range map[string][2]any{
		"org_123": {"org_123", nil},
		"Acme":    {"org_acme", "acme"},
	} {
		code := newBrowser(t, tenant).login(url.Values{"organization": {asked}, "audience": {auth0test.DefaultAudience}})
		answer := granted(t, tenant, codeForm(code, nil))
		for audience, name := range map[string]string{
			auth0test.DefaultClientID: "id_token", auth0test.DefaultAudience: "access_token",
		} {
			all := claims(t, tenant, audience, text(t, answer, name))
			if got := [2]any{all["org_id"], all["org_name"]}; got != want {
				t.Errorf("organization %s: %s has %v, want %v", asked, name, got, want)
			}
		}
	}
}

// RFC 6749 section 4.1.2.1 keeps quotes, backslashes and line breaks out of error_description.
func TestErrorDescriptionHoldsNothingOdd(t *testing.T) {
	tenant := auth0test.Start(t)
	got := newBrowser(t, tenant).get(authorizeURL(tenant, url.Values{"audience": {"a\"b\\c\r\nd€"}})).location(t)
	if want := "Service not found: a?b?c??d?"; got.Get("error_description") != want {
		t.Errorf("error_description %q, want %q", got.Get("error_description"), want)
	}
}

func TestPagesRefuseUnreadableRequests(t *testing.T) {
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	for _, path := range []string{
		"/u/login?state=%zz", "/u/login?state=a&state=b", "/u/login", "/oidc/logout?%zz", "/v2/logout?%zz",
	} {
		if got := b.get(tenant.URL() + path); got.status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", path, got.status)
		}
	}
	response, err := b.http.Post(tenant.URL()+"/u/login", "application/json", strings.NewReader("{}"))
	if got := read(t, response, err); got.status != http.StatusBadRequest {
		t.Errorf("JSON at the login page: status %d, want 400", got.status)
	}
}
