package ginauth0_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestAClientCarriesTheToken(t *testing.T) {
	t.Parallel()
	a, b, p := calling(t, refreshing)
	api := newResource(t, nil)
	before := a.tenant.Requests("*")
	client, token := p.mustOf(b)
	r := request(t, http.MethodPost, api.URL+"/messages?a=b", strings.NewReader("hello"))
	r.Header.Set("Authorization", "Basic of the program")
	r.Header.Set("X-Other", "stays")
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	seen := api.wantArrivals(t, 1)[0]
	if seen.method != http.MethodPost || seen.uri != "/messages?a=b" || seen.body != "hello" || seen.header.Get("X-Other") != "stays" {
		t.Errorf("%+v", seen)
	}
	if got := seen.header.Values("Authorization"); len(got) != 1 || got[0] != "Bearer "+token || seen.header.Get("DPoP") != "" {
		t.Errorf("Authorization %d times, right %v, proof %v", len(got), got[0] == "Bearer "+token, seen.header.Get("DPoP") != "")
	}
	if got := a.tenant.Requests("*") - before; got != 0 {
		t.Errorf("%d requests to the tenant", got)
	}
	// The caller's request is as it was, and the answer names one without the token.
	if r.Header.Get("Authorization") != "Basic of the program" || len(r.Header) != 2 {
		t.Errorf("the request has now %v", r.Header)
	}
	if response.Request.Header.Get("Authorization") == "Bearer "+token {
		t.Error("the answer shows the token")
	}
}

func TestAClientProvesEveryRequest(t *testing.T) {
	t.Parallel()
	_, b, p := calling(t, bound)
	api := newResource(t, nil)
	client, token := p.mustOf(b)
	mustCall(t, client, request(t, http.MethodGet, api.URL, nil))
	mustCall(t, client, request(t, http.MethodPost, api.URL+"/messages?a=b#c", strings.NewReader("hello")))
	mustCall(t, client, request(t, http.MethodDelete, api.URL+"/a%2Fb/%C3%A9//?x", nil))
	withoutMethod := request(t, http.MethodGet, api.URL+"/plain", nil)
	withoutMethod.Method = ""
	withoutMethod.Header = nil
	mustCall(t, client, withoutMethod)
	ids := map[string]bool{}
	for _, x := range api.wantArrivals(t, 4) {
		proof := x.proof(t, "http", token)
		ids[proof.text("jti")] = true
		if _, has := proof.claims["nonce"]; has {
			t.Error("a nonce that nobody has asked for")
		}
	}
	if len(ids) != 4 || ids[""] {
		t.Errorf("ids %v", ids)
	}
}

func TestWhatAClientIsMadeOf(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	followed := false
	own := &http.Client{
		Jar: jar, Timeout: 3 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { followed = true; return nil },
	}
	for name, test := range map[string]struct {
		edit func(*ginauth0.Config)
		want time.Duration
	}{
		"nothing":             {func(*ginauth0.Config) {}, 10 * time.Second},
		"HTTPTimeout":         {func(c *ginauth0.Config) { c.HTTPTimeout = 4 * time.Second }, 4 * time.Second},
		"a client":            {func(c *ginauth0.Config) { c.HTTPClient, c.HTTPTimeout = own, 4*time.Second }, 3 * time.Second},
		"one without Timeout": {func(c *ginauth0.Config) { c.HTTPClient, c.HTTPTimeout = &http.Client{Jar: jar}, 4*time.Second }, 4 * time.Second},
	} {
		_, b, p := calling(t, refreshing, config(test.edit))
		first, _ := p.mustOf(b)
		second, _ := p.mustOf(b)
		if first.Timeout != test.want || first.Jar != nil || first == second {
			t.Errorf("%s: Timeout %v, Jar %v", name, first.Timeout, first.Jar)
		}
		api := newResource(t, func(w http.ResponseWriter, _ *http.Request, call int) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b", Path: "/"})
			if call == 1 {
				w.Header().Set("Location", "/there")
				w.WriteHeader(http.StatusFound)
			}
		})
		for range 2 {
			mustCall(t, first, request(t, http.MethodGet, api.URL, nil))
		}
		for _, x := range api.wantArrivals(t, 3) {
			if x.header.Get("Cookie") != "" {
				t.Errorf("%s: a cookie was kept", name)
			}
		}
	}
	if own.Timeout != 3*time.Second || own.Jar != jar || own.Transport != nil || followed {
		t.Errorf("the client of the program was changed, or its CheckRedirect asked: %+v", own)
	}
}

// Config.HTTPClient counts as it was when New saw it.
func TestAProgramThatChangesItsClientLater(t *testing.T) {
	t.Parallel()
	own := &http.Client{Timeout: 3 * time.Second}
	_, b, p := calling(t, refreshing, config(func(c *ginauth0.Config) { c.HTTPClient = own }))
	own.Timeout = time.Hour
	own.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("changed") })
	client, _ := p.mustOf(b)
	if client.Timeout != 3*time.Second {
		t.Errorf("Timeout %v", client.Timeout)
	}
	mustCall(t, client, request(t, http.MethodGet, newResource(t, nil).URL, nil))
}

