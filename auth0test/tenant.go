package auth0test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The endpoints of a tenant, at Auth0's paths.
const (
	pathDiscovery   = "/.well-known/openid-configuration"
	pathKeys        = "/.well-known/jwks.json"
	pathAuthorize   = "/authorize"
	pathLogin       = "/u/login"
	pathFactor      = "/u/second-factor"
	pathToken       = "/oauth/token"
	pathPushed      = "/oauth/par"
	pathRevoke      = "/oauth/revoke"
	pathBackchannel = "/bc-authorize"
	pathUserinfo    = "/userinfo"
	pathMyAccount   = "/me/" // the audience too
	pathAccounts    = "/me/v1/connected-accounts"
	pathConnect     = "/u/connect"
	pathDecide      = "/u/backchannel" // where the person answers
	pathOIDCLogout  = "/oidc/logout"
	pathAuth0Logout = "/v2/logout"
	everyPath       = "*"
)

// Tenant is a development tenant. It is an http.Handler, and its methods may be used from any goroutine.
type Tenant struct {
	cfg Config
	mux *http.ServeMux

	// ended closes with the tenant, so that nothing waits for it in vain.
	ended context.Context
	end   context.CancelFunc
	// running counts requests; it only grows while closed is false, under mu.
	running sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	server   *listener
	issuer   string
	keys     []signingKey // the first one signs
	auto     string
	faults   map[string]*fault
	requests map[string]int
	edits    edits
	nonces   nonces
	store    store
	// mfaRequired is what RequireMFA says.
	mfaRequired bool
}

// New makes a tenant that does not listen yet: call [Tenant.Listen], or serve it as an http.Handler with
// Config.Issuer set. It generates a key, which takes some 50 ms. The error joins every problem of the
// configuration.
func New(cfg Config) (*Tenant, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	t := &Tenant{
		cfg:      cfg,
		issuer:   cfg.Issuer,
		keys:     []signingKey{newSigningKey()},
		auto:     cfg.AutoApprove,
		faults:   map[string]*fault{},
		requests: map[string]int{},
		nonces:   nonces{required: cfg.RequireDPoPNonce},
		store:    newStore(),
	}
	t.ended, t.end = context.WithCancel(context.Background())
	t.mux = t.routes()
	return t, nil
}

func (t *Tenant) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathDiscovery, t.serveDiscovery)
	mux.HandleFunc("GET "+pathKeys, t.serveKeys)
	mux.HandleFunc("GET "+pathAuthorize, t.authorize)
	mux.HandleFunc("POST "+pathAuthorize, t.authorize)
	mux.HandleFunc("GET "+pathLogin, t.loginPage)
	mux.HandleFunc("POST "+pathLogin, t.answerLogin)
	mux.HandleFunc("GET "+pathFactor, t.factorPage)
	mux.HandleFunc("POST "+pathFactor, t.answerFactor)
	mux.HandleFunc("POST "+pathToken, t.serveToken)
	mux.HandleFunc("POST "+pathPushed, t.servePushed)
	mux.HandleFunc("POST "+pathRevoke, t.serveRevocation)
	mux.HandleFunc("POST "+pathBackchannel, t.serveBackchannel)
	mux.HandleFunc("GET "+pathUserinfo, t.serveUserinfo)
	mux.HandleFunc("POST "+pathUserinfo, t.serveUserinfo)
	mux.HandleFunc("POST "+pathAccounts+"/connect", t.myAccount(scopeCreateAccounts, t.startConnect))
	mux.HandleFunc("POST "+pathAccounts+"/complete", t.myAccount(scopeCreateAccounts, t.completeConnect))
	mux.HandleFunc("GET "+pathAccounts+"/accounts", t.myAccount(scopeReadAccounts, t.listAccounts))
	mux.HandleFunc("DELETE "+pathAccounts+"/accounts/{id}", t.myAccount(scopeDeleteAccounts, t.deleteAccount))
	mux.HandleFunc("GET "+pathAccounts+"/connections", t.myAccount(scopeReadAccounts, t.listConnections))
	mux.HandleFunc("GET "+pathConnect, t.connectPage)
	mux.HandleFunc("POST "+pathConnect, t.answerConnect)
	mux.HandleFunc("POST "+pathDecide, t.answerBackchannel)
	mux.HandleFunc("GET "+pathOIDCLogout, t.logout)
	mux.HandleFunc("POST "+pathOIDCLogout, t.logout)
	mux.HandleFunc("GET "+pathAuth0Logout, t.logoutAuth0)
	mux.HandleFunc("GET /{$}", t.home)
	return mux
}

// Issuer returns the issuer identifier, with a trailing slash as Auth0's unless Config.Issuer has none.
// It is empty as long as the tenant neither listens nor has been given one.
func (t *Tenant) Issuer() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.issuer
}

// URL returns the issuer without a trailing slash, so that URL() + "/oauth/token" is an endpoint.
func (t *Tenant) URL() string {
	return strings.TrimSuffix(t.Issuer(), "/")
}

// path is that of URL, empty for a tenant that has its host for itself.
func (t *Tenant) path() string {
	u, err := url.Parse(t.URL())
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// SetAutoApprove names the user who is signed in from now on without a login page, by name, subject or
// email; an unknown name becomes a user. The empty name brings the page back. Whom [Tenant.Login] has signed in
// stays. A login by CIBA of this user, and of nobody else, is approved at the next poll of the client, if nobody has
// decided it by then.
func (t *Tenant) SetAutoApprove(user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.auto = user
}

// Requests returns how many requests a path has seen, refused and broken ones included. The path "*"
// stands for all.
func (t *Tenant) Requests(path string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.requests[path]
}

// ServeHTTP serves one request. It makes a Tenant an http.Handler for a server of your own, which needs
// Config.Issuer.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !t.enter(r.URL.Path) {
		http.Error(w, "This tenant is closed.", http.StatusServiceUnavailable)
		return
	}
	defer t.running.Done()
	if t.Issuer() == "" {
		http.Error(w, "This tenant has no issuer: call Listen, or set Config.Issuer.", http.StatusInternalServerError)
		return
	}
	t.serveFault(w, r, t.mux)
}

// enter counts a request in, unless the tenant is closed.
func (t *Tenant) enter(path string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.requests[path]++
	t.requests[everyPath]++
	t.running.Add(1)
	return true
}

// now is the tenant's clock in whole seconds, as tokens count.
func (t *Tenant) now() time.Time {
	return t.cfg.Now().Truncate(time.Second)
}

func (t *Tenant) client(id string) (*Client, bool) {
	for i := range t.cfg.Clients {
		if t.cfg.Clients[i].ID == id {
			return &t.cfg.Clients[i], true
		}
	}
	return nil, false
}

// api finds an API. The caller does not hold Tenant.mu.
func (t *Tenant) api(audience string) (API, bool) {
	for _, api := range t.cfg.APIs {
		if api.Audience == audience {
			return api, true
		}
	}
	if audience == t.URL()+pathMyAccount {
		return API{Audience: audience, Scopes: []string{scopeCreateAccounts, scopeReadAccounts, scopeDeleteAccounts}}, true
	}
	return API{}, false
}
