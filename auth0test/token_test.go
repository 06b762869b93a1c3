package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// post sends a body to the token endpoint as it is.
func post(t *testing.T, address, body string, header http.Header) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := http.DefaultClient.Do(r)
	return read(t, response, err)
}

func TestTokenRequestIsReadStrictly(t *testing.T) {
	tenant := auth0test.Start(t)
	good := url.Values{
		"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience},
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
	}.Encode()
	address := tenant.URL() + "/oauth/token"
	if got := post(t, address, good, nil); got.status != http.StatusOK {
		t.Fatalf("the good request: %d %s", got.status, got.body)
	}
	tests := []struct {
		name, query, body string
		header            http.Header
		status            int
		error             string
	}{
		{"parameter twice", "", good + "&audience=x", nil, http.StatusBadRequest, "invalid_request"},
		{"same parameter twice", "", good + "&grant_type=client_credentials", nil, http.StatusBadRequest, "invalid_request"},
		{"secret in the query", "?client_secret=" + auth0test.DefaultClientSecret, good, nil, http.StatusBadRequest, "invalid_request"},
		{"JSON", "", `{"grant_type":"client_credentials"}`, http.Header{"Content-Type": {"application/json"}}, http.StatusBadRequest, "invalid_request"},
		{"no content type", "", good, http.Header{"Content-Type": nil}, http.StatusBadRequest, "invalid_request"},
		{"unreadable", "", "%zz=1", nil, http.StatusBadRequest, "invalid_request"},
		{"semicolons", "", strings.ReplaceAll(good, "&", ";"), nil, http.StatusBadRequest, "invalid_request"},
		{"oversized", "", good + "&x=" + strings.Repeat("a", 64<<10), nil, http.StatusRequestEntityTooLarge, "invalid_request"},
		{"empty", "", "", nil, http.StatusUnauthorized, "invalid_client"},
		{"no grant type", "", strings.Replace(good, "grant_type=client_credentials", "grant_type=", 1), nil, http.StatusBadRequest, "invalid_request"},
		{"password grant", "", strings.Replace(good, "=client_credentials", "=password", 1), nil, http.StatusBadRequest, "unsupported_grant_type"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, post(t, address+test.query, test.body, test.header), test.status, test.error)
		})
	}
	t.Run("GET", func(t *testing.T) {
		response, err := http.Get(address)
		if got := read(t, response, err); got.status != http.StatusMethodNotAllowed || !strings.Contains(got.header.Get("Allow"), "POST") {
			t.Errorf("status %d, Allow %q", got.status, got.header.Get("Allow"))
		}
	})
}

