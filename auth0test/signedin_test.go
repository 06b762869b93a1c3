package auth0test_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// newApplication is a web app: its pages say who has logged in, and send everybody else to the tenant, with the query
// of the page as further parameters.
func newApplication(t *testing.T, tenant *auth0test.Tenant) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	app := httptest.NewServer(mux)
	t.Cleanup(app.Close)
	session := "who_" + app.URL[strings.LastIndex(app.URL, ":")+1:] // cookies do not know ports
	cfg := &oauth2.Config{
		ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
		Endpoint: oauth2.Endpoint{
			AuthURL: tenant.URL() + "/authorize", TokenURL: tenant.URL() + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader,
		},
		RedirectURL: app.URL + "/callback", Scopes: []string{"openid", "profile"},
	}
	verify := provider(t, tenant).Verifier(&oidc.Config{ClientID: cfg.ClientID})

	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		answer, err := cfg.Exchange(r.Context(), r.URL.Query().Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		raw, _ := answer.Extra("id_token").(string)
		token, err := verify.Verify(r.Context(), raw)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: session, Value: url.QueryEscape(token.Subject), Path: "/"})
		http.Redirect(w, r, "/profile", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /profile", func(w http.ResponseWriter, r *http.Request) {
		if who, err := r.Cookie(session); err == nil && r.URL.RawQuery == "" {
			subject, _ := url.QueryUnescape(who.Value)
			fmt.Fprint(w, subject)
			return
		}
		extra := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
		for name, values := range r.URL.Query() {
			extra = append(extra, oauth2.SetAuthURLParam(name, values[0]))
		}
		http.Redirect(w, r, cfg.AuthCodeURL("the-state", extra...), http.StatusFound)
	})
	return app
}

// who is the subject that the application knows the client by.
func who(t *testing.T, client *http.Client, app *httptest.Server) string {
	t.Helper()
	got := get(t, client, app.URL+"/profile")
	if got.status != http.StatusOK || got.url.Host != strings.TrimPrefix(app.URL, "http://") {
		t.Fatalf("status %d at %s, want the page of the application", got.status, got.url)
	}
	return got.body
}

// wantLoginPage follows the client to the tenant.
func wantLoginPage(t *testing.T, client *http.Client, address string) {
	t.Helper()
	if got := get(t, client, address); got.status != http.StatusOK || hiddenState.FindString(got.body) == "" {
		t.Errorf("status %d at %s, want the login page", got.status, got.url)
	}
}

func TestLoginGoesStraightThrough(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	app, other := newApplication(t, tenant), newApplication(t, tenant)
	for _, test := range []struct{ user, subject string }{
		{"ada", "auth0|ada"},
		{"auth0|grace", "auth0|grace"},
		{"Alan@Example.test", "auth0|alan"},
		{"somebody new", "auth0|somebody new"},
		{"new@example.test", "auth0|new@example.test"},
	} {
		t.Run(test.user, func(t *testing.T) {
			t.Parallel()
			client := &http.Client{}
			tenant.Login(t, client, test.user)
			for _, app := range []*httptest.Server{app, other} {
				if got := who(t, client, app); got != test.subject {
					t.Errorf("the application knows %s, want %s", got, test.subject)
				}
			}
		})
	}
}

func TestLoginSendsNoRequest(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	tenant.Login(t, &http.Client{}, "ada")
	if n := tenant.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestLoginKeepsTheJar(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	jar, _ := cookiejar.New(nil)
	own, _ := url.Parse(tenant.Issuer())
	jar.SetCookies(own, []*http.Cookie{{Name: "other", Value: "stays"}})
	client := &http.Client{Jar: jar}
	tenant.Login(t, client, "ada")
	if client.Jar != jar || len(jar.Cookies(own)) != 2 {
		t.Errorf("cookies %v", jar.Cookies(own))
	}
}

func TestLoginReplacesWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	app := newApplication(t, tenant)
	client := &http.Client{}
	tenant.Login(t, client, "ada")
	who(t, client, app)
	own, _ := url.Parse(tenant.Issuer())
	before := client.Jar.Cookies(own) // those of the application too, which has the same host
	tenant.Login(t, client, "grace")
	if got := who(t, client, app); got != "auth0|ada" {
		t.Errorf("the application knows %s, want its own session of ada to go on", got)
	}
	if got := who(t, client, newApplication(t, tenant)); got != "auth0|grace" {
		t.Errorf("the next application knows %s, want grace", got)
	}
	left, _ := cookiejar.New(nil)
	left.SetCookies(own, before)
	wantLoginPage(t, &http.Client{Jar: left}, app.URL+"/profile?prompt=consent")
}

