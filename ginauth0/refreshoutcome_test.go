package ginauth0_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// tokenRequests sees the requests to the token endpoint. answer may answer in place
// of the tenant; a nil body lets the tenant answer.
type tokenRequests struct {
	mu     sync.Mutex
	forms  []url.Values
	answer func(form url.Values) (status int, body map[string]any)
}

func (q *tokenRequests) watch(a *app) {
	a.tenant.Break(tokenPath, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, err := io.ReadAll(r.Body)
		form, err2 := url.ParseQuery(string(body))
		if err != nil || err2 != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		q.mu.Lock()
		q.forms = append(q.forms, form)
		answer := q.answer
		q.mu.Unlock()
		if answer != nil {
			if status, body := answer(form); body != nil {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_ = json.NewEncoder(w).Encode(body)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (q *tokenRequests) set(answer func(url.Values) (int, map[string]any)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answer = answer
}

// take returns the forms since the last call, without what every one has.
func (q *tokenRequests) take(t testing.TB) []string {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	var texts []string
	for _, form := range q.forms {
		if form.Get("grant_type") != "refresh_token" || form.Get("client_id") != auth0test.DefaultClientID || form.Get("refresh_token") == "" {
			t.Errorf("form %v", form)
		}
		for _, name := range []string{"grant_type", "client_id", "client_secret", "refresh_token"} {
			form.Del(name)
		}
		text, err := url.QueryUnescape(form.Encode())
		if err != nil {
			t.Error(err)
		}
		texts = append(texts, text)
	}
	q.forms = nil
	return texts
}

// What the login asked for goes without saying; everything else is said (contract
// web 16.1).
func TestWhatARefreshAsksFor(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) {
		c.AudienceScopes = map[string][]string{secondAudience: {"read:files"}}
	}))
	var requests tokenRequests
	requests.watch(a)
	for _, test := range []struct{ query, form string }{
		{"?force", ""},
		{"?force&scope=write:messages", "scope=openid profile email offline_access read:messages write:messages"},
		{"?force&scope=read:messages", ""}, // configured already
		{"?force&scope=read:messages&nomerge", "scope=read:messages"},
		{"?force&nomerge", ""},
		{"?force&audience=" + auth0test.DefaultAudience, ""},
		{"?force&audience=" + secondAudience, "audience=" + secondAudience + "&scope=read:files"},
		{"?force&audience=" + secondAudience + "&scope=write:files", "audience=" + secondAudience + "&scope=read:files write:files"},
		{"?force&audience=" + secondAudience + "&scope=write:files&nomerge", "audience=" + secondAudience + "&scope=write:files"},
		{"?force&audience=" + secondAudience + "&nomerge", "audience=" + secondAudience},
		{"?force&audience=https://third.example.test", "audience=https://third.example.test"},
	} {
		b.tokenPage(test.query)
		if got := requests.take(t); !slices.Equal(got, []string{test.form}) {
			t.Errorf("%s: asked %q, want %q", test.query, got, test.form)
		}
	}
}

// A login for another audience than the configured one has tokens of its own.
func TestRefreshAfterALoginForAnotherAudience(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, config(func(c *ginauth0.Config) { c.ForwardParams = []string{"audience"} }))
	b := a.browser(t)
	b.login("/auth/login?audience=" + secondAudience)
	var requests tokenRequests
	requests.watch(a)
	b.token("?audience=" + secondAudience + "&force")
	b.token("")
	if got := requests.take(t); !slices.Equal(got, []string{"", "audience=" + auth0test.DefaultAudience + "&scope=openid profile email offline_access read:messages"}) {
		t.Errorf("asked %q", got)
	}
}

// Where no audience is configured the one of the login is meant.
func TestWithoutAnAudienceTheLoginsIsMeant(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, config(func(c *ginauth0.Config) { c.Audience, c.ForwardParams = "", []string{"audience"} }))
	b := a.browser(t)
	b.login("/auth/login?audience=" + secondAudience)
	var requests tokenRequests
	requests.watch(a)
	first := b.token("")
	if first.Audience != secondAudience || len(requests.take(t)) != 0 {
		t.Errorf("%+v", first)
	}
	if page := b.token("?force"); page.Audience != secondAudience || !slices.Equal(requests.take(t), []string{""}) {
		t.Errorf("%+v", page)
	}
}

