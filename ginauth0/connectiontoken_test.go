package ginauth0_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// rawRequest is what arrived at the token endpoint.
type rawRequest struct {
	header http.Header
	form   url.Values
}

// The exchange in both directions: this form and no other, and all of the answer.
func TestTheExchangeForAConnectionToken(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*ginauth0.Config){
		"Bearer": func(*ginauth0.Config) {}, "DPoP": func(c *ginauth0.Config) { c.DPoP, c.Routes.EnableAccessToken = true, false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := signedInConnecting(t, config(edit))
			var got []rawRequest
			a.tenant.Break(tokenPath, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
				body, _ := io.ReadAll(r.Body)
				form, err := url.ParseQuery(string(body))
				if err != nil {
					t.Error(err)
				}
				got = append(got, rawRequest{r.Header.Clone(), form})
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"access_token":"provider %d","issued_token_type":"http://auth0.com/oauth/token-type/federated-connection-access-token",
					"scope":"one two","expires_in":1800,"token_type":"of its own"}`, len(got))
			})
			first := b.connection("?of=google-oauth2")
			second := b.connection("?of=google-oauth2&hint=ada@work.test")
			if len(got) != 2 {
				t.Fatalf("%d requests", len(got))
			}
			for i, hint := range []string{"", "ada@work.test"} {
				form, header := got[i].form, got[i].header
				subject := form.Get("subject_token")
				want := url.Values{
					"grant_type":    {"urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"},
					"subject_token": {subject}, "subject_token_type": {"urn:ietf:params:oauth:token-type:refresh_token"},
					"requested_token_type": {"http://auth0.com/oauth/token-type/federated-connection-access-token"},
					"connection":           {"google-oauth2"}, "client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
				}
				if hint != "" {
					want["login_hint"] = []string{hint}
				}
				if !reflect.DeepEqual(form, want) || subject == "" || subject != got[0].form.Get("subject_token") {
					t.Errorf("form %v, want %v", form, want)
				}
				if header.Get("DPoP") != "" || header.Get("Content-Type") != "application/x-www-form-urlencoded" || header.Get("Authorization") != "" || header.Get("Cookie") != "" {
					t.Errorf("header %v", header)
				}
			}
			if first.Token != "provider 1" || second.Token != "provider 2" || first.Type != "Bearer" || first.Connection != "google-oauth2" ||
				first.Audience != "" || !slices.Equal(first.Scopes, []string{"one", "two"}) {
				t.Errorf("%+v", first)
			}
			if left := first.ExpiresAt.Sub(a.clock.Now()); left < 29*time.Minute || left > 30*time.Minute {
				t.Errorf("expires in %v", left)
			}
		})
	}
}

// By connection and login hint, until 30 s before it expires.
func TestAConnectionTokenIsCached(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t)
	queries := []string{"?of=google-oauth2", "?of=google-oauth2&hint=ada@gmail.test", "?of=google-oauth2&hint=ada@work.test", "?of=github"}
	tokens := map[string]string{}
	for _, query := range queries {
		page := b.connection(query)
		for other, token := range tokens {
			if token == page.Token {
				t.Errorf("%s has the token of %s", query, other)
			}
		}
		tokens[query] = page.Token
	}
	a.wantUses(t, 1, 4)
	a.clock.advance(59*time.Minute + 29*time.Second) // 31 s left
	for _, query := range queries {
		if page := b.connection(query); page.Token != tokens[query] || page.Connection == "" || page.Type != "Bearer" || len(page.Scopes) == 0 {
			t.Errorf("%s: %+v", query, page)
		}
	}
	a.wantUses(t, 1, 4)
	a.clock.advance(2 * time.Second)
	page := b.connection("?of=github")
	if page.Token == tokens["?of=github"] {
		t.Error("the old token in its last 30 s")
	}
	a.wantUses(t, 1, 5)
	// The others are orphans: nobody asked for them again.
	if got := page.accounts(); !slices.Equal(got, []string{"github"}) {
		t.Errorf("the session holds tokens of %v", got)
	}
}

// Whatever writes the session sweeps it, say a roll.
func TestOrphanedConnectionTokensAreSwept(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]sessions.Store{"cookies": nil, "rows": newRowStore(), "somebody else's rows": newStub()} {
		a, b := signedInConnecting(t, storedIn(store))
		b.connection("?of=github")
		b.connection("?of=google-oauth2")
		a.clock.advance(10 * time.Minute)
		b.get("/profile") // rolls
		if got := b.held().accounts(); !slices.Equal(got, []string{"github", "google-oauth2"}) {
			t.Errorf("%s: the session holds tokens of %v", name, got)
		}
		a.clock.advance(49*time.Minute + 31*time.Second)
		b.get("/profile")
		if page := b.held(); len(page.accounts()) != 0 || len(page.Held) != 1 {
			t.Errorf("%s: the session holds %+v", name, page.Held)
		}
		a.wantUses(t, 1, 2)
	}
}

// Without an expiry nobody knows how long it is good, and with a short one it is not
// good for long enough: everybody who waits gets it, and nothing is written anywhere.
func TestAConnectionTokenThatIsNotKept(t *testing.T) {
	t.Parallel()
	for name, lifetime := range map[string]any{"of unknown expiry": nil, "about to expire": 30} {
		for kind, store := range map[string]*rowStore{"cookies": nil, "rows": newRowStore()} {
			place := newSharedPlace()
			a, b := signedInConnecting(t, locked(place), func(s *setup) {
				if store != nil {
					s.config.Session.Store = store
				}
			})
			before := fmt.Sprint(b.sessionCookies())
			answer := map[string]any{"access_token": "brief", "token_type": "Bearer"}
			if lifetime != nil {
				answer["expires_in"] = lifetime
			}
			answeringConnections(a, http.StatusOK, answer)
			for range 2 {
				page := b.connection("?of=github")
				if page.Token != "brief" || page.ExpiresAt.IsZero() != (lifetime == nil) || len(page.Scopes) != 0 {
					t.Errorf("%s, %s: %+v", name, kind, page)
				}
				if len(page.accounts()) != 0 {
					t.Errorf("%s, %s: it is in the session", name, kind)
				}
			}
			a.wantUses(t, 1, 2)
			if place.count("Keep") != 0 || store != nil && store.tries != 0 || fmt.Sprint(b.sessionCookies()) != before {
				t.Errorf("%s, %s: something was written", name, kind)
			}
		}
	}
}

// What others brought meanwhile gets into the session although the token does not.
func TestAConnectionTokenThatIsNotKeptBringsTheNewestRefreshToken(t *testing.T) {
	t.Parallel()
	for kind, store := range map[string]sessions.Store{"cookies": nil, "rows": newRowStore()} {
		a, b := signedInConnecting(t, storedIn(store))
		behind := b.twin()
		b.token("?force")
		answeringConnections(a, http.StatusOK, map[string]any{"access_token": "brief", "token_type": "Bearer"})
		behind.connection("?of=github")
		a.clock.advance(20 * time.Minute) // nothing is kept but the session
		if page := behind.tokenPage("?force"); page.Error != "" {
			t.Errorf("%s: %s", kind, page.Error)
		}
	}
}

func TestForceRefreshOfAConnectionToken(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t)
	first := b.connection("?of=github")
	second := b.connection("?of=github&force")
	if second.Token == first.Token {
		t.Error("the old token")
	}
	if third := b.connection("?of=github"); third.Token != second.Token || !slices.Equal(third.accounts(), []string{"github"}) {
		t.Errorf("not kept in its place: %+v", third)
	}
	a.wantUses(t, 1, 2)
}

// Whatever the answer says of other tokens: it is about the provider's.
func TestAConnectionTokenLeavesTheOtherTokensAlone(t *testing.T) {
	t.Parallel()
	a, b := signedInConnecting(t)
	before := b.token("")
	used := answeringConnections(a, http.StatusOK, map[string]any{
		"access_token": "theirs", "token_type": "DPoP", "expires_in": 3600, "refresh_token": "another", "id_token": "no.id.token", "scope": "repo",
	})
	if page := b.connection("?of=github"); page.Token != "theirs" || page.Type != "Bearer" {
		t.Errorf("%+v", page)
	}
	if page := b.token(""); page.Token != before.Token || page.Name != "Ada Lovelace" {
		t.Errorf("%+v", page)
	}
	b.token("?force")
	if sent := used.forms; len(sent) != 2 || sent[1].Get("refresh_token") != sent[0].Get("subject_token") {
		t.Error("the refresh token of the session is another one")
	}
}

// The tenant refuses the refresh token here; whether it still refreshes is for a
// refresh to find out.
func TestInvalidGrantForAConnectionTokenKeepsTheRefreshToken(t *testing.T) {
	t.Parallel()
	for _, ends := range []bool{false, true} {
		a, b := signedInConnecting(t, config(func(c *ginauth0.Config) { c.EndSessionOnInvalidGrant = ends }))
		answeringConnections(a, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		page := b.connectionPage("?of=github")
		if !strings.HasPrefix(page.Error, "ginauth0: the tenant refused (connection)") || !page.SignedIn || !page.RefreshToken {
			t.Errorf("%+v", page)
		}
		a.wantUses(t, 1, 1)
		b.token("?force")
	}
}

// A connection token has nothing to do with how long the session lives.
func TestTheCeilingDoesNotBoundAConnectionToken(t *testing.T) {
	t.Parallel()
	a := newApp(t, connecting)
	a.tenant.AddConnectedAccount("ada", "github", "ada")
	end := a.clock.Now().Add(10 * time.Minute).Unix()
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["session_expiry"] = end })
	b := a.browser(t)
	b.login("/auth/login")
	page := b.connection("?of=github")
	if left := page.ExpiresAt.Sub(a.clock.Now()); left < 59*time.Minute {
		t.Errorf("expires in %v", left)
	}
	if again := b.connection("?of=github"); again.ExpiresAt != page.ExpiresAt {
		t.Errorf("from the session it expires at %v, not %v", again.ExpiresAt, page.ExpiresAt)
	}
	a.clock.advance(10 * time.Minute)
	if page := b.connectionPage("?of=github"); page.Error != ginauth0.ErrNoSession.Error() {
		t.Errorf("%+v", page)
	}
}

func TestSessionDescribesItsConnectionTokens(t *testing.T) {
	t.Parallel()
	_, b := signedInConnecting(t)
	page := b.connection("?of=google-oauth2&hint=ada@work.test")
	want := ginauth0.TokenInfo{
		Scopes: []string{"calendar.read"}, Type: "Bearer", ExpiresAt: page.ExpiresAt, Connection: "google-oauth2", LoginHint: "ada@work.test",
	}
	if len(page.Held) != 2 || !reflect.DeepEqual(page.Held[1], want) || page.Held[0].Audience != auth0test.DefaultAudience || page.Held[0].Connection != "" {
		t.Errorf("%+v, want %+v", page.Held, want)
	}
}
