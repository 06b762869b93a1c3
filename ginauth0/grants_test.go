package ginauth0_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Subject tokens that the tenant of these tests takes.
const (
	legacyType  = "urn:example:legacy"
	legacyAda   = "legacy-token-of-ada"
	legacyGrace = "legacy-token-of-grace"
	partyType   = "urn:example:party"
	partyAlan   = "party-token-of-alan"
)

// posted is a form that an endpoint got.
type posted struct {
	form   url.Values
	header http.Header
}

// watched keeps the forms that an endpoint of the tenant gets, and answers in its place
// if told to.
type watched struct {
	t testing.TB

	mu     sync.Mutex
	list   []posted
	answer auth0test.Fault
}

func (a *app) watch(t testing.TB, path string) *watched {
	t.Helper()
	w := &watched{t: t}
	a.tenant.Break(path, w.serve)
	return w
}

func (w *watched) serve(rw http.ResponseWriter, r *http.Request, next http.Handler) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
		r.Header.Get("Accept") != "application/json" || r.URL.RawQuery != "" || r.Header.Get("Cookie") != "" {
		w.t.Errorf("%s %s with %v: %v", r.Method, r.URL, r.Header, err)
	}
	w.mu.Lock()
	w.list = append(w.list, posted{form, r.Header.Clone()})
	answer := w.answer
	w.mu.Unlock()
	if answer != nil {
		answer(rw, r, next)
		return
	}
	next.ServeHTTP(rw, r)
}

// reply answers in place of the endpoint from now on; nil leaves it to the endpoint.
func (w *watched) reply(answer auth0test.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// taken returns the forms since the last time.
func (w *watched) taken() []posted {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.list
	w.list = nil
	return list
}

// only returns the form of the only request since the last time, of the default client.
func (w *watched) only() posted {
	w.t.Helper()
	list := w.taken()
	if len(list) != 1 {
		w.t.Fatalf("%d requests, want 1", len(list))
	}
	return list[0]
}

// want compares a form, to which the client of newApp adds what proves it.
func (p posted) want(t testing.TB, what string, form url.Values) {
	t.Helper()
	form.Set("client_id", auth0test.DefaultClientID)
	form.Set("client_secret", auth0test.DefaultClientSecret)
	if p.form.Encode() != form.Encode() || p.header.Get("Authorization") != "" {
		t.Errorf("%s: sent %v\nwant %v", what, p.form, form)
	}
}

// saying is an answer in JSON.
func saying(status int, members map[string]any, headers ...string) auth0test.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(members)
	}
}

// upstream is a text of the tenant that nobody else may see.
const upstream = "UPSTREAM-TEXT"