func TestSeveralAudiences(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	second := "?audience=" + secondAudience
	both := b.token(second + "&scope=read:files+write:files")
	if both.Audience != secondAudience || !slices.Equal(both.Scopes, []string{"read:files", "write:files"}) {
		t.Errorf("%+v", both)
	}
	if one := b.token(second + "&scope=read:files"); one.Token != both.Token {
		t.Error("a wider token did not serve")
	}
	a.wantUses(t, 1, 1)
	one := b.token(second + "&scope=read:files&force")
	for query, want := range map[string]string{
		"&scope=read:files":             one.Token, // the smallest that fits
		"":                              one.Token,
		"&scope=write:files":            both.Token,
		"&scope=write:files+read:files": both.Token,
	} {
		if got := b.token(second + query); got.Token != want {
			t.Errorf("%q: another token, %v", query, got.Scopes)
		}
	}
	a.wantUses(t, 1, 2)
	// The smallest one that fits is renewed when it is over, and served from then on.
	a.clock.advance(59 * time.Minute)
	b.token(second + "&scope=write:files+read:files&force")
	a.clock.advance(2 * time.Minute)
	renewed := b.token(second + "&scope=read:files")
	if renewed.Token == one.Token || !slices.Equal(renewed.Scopes, []string{"read:files"}) {
		t.Errorf("%+v", renewed)
	}
	if again := b.token(second + "&scope=read:files"); again.Token != renewed.Token {
		t.Error("renewed once more")
	}
	a.wantUses(t, 1, 4)
}

func TestSeveralAudiencesInParallel(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.clock.advance(time.Hour)
	var group sync.WaitGroup
	for i := range 12 {
		tab := b.twin()
		audience := []string{auth0test.DefaultAudience, secondAudience}[i%2]
		group.Go(func() {
			page := tab.tokenPage("?audience=" + audience)
			if page.Audience != audience || page.Error != "" || !audienceOf(t, page.Token, audience) {
				t.Errorf("%s: %+v", audience, page)
			}
		})
	}
	group.Wait()
	a.wantUses(t, 1, 2)
	// Both are there for whoever comes behind.
	b.token("")
	b.token("?audience=" + secondAudience)
	a.wantUses(t, 1, 2)
}

func audienceOf(t testing.TB, token, want string) bool {
	t.Helper()
	switch aud := claimsOfToken(t, token)["aud"].(type) {
	case string:
		return aud == want
	case []any:
		return slices.Contains(aud, any(want))
	}
	return false
}

// What the tenant does not grant is not asked for again and again.
func TestANarrowerGrantIsNotFetchedAgain(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.tenant.EditTokenResponse(func(m map[string]any) { m["scope"] = "read:files" })
	query := "?audience=" + secondAudience + "&scope=read:files+write:files"
	first := b.token(query)
	if !slices.Equal(first.Scopes, []string{"read:files"}) {
		t.Errorf("scopes %v", first.Scopes)
	}
	for range 3 {
		if next := b.token(query); next.Token != first.Token {
			t.Error("another token")
		}
	}
	a.wantUses(t, 1, 1)
}

// What an answer leaves out stays as it was.
func TestASparseAnswer(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	var requests tokenRequests
	requests.answer = func(url.Values) (int, map[string]any) {
		return http.StatusOK, map[string]any{"access_token": "opaque", "token_type": "bearer"}
	}
	var first, second []url.Values
	requests.watch(a)
	page := b.token("?force")
	first, requests.forms = requests.forms, nil
	want := []string{"openid", "profile", "email", "offline_access", "read:messages"}
	if page.Token != "opaque" || !slices.Equal(page.Scopes, want) || page.Name != "Ada Lovelace" || !page.RefreshToken || !page.ExpiresAt.IsZero() || page.Type != "Bearer" {
		t.Errorf("%+v", page)
	}
	// To ask for nothing is to ask for what the login did, and for another audience for
	// what the tenant likes.
	if page := b.token("?force&nomerge"); !slices.Equal(page.Scopes, want) {
		t.Errorf("asked for nothing: %v", page.Scopes)
	}
	if page := b.token("?force&nomerge&audience=https://third.example.test"); len(page.Scopes) != 0 {
		t.Errorf("asked for nothing of another audience: %v", page.Scopes)
	}
	requests.forms = nil
	behind := b.twin()
	// Unknown expiry: it serves.
	a.clock.advance(10 * time.Hour)
	b.token("")
	if len(requests.forms) != 0 {
		t.Error("renewed although it may be good")
	}
	one := b.token("?audience=" + secondAudience + "&scope=read:files")
	second, requests.forms = requests.forms, nil
	if first[0].Get("refresh_token") != second[0].Get("refresh_token") {
		t.Error("the refresh token was lost")
	}
	if !slices.Equal(one.Scopes, []string{"read:files"}) {
		t.Errorf("scopes %v, want those that were asked for", one.Scopes)
	}
	// A refresh token that stays has several results. Whoever is behind gets all.
	b.token("?audience=" + secondAudience + "&scope=write:files")
	requests.forms = nil
	for _, query := range []string{"?audience=" + secondAudience + "&scope=read:files", "?audience=" + secondAudience + "&scope=write:files", ""} {
		behind.token(query)
	}
	if len(requests.forms) != 0 {
		t.Errorf("%d uses for what is there", len(requests.forms))
	}
}

