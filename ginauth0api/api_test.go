package ginauth0api_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	if keys := os.Getenv(benchServer); keys != "" {
		if err := serveBench(keys); err != nil {
			panic(err)
		}
		return
	}
	code := m.Run()
	// Only where all tests have run, and run through.
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" &&
		flag.Lookup("test.list").Value.String() == "" {
		code = checkTable()
	}
	os.Exit(code)
}

// answered are the codes that some test has got over HTTP.
var answered sync.Map

// checkTable fails when a line of the table of refusals was tested nowhere.
func checkTable() int {
	code := 0
	for line := range contract {
		if _, ok := answered.Load(line); !ok {
			fmt.Println("FAIL: no test was answered with", line)
			code = 1
		}
	}
	return code
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

// wantPanic expects a panic with a text that has all of the parts.
func wantPanic(t testing.TB, register func(), parts []string) {
	t.Helper()
	defer func() {
		text, _ := recover().(string)
		for _, want := range append(parts, "ginauth0api: ") {
			if !strings.Contains(text, want) {
				t.Errorf("panic %q does not say %q", text, want)
			}
		}
	}()
	register()
	t.Error("no panic")
}

// The table of refusals, word for word: what clients may rely on.
var contract = map[string]struct {
	status            int
	kind, description string
}{
	"credentials_missing":      {401, "unauthorized", "An access token is required."},
	"scheme_unsupported":       {401, "unauthorized", "The authorization scheme is not accepted here."},
	"authorization_malformed":  {400, "invalid_request", "The Authorization header is malformed."},
	"authorization_repeated":   {400, "invalid_request", "The Authorization header was sent more than once."},
	"dpop_proof_unexpected":    {400, "invalid_request", "A DPoP proof was sent without the DPoP authorization scheme."},
	"public_url_invalid":       {400, "invalid_request", "The host or the forwarding headers of the request are not valid."},
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
	"token_refused":            {401, "invalid_token", "The access token is not accepted by this API."},
	"token_binding_malformed":  {401, "invalid_token", "The confirmation claim of the access token cannot be used."},
	"token_bound":              {401, "invalid_token", "The access token is bound to a DPoP key and needs the DPoP scheme."},
	"token_not_bound":          {401, "invalid_token", "The access token is not bound to a DPoP key."},
	"dpop_binding_mismatch":    {401, "invalid_token", "The access token is bound to another DPoP key."},
	"mtls_binding_mismatch":    {401, "invalid_token", "The access token is bound to another client certificate."},
	"dpop_proof_missing":       {401, "invalid_dpop_proof", "A DPoP proof is required."},
	"dpop_proof_repeated":      {401, "invalid_dpop_proof", "Exactly one DPoP proof is required."},
	"dpop_proof_malformed":     {401, "invalid_dpop_proof", "The DPoP proof is not a JWT that this API can read."},
	"dpop_type_refused":        {401, "invalid_dpop_proof", "The type of the DPoP proof is not dpop+jwt."},
	"dpop_algorithm_refused":   {401, "invalid_dpop_proof", "The signature algorithm of the DPoP proof is not accepted."},
	"dpop_key_refused":         {401, "invalid_dpop_proof", "The key in the DPoP proof is not acceptable."},
	"dpop_signature_invalid":   {401, "invalid_dpop_proof", "The signature of the DPoP proof is not valid."},
	"dpop_claims_invalid":      {401, "invalid_dpop_proof", "Claims of the DPoP proof are missing or malformed."},
	"dpop_htm_mismatch":        {401, "invalid_dpop_proof", "The DPoP proof was made for another method."},
	"dpop_htu_mismatch":        {401, "invalid_dpop_proof", "The DPoP proof was made for another URL."},
	"dpop_ath_mismatch":        {401, "invalid_dpop_proof", "The DPoP proof was made for another access token."},
	"dpop_proof_expired":       {401, "invalid_dpop_proof", "The DPoP proof is too old."},
	"dpop_proof_too_new":       {401, "invalid_dpop_proof", "The DPoP proof lies in the future."},
	"dpop_proof_replayed":      {401, "invalid_dpop_proof", "The DPoP proof was used before."},
	"dpop_nonce_required":      {401, "use_dpop_nonce", "The DPoP proof must carry a nonce from this API."},
	"dpop_nonce_stale":         {401, "use_dpop_nonce", "The nonce of the DPoP proof is no longer accepted."},
	"insufficient_scope":       {403, "insufficient_scope", "The access token lacks a required scope."},
	"insufficient_permissions": {403, "insufficient_scope", "The access token lacks a required permission."},
	"claim_refused":            {403, "insufficient_scope", "The access token does not allow this request."},
	"step_up_required":         {401, "insufficient_user_authentication", "A stronger or more recent login is required."},
	"jwks_fetch_failed":        {503, "temporarily_unavailable", "The signing keys cannot be obtained at the moment."},
	"replay_store_unavailable": {503, "temporarily_unavailable", "Replay protection is not available at the moment."},
	"resolver_timeout":         {503, "temporarily_unavailable", "The accepted issuers cannot be determined at the moment."},
	"resolver_failed":          {500, "server_error", "The request could not be processed."},
	"internal_error":           {500, "server_error", "The request could not be processed."},
}

// wanted is what a refusal must say beyond the fixed texts of its code. The zero
// value of each field is that of a Bearer request to a Guard with defaults.
type wanted struct {
	code   string
	scheme string // whose challenge has the error
	mode   ginauth0api.DPoPMode
	scope  string
	extra  string // further parameters of the challenge with the error
	algs   string
	tail   string // parameters at the end of each challenge
}

// wantRefused expects the answer to a Bearer request. scope is what the challenge
// must list.
func wantRefused(t testing.TB, got answer, code, scope string) {
	t.Helper()
	wantAnswer(t, got, wanted{code: code, scope: scope})
}

// wantProofRefused expects the answer to a DPoP request.
func wantProofRefused(t testing.TB, got answer, code string) {
	t.Helper()
	wantAnswer(t, got, wanted{code: code, scheme: "DPoP"})
}

// wantAnswer compares status, body and the headers of a refusal exactly.
func wantAnswer(t testing.TB, got answer, w wanted) {
	t.Helper()
	want, known := contract[w.code]
	if !known {
		t.Fatalf("no such code: %s", w.code)
	}
	answered.Store(w.code, true)
	if got.status != want.status {
		t.Errorf("status %d, want %d %s", got.status, want.status, w.code)
	}
	body := `{"error":"` + want.kind + `","error_description":"` + want.description + `","error_code":"` + w.code + `"}`
	if got.body != body {
		t.Errorf("body %s\nwant %s", got.body, body)
	}
	if challenges := w.challenges(want.status, want.kind, want.description); !slices.Equal(got.challenges(), challenges) {
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
	if nonces := got.header.Values("DPoP-Nonce"); (len(nonces) == 1 && nonces[0] != "") != (want.kind == "use_dpop_nonce") || len(nonces) > 1 {
		t.Errorf("DPoP-Nonce %q with %s", nonces, w.code)
	}
}

func (w wanted) challenges(status int, kind, description string) []string {
	if status >= 500 {
		return nil
	}
	blamed := w.scheme
	if blamed == "" {
		blamed = "Bearer"
	}
	algs := w.algs
	if algs == "" {
		algs = "ES256"
	}
	line := func(scheme, end string) string {
		text := scheme + ` realm="api"`
		if scheme == blamed && kind != "unauthorized" {
			text += `, error="` + kind + `", error_description="` + description + `"`
			if w.scope != "" {
				text += `, scope="` + w.scope + `"`
			}
			text += w.extra
		}
		return text + end + w.tail
	}
	var lines []string
	if w.mode != ginauth0api.DPoPRequired {
		lines = append(lines, line("Bearer", ""))
	}
	if w.mode != ginauth0api.DPoPDisabled {
		lines = append(lines, line("DPoP", `, algs="`+algs+`"`))
	}
	return lines
}