// tokenFailures are the ways in which an endpoint fails, and what they come to.
func tokenFailures() map[string]tokenFailure {
	says := func(status int, code string) auth0test.Fault {
		return saying(status, map[string]any{"error": code, "error_description": upstream})
	}
	page := func(status int) auth0test.Fault {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<title>"+upstream+"</title>")
		}
	}
	return map[string]tokenFailure{
		"invalid_grant":        {says(403, "invalid_grant"), 400, "login_failed", nil, "invalid_grant"},
		"a code of its own":    {says(400, upstream), 400, "login_failed", nil, upstream},
		"invalid_client":       {says(401, "invalid_client"), 500, "configuration_error", ginauth0.ErrConfig, "invalid_client"},
		"unauthorized_client":  {says(403, "unauthorized_client"), 500, "configuration_error", ginauth0.ErrConfig, "unauthorized_client"},
		"too many requests":    {says(429, "too_many_requests"), 503, "temporarily_unavailable", ginauth0.ErrUpstream, "too_many_requests"},
		"trouble in JSON":      {says(500, "invalid_grant"), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"trouble in HTML":      {page(503), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"a refusal in HTML":    {page(403), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"HTML as success":      {page(200), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"an empty object":      {saying(200, map[string]any{}), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"more than 1 MiB":      {auth0test.Oversized(1<<20 + 1), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"another status of OK": {saying(202, map[string]any{"access_token": upstream, "token_type": "Bearer"}), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"a redirect":           {auth0test.Redirect("/elsewhere"), 502, "upstream_error", ginauth0.ErrUpstream, ""},
		"hangs up":             {func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }, 503, "temporarily_unavailable", ginauth0.ErrUpstream, ""},
	}
}

type tokenFailure struct {
	fault    auth0test.Fault
	status   int
	code     string
	is       error  // nil: a *ProviderError alone
	provider string // Code of the *ProviderError, empty if there is none
}

// check judges an error and what Fail makes of it.
func (f tokenFailure) check(t testing.TB, what, op string, auth *ginauth0.Auth, err error) {
	t.Helper()
	if f.is != nil && !errors.Is(err, f.is) || err == nil {
		t.Errorf("%s: error %v, want %v", what, err, f.is)
		return
	}
	var refused *ginauth0.ProviderError
	if found := errors.As(err, &refused); found != (f.provider != "") || found && (refused.Code != f.provider || refused.Op != op) {
		t.Errorf("%s: error %v with %+v, want code %q", what, err, refused, f.provider)
	}
	if strings.Contains(err.Error(), upstream) {
		t.Errorf("%s: the error quotes the tenant: %v", what, err)
	}
	status, body := failed(auth, err)
	if status != f.status || !strings.Contains(body, `"error":"`+f.code+`"`) || strings.Contains(body, upstream) {
		t.Errorf("%s: answer %d %s, want %d %s", what, status, body, f.status, f.code)
	}
}

// failed is the answer to an error.
func failed(auth *ginauth0.Auth, err error) (status int, body string) {
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	c.Request = httptest.NewRequest(http.MethodPost, "/", nil)
	auth.Fail(c, err)
	return w.Code, w.Body.String()
}

// wantNowhere checks that texts are not in the log.
func (a *app) wantNowhere(t testing.TB, secrets ...string) {
	t.Helper()
	log := a.log.String()
	for _, secret := range secrets {
		if secret == "" || strings.Contains(log, secret) {
			t.Errorf("%q is in the log: %s", secret, log)
		}
	}
}

// wantParameter checks the error of a call that refused an argument.
func wantParameter(t testing.TB, what string, err error, name string) {
	t.Helper()
	var refused *ginauth0.ParameterError
	if !errors.As(err, &refused) || refused.Name != name || !errors.Is(err, ginauth0.ErrBadRequest) || refused.Reason == "" {
		t.Errorf("%s: error %v, want a *ParameterError of %q", what, err, name)
	}
}

// door is an application with one more way to sign in, at POST /door, and a page /me that
// tells about the session.
type door struct {
	*app

	mu      sync.Mutex
	enter   func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error)
	err     error // of the last call
	counted counted
}

func newDoor(t testing.TB, edits ...func(*setup)) *door {
	t.Helper()
	d := &door{}
	d.app = newApp(t, append([]func(*setup){func(s *setup) {
		s.config.Scopes = []string{"openid", "profile", "offline_access"}
		s.config.OnEvent = d.counted.count
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.POST("/door", d.serve(auth))
			router.GET("/me", auth.RequireSession(), tellSession(auth))
		}
	}}, edits...)...)
	d.tenant.AcceptSubjectToken(legacyType, legacyAda, "ada")
	d.tenant.AcceptSubjectToken(legacyType, legacyGrace, "grace")
	d.tenant.AcceptSubjectToken(partyType, partyAlan, "alan")
	return d
}

// set says what the next calls do.
func (d *door) set(enter func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.enter = enter
}

// last is the error of the last call.
func (d *door) last() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (d *door) serve(auth *ginauth0.Auth) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Query("late") != "" {
			c.String(http.StatusOK, "begun")
		}
		d.mu.Lock()
		enter := d.enter
		d.mu.Unlock()
		session, err := enter(c, auth)
		d.mu.Lock()
		d.err = err
		d.mu.Unlock()
		if err != nil {
			auth.Fail(c, err)
			return
		}
		if from, ok := ginauth0.SessionFrom(c); !ok || from != session {
			c.String(http.StatusOK, "another session than SessionFrom")
			return
		}
		c.String(http.StatusOK, "hello %s", session.User().Subject)
	}
}

// me is what /me tells about a session.
type me struct {
	Subject, SID, Organization string
	Name                       any
	Refresh, IDToken           bool
	Tokens                     []ginauth0.TokenInfo
	Access                     string // the access token that the session has
	Created                    time.Time
}

func tellSession(auth *ginauth0.Auth) gin.HandlerFunc {
	return func(c *gin.Context) {
		session, _ := ginauth0.SessionFrom(c)
		token, err := auth.AccessToken(c, ginauth0.TokenOptions{})
		if err != nil {
			auth.Fail(c, err)
			return
		}
		name, _ := session.User().Claim("name")
		c.JSON(http.StatusOK, me{
			session.User().Subject, session.ID(), session.User().OrganizationID, name, session.HasRefreshToken(), session.HasIDToken(),
			session.Tokens(), string(token.Token), session.CreatedAt(),
		})
	}
}

func (b *browser) me() me {
	b.t.Helper()
	r := b.get("/me", asJSON)
	var told me
	if err := json.Unmarshal([]byte(r.body), &told); err != nil || r.status != http.StatusOK {
		b.t.Errorf("/me: %d %s", r.status, r.body)
	}
	return told
}

func exchanging(o ginauth0.ExchangeOptions) func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error) {
	return func(c *gin.Context, auth *ginauth0.Auth) (*ginauth0.Session, error) {
		return auth.LoginWithTokenExchange(c, o)
	}
}

func graceOptions() ginauth0.ExchangeOptions {
	return ginauth0.ExchangeOptions{SubjectToken: legacyGrace, SubjectTokenType: legacyType}
}

// canceled is a context that is over.
func canceled(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
