package auth0test_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// connectBody is a good body for POST /connect, with changes; nil leaves a member out.
func connectBody(t *testing.T, changes map[string]any) string {
	t.Helper()
	return jsonText(t, edited(map[string]any{
		"connection": "google-oauth2", "redirect_uri": callback, "state": "the-state",
		"code_challenge": oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method": "S256",
	}, changes))
}

func edited(object, changes map[string]any) map[string]any {
	maps.Copy(object, changes)
	maps.DeleteFunc(object, func(_ string, value any) bool { return value == nil })
	return object
}

// connecting starts to connect an account and returns its auth_session, and the address for the browser.
func connecting(t *testing.T, tenant *auth0test.Tenant, token string, changes map[string]any) (session, address string) {
	t.Helper()
	answer := call(t, tenant, http.MethodPost, "/connect", token, connectBody(t, changes), nil)
	object := answer.json(t)
	params, _ := object["connect_params"].(map[string]any)
	if answer.status != http.StatusCreated || object["expires_in"] != 300.0 || object["connect_uri"] != tenant.URL()+"/u/connect" || len(params) != 1 {
		t.Fatalf("status %d: %s", answer.status, answer.body)
	}
	return text(t, object, "auth_session"), tenant.URL() + "/u/connect?" + url.Values{"ticket": {text(t, params, "ticket")}}.Encode()
}

// completeBody is a good body for POST /complete, with changes.
func completeBody(t *testing.T, session, code string, changes map[string]any) string {
	t.Helper()
	return jsonText(t, edited(map[string]any{
		"auth_session": session, "connect_code": code, "redirect_uri": callback, "code_verifier": verifier,
	}, changes))
}

func TestConnectAccount(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{
		Now: clock.Now, AutoApprove: "ada", Connections: []auth0test.Connection{{Name: "google-oauth2", Scopes: []string{"email"}}},
	})
	ada := accountToken(tenant, "auth0|ada", nil)
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	for _, test := range []struct {
		name         string
		changes      map[string]any
		hint, scopes string
	}{
		{"with the scopes of the connection", nil, "ada@example.test", "email"},
		{"with scopes of its own", map[string]any{"scopes": []string{"mail.read", "calendar"}}, "ada@example.test", "mail.read calendar"},
		{"another account", map[string]any{"authorization_params": map[string]any{"login_hint": "work@gmail.test", "max_age": 1}}, "work@gmail.test", "email"},
	} {
		t.Run(test.name, func(t *testing.T) {
			session, address := connecting(t, tenant, ada, test.changes)
			result := newBrowser(t, tenant).get(address).location(t)
			if result.Get("state") != "the-state" || result.Get("iss") != tenant.Issuer() || len(result) != 3 {
				t.Fatalf("answer %v", result)
			}
			answer := call(t, tenant, http.MethodPost, "/complete", ada, completeBody(t, session, result.Get("connect_code"), nil), nil)
			account := answer.json(t)
			id := text(t, account, "id")
			want := map[string]any{
				"id": id, "connection": "google-oauth2", "access_type": "offline", "created_at": clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
				"scopes": strings.Fields(test.scopes),
			}
			if answer.status != http.StatusCreated || fmt.Sprint(account) != fmt.Sprint(want) {
				t.Errorf("status %d: %v, want %v", answer.status, account, want)
			}
			got := granted(t, tenant, connectionForm(refresh, url.Values{"login_hint": {test.hint}}))
			if got["scope"] != test.scopes {
				t.Errorf("scope %v, want %s", got["scope"], test.scopes)
			}
		})
	}
	// Connected anew, an account is the same one.
	if found, _ := listing(t, tenant, ada, "accounts", "id", url.Values{}); len(found) != 2 {
		t.Errorf("accounts %v, want two", found)
	}
}

var hiddenTicket = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

// consent answers a page that asks to connect an account.
func (b *browser) consent(asked page, name, value string) page {
	b.t.Helper()
	found := hiddenTicket.FindStringSubmatch(asked.body)
	if asked.status != http.StatusOK || found == nil {
		b.t.Fatalf("status %d: not a page that asks\n%s", asked.status, asked.body)
	}
	return b.post(asked.url.String(), url.Values{"ticket": {html.UnescapeString(found[1])}, name: {value}})
}