// Trailers are filled in while the body goes out (http.Request.Trailer).
func TestTrailersOfARequest(t *testing.T) {
	t.Parallel()
	var trailer http.Header
	api := newResource(t, func(_ http.ResponseWriter, r *http.Request, _ int) { trailer = r.Trailer })
	_, b, p := calling(t, bound)
	client, _ := p.mustOf(b)
	r := request(t, http.MethodPost, api.URL, nil)
	r.Trailer = http.Header{"X-Sum": nil}
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("hello"), reader(func([]byte) (int, error) {
		r.Trailer.Set("X-Sum", "5")
		return 0, io.EOF
	})))
	mustCall(t, client, r)
	if trailer.Get("X-Sum") != "5" {
		t.Errorf("trailer %v", trailer)
	}
}

// reader is a function that reads.
type reader func([]byte) (int, error)

func (f reader) Read(p []byte) (int, error) { return f(p) }

func TestNoTokenNoClient(t *testing.T) {
	t.Parallel()
	p := &clients{}
	a := newApp(t, refreshing, p.page)
	b := a.browser(t)
	if client, err := p.of(b, ""); client != nil || !errors.Is(err, ginauth0.ErrNoSession) {
		t.Errorf("signed out: %v", err)
	}
	b.login("/auth/login")
	if client, err := p.of(b, "?scope=a%22b"); client != nil || !errors.Is(err, ginauth0.ErrBadRequest) {
		t.Errorf("no scope: %v", err)
	}
	a.tenant.Break(tokenPath, auth0test.Down)
	if client, err := p.of(b, "?force"); client != nil || !errors.Is(err, ginauth0.ErrUpstream) {
		t.Errorf("the tenant is down: %v", err)
	}
}

// What was asked for is what it gets, by a refresh if need be.
func TestAClientForAnotherAPI(t *testing.T) {
	t.Parallel()
	for scheme, kind := range map[string]func(*setup){"Bearer": refreshing, "DPoP": bound} {
		a, b, p := calling(t, kind)
		api := newResource(t, nil)
		client, err := p.of(b, "?audience="+url.QueryEscape(secondAudience)+"&scope=read:files")
		if err != nil {
			t.Fatal(err)
		}
		mustCall(t, client, request(t, http.MethodGet, api.URL+"/files", nil))
		x := api.wantArrivals(t, 1)[0]
		_, token, _ := strings.Cut(x.header.Get("Authorization"), " ")
		if audience := fmt.Sprint(claimsOfToken(t, token)["aud"]); !strings.Contains(audience, secondAudience) {
			t.Errorf("%s: a token for %s", scheme, audience)
		}
		if scheme == "DPoP" {
			x.proof(t, "http", token)
		}
		a.wantUses(t, 1, 1)
	}
}

func TestUserinfoThroughAClient(t *testing.T) {
	t.Parallel()
	for name, edits := range map[string][]func(*setup){
		"Bearer":               {},
		"DPoP":                 {config(func(c *ginauth0.Config) { c.DPoP = true })},
		"DPoP with nonces":     {config(func(c *ginauth0.Config) { c.DPoP = true }), func(s *setup) { s.tenant.RequireDPoPNonce = true }},
		"DPoP, a client's own": {config(func(c *ginauth0.Config) { c.DPoP, c.HTTPClient = true, &http.Client{} })},
	} {
		a, b, p := calling(t, edits...)
		client, err := p.of(b, "")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			a.tenant.RequireDPoPNonce(strings.Contains(name, "nonces")) // which forgets those that it has given
			r := mustCall(t, client, request(t, http.MethodGet, a.tenant.URL()+"/userinfo", nil))
			var claims map[string]any
			if err := json.Unmarshal([]byte(r.body), &claims); err != nil || r.status != http.StatusOK || claims["sub"] != "auth0|ada" {
				t.Errorf("%s: %d %s", name, r.status, r.body)
			}
		}
	}
}

func TestNothingPrintsTheTokenOfAClient(t *testing.T) {
	t.Parallel()
	_, b, p := calling(t, bound)
	client, token := p.mustOf(b)
	var printed bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{client, *client, client.Transport} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
	}
	slog.New(slog.NewJSONHandler(&printed, nil)).Info("v", "v", client.Transport)
	slog.New(slog.NewTextHandler(&printed, nil)).Info("v", "v", client)
	if text, err := json.Marshal(client.Transport); err == nil {
		printed.Write(text)
	}
	_, err := call(t, client, request(t, http.MethodGet, "http://api.example.test/", nil))
	fmt.Fprintf(&printed, "%v %+v", err, err)
	for _, secret := range []string{token, fmt.Sprintf("%x", token)} {
		if strings.Contains(printed.String(), secret[:40]) {
			t.Errorf("the token is in\n%s", printed.String())
		}
	}
}

// Close ends the connections to APIs as well, and the clients that are still there go on.
func TestCloseEndsConnectionsToAPIs(t *testing.T) {
	t.Parallel()
	states := make(chan http.ConnState, 100)
	api := unstartedResource(nil)
	api.Config.ConnState = func(_ net.Conn, state http.ConnState) { states <- state }
	api.Start()
	t.Cleanup(api.Close)
	wait := func(want http.ConnState) {
		for state := range states {
			if state == want {
				return
			}
		}
	}
	a, b, p := calling(t, refreshing)
	client, _ := p.mustOf(b)
	mustCall(t, client, request(t, http.MethodGet, api.URL, nil))
	wait(http.StateIdle)
	a.auth.Close()
	wait(http.StateClosed)
	mustCall(t, client, request(t, http.MethodGet, api.URL, nil))
}
