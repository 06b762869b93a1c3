package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// strictApp is a web app in this process at oidc-provider, which takes nothing from it but pushed requests, private_key_jwt
// and DPoP proofs with a nonce.
type strictApp struct {
	client   asserting
	config   ginauth0.Config
	provider *nodeProvider
	auth     *ginauth0.Auth
	server   *httptest.Server
	url      string
	known    *secrets
	granted  chan json.RawMessage // authorization_details of each login

	mu      sync.Mutex
	waiting ginauth0.BackchannelRequest // for somebody to answer on a telephone
}

// newStrictApps has an address for an app with each of these algorithms, so that a provider can know them.
func newStrictApps(t *testing.T, algorithms ...string) []*strictApp {
	t.Helper()
	var apps []*strictApp
	var clients []asserting
	for i, alg := range algorithms {
		a := &strictApp{client: newAsserting(t, alg), known: newSecrets(), granted: make(chan json.RawMessage, 8)}
		a.server = httptest.NewUnstartedServer(nil)
		t.Cleanup(a.server.Close)
		a.url = "http://" + a.server.Listener.Addr().String()
		a.client.ID += fmt.Sprintf("-%d", i)
		a.client.RedirectURI = a.url + "/auth/callback"
		apps, clients = append(apps, a), append(clients, a.client)
	}
	provider := startNodeProvider(t, "http://localhost:3999", "client_secret_post", register(t, clients...), "PROVIDER_NONCES=true")
	for _, a := range apps {
		a.provider = provider
		a.config = ginauth0.Config{
			Domain: provider.domain(), BaseURL: a.url, Secrets: []ginauth0.Secret{cookieSecret},
			ClientID: a.client.ID,
			ClientAssertion: ginauth0.ClientAssertion{
				Key: a.client.key, KeyID: a.client.JWK.KeyID, Algorithm: a.client.Alg,
			},
			PAR: true, DPoP: true, Scopes: []string{"openid", "profile", "email", "offline_access"},
		}
	}
	return apps
}

// start serves the app, and checks at the end what it logged.
func (a *strictApp) start(t *testing.T, edits ...func(*ginauth0.Config)) {
	t.Helper()
	var log output
	a.config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a.config.OnCallback = func(_ *gin.Context, e ginauth0.CallbackEvent) string {
		a.granted <- e.AuthorizationDetails
		return ""
	}
	for _, edit := range edits {
		edit(&a.config)
	}
	var err error
	if a.auth, err = ginauth0.New(t.Context(), a.config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.auth.Close()
		a.known.check(t, "the web app", log.String())
		if t.Failed() {
			t.Logf("the web app logged:\n%s", log.String())
		}
	})
	router := gin.New()
	a.auth.Mount(router)
	router.GET("/me", a.auth.RequireSession(), a.me)
	router.GET("/token", a.auth.RequireSession(), a.token)
	router.GET("/revoke", a.auth.RequireSession(), func(c *gin.Context) { a.auth.Fail(c, a.auth.RevokeRefreshToken(c)) })
	router.GET("/ask", a.ask)
	router.GET("/poll", a.poll)
	router.GET("/details", func(c *gin.Context) {
		a.auth.Fail(c, a.auth.Login(c, ginauth0.LoginOptions{
			ReturnTo: "/token", Params: map[string]string{"resource": audience}, // RFC 8707
			AuthorizationDetails: json.RawMessage(c.Query("details")),
		}))
	})
	a.server.Config.Handler = router
	a.server.Start()
}

// me asks the provider who the person is, in the person's name.
func (a *strictApp) me(c *gin.Context) {
	client, err := a.auth.HTTPClient(c, ginauth0.TokenOptions{})
	if err != nil {
		a.auth.Fail(c, err)
		return
	}
	request, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, a.provider.domain()+"/me", http.NoBody)
	if err != nil {
		a.auth.Fail(c, err)
		return
	}
	response, err := client.Do(request)
	if err != nil {
		a.auth.Fail(c, err)
		return
	}
	defer response.Body.Close()
	c.DataFromReader(response.StatusCode, response.ContentLength, response.Header.Get("Content-Type"), response.Body, nil)
}