func TestConnectPage(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	ada := accountToken(tenant, "auth0|ada", nil)
	b := newBrowser(t, tenant)
	t.Run("agreed", func(t *testing.T) {
		session, address := connecting(t, tenant, ada, nil)
		asked := b.get(address)
		for _, want := range []string{"google-oauth2", "Ada Lovelace", auth0test.DefaultClientID, `value="ada@example.test"`} {
			if !strings.Contains(asked.body, want) {
				t.Errorf("the page does not name %s:\n%s", want, asked.body)
			}
		}
		if again := b.post(strings.Split(address, "?")[0], url.Values{"ticket": {strings.Split(address, "ticket=")[1]}}); again.status != http.StatusBadRequest {
			t.Errorf("status %d for an answer without an account", again.status)
		}
		sent := b.consent(asked, "account", "home@gmail.test")
		if sent.status != http.StatusSeeOther {
			t.Errorf("status %d after the form, want 303", sent.status)
		}
		code := sent.location(t).Get("connect_code")
		if answer := call(t, tenant, http.MethodPost, "/complete", ada, completeBody(t, session, code, nil), nil); answer.status != http.StatusCreated {
			t.Errorf("status %d: %s", answer.status, answer.body)
		}
		if late := b.get(address); late.status != http.StatusBadRequest {
			t.Errorf("status %d for a used ticket", late.status)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		session, address := connecting(t, tenant, ada, nil)
		result := b.consent(b.get(address), "cancel", "1").location(t)
		if result.Get("error") != "access_denied" || result.Get("state") != "the-state" || result.Has("connect_code") {
			t.Errorf("answer %v", result)
		}
		wantProblem(t, call(t, tenant, http.MethodPost, "/complete", ada, completeBody(t, session, "guessed", nil), nil), http.StatusBadRequest, "agreed")
	})
	t.Run("unknown ticket", func(t *testing.T) {
		session, _ := connecting(t, tenant, ada, nil)
		for _, query := range []string{"?ticket=guessed", "", "?ticket=" + session, "?ticket=a&ticket=a", "?other=1"} {
			if got := b.get(tenant.URL() + "/u/connect" + query); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
				t.Errorf("%s: status %d", query, got.status)
			}
		}
	})
}

func TestCompleteIsRefused(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, AutoApprove: "ada", Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: "s", AllowLoopback: true}, {ID: "other", Secret: "s", AllowLoopback: true},
	}})
	ada, grace := accountToken(tenant, "auth0|ada", nil), accountToken(tenant, "auth0|grace", nil)
	foreign := accountToken(tenant, "auth0|ada", auth0test.Claims{"azp": "other"})
	complete := func(token, session, code string, changes map[string]any) page {
		return call(t, tenant, http.MethodPost, "/complete", token, completeBody(t, session, code, changes), nil)
	}
	agreed := func() (session, code string) {
		session, address := connecting(t, tenant, ada, nil)
		return session, newBrowser(t, tenant).get(address).location(t).Get("connect_code")
	}
	for name, test := range map[string]struct {
		token   string
		changes map[string]any
		word    string
		spent   bool
	}{
		"a guessed session":               {ada, map[string]any{"auth_session": "guessed"}, "auth_session", false},
		"by another person":               {grace, nil, "auth_session", false},
		"by another client":               {foreign, nil, "auth_session", false},
		"a guessed code":                  {ada, map[string]any{"connect_code": "guessed"}, "connect_code", true},
		"another redirect_uri":            {ada, map[string]any{"redirect_uri": callback + "/"}, "redirect_uri", true},
		"the verifier of another attempt": {ada, map[string]any{"code_verifier": verifier + "2"}, "code_verifier", true},
	} {
		t.Run(name, func(t *testing.T) {
			session, code := agreed()
			wantProblem(t, complete(test.token, session, code, test.changes), http.StatusBadRequest, test.word)
			want := http.StatusCreated
			if test.spent { // one try
				want = http.StatusBadRequest
			}
			if answer := complete(ada, session, code, nil); answer.status != want {
				t.Errorf("status %d afterwards, want %d: %s", answer.status, want, answer.body)
			}
		})
	}
	t.Run("the code of another attempt", func(t *testing.T) {
		session, _ := agreed()
		_, code := agreed()
		wantProblem(t, complete(ada, session, code, nil), http.StatusBadRequest, "connect_code")
	})
	t.Run("twice", func(t *testing.T) {
		session, code := agreed()
		complete(ada, session, code, nil)
		wantProblem(t, complete(ada, session, code, nil), http.StatusBadRequest, "before")
	})
	t.Run("before the person has agreed", func(t *testing.T) {
		session, _ := connecting(t, tenant, ada, nil)
		wantProblem(t, complete(ada, session, "guessed", nil), http.StatusBadRequest, "agreed")
	})
	t.Run("expired", func(t *testing.T) {
		session, code := agreed()
		_, address := connecting(t, tenant, ada, nil)
		clock.advance(5*time.Minute + time.Second)
		wantProblem(t, complete(accountToken(tenant, "auth0|ada", nil), session, code, nil), http.StatusBadRequest, "")
		if got := newBrowser(t, tenant).get(address); got.status != http.StatusBadRequest {
			t.Errorf("status %d for an expired ticket", got.status)
		}
	})
}