func TestClientAuthentication(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: "web", Secret: "s3cret"},
		{ID: "odd:id", Secret: "päss +:%"},
		{ID: "native", Public: true},
	}})
	// Basic values in the form encoding of RFC 6749 section 2.3.1, by hand.
	basic := func(credentials string) http.Header {
		r := http.Request{Header: http.Header{}}
		id, secret, _ := strings.Cut(credentials, " ")
		r.SetBasicAuth(id, secret)
		return r.Header
	}
	with := func(extra ...string) url.Values {
		form := url.Values{"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience}}
		for i := 0; i+1 < len(extra); i += 2 {
			form.Set(extra[i], extra[i+1])
		}
		return form
	}
	tests := []struct {
		name      string
		form      url.Values
		header    http.Header
		status    int
		error     any
		challenge bool
	}{
		{"post", with("client_id", "web", "client_secret", "s3cret"), nil, 200, nil, false},
		{"basic", with(), basic("web s3cret"), 200, nil, false},
		{"basic and the same client_id", with("client_id", "web"), basic("web s3cret"), 200, nil, false},
		{"basic, encoded", with(), basic("odd%3Aid p%C3%A4ss+%2B%3A%25"), 200, nil, false},
		{"scheme without case", with(), http.Header{"Authorization": {"bAsIc d2ViOnMzY3JldA=="}}, 200, nil, false},
		{"basic, not encoded", with(), basic("web s3cret%"), 401, "invalid_client", true},
		{"nobody", with(), nil, 401, "invalid_client", false},
		{"unknown client", with("client_id", "nobody", "client_secret", "s3cret"), nil, 401, "invalid_client", false},
		{"wrong secret", with("client_id", "web", "client_secret", "S3cret"), nil, 401, "invalid_client", false},
		{"secret left out", with("client_id", "web"), nil, 401, "invalid_client", false},
		{"wrong secret, basic", with(), basic("web x"), 401, "invalid_client", true},
		{"empty secret, basic", with(), basic("web "), 401, "invalid_client", true},
		{"not base64", with(), http.Header{"Authorization": {"Basic %%"}}, 401, "invalid_client", true},
		{"no colon", with(), http.Header{"Authorization": {"Basic d2Vi"}}, 401, "invalid_client", true},
		{"other scheme", with(), http.Header{"Authorization": {"Bearer s3cret"}}, 401, "invalid_client", true},
		{"two ways at once", with("client_secret", "s3cret"), basic("web s3cret"), 400, "invalid_request", false},
		{"two clients at once", with("client_id", "native"), basic("web s3cret"), 400, "invalid_request", false},
		{"header twice", with(), http.Header{"Authorization": {"Basic d2ViOnMzY3JldA==", "Basic d2ViOnMzY3JldA=="}}, 400, "invalid_request", false},
		{"public client for itself", with("client_id", "native"), nil, 400, "unauthorized_client", false},
		{"public client with a secret", with("client_id", "native", "client_secret", "x"), nil, 401, "invalid_client", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := post(t, tenant.URL()+"/oauth/token", test.form.Encode(), test.header)
			if got.status != test.status || got.json(t)["error"] != test.error {
				t.Errorf("status %d, error %v; want %d, %v", got.status, got.json(t)["error"], test.status, test.error)
			}
			if challenge := strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic "); challenge != test.challenge {
				t.Errorf("WWW-Authenticate %q", got.header.Get("WWW-Authenticate"))
			}
		})
	}
}

func TestPublicClientSignsIn(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: "native", Public: true, RedirectURIs: []string{callback}},
	}})
	code := newBrowser(t, tenant).login(url.Values{"client_id": {"native"}, "scope": {"openid offline_access"}})
	answer := granted(t, tenant, codeForm(code, url.Values{"client_id": {"native"}, "client_secret": {""}}))
	granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), url.Values{"client_id": {"native"}, "client_secret": {""}}))
}

func TestClientCredentials(t *testing.T) {
	tenant := auth0test.Start(t)
	form := func(changes url.Values) url.Values {
		return changed(url.Values{
			"grant_type": {"client_credentials"}, "audience": {auth0test.DefaultAudience},
			"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
		}, changes)
	}
	answer := granted(t, tenant, form(nil))
	all := claims(t, tenant, auth0test.DefaultAudience, text(t, answer, "access_token"))
	if all["sub"] != "dev-client@clients" || all["gty"] != "client-credentials" || all["azp"] != "dev-client" ||
		all["aud"] != auth0test.DefaultAudience || all["scope"] != "read:messages write:messages" {
		t.Errorf("claims %v", all)
	}
	if answer["id_token"] != nil || answer["refresh_token"] != nil || answer["expires_in"] != 3600.0 {
		t.Errorf("answer has too much: %v", answer)
	}
	if got := granted(t, tenant, form(url.Values{"scope": {"read:messages"}}))["scope"]; got != "read:messages" {
		t.Errorf("scope %v", got)
	}
	wantRefusal(t, token(t, tenant, form(url.Values{"audience": {""}})), http.StatusBadRequest, "invalid_request")
	wantRefusal(t, token(t, tenant, form(url.Values{"audience": {"https://other.example.test"}})), http.StatusForbidden, "access_denied")
	wantRefusal(t, token(t, tenant, form(url.Values{"scope": {"openid"}})), http.StatusBadRequest, "invalid_scope")
	wantRefusal(t, token(t, tenant, form(url.Values{"scope": {"delete:all"}})), http.StatusBadRequest, "invalid_scope")
}
