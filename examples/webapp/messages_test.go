package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// withAPI makes the web app call this API.
func withAPI(t *testing.T, api http.HandlerFunc) func(*settings) {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return func(s *settings) { s.api = server.URL }
}

// A Bearer token of a session, or one that is bound to its key, comes to the API and to nobody else.
func TestMessages(t *testing.T) {
	for scheme, dpop := range map[string]bool{"Bearer": false, "DPoP": true} {
		t.Run(scheme, func(t *testing.T) {
			var token string
			a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.auth.DPoP = dpop }, withAPI(t, func(w http.ResponseWriter, r *http.Request) {
				kind, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
				token = value
				if r.Method != http.MethodGet || r.URL.Path != "/api/private-scoped" || (r.Header.Get("DPoP") != "") != dpop || r.Header.Get("Cookie") != "" {
					t.Errorf("%s %s, proof %q, cookies %q", r.Method, r.URL, r.Header.Get("DPoP"), r.Header.Get("Cookie"))
				}
				_, _ = w.Write([]byte(`{"message":"Yes, <b>you</b>.","user_id":"auth0|ada","scheme":"` + kind + `"}`))
			}))
			r := a.get("/messages")
			r.want(t, 200, "/messages", `data-testid="api-message">Yes, &lt;b&gt;you&lt;/b&gt;.<`, `data-testid="api-status">200 OK<`,
				`data-testid="api-scheme">`+scheme+`<`, html.EscapeString(`"user_id": "auth0|ada"`), `href="/accounts"`)
			if token == "" || strings.Contains(r.body, token) || strings.Contains(r.body, "api-hint") {
				t.Errorf("a token of %d bytes, and the page\n%s", len(token), r.body)
			}
		})
	}
}

// Whatever the API says is said once more, and what to do about it.
func TestMessagesOfAnAPIThatRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		texts  []string
	}{
		{
			"the other kind of token", 401, `{"error":"invalid_token","error_code":"scheme_unsupported"}`,
			[]string{"The API refuses.", ">401 Unauthorized<", "AUTH0_DPOP=true", "scheme_unsupported"},
		},
		{"no scope", 403, `{"error":"insufficient_scope","error_code":"insufficient_scope"}`, []string{">403 Forbidden<", "AUTH0_SCOPE"}},
		{"another audience", 401, `{"error_code":"audience_mismatch"}`, []string{"AUTH0_AUDIENCE", "audience_mismatch"}},
		{"another program", 404, "<script>404 page not found", []string{"Something else answers there.", ">404 Not Found<", "API_URL"}},
		{"another program with JSON", 200, `["<script>"]`, []string{">200 OK<", "API_URL", "&lt;script&gt;"}},
		{"a redirect", 302, "", []string{">302 Found<", "API_URL"}},
		{"too much", 200, `{"message":"` + strings.Repeat("x", 64<<10) + `"}`, []string{">200 OK<", "API_URL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", withAPI(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "https://elsewhere.example.test/")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			r := a.get("/messages")
			r.want(t, 502, "/messages", c.texts...)
			if strings.Contains(r.body, "<script>") || strings.Contains(r.body, "eyJ") {
				t.Errorf("the page holds too much:\n%s", r.body)
			}
		})
	}
}

func TestMessagesOfAnAPIThatIsNotThere(t *testing.T) {
	api := "http://localhost:" + freePort(t)
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "", func(s *settings) { s.api = api })
	r := a.get("/messages")
	r.want(t, 502, "/messages", "Nobody answers there.", "go run ./examples/api", api+"/api/private-scoped")
	if strings.Contains(r.body, "refused") {
		t.Errorf("the page holds the error:\n%s", r.body)
	}
}

// Without a token that is still good there is nothing to ask the API with.
func TestMessagesWithoutAToken(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada", AccessTokenLifetime: 5 * time.Second}, "", withAPI(t, func(http.ResponseWriter, *http.Request) {
		t.Error("the API is asked")
	}))
	a.get("/profile").want(t, 200, "/profile")
	a.tenant.Break("/oauth/token", auth0test.Down)
	a.get("/messages").want(t, 502, "/messages", "upstream_error", `href="/messages"`)
}