// userPage shows the claims of the session, and its sid.
func userPage(s *setup) {
	routes := s.routes
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		routes(router, auth)
		router.GET("/claims", auth.Session(), func(c *gin.Context) {
			session, ok := ginauth0.SessionFrom(c)
			claims := map[string]any{}
			if ok {
				if err := session.User().Claims(&claims); err != nil {
					c.String(http.StatusInternalServerError, err.Error())
					return
				}
				claims["session's sid"] = session.ID()
			}
			c.JSON(http.StatusOK, claims)
		})
	}
}

func TestARefreshedIDTokenBringsNewClaims(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, userPage)
	login := map[string]any{"acr": "gold", "amr": []string{"mfa"}, "act": map[string]any{"sub": "broker"}, "org_id": "org_1", "org_name": "acme", "team": "blue", "old": true}
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		for name, value := range login {
			claims[name] = value
		}
	})
	b := a.browser(t)
	b.login("/auth/login")
	before := b.claims()
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		for _, name := range []string{"auth_time", "sid", "acr", "amr", "act", "org_id", "org_name"} {
			delete(claims, name)
		}
		claims["team"], claims["new"] = "red", 1
	})
	if page := b.token("?force"); page.Name != "Ada Lovelace" {
		t.Errorf("%+v", page)
	}
	after := b.claims()
	for _, name := range []string{"sub", "auth_time", "acr", "amr", "act", "org_id", "org_name", "session's sid"} {
		if fmt.Sprint(before[name]) != fmt.Sprint(after[name]) || after[name] == nil {
			t.Errorf("%s was %v and is %v", name, before[name], after[name])
		}
	}
	if after["team"] != "red" || after["new"] != 1.0 || after["old"] != nil || after["iss"] != nil || after["exp"] != nil {
		t.Errorf("claims %v", after)
	}
	// What the login did not say a refresh does not bring, and what it says else is
	// for others.
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		claims["org_id"], claims["sid"], claims["acr"], claims["amr"] = "org_1", "another", "none", []string{"pwd"}
	})
	b.token("?force")
	if again := b.claims(); fmt.Sprint(again["acr"], again["amr"], again["session's sid"]) != fmt.Sprint(before["acr"], before["amr"], before["session's sid"]) {
		t.Errorf("claims %v, before %v", again, before)
	}
}

func TestClaimsThatTheLoginLackedStayAway(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing, userPage)
	a.tenant.EditIDToken(func(_, claims map[string]any) { delete(claims, "auth_time") })
	b := a.browser(t)
	b.login("/auth/login")
	a.tenant.EditIDToken(func(_, claims map[string]any) { claims["acr"], claims["amr"] = "gold", []string{"mfa"} })
	b.token("?force")
	if claims := b.claims(); claims["auth_time"] != nil || claims["acr"] != nil || claims["amr"] != nil || claims["sub"] != "auth0|ada" {
		t.Errorf("claims %v", claims)
	}
}

