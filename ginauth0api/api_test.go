package ginauth0api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	m.Run()
}

// newGuard makes a Guard for the issuer's tokens; edit changes the settings.
func newGuard(t testing.TB, i *issuer, edit func(*ginauth0api.Config)) *ginauth0api.Guard {
	t.Helper()
	cfg := ginauth0api.Config{Domain: i.name(), Audience: []string{audience}}
	if edit != nil {
		edit(&cfg)
	}
	guard, err := ginauth0api.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.Close)
	return guard
}

// api is a Gin server on loopback.
type api struct {
	*httptest.Server
	t      testing.TB
	router *gin.Engine
}

func serve(t testing.TB, routes func(gin.IRouter)) api {
	t.Helper()
	router := gin.New()
	routes(router)
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return api{server, t, router}
}

// protect serves one route at / that answers with the subject.
func protect(t testing.TB, handlers ...gin.HandlerFunc) api {
	t.Helper()
	return serve(t, func(r gin.IRouter) { r.Any("/", append(handlers, subject)...) })
}

func subject(c *gin.Context) {
	token, ok := ginauth0api.TokenFrom(c)
	if !ok {
		c.String(http.StatusOK, "nobody")
		return
	}
	c.String(http.StatusOK, token.Subject())
}

// get asks for / with these Authorization lines.
func (a api) get(authorization ...string) answer {
	a.t.Helper()
	return a.do(http.MethodGet, "/", http.Header{"Authorization": authorization})
}

// bearer asks for / with a token.
func (a api) bearer(token string) answer {
	a.t.Helper()
	return a.get("Bearer " + token)
}

func (a api) do(method, path string, header http.Header) answer {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.URL+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header = header
	response, err := a.Client().Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	return read(a.t, response)
}

func wantOK(t testing.TB, got answer) {
	t.Helper()
	if got.status != http.StatusOK {
		t.Errorf("status %d %s, want 200", got.status, got.body)
	}
}

// The table of the contract, word for word.
var contract = map[string]struct {
	status            int
	kind, description string
}{
	"credentials_missing":      {401, "unauthorized", "An access token is required."},
	"scheme_unsupported":       {401, "unauthorized", "The authorization scheme is not accepted here."},
	"authorization_malformed":  {400, "invalid_request", "The Authorization header is malformed."},
	"authorization_repeated":   {400, "invalid_request", "The Authorization header was sent more than once."},
	"token_malformed":          {401, "invalid_token", "The access token is not a JWT that this API can read."},
	"token_too_large":          {401, "invalid_token", "The access token is too large."},
	"token_type_refused":       {401, "invalid_token", "The token is of another type than an access token."},
	"invalid_algorithm":        {401, "invalid_token", "The signature algorithm of the access token is not accepted."},
	"jwks_key_not_found":       {401, "invalid_token", "The signing key of the access token is not known."},
	"invalid_signature":        {401, "invalid_token", "The signature of the access token is not valid."},
	"invalid_issuer":           {401, "invalid_token", "The issuer of the access token is not accepted."},
	"invalid_audience":         {401, "invalid_token", "The access token is not meant for this API."},
	"token_expired":            {401, "invalid_token", "The access token has expired."},
	"token_not_yet_valid":      {401, "invalid_token", "The access token is not valid yet."},
	"invalid_claims":           {401, "invalid_token", "Claims of the access token are missing or malformed."},
	"token_binding_malformed":  {401, "invalid_token", "The confirmation claim of the access token cannot be used."},
	"token_bound":              {401, "invalid_token", "The access token is bound to a DPoP key and needs the DPoP scheme."},
	"mtls_binding_mismatch":    {401, "invalid_token", "The access token is bound to another client certificate."},
	"insufficient_scope":       {403, "insufficient_scope", "The access token lacks a required scope."},
	"insufficient_permissions": {403, "insufficient_scope", "The access token lacks a required permission."},
	"jwks_fetch_failed":        {503, "temporarily_unavailable", "The signing keys cannot be obtained at the moment."},
	"internal_error":           {500, "server_error", "The request could not be processed."},
}

// wantRefused compares status, body and the headers of a refusal exactly. scope
// is what the challenge must list.
func wantRefused(t testing.TB, got answer, code, scope string) {
	t.Helper()
	want, known := contract[code]
	if !known {
		t.Fatalf("no such code: %s", code)
	}
	if got.status != want.status {
		t.Errorf("status %d, want %d %s", got.status, want.status, code)
	}
	body := `{"error":"` + want.kind + `","error_description":"` + want.description + `","error_code":"` + code + `"}`
	if got.body != body {
		t.Errorf("body %s\nwant %s", got.body, body)
	}
	var challenges []string
	switch {
	case want.status >= 500:
	case want.kind == "unauthorized":
		challenges = []string{`Bearer realm="api"`}
	default:
		challenges = []string{`Bearer realm="api", error="` + want.kind + `", error_description="` + want.description + `"`}
		if scope != "" {
			challenges[0] += `, scope="` + scope + `"`
		}
	}
	if !slices.Equal(got.challenges(), challenges) {
		t.Errorf("challenges %q\nwant %q", got.challenges(), challenges)
	}
	if want := []string{"no-store"}; !slices.Equal(got.header.Values("Cache-Control"), want) {
		t.Errorf("Cache-Control %q, want %q", got.header.Values("Cache-Control"), want)
	}
	if want := []string{"application/json; charset=utf-8"}; !slices.Equal(got.header.Values("Content-Type"), want) {
		t.Errorf("Content-Type %q, want %q", got.header.Values("Content-Type"), want)
	}
	if retry := got.header.Get("Retry-After"); (retry != "") != (want.status == http.StatusServiceUnavailable) {
		t.Errorf("Retry-After %q with status %d", retry, got.status)
	}
}
