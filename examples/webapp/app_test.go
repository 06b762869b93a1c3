package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// app is the web app on a port of its own, and a browser that follows redirects and keeps cookies.
type app struct {
	t       *testing.T
	url     string
	prefix  string // that a proxy takes off requests
	browser *http.Client
	tenant  *auth0test.Tenant
}

func startApp(t *testing.T, tenant auth0test.Config, prefix string, edits ...func(*settings)) *app {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	a := &app{t: t, url: "http://" + server.Listener.Addr().String(), prefix: prefix, tenant: auth0test.Start(t, tenant)}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a.browser = &http.Client{Jar: jar}

	set := settings{development: true, auth: ginauth0.Config{
		Domain:       a.tenant.Issuer(),
		ClientID:     auth0test.DefaultClientID,
		ClientSecret: auth0test.DefaultClientSecret,
		Secrets:      []ginauth0.Secret{"a secret of 32 bytes and more for tests"},
		BaseURL:      a.url + prefix,
		Audience:     auth0test.DefaultAudience,
		Scopes:       []string{"openid", "profile", "email", "offline_access", "read:messages"},
	}}
	offerAccounts(&set.auth)
	for _, edit := range edits {
		edit(&set)
	}
	auth, err := ginauth0.New(t.Context(), set.auth)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	server.Config.Handler = http.StripPrefix(prefix, newRouter(auth, set)) // as a proxy does
	server.Start()
	return a
}

type answer struct {
	*http.Response
	body string
}

func (a *app) get(path string, headers ...string) answer {
	a.t.Helper()
	request, err := http.NewRequest(http.MethodGet, a.url+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	return a.send(request, headers)
}

// submit sends a form, as a page of ours does unless headers say otherwise.
func (a *app) submit(path string, form url.Values, headers ...string) answer {
	a.t.Helper()
	request, err := http.NewRequest(http.MethodPost, a.url+a.prefix+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.send(request, headers)
}

// press presses a button of a page of the tenant, whose address says what the page is about.
func (a *app) press(at answer, button string) answer {
	a.t.Helper()
	form := at.Request.URL.Query()
	form.Set(button, "1")
	request, err := http.NewRequest(http.MethodPost, at.Request.URL.String(), strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.send(request, nil)
}

// send sends a request with further headers.
func (a *app) send(request *http.Request, headers []string) answer {
	a.t.Helper()
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := a.browser.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return answer{response, string(body)}
}

// want fails the test unless the answer has this status, stands at this path, and its body holds all texts.
func (r answer) want(t *testing.T, status int, path string, texts ...string) {
	t.Helper()
	if r.StatusCode != status || r.Request.URL.Path != path {
		t.Fatalf("%d at %s, want %d at %s; body %s", r.StatusCode, r.Request.URL.Path, status, path, r.body)
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			t.Errorf("%s lacks %s in\n%s", path, text, r.body)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := strings.Cut(listener.Addr().String(), ":")
	return port
}
