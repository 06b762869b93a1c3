package e2e_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const (
	storeSecret    = ginauth0.Secret("the secret of the application, 32 bytes")
	newStoreSecret = ginauth0.Secret("the secret that comes after it, 32 bytes")
)

// storeApp is an application that keeps its sessions in one of these stores, with
// a tenant in the same process.
type storeApp struct {
	tenant *auth0test.Tenant
	url    string

	mu     sync.Mutex
	tokens []string // that it got
}

// newStoreApp starts an application. A nil tenant starts one.
func newStoreApp(t *testing.T, store *otherStore, tenant *auth0test.Tenant, secrets ...ginauth0.Secret) *storeApp {
	t.Helper()
	if tenant == nil {
		tenant = auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	}
	router := gin.New()
	server := httptest.NewUnstartedServer(router)
	a := &storeApp{tenant: tenant, url: "http://" + server.Listener.Addr().String()}
	config := ginauth0.Config{
		Domain: tenant.Issuer(), ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
		Secrets: secrets, BaseURL: a.url, Scopes: []string{"openid", "profile", "email", "offline_access"},
	}
	config.Session.Store, config.Session.OmitIDToken = store.Store, store.small
	auth, err := ginauth0.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	router.Use(sessions.Sessions("basket", store.Store))
	auth.Mount(router)
	router.GET("/", auth.Session(), func(c *gin.Context) {
		name := "stranger"
		if user, ok := ginauth0.UserFrom(c); ok {
			name = user.Name
		}
		c.String(http.StatusOK, "hello %s", name)
	})
	router.GET("/private", auth.RequireSession(), func(c *gin.Context) { c.Status(http.StatusOK) })
	router.GET("/token", func(c *gin.Context) {
		token, err := auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: c.Query("force") != ""})
		if err != nil {
			auth.Fail(c, err)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.tokens = append(a.tokens, string(token.Token))
		c.String(http.StatusOK, "%s", string(token.Token))
	})
	router.GET("/basket", func(c *gin.Context) {
		own := sessions.Default(c)
		if v := c.Query("put"); v != "" {
			own.Set("v", v)
			own.Options(sessions.Options{Path: "/", MaxAge: 3600})
			if err := own.Save(); err != nil {
				t.Error(err)
			}
		}
		c.String(http.StatusOK, "%v", own.Get("v"))
	})
	server.Start()
	t.Cleanup(server.Close)
	return a
}

// storeVisitor is a browser that looks at no page.
type storeVisitor struct {
	t      *testing.T
	app    *storeApp
	client *http.Client
}

func (a *storeApp) visitor(t *testing.T, cookies ...*http.Cookie) *storeVisitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &storeVisitor{t: t, app: a, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	u, err := url.Parse(a.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/"}})
	}
	return v
}

// get returns the answer with its body read.
func (v *storeVisitor) get(target string) (response *http.Response, body string) {
	v.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = v.app.url + target
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, target, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	response, err = v.client.Do(request)
	return response, readReply(v.t, response, err).body
}

// callback goes through a login, up to the address of the callback.
func (v *storeVisitor) callback() string {
	v.t.Helper()
	at := v.app.url + "/auth/login"
	for range 6 {
		response, body := v.get(at)
		next, err := response.Location()
		if err != nil {
			v.t.Fatalf("%s: %d %s", at, response.StatusCode, body)
		}
		if at = next.String(); strings.HasPrefix(at, v.app.url+"/auth/callback") {
			return at
		}
	}
	v.t.Fatal("the tenant does not come back")
	return ""
}

func (v *storeVisitor) login() *http.Response {
	v.t.Helper()
	response, body := v.get(v.callback())
	if response.StatusCode != http.StatusFound {
		v.t.Fatalf("callback: %d %s", response.StatusCode, body)
	}
	return response
}

// cookie is the session cookie that the browser has, nil if it has none.
func (v *storeVisitor) cookie() *http.Cookie {
	u, err := url.Parse(v.app.url)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == "_a0_session" {
			return c
		}
	}
	return nil
}

func (v *storeVisitor) want(body string) {
	v.t.Helper()
	if _, got := v.get("/"); got != body {
		v.t.Errorf("the page says %q, want %q", got, body)
	}
}

func (v *storeVisitor) wantStatus(target string, status int, code string) *http.Response {
	v.t.Helper()
	response, body := v.get(target)
	if response.StatusCode != status || !strings.Contains(body, code) {
		v.t.Errorf("%s: %d %s, want %d %s", target, response.StatusCode, body, status, code)
	}
	return response
}

// sessionLine is the Set-Cookie line of the session, nil if there is none.
func sessionLine(response *http.Response) *http.Cookie {
	for _, c := range response.Cookies() {
		if c.Name == "_a0_session" {
			return c
		}
	}
	return nil
}
