package auth0test_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestConnectIsReadStrictly(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: "s", RedirectURIs: []string{callback}},
	}})
	ada := accountToken(tenant, "auth0|ada", nil)
	tests := []struct {
		name    string
		changes map[string]any
		word    string
	}{
		{"connection missing", map[string]any{"connection": nil}, "connection"},
		{"redirect_uri missing", map[string]any{"redirect_uri": nil}, "redirect_uri"},
		{"state missing", map[string]any{"state": nil}, "state"},
		{"code_challenge missing", map[string]any{"code_challenge": nil}, "code_challenge"},
		{"code_challenge_method missing", map[string]any{"code_challenge_method": nil}, "code_challenge_method"},
		{"empty state", map[string]any{"state": ""}, "state"},
		{"state that is no text", map[string]any{"state": 1}, "state"},
		{"unknown connection", map[string]any{"connection": "github"}, "github"},
		{"redirect_uri of somebody else", map[string]any{"redirect_uri": "https://evil.example.test/"}, "redirect_uri"},
		{"redirect_uri one byte off", map[string]any{"redirect_uri": callback + "/"}, "redirect_uri"},
		{"plain challenge", map[string]any{"code_challenge_method": "plain"}, "S256"},
		{"challenge that is no hash", map[string]any{"code_challenge": "short"}, "code_challenge"},
		{"scopes as a text", map[string]any{"scopes": "mail.read"}, "scopes"},
		{"no scopes", map[string]any{"scopes": []string{}}, "scopes"},
		{"two scopes in one", map[string]any{"scopes": []string{"a b"}}, "scopes"},
		{"parameters as a text", map[string]any{"authorization_params": "login_hint=x"}, "authorization_params"},
		{"unknown member", map[string]any{"scope": "mail.read"}, "scope"},
		{"member in other letters", map[string]any{"State": "x"}, "State"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantProblem(t, call(t, tenant, http.MethodPost, "/connect", ada, connectBody(t, test.changes), nil), http.StatusBadRequest, test.word)
		})
	}
	good := connectBody(t, nil)
	for name, test := range map[string]struct {
		path, body string
		header     http.Header
		status     int
		word       string
	}{
		"member twice":     {"/connect", strings.Replace(good, "{", `{"state":"other",`, 1), nil, http.StatusBadRequest, "state"},
		"two objects":      {"/connect", good + good, nil, http.StatusBadRequest, "object"},
		"an array":         {"/connect", "[" + good + "]", nil, http.StatusBadRequest, "object"},
		"cut off":          {"/connect", good[:len(good)-1], nil, http.StatusBadRequest, "object"},
		"a form":           {"/connect", "state=x", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, http.StatusBadRequest, "application/json"},
		"oversized":        {"/connect", good + strings.Repeat(" ", 64<<10), nil, http.StatusRequestEntityTooLarge, "body"},
		"with a query":     {"/connect?state=x", good, nil, http.StatusBadRequest, "state"},
		"not UTF-8":        {"/connect", strings.Replace(good, "the-state", "\xff", 1), nil, http.StatusBadRequest, "object"},
		"nested twice":     {"/connect", strings.Replace(good, "{", `{"authorization_params":{"a":"1","a":"2"},`, 1), nil, http.StatusBadRequest, "authorization_params"},
		"complete, empty":  {"/complete", "{}", nil, http.StatusBadRequest, "auth_session"},
		"complete, no uri": {"/complete", completeBody(t, "x", "y", map[string]any{"redirect_uri": nil}), nil, http.StatusBadRequest, "redirect_uri"},
		"complete, more":   {"/complete", completeBody(t, "x", "y", map[string]any{"state": "x"}), nil, http.StatusBadRequest, "state"},
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, call(t, tenant, http.MethodPost, test.path, ada, test.body, test.header), test.status, test.word)
		})
	}
}

// FuzzConnect wants a problem that says what is wrong, or a connection that is complete, of whatever a client sends.
func FuzzConnect(f *testing.F) {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(tenant.Close)
	token := accountToken(tenant, "auth0|ada", auth0test.Claims{"exp": time.Now().Add(24 * time.Hour)})
	good := `{"connection":"google-oauth2","redirect_uri":"http://localhost/","state":"s","code_challenge":"` +
		oauth2.S256ChallengeFromVerifier(verifier) + `","code_challenge_method":"S256","scopes":["a"],"authorization_params":{"a":{"b":[1]}}}`
	for _, body := range []string{good, "", "{}", "[]", "null", good + "x", `{"a":1,"a":2}`, `{"a":`, `{"scopes":[null]}`, "\xff"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, accountsPath+"/connect", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		tenant.ServeHTTP(w, r)
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("status %d, not JSON: %v", w.Code, err)
		}
		switch w.Code {
		case http.StatusCreated:
			var sent map[string]json.RawMessage
			if err := json.Unmarshal([]byte(body), &sent); err != nil || len(sent) < 5 || len(sent) > 7 {
				t.Errorf("%q passed", body)
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			if answer["detail"] == "" || answer["status"] != float64(w.Code) {
				t.Errorf("status %d: %v", w.Code, answer)
			}
		default:
			t.Errorf("status %d for %q", w.Code, body)
		}
	})
}