// A token that was checked and is bad ends the session, here and for its twins.
func TestABadIDTokenOfARefreshEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(header, claims map[string]any){
		"of somebody else":    func(_, c map[string]any) { c["sub"] = "auth0|mallory" },
		"of another login":    func(_, c map[string]any) { c["auth_time"] = 1_500_000_000 },
		"of an organization":  func(_, c map[string]any) { c["org_id"] = "org_2" },
		"of another issuer":   auth0test.WrongIssuer,
		"for another client":  auth0test.WrongAudience,
		"expired":             auth0test.Expired,
		"for another token":   func(_, c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
		"unsigned":            func(h, _ map[string]any) { h["alg"] = "none" },
		"that is no ID token": func(h, _ map[string]any) { h["typ"] = "at+jwt" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := signedInRefreshing(t)
			twin := b.twin()
			a.tenant.EditIDToken(edit)
			page := b.tokenPage("?force")
			if !strings.Contains(page.Error, ginauth0.ErrBadIDToken.Error()) || page.SignedIn || len(b.sessionCookies()) != 0 {
				t.Errorf("%+v, cookies %v", page, b.sessionCookies())
			}
			a.tenant.EditIDToken(nil)
			if twin.signedIn() || b.signedIn() {
				t.Error("signed in")
			}
			a.wantUses(t, 1, 1)
		})
	}
}

// Without keys the token says nothing, good or bad; the refresh token must not be
// lost with it.
func TestKeysAreDownDuringARefresh(t *testing.T) {
	t.Parallel()
	const keysPath = "/.well-known/jwks.json"
	for name, test := range map[string]func(a *app){
		"keys are down":     func(a *app) { a.tenant.Break(keysPath, auth0test.Down) },
		"an unknown key":    func(*app) {},
		"keys are too slow": func(a *app) { a.tenant.Break(keysPath, auth0test.Hang) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := signedInRefreshing(t, config(func(c *ginauth0.Config) { c.HTTPTimeout = 3 * time.Second }))
			test(a)
			a.tenant.EditIDToken(func(header, claims map[string]any) {
				header["kid"], claims["name"] = "the next key", "Somebody"
			})
			page := b.token("?force")
			if page.Name != "Ada Lovelace" || !page.RefreshToken {
				t.Errorf("%+v", page)
			}
			if !strings.Contains(a.log.String(), "refreshed ID token is not used") {
				t.Error("no warning")
			}
			a.tenant.EditIDToken(func(_, claims map[string]any) { claims["name"] = "Ada King" })
			a.tenant.Heal("*")
			a.clock.advance(time.Minute)
			if page := b.token("?force"); page.Name != "Ada King" {
				t.Errorf("afterwards: %+v", page)
			}
		})
	}
}

func TestBeforeSaveSeesARefreshedIDToken(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	calls, mood := 0, "good"
	a := newApp(t, refreshing, userPage, config(func(c *ginauth0.Config) {
		c.BeforeSave = func(_ context.Context, d *ginauth0.SessionDraft) error {
			mu.Lock()
			defer mu.Unlock()
			calls++
			switch mood {
			case "bad":
				return errors.New("the hook fails")
			case "panic":
				panic("the hook panics")
			}
			return errors.Join(d.Set("role", fmt.Sprint("role ", calls)), d.Remove("email"))
		}
	}))
	b := a.browser(t)
	b.login("/auth/login")
	b.token("?force")
	if claims := b.claims(); claims["role"] != "role 2" || claims["email"] != nil || claims["name"] != "Ada Lovelace" {
		t.Errorf("claims %v", claims)
	}
	// An answer without an ID token changes nothing that the hook has to see.
	b.token("?force&nomerge&scope=read:messages")
	for i, next := range []string{"bad", "panic"} {
		mu.Lock()
		mood = next
		mu.Unlock()
		if page := b.token("?force"); page.Token == "" || !page.RefreshToken {
			t.Errorf("%s: %+v", next, page)
		}
		if claims := b.claims(); claims["role"] != "role 2" || calls != 3+i {
			t.Errorf("%s: claims %v, %d calls", next, claims, calls)
		}
	}
}

