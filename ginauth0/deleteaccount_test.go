package ginauth0_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// disconnecting is an app with the page /disconnect, and /of that shows a token of a
// connection.
func disconnecting(o *options) func(*setup) {
	return func(s *setup) {
		connectingAccounts(o)(s)
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			router.GET("/disconnect", func(c *gin.Context) {
				o.run(c, auth, func() error {
					err := auth.DeleteConnectedAccount(c, c.Query("id"))
					if err == nil {
						c.String(http.StatusOK, "disconnected")
					}
					return err
				})
			})
			router.GET("/of", func(c *gin.Context) {
				o.run(c, auth, func() error {
					token, err := auth.TokenForConnection(c, ginauth0.ConnectionTokenOptions{Connection: c.Query("connection")})
					if err == nil {
						c.String(http.StatusOK, string(token.Token))
					}
					return err
				})
			})
		}
	}
}

func signedInDisconnecting(t testing.TB, o *options, edits ...func(*setup)) (*app, *browser, *accountCalls) {
	t.Helper()
	return signedInToConnect(t, o, append([]func(*setup){disconnecting(o)}, edits...)...)
}

func (b *browser) wantPageAt(target, body string) answer {
	b.t.Helper()
	r := b.get(target)
	if r.status != http.StatusOK || r.body != body {
		b.t.Fatalf("%s: %d %s\nlog: %s", target, r.status, r.body, b.app.log)
	}
	return r
}

func TestDisconnectAnAccount(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookies", "a store", "rows"} {
		var o options
		a, b, q := signedInDisconnecting(t, &o, config(func(c *ginauth0.Config) {
			switch kind {
			case "a store":
				c.Session.Store = newBrittleStore(t)
			case "rows":
				c.Session.Store = newRowStore()
			}
		}))
		var requests tokenRequests
		id := a.tenant.AddConnectedAccount("ada", "github", "octo")
		other := a.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@example.test")
		token, googles := b.get("/of?connection=github").body, b.get("/of?connection=google-oauth2").body
		if b.get("/of?connection=github").body != token {
			t.Fatalf("%s: the token is not kept", kind)
		}
		requests.watch(a)
		r := b.wantPageAt("/disconnect?id="+id, "disconnected")
		wantOneLinePerName(t, r)
		if got, want := strings.Join(requests.take(t), " "), "audience="+a.tenant.Issuer()+"me/&scope=delete:me:connected_accounts"; got != want {
			t.Errorf("%s: the token was asked for by %q, want %q", kind, got, want)
		}
		call := q.one(t, "DELETE "+accountsPath+"/accounts/"+id)
		wantAccountHeader(t, a, call)
		if call.body != "" {
			t.Errorf("%s: a body was sent: %s", kind, call.body)
		}
		// Whose token it was nobody said, so each is asked for again.
		if r := b.get("/of?connection=github", asJSON); r.status == http.StatusOK {
			t.Errorf("%s: the token of an account that is gone is still there", kind)
		}
		if got := b.get("/of?connection=google-oauth2"); got.status != http.StatusOK || got.body == googles {
			t.Errorf("%s: the other token: %d", kind, got.status)
		}
		// A second time is no error.
		b.wantPageAt("/disconnect?id="+id, "disconnected")
		q.one(t, "DELETE "+accountsPath+"/accounts/"+id)
		b.wantPageAt("/disconnect?id="+other, "disconnected")
		if !b.signedIn() {
			t.Errorf("%s: the session is gone", kind)
		}
	}
}

