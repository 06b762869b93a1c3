package auth0test_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// receiver is an application that is told of logouts.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		form, parseErr := url.ParseQuery(string(body))
		if err != nil || parseErr != nil || request.Method != http.MethodPost || request.URL.Path != "/backchannel-logout" ||
			request.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(form) != 1 || len(form["logout_token"]) != 1 {
			t.Errorf("%s %s %q: %s", request.Method, request.URL, request.Header.Get("Content-Type"), body)
		}
		r.mu.Lock()
		r.tokens = append(r.tokens, form.Get("logout_token"))
		r.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(r.Close)
	return r
}

// received are the tokens so far.
func (r *receiver) received() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.tokens...)
}

func client(id, backchannel string) auth0test.Client {
	if backchannel != "" {
		backchannel += "/backchannel-logout"
	}
	return auth0test.Client{ID: id, Secret: auth0test.DefaultClientSecret, AllowLoopback: true, BackchannelLogoutURI: backchannel}
}

func TestLogoutTellsTheClientsOfTheSession(t *testing.T) {
	t.Parallel()
	for name, logout := range map[string]func(b *browser) page{
		"oidc":         func(b *browser) page { return b.get(b.tenant.URL() + "/oidc/logout") },
		"oidc by POST": func(b *browser) page { return b.post(b.tenant.URL()+"/oidc/logout", nil) },
		"v2":           func(b *browser) page { return b.get(b.tenant.URL() + "/v2/logout") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, third := newReceiver(t), newReceiver(t), newReceiver(t)
			tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
				client("first", first.URL), client("second", second.URL), client("third", third.URL), client("silent", ""),
			}})
			b := newBrowser(t, tenant)
			code := b.login(url.Values{"client_id": {"first"}})
			answer := granted(t, tenant, codeForm(code, url.Values{"client_id": {"first"}}))
			id := claims(t, tenant, "first", text(t, answer, "id_token"))
			b.login(url.Values{"client_id": {"second"}, "prompt": {"login"}}) // the same person: the session goes on
			b.login(url.Values{"client_id": {"silent"}})
			newBrowser(t, tenant).login(url.Values{"client_id": {"third"}}) // the session of another browser
			if got := logout(b); got.status != http.StatusOK {
				t.Fatalf("status %d", got.status)
			}
			for client, receiver := range map[string]*receiver{"first": first, "second": second} {
				tokens := receiver.received()
				if len(tokens) != 1 {
					t.Fatalf("%s was told %d times", client, len(tokens))
				}
				all := logoutClaims(t, tenant, client, tokens[0])
				if all["sub"] != id["sub"] || all["sid"] != id["sid"] || all["aud"] != client {
					t.Errorf("claims %v, want those of the session %v", all, id)
				}
			}
			logout(b)
			if told := len(first.received()) + len(second.received()); told != 2 {
				t.Errorf("a second logout told somebody: %d", told)
			}
			if told := len(third.received()); told != 0 {
				t.Errorf("the client of another session was told %d times", told)
			}
		})
	}
}

func TestARefusedLogoutTellsNobody(t *testing.T) {
	t.Parallel()
	app := newReceiver(t)
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{client(auth0test.DefaultClientID, app.URL)}})
	b := newBrowser(t, tenant)
	b.login(nil)
	if got := b.get(tenant.URL() + "/v2/logout?client_id=nobody"); got.status != http.StatusBadRequest {
		t.Fatalf("status %d", got.status)
	}
	if told := len(app.received()); told != 0 {
		t.Errorf("told %d times", told)
	}
}

// Whatever a client does, the person is signed out and sent on.
func TestLogoutDoesNotDependOnItsClients(t *testing.T) {
	t.Parallel()
	elsewhere := newReceiver(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	left := make(chan struct{})
	for name, handler := range map[string]http.HandlerFunc{
		"refuses": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
		},
		"breaks off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"is gone":    nil,
		"hangs": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // until then nobody notices that the tenant leaves
			<-r.Context().Done()
			close(left)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := gone.URL
			if handler != nil {
				app := httptest.NewServer(handler)
				t.Cleanup(app.Close)
				address = app.URL
			}
			tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{client(auth0test.DefaultClientID, address)}})
			b := newBrowser(t, tenant)
			b.login(nil)
			got := b.get(tenant.URL() + "/v2/logout?client_id=" + auth0test.DefaultClientID + "&returnTo=" + url.QueryEscape(callback))
			if got.status != http.StatusFound || got.header.Get("Location") != callback {
				t.Errorf("status %d, Location %q", got.status, got.header.Get("Location"))
			}
			tenant.SetAutoApprove("")
			if b.signedIn() {
				t.Error("still signed in")
			}
			if name == "hangs" {
				<-left // the tenant did not wait any longer
			}
		})
	}
	t.Cleanup(func() {
		if told := len(elsewhere.received()); told != 0 {
			t.Error("a logout token went on to another address")
		}
	})
}

func TestEditLogoutToken(t *testing.T) {
	t.Parallel()
	app := newReceiver(t)
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{client(auth0test.DefaultClientID, app.URL)}})
	tenant.EditLogoutToken(func(header, claims map[string]any) {
		header["typ"] = "logout+jwt"
		delete(claims, "sid")
	})
	b := newBrowser(t, tenant)
	b.login(nil)
	b.get(tenant.URL() + "/oidc/logout")
	tenant.EditLogoutToken(nil)
	b.login(nil)
	b.get(tenant.URL() + "/oidc/logout")
	tokens := app.received()
	if len(tokens) != 2 {
		t.Fatalf("told %d times", len(tokens))
	}
	all := logoutClaims(t, tenant, auth0test.DefaultClientID, tokens[0])
	if _, there := all["sid"]; there || headerOf(t, tokens[0])["typ"] != "logout+jwt" {
		t.Errorf("header %v, claims %v", headerOf(t, tokens[0]), all)
	}
	if all := logoutClaims(t, tenant, auth0test.DefaultClientID, tokens[1]); all["sid"] == nil || headerOf(t, tokens[1])["typ"] != "JWT" {
		t.Errorf("after the change: header %v, claims %v", headerOf(t, tokens[1]), all)
	}
}