func TestLoginOfTheSamePersonGoesOnWithTheSession(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	sid := func() string {
		result := b.get(authorizeURL(tenant, nil)).location(t)
		return text(t, claims(t, tenant, auth0test.DefaultClientID, text(t, granted(t, tenant, codeForm(result.Get("code"), nil)), "id_token")), "sid")
	}
	tenant.Login(t, b.http, "ada")
	first := sid()
	tenant.Login(t, b.http, "ada")
	if sid() != first {
		t.Error("the same person has another sid")
	}
	tenant.Login(t, b.http, "grace")
	if sid() == first {
		t.Error("another person goes on with the session of the first")
	}
}

// Whom a test has named for one client is more than whom it has named for everybody.
func TestLoginStandsAboveAutoApprove(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	app := newApplication(t, tenant)
	grace := &http.Client{}
	tenant.Login(t, grace, "grace")
	if got := who(t, grace, app); got != "auth0|grace" {
		t.Errorf("the application knows %s, want grace", got)
	}
	jar, _ := cookiejar.New(nil)
	if got := who(t, &http.Client{Jar: jar}, app); got != "auth0|ada" {
		t.Errorf("the application knows %s, want ada for everybody else", got)
	}
}

func TestLoginAndWhatTheApplicationAsksFor(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	app := newApplication(t, tenant)
	for _, test := range []struct {
		query string
		after time.Duration
		page  bool
	}{
		{"?prompt=none", 0, false},
		{"?prompt=login", 0, true},
		{"?max_age=0", 0, true},
		{"?max_age=60", time.Minute, false},
		{"?max_age=60", time.Minute + time.Second, true},
		{"?prompt=consent", 72 * time.Hour, false},
		{"?prompt=consent", 72*time.Hour + time.Second, true}, // nobody stays for longer
	} {
		client := &http.Client{}
		tenant.Login(t, client, "ada")
		clock.advance(test.after)
		got := get(t, client, app.URL+"/profile"+test.query)
		if page := hiddenState.FindString(got.body) != ""; page != test.page {
			t.Errorf("%s after %v: status %d at %s, login page %t, want %t", test.query, test.after, got.status, got.url, page, test.page)
		}
	}
}

func TestLogoutEndsLogin(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	app := newApplication(t, tenant)
	client := &http.Client{}
	tenant.Login(t, client, "ada")
	if got := get(t, client, tenant.URL()+"/oidc/logout"); got.status != http.StatusOK {
		t.Fatalf("status %d", got.status)
	}
	wantLoginPage(t, client, app.URL+"/profile")
}

func TestLoginOfManyClientsAtOnce(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	app := newApplication(t, tenant)
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			client := &http.Client{}
			for _, name := range []string{fmt.Sprint("first ", i), fmt.Sprint("second ", i)} {
				tenant.Login(t, client, name)
				if got := get(t, client, app.URL+"/profile?prompt=none").body; got != "auth0|"+name {
					t.Errorf("the application knows %s, want %s", got, name)
				}
			}
		})
	}
}

func TestLoginBehindAProxy(t *testing.T) {
	t.Parallel()
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://login.example.test/tenant"})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	client := &http.Client{}
	tenant.Login(t, client, "ada")
	for address, want := range map[string]int{
		"https://login.example.test/tenant/authorize": 1,
		"http://login.example.test/tenant/authorize":  0,
		"https://example.test/":                       0,
	} {
		u, _ := url.Parse(address)
		if got := client.Jar.Cookies(u); len(got) != want {
			t.Errorf("%s: %d cookies, want %d", address, len(got), want)
		}
	}
}

func TestLoginComplains(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	silent, err := auth0test.New(auth0test.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, test := range []struct {
		name   string
		tenant *auth0test.Tenant
		client *http.Client
		user   string
		want   string
	}{
		{"no client", tenant, nil, "ada", "http.Client"},
		{"the client of all tests", tenant, http.DefaultClient, "ada", "http.Client"},
		{"no name", tenant, &http.Client{}, "", "name"},
		{"a name with a control character", tenant, &http.Client{}, "ada\n", "name"},
		{"a name that is too long", tenant, &http.Client{}, strings.Repeat("a", 129), "name"},
		{"no address", silent, &http.Client{}, "ada", "Listen"},
	} {
		tb := &fakeTB{}
		func() {
			defer func() { _ = recover() }()
			test.tenant.Login(tb, test.client, test.user)
		}()
		if !strings.Contains(tb.complaint, test.want) {
			t.Errorf("%s: complaint %q, want %q", test.name, tb.complaint, test.want)
		}
		if test.client != nil && test.client.Jar != nil {
			t.Errorf("%s: the client has a jar", test.name)
		}
	}
}
