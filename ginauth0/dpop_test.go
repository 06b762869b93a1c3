package ginauth0_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// proof is the one that came with a request to an endpoint of the tenant: for that
// address and without an access token.
func (s sentRequest) proof(t testing.TB, address string) proven {
	t.Helper()
	p := readProof(t, http.Header{"Dpop": s.proofs})
	if _, has := p.claims["ath"]; has || p.claims["htm"] != http.MethodPost || p.claims["htu"] != address {
		t.Fatalf("claims %v", p.claims)
	}
	return p
}

// RFC 9449 section 10: the code is bound to the key whose thumbprint the authorization
// request announces as dpop_jkt.
func TestTheKeyThatWasAnnouncedSignsTheProof(t *testing.T) {
	t.Parallel()
	for name, par := range map[string]bool{"in the browser": false, "pushed": true} {
		a := newApp(t, bound, config(func(c *ginauth0.Config) { c.PAR = par }))
		pushed, redeemed := a.record("/oauth/par"), a.record(tokenPath)
		b := a.browser(t)
		at := b.get("/auth/login?dpop_jkt=of+somebody+else").location(t)
		announced := at.Query()["dpop_jkt"]
		if par {
			if announced != nil {
				t.Errorf("%s: the browser sees %v", name, at)
			}
			announced = pushed.one(t).form["dpop_jkt"]
		}
		next := at.ResolveReference(b.get(at.String()).location(t))
		if r := b.get(next.String()); r.status != http.StatusFound || !b.signedIn() {
			t.Fatalf("%s: %d %s\nlog: %s", name, r.status, r.body, a.log)
		}
		thumbprint := redeemed.one(t).proof(t, a.tenant.URL()+tokenPath).thumbprint
		if len(announced) != 1 || announced[0] != thumbprint {
			t.Errorf("%s: dpop_jkt %v, the proof is by %s", name, announced, thumbprint)
		}
		if page := b.token(""); page.Type != "DPoP" || boundTo(t, page.Token) != thumbprint {
			t.Errorf("%s: a %s token, bound to %q", name, page.Type, boundTo(t, page.Token))
		}
	}
}

func TestWithoutDPoPThereIsNoKey(t *testing.T) {
	t.Parallel()
	a := newApp(t, refreshing)
	redeemed := a.record(tokenPath)
	b := a.browser(t)
	if at := b.get("/auth/login?dpop_jkt=of+somebody+else").location(t); at.Query().Has("dpop_jkt") {
		t.Errorf("asked with %v", at)
	}
	b.login("/auth/login")
	b.token("?force")
	for _, sent := range redeemed.all() {
		if sent.proofs != nil {
			t.Error("a proof")
		}
	}
}

// Logins in two tabs have a key each, whichever comes back first, and a login takes the
// place of the session before it with its key.
func TestEveryLoginHasAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	a := newApp(t, bound)
	b := a.browser(t)
	first, second := b.toCallback("/auth/login"), b.toCallback("/auth/login")
	seen := map[string]bool{}
	for _, callback := range []string{second, first} {
		if r := b.get(callback); r.status != http.StatusFound {
			t.Fatalf("%d %s\nlog: %s", r.status, r.body, a.log)
		}
		seen[boundTo(t, b.token("").Token)] = true
		seen[boundTo(t, b.token("?force").Token)] = true
	}
	b.login("/auth/login")
	seen[boundTo(t, b.token("").Token)] = true
	if len(seen) != 3 || seen[""] {
		t.Errorf("keys %v", seen)
	}
	// One that fails leaves the session with its key.
	last := b.token("").Token
	callback := b.toCallback("/auth/login")
	a.tenant.EditIDToken(auth0test.WrongNonce)
	if r := b.get(callback); r.status != http.StatusUnauthorized {
		t.Errorf("%d %s", r.status, r.body)
	}
	a.tenant.EditIDToken(nil)
	if page := b.token("?force"); boundTo(t, page.Token) != boundTo(t, last) {
		t.Error("another key after a login that failed")
	}
}

func TestALoginThatIsAskedForANonce(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*setup){
		"with a secret": func(*setup) {},
		// The tenant takes no assertion twice.
		"with an assertion": func(s *setup) {
			s.tenant.Clients = []auth0test.Client{{ID: auth0test.DefaultClientID, Keys: []auth0test.ClientKey{{Key: key.Public()}}, AllowLoopback: true}}
			s.config.ClientSecret, s.config.ClientAssertion = "", ginauth0.ClientAssertion{Key: key}
		},
	} {
		a := newApp(t, bound, edit, func(s *setup) { s.tenant.RequireDPoPNonce = true })
		redeemed := a.record(tokenPath)
		b := a.browser(t)
		b.login("/auth/login")
		b.token("?force") // nothing is left of the nonce of the login
		sent := redeemed.all()
		if len(sent) != 4 {
			t.Fatalf("%s: %d requests", name, len(sent))
		}
		ids, thumbprints := map[string]bool{}, map[string]bool{}
		for i, one := range sent {
			proof := one.proof(t, a.tenant.URL()+tokenPath)
			if _, has := proof.claims["nonce"]; has != (i%2 == 1) {
				t.Errorf("%s: request %d with a nonce: %v", name, i, has)
			}
			ids[proof.text("jti")], thumbprints[proof.thumbprint] = true, true
		}
		if len(ids) != 4 || len(thumbprints) != 1 {
			t.Errorf("%s: %d ids, keys %v", name, len(ids), thumbprints)
		}
		for _, member := range []string{"grant_type", "code", "code_verifier", "redirect_uri", "client_id"} {
			if first, again := sent[0].form.Get(member), sent[1].form.Get(member); first == "" || first != again {
				t.Errorf("%s: %s differs", name, member)
			}
		}
	}
}

