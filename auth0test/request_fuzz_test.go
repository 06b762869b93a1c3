package auth0test_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// unserved is a tenant for ServeHTTP alone, with one client for exact addresses.
func unserved(tb testing.TB) *auth0test.Tenant {
	tb.Helper()
	tenant, err := auth0test.New(auth0test.Config{
		Issuer: "https://tenant.example.test/", AutoApprove: "ada",
		Clients: []auth0test.Client{{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, RedirectURIs: []string{callback}}},
		APIs:    []auth0test.API{{Audience: bankAPI, AuthorizationDetailsTypes: []string{"payment_initiation", "account_information"}}},
		Organizations: []auth0test.Organization{
			{ID: "org_1", Name: "acme", Invitations: []string{"ticket"}},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(tenant.Close)
	return tenant
}

func served(tenant *auth0test.Tenant, method, target, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	tenant.ServeHTTP(answer, r)
	return answer
}

// Whatever a browser brings, it is sent to the registered address or nowhere, and a code is for what is complete.
func FuzzAuthorize(f *testing.F) {
	tenant := unserved(f)
	for _, changes := range []url.Values{
		nil,
		{"redirect_uri": {"https://evil.example.test/"}},
		{"organization": {"acme"}, "invitation": {"ticket"}},
		{"request_uri": {"urn:ietf:params:oauth:request_uri:x"}},
		{"orgnization": {"acme"}},
		detailsForm(nil), linkForm("x.y.z", nil),
		{"nonce": {"a", "b"}},
		{"session_transfer_token": {"x"}},
		{"max_age": {"0"}, "prompt": {"none"}},
	} {
		f.Add(request(changes).Encode())
	}
	f.Add("client_id=dev-client&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/authorize", http.NoBody)
		r.URL.RawQuery = query
		answer := httptest.NewRecorder()
		tenant.ServeHTTP(answer, r)
		target := answer.Header().Get("Location")
		switch answer.Code {
		case http.StatusBadRequest:
			if target != "" {
				t.Errorf("a page with Location %q", target)
			}
		case http.StatusFound:
			if !strings.HasPrefix(target, callback+"?") {
				t.Errorf("Location %q", target)
			}
		default:
			t.Errorf("status %d", answer.Code)
		}
		if !strings.Contains(target, "code=") {
			return
		}
		asked, _ := url.ParseQuery(query)
		for name, values := range asked {
			if len(values) != 1 {
				t.Errorf("a code although %s is repeated", name)
			}
		}
		if asked.Get("code_challenge_method") != "S256" || asked.Get("response_type") != "code" || asked.Has("request_uri") && asked.Get("request_uri") != "" {
			t.Errorf("a code for %v", asked)
		}
	})
}

// Nobody is let in by an assertion that no key of the client has signed.
func FuzzClientAssertion(f *testing.F) {
	const header, claims = "eyJhbGciOiJFUzI1NiJ9", "eyJpc3MiOiJ3ZWIiLCJzdWIiOiJ3ZWIifQ"
	private := rsaKey(f, 2048)
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/", Clients: []auth0test.Client{
		{ID: "web", Keys: []auth0test.ClientKey{{Key: private.Public()}}},
	}})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		header + "." + claims + ".AAAA", header + "." + claims + ".", "..", "e30.e30.e30", "eyJhbGciOiJub25lIn0." + claims + ".",
		"eyJhbGciOiJSUzI1NiIsImNyaXQiOlsiYjY0Il0sImI2NCI6ZmFsc2V9." + claims + ".AAAA", strings.Repeat("a", 9<<10),
	} {
		f.Add(text, "web")
	}
	f.Fuzz(func(t *testing.T, text, client string) {
		form := assertedForm(text, url.Values{"client_id": {client}})
		answer := served(tenant, http.MethodPost, "/oauth/token", form.Encode())
		var problem struct {
			Error string `json:"error"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &problem); err != nil {
			t.Fatalf("%v: %s", err, answer.Body)
		}
		switch {
		case answer.Code == http.StatusUnauthorized && problem.Error == "invalid_client":
		case answer.Code == http.StatusBadRequest && problem.Error == "invalid_request":
		default:
			t.Errorf("status %d, error %s", answer.Code, problem.Error)
		}
	})
}

// What is taken is what another reader of JSON takes it for.
func FuzzAuthorizationDetails(f *testing.F) {
	tenant := unserved(f)
	for _, text := range []string{
		payment, `[]`, `null`, `[null]`, `[{"type":"payment_initiation"},{"type":"x"}]`, `[{"Type":"payment_initiation"}]`,
		`[{"type":"x","type":"payment_initiation"}]`, `[{"type":"payment_initiation"}]]`, `[{"type":"payment_initiation","n":1e999}]`,
	} {
		f.Add(text)
	}
	known := []string{"payment_initiation", "account_information"}
	f.Fuzz(func(t *testing.T, text string) {
		answer := served(tenant, http.MethodPost, "/oauth/par", pushForm(detailsForm(url.Values{"authorization_details": {text}})).Encode())
		if answer.Code != http.StatusCreated {
			if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), `"invalid_authorization_details"`) {
				t.Errorf("status %d: %s", answer.Code, answer.Body)
			}
			return
		}
		var details []map[string]any
		if err := json.Unmarshal([]byte(text), &details); text != "" && err != nil {
			t.Fatalf("taken: %v", err)
		}
		for _, detail := range details {
			if name, ok := detail["type"].(string); !ok || !slices.Contains(known, name) {
				t.Errorf("taken with the type %v", detail["type"])
			}
		}
	})
}