// Another 404 than that of a problem document is as good.
func TestAnAccountThatIsNotThereIsDisconnected(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInDisconnecting(t, &o)
	for _, body := range []string{"", "<html>", problem} {
		q.say(http.StatusNotFound, "", body)
		b.wantPageAt("/disconnect?id=cac_1", "disconnected")
	}
	for status, want := range map[int]int{400: 400, 401: 401, 403: 403, 409: 409, 410: 410, 500: 502} {
		q.say(status, "application/problem+json", problem)
		r := b.get("/disconnect?id=cac_1", asJSON)
		wantError(t, r, want, `"error":"connect_account_error"`)
		var refused *ginauth0.MyAccountError
		if err := o.failed(); !errors.As(err, &refused) || refused.Status != status {
			t.Errorf("%d: %v", status, err)
		}
	}
	q.say(http.StatusOK, "application/json", "{}")
	wantError(t, b.get("/disconnect?id=cac_1", asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
}

// Whatever an id is, it is one segment of the path: it must not lead to another place.
func TestTheIDOfAnAccountStaysOneSegment(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInDisconnecting(t, &o)
	q.say(http.StatusNoContent, "", "")
	for id, segment := range map[string]string{
		"cac_1": "cac_1", ".": "%2E", "..": "%2E%2E", "...": "...", "../../users/x": "..%2F..%2Fusers%2Fx", "a/b": "a%2Fb", "a?b=c": "a%3Fb=c",
		"a#b": "a%23b", "a b": "a%20b", "%2e%2e": "%252e%252e", "ü": "%C3%BC", "a\r\nX: y": "a%0D%0AX:%20y", "\\": "%5C", " ": "%20",
	} {
		b.wantPageAt("/disconnect?id="+url.QueryEscape(id), "disconnected")
		q.one(t, "DELETE "+accountsPath+"/accounts/"+segment)
	}
	wantError(t, b.get("/disconnect?id=", asJSON), http.StatusBadRequest, `"error":"invalid_request"`)
	var refused *ginauth0.ParameterError
	if err := o.failed(); !errors.As(err, &refused) || refused.Name != "id" {
		t.Errorf("an empty id: %v", err)
	}
	q.wantNone(t, "an empty id")
}

// A cookie cannot be written any more then, a row can.
func TestDisconnectAfterTheResponseStarted(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookies", "rows"} {
		var o options
		store := newRowStore()
		a, b, q := signedInDisconnecting(t, &o, config(func(c *ginauth0.Config) {
			if kind == "rows" {
				c.Session.Store = store
			}
		}))
		id := a.tenant.AddConnectedAccount("ada", "github", "octo")
		b.wantPageAt("/disconnect?id=nobody", "disconnected") // the token for the API is there
		token := b.get("/of?connection=github").body
		q.take()
		r := b.get("/disconnect?late=1&id=" + id)
		switch kind {
		case "cookies":
			if r.body != "begun" || !errors.Is(o.failed(), ginauth0.ErrResponseStarted) {
				t.Errorf("%s: %q, %v", kind, r.body, o.failed())
			}
			q.wantNone(t, kind)
			if got := b.get("/of?connection=github").body; got != token {
				t.Error("the token was dropped although the account is still connected")
			}
		case "rows":
			if r.body != "begundisconnected" || o.failed() != nil {
				t.Errorf("%s: %q, %v", kind, r.body, o.failed())
			}
			if r := b.get("/of?connection=github", asJSON); r.status == http.StatusOK {
				t.Error("the token of an account that is gone is still there")
			}
		}
	}
}

func TestDisconnectNeedsASession(t *testing.T) {
	t.Parallel()
	var o options
	a, _, q := signedInDisconnecting(t, &o)
	wantError(t, a.browser(t).get("/disconnect?id=cac_1", asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
	if err := o.failed(); !errors.Is(err, ginauth0.ErrNoSession) {
		t.Errorf("error %v", err)
	}
	q.wantNone(t, "a stranger")
}

// A connection with more scopes brings a token that has them.
func TestAnAccountConnectedAnewBringsAnotherToken(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookies", "rows"} {
		var o options
		a, b, _ := signedInDisconnecting(t, &o, config(func(c *ginauth0.Config) {
			if kind == "rows" {
				c.Session.Store = newRowStore()
			}
		}))
		a.tenant.AddConnectedAccount("ada", "github", "octo", "repo")
		a.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@example.test")
		token, googles := b.get("/of?connection=github").body, b.get("/of?connection=google-oauth2").body
		back := b.returned(b.get(connectRoute + "?connection=github&scopes=gist&returnTo=/files").location(t))
		r := b.get(back.String())
		if r.header.Get("Location") != "/files" {
			t.Fatalf("%s: %d %s", kind, r.status, r.body)
		}
		wantOneLinePerName(t, r)
		if got := b.get("/of?connection=github"); got.status != http.StatusOK || got.body == token {
			t.Errorf("%s: the token is %d, as before the connection", kind, got.status)
		}
		if got := b.get("/of?connection=google-oauth2").body; got != googles {
			t.Errorf("%s: the token of another connection was dropped", kind)
		}
	}
}

// readOnlyRows is a store that stops to take changes when it is told to.
type readOnlyRows struct {
	*rowStore
	down atomic.Bool
	err  error
}

func (s *readOnlyRows) Rows() rows.Store { return s }

func (s *readOnlyRows) Update(r *http.Request, header http.Header, name string, h rows.Handle, row rows.Row) (rows.Handle, error) {
	if s.down.Load() {
		return h, s.err
	}
	return s.rowStore.Update(r, header, name, h, row)
}

// A row that cannot be written is said, and the session stays.
func TestTheStoreIsDownAfterAnAccountIsGone(t *testing.T) {
	t.Parallel()
	var o options
	store := &readOnlyRows{rowStore: newRowStore(), err: errors.New("the disk is full")}
	a, b, q := signedInDisconnecting(t, &o, config(func(c *ginauth0.Config) { c.Session.Store = store }))
	b.wantPageAt("/disconnect?id=nobody", "disconnected")
	a.tenant.AddConnectedAccount("ada", "github", "octo")
	b.get("/of?connection=github")
	q.take()
	store.down.Store(true)
	wantError(t, b.get("/disconnect?id=cac_1", asJSON), http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	if err := o.failed(); !errors.Is(err, ginauth0.ErrStore) || len(q.take()) != 1 {
		t.Errorf("error %v", err)
	}
	store.down.Store(false)
	if !b.signedIn() {
		t.Error("the session is gone")
	}
}