// demanding is a token endpoint that wants a nonce, whatever it gets.
func demanding(status int, nonces ...string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header()["Dpop-Nonce"] = nonces
		answering(status, `{"error":"use_dpop_nonce","error_description":"a nonce is needed"}`)(w, r, next)
	}
}

func TestATokenEndpointThatDemandsANonceAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault    func(http.ResponseWriter, *http.Request, http.Handler)
		edit     func(*setup)
		requests int
		status   int
		code     string
	}{
		"again and again":    {fault: demanding(400, "nonce"), requests: 2, status: 400, code: "login_failed"},
		"with status 401":    {fault: demanding(401, "nonce"), requests: 2, status: 400, code: "login_failed"},
		"without a nonce":    {fault: demanding(400), requests: 1, status: 400, code: "login_failed"},
		"with status 403":    {fault: demanding(403, "nonce"), requests: 1, status: 400, code: "login_failed"},
		"with status 500":    {fault: demanding(500, "nonce"), requests: 1, status: 502, code: "upstream_error"},
		"of a Bearer client": {fault: demanding(400, "nonce"), edit: func(s *setup) { s.config.DPoP = false }, requests: 1, status: 400, code: "login_failed"},
	} {
		a := newApp(t, bound, func(s *setup) {
			if test.edit != nil {
				test.edit(s)
			}
		})
		b := a.browser(t)
		callback := b.toCallback("/auth/login")
		redeemed := a.recordAnd(tokenPath, test.fault)
		wantError(t, b.get(callback, asJSON), test.status, `"error":"`+test.code+`"`)
		if got := len(redeemed.all()); got != test.requests {
			t.Errorf("%s: %d requests, want %d", name, got, test.requests)
		}
		if refused := strings.Contains(a.log.String(), "(code): use_dpop_nonce"); refused != (test.status == 400) {
			t.Errorf("%s: log %s", name, a.log)
		}
		if len(b.sessionCookies()) != 0 || len(b.attemptCookies()) != 0 {
			t.Errorf("%s: cookies %v", name, b.jarCookies())
		}
	}
}

// Nobody but the application reads the key, which is worth all tokens of the session.
func TestTheKeyIsSealedWhereverItLies(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]sessions.Store{"cookies": nil, "somebody else's rows": newStub()} {
		var key string
		a := newApp(t, bound, storedIn(store), func(s *setup) {
			s.tenant.RequireDPoPNonce = true
			routes := s.routes
			s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
				routes(router, auth)
				router.GET("/key", func(c *gin.Context) { key = auth.ProofKeyOf(c) })
			}
		})
		sent := a.record("*")
		b := a.browser(t)
		at := b.get("/auth/login").location(t)
		seen := []string{at.String()}
		for _, c := range b.attemptCookies() {
			seen = append(seen, c.Value)
		}
		b.get(at.ResolveReference(b.get(at.String()).location(t)).String())
		for _, c := range b.sessionCookies() {
			seen = append(seen, c.Value)
		}
		if stub, ok := store.(*stub); ok {
			seen = append(seen, stub.text(t))
		}
		b.token("?force")
		for _, one := range sent.all() {
			seen = append(seen, one.form.Encode())
			seen = append(seen, one.proofs...)
		}
		b.get("/key")
		seen = append(seen, a.log.String())
		raw, err := base64.RawURLEncoding.DecodeString(key)
		if err != nil || len(raw) != 32 {
			t.Fatalf("%s: a key of %d bytes: %v", name, len(raw), err)
		}
		for _, text := range seen {
			for _, form := range append(decoded(text), text) {
				if strings.Contains(form, key) || strings.Contains(form, string(raw)) {
					t.Errorf("%s: the key is in %q", name, text)
				}
			}
		}
	}
}

// decoded are the parts of a text that are base64url.
func decoded(text string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".=&|\" ", r) }) {
		if raw, err := base64.RawURLEncoding.DecodeString(part); err == nil {
			list = append(list, string(raw))
		}
	}
	return list
}

func TestTheAccessTokenRouteExcludesDPoP(t *testing.T) {
	t.Parallel()
	cfg := validConfig()
	cfg.DPoP, cfg.Routes.EnableAccessToken = true, true
	_, err := ginauth0.New(t.Context(), cfg)
	var problem *ginauth0.ConfigError
	if !errors.As(err, &problem) || problem.Field != "Routes.EnableAccessToken" {
		t.Errorf("%v", err)
	}
}

func TestManyPeopleWithKeysAtOnce(t *testing.T) {
	t.Parallel()
	p := &clients{}
	a := newApp(t, bound, p.page, func(s *setup) { s.tenant.RequireDPoPNonce = true })
	api := newResource(t, nil)
	var group sync.WaitGroup
	var mu sync.Mutex
	var thumbprints []string
	for range 4 {
		group.Go(func() {
			b := a.browser(t)
			b.login("/auth/login")
			b.token("?force")
			client, token := p.mustOf(b)
			r := request(t, http.MethodGet, api.URL+"/"+boundTo(t, token), nil)
			mustCall(t, client, r)
			mu.Lock()
			thumbprints = append(thumbprints, boundTo(t, token))
			mu.Unlock()
		})
	}
	group.Wait()
	for _, x := range api.wantArrivals(t, 4) {
		if thumbprint := readProof(t, x.header).thumbprint; x.uri != "/"+thumbprint || !slices.Contains(thumbprints, thumbprint) {
			t.Errorf("%s with a proof by %s", x.uri, thumbprint)
		}
	}
}