// token says of what type a new access token is.
func (a *strictApp) token(c *gin.Context) {
	token, err := a.auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: c.Query("force") != ""})
	if err != nil {
		a.auth.Fail(c, err)
		return
	}
	a.known.add("an access token", string(token.Token))
	c.JSON(http.StatusOK, gin.H{"type": token.Type, "audience": token.Audience})
}

// ask asks somebody by telephone to log in here.
func (a *strictApp) ask(c *gin.Context) {
	request, err := a.auth.StartBackchannelLogin(c.Request.Context(), ginauth0.BackchannelOptions{
		Subject: c.Query("login"), BindingMessage: c.Query("message"),
	})
	if err != nil {
		a.auth.Fail(c, err)
		return
	}
	a.known.add("an auth_req_id", string(request.ID))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = request
}

// poll asks whether that person has answered.
func (a *strictApp) poll(c *gin.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	session, err := a.auth.PollBackchannelLogin(c, a.waiting)
	if pending := new(ginauth0.PendingError); errors.As(err, &pending) {
		a.waiting = pending.Next
	}
	if err != nil {
		a.auth.Fail(c, err)
		return
	}
	c.String(http.StatusOK, session.User().Name)
}

// strictVisitor is a browser without pages. It follows redirects, and notes the addresses of them.
type strictVisitor struct {
	t      *testing.T
	app    *strictApp
	client *http.Client
	went   []*url.URL
}

func (a *strictApp) visitor(t *testing.T) *strictVisitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &strictVisitor{t: t, app: a, client: &http.Client{Jar: jar}}
	v.client.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
		v.went = append(v.went, next.URL)
		a.known.addURL(next.URL.String())
		return nil
	}
	return v
}

// open goes to a page of the app or elsewhere, and returns where that ends.
func (v *strictVisitor) open(target string) (reply, *url.URL) {
	v.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = v.app.url + target
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(request)
}

// send answers the form of a page.
func (v *strictVisitor) send(target *url.URL, form url.Values) (reply, *url.URL) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, target.String(), strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(request)
}

func (v *strictVisitor) do(request *http.Request) (reply, *url.URL) {
	v.t.Helper()
	response, err := v.client.Do(request)
	return readReply(v.t, response, err), response.Request.URL
}

// signIn goes where the app starts a login, and types a name into the provider's login page. It ends where the login leads.
func (v *strictVisitor) signIn(target, login string) reply {
	v.t.Helper()
	page, at := v.open(target)
	if !strings.HasPrefix(at.Path, "/interaction/") {
		v.t.Fatalf("%s leads to %s: %d %s", target, at.Path, page.status, page.body)
	}
	answer, _ := v.send(at, url.Values{"login": {login}})
	return answer
}

var formField = regexp.MustCompile(`name="(\w+)" value="([^"]*)"`)

// signOut confirms at the provider that the session there ends too, which ends where the app says.
func (v *strictVisitor) signOut() *url.URL {
	v.t.Helper()
	page, at := v.open("/auth/logout")
	form := url.Values{"logout": {"yes"}}
	for _, field := range formField.FindAllStringSubmatch(page.body, -1) {
		form.Set(field[1], field[2])
	}
	_, at = v.send(at.JoinPath("confirm"), form)
	return at
}

// query is that with which the browser came to a page of the provider.
func (v *strictVisitor) query(path string) url.Values {
	v.t.Helper()
	for _, place := range v.went {
		if strings.HasPrefix(place.String(), v.app.provider.domain()) && place.Path == path {
			return place.Query()
		}
	}
	v.t.Fatalf("the browser was never at %s", path)
	return nil
}

// cookies are the names of the cookies that the app has set.
func (v *strictVisitor) cookies() string {
	address, err := url.Parse(v.app.url)
	if err != nil {
		v.t.Fatal(err)
	}
	var names bytes.Buffer
	for _, cookie := range v.client.Jar.Cookies(address) {
		names.WriteString(cookie.Name + " ")
	}
	return strings.TrimSpace(names.String())
}
