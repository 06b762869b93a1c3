package ginauth0_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   string
	url    *url.URL // of the request that was answered
}

// cookies returns the Set-Cookie lines of a name.
func (a answer) cookies(name string) []*http.Cookie {
	var list []*http.Cookie
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == name {
			list = append(list, c)
		}
	}
	return list
}

func (a answer) location(t testing.TB) *url.URL {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" {
		t.Fatalf("status %d, Location %q: %v; body %s", a.status, a.header.Get("Location"), err, a.body)
	}
	return u
}

// browser has a cookie jar and follows redirects only when told to.
type browser struct {
	t      testing.TB
	app    *app
	client *http.Client
}

func (a *app) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, app: a, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// do sends a request to a path of the app or an absolute URL. Headers are given
// as "Name: value".
func (b *browser) do(method, target string, headers ...string) answer {
	b.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.app.url + target
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, target, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			request.Host = value
		} else {
			request.Header.Set(name, value)
		}
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body), request.URL}
}

func (b *browser) get(target string, headers ...string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, target, headers...)
}

// jsonOf is what an answer says, of any status.
func jsonOf[T any](t testing.TB, r answer) (said T) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), &said); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return said
}

// toCallback starts a login at target and goes through the tenant, up to but
// not including the callback, whose address it returns.
func (b *browser) toCallback(target string) string {
	b.t.Helper()
	at := b.get(target).location(b.t)
	for range 5 {
		response := b.get(at.String())
		next := at.ResolveReference(response.location(b.t))
		if strings.HasPrefix(next.String(), b.app.url) {
			return next.String()
		}
		at = next
	}
	b.t.Fatal("the tenant does not come back")
	return ""
}

// login signs in and returns the answer of the callback.
func (b *browser) login(target string) answer {
	b.t.Helper()
	response := b.get(b.toCallback(target))
	if response.status != http.StatusFound {
		b.t.Fatalf("callback answered %d: %s\nlog: %s", response.status, response.body, b.app.log)
	}
	return response
}

// jarCookies returns the names and values that the browser sends to the app.
func (b *browser) jarCookies() []*http.Cookie {
	u, err := url.Parse(b.app.url)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.client.Jar.Cookies(u)
}

// setCookies gives the browser cookies of the app.
func (b *browser) setCookies(cookies ...*http.Cookie) {
	u, err := url.Parse(b.app.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(u, cookies)
}

// sessionCookies are the cookies of the session that the browser holds.
func (b *browser) sessionCookies() []*http.Cookie {
	var list []*http.Cookie
	for _, c := range b.jarCookies() {
		if strings.HasPrefix(c.Name, "_a0_session") {
			list = append(list, c)
		}
	}
	return list
}

func (b *browser) attemptCookies() []*http.Cookie {
	var list []*http.Cookie
	for _, c := range b.jarCookies() {
		if strings.HasPrefix(c.Name, "_a0_tx_") {
			list = append(list, c)
		}
	}
	return list
}

func (b *browser) signedIn() bool {
	b.t.Helper()
	return b.get("/").body == "hello Ada Lovelace"
}

// wantError checks a JSON refusal, for a browser that does not look at a page.
func wantError(t testing.TB, a answer, status int, code string) {
	t.Helper()
	if a.status != status || !strings.Contains(a.body, code) {
		t.Errorf("answer %d %s, want %d %s", a.status, a.body, status, code)
	}
	if got := a.header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control = %q", got)
	}
}