func TestInvalidGrant(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]bool{"keeps the session": false, "ends it when it is to": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var failure error
			a, b := signedInRefreshing(t, func(s *setup) {
				s.config.EndSessionOnInvalidGrant = ends
				routes := s.routes
				s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
					routes(router, auth)
					router.GET("/failure", func(c *gin.Context) {
						_, failure = auth.AccessToken(c, ginauth0.TokenOptions{ForceRefresh: true})
					})
				}
			})
			twin := b.twin()
			var requests tokenRequests
			requests.answer = func(url.Values) (int, map[string]any) {
				return http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "the words of the tenant"}
			}
			requests.watch(a)
			b.get("/failure")
			var refused *ginauth0.ProviderError
			if !errors.As(failure, &refused) || refused.Code != "invalid_grant" || refused.Op != "refresh" || refused.Status != 400 || refused.Description != "the words of the tenant" {
				t.Errorf("error %v", failure)
			}
			if strings.Contains(failure.Error(), "words") || strings.Contains(a.log.String(), "words") {
				t.Error("the tenant's words are shown")
			}
			page := b.tokenPage("")
			if ends {
				if page.Error != ginauth0.ErrNoSession.Error() || twin.signedIn() || len(b.sessionCookies()) != 0 {
					t.Errorf("%+v", page)
				}
				return
			}
			if page.Error != "" || page.RefreshToken || !page.SignedIn {
				t.Errorf("%+v", page)
			}
			if page := b.tokenPage("?force"); page.Error != ginauth0.ErrNoRefreshToken.Error() {
				t.Errorf("%+v", page)
			}
		})
	}
}

// Any other failure leaves the session as it was.
func TestAFailureThatLeavesTheSessionUnchanged(t *testing.T) {
	t.Parallel()
	refuse := func(status int, code string) func(url.Values) (int, map[string]any) {
		return func(url.Values) (int, map[string]any) { return status, map[string]any{"error": code} }
	}
	for name, test := range map[string]struct {
		answer func(url.Values) (int, map[string]any)
		want   error // nil: *ProviderError
	}{
		"invalid scope":      {refuse(400, "invalid_scope"), nil},
		"access denied":      {refuse(403, "access_denied"), nil},
		"in trouble":         {refuse(503, "temporarily_unavailable"), ginauth0.ErrUpstream},
		"invalid_grant, 5xx": {refuse(500, "invalid_grant"), ginauth0.ErrUpstream},
		"unknown client":     {refuse(401, "invalid_client"), ginauth0.ErrConfig},
		"no token":           {func(url.Values) (int, map[string]any) { return 200, map[string]any{"token_type": "Bearer"} }, ginauth0.ErrUpstream},
		"lifetime of no form": {func(url.Values) (int, map[string]any) {
			return 200, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": -1}
		}, ginauth0.ErrUpstream},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := signedInRefreshing(t)
			requests := tokenRequests{answer: test.answer}
			requests.watch(a)
			page := b.tokenPage("?force")
			want := "ginauth0: the tenant refused (refresh)"
			if test.want != nil {
				want = test.want.Error()
			}
			if errors.Is(test.want, ginauth0.ErrUpstream) && !strings.HasPrefix(page.Error, want) {
				want = "ginauth0: the tenant's answer is unusable"
			}
			if !strings.HasPrefix(page.Error, want) || !page.SignedIn || !page.RefreshToken {
				t.Errorf("%+v, want %s", page, want)
			}
			a.tenant.Heal("*")
			b.token("?force")
		})
	}
}

// The refresh token that came with it is the one that works from now on.
func TestATokenOfAnotherTypeDoesNotLoseTheRefreshToken(t *testing.T) {
	t.Parallel()
	a, b := signedInRefreshing(t)
	a.tenant.EditTokenResponse(func(m map[string]any) { m["token_type"] = "mac" })
	if page := b.tokenPage("?force"); !strings.Contains(page.Error, ginauth0.ErrTokenType.Error()) || page.Token != "" {
		t.Errorf("%+v", page)
	}
	a.tenant.EditTokenResponse(nil)
	b.token("?force")
}

func TestARefreshedIDTokenIsKeptUnlessItIsToBeLeftOut(t *testing.T) {
	t.Parallel()
	for _, omit := range []bool{false, true} {
		a, b := signedInRefreshing(t, func(s *setup) {
			s.config.Session.OmitIDToken = omit
			routes := s.routes
			s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
				routes(router, auth)
				router.GET("/out", func(c *gin.Context) { auth.Fail(c, auth.Logout(c, ginauth0.LogoutOptions{})) })
			}
		})
		var last string
		a.tenant.EditTokenResponse(func(m map[string]any) { last, _ = m["id_token"].(string) })
		b.token("?force")
		hint := b.get("/out").location(t).Query().Get("id_token_hint")
		if last == "" || omit && hint != "" || !omit && hint != last {
			t.Errorf("omit %v: hint %q", omit, hint)
		}
	}
}
