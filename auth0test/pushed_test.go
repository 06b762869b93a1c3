package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// pushForm is a good pushed request with changes; an empty value leaves a parameter out.
func pushForm(changes url.Values) url.Values {
	form := request(nil)
	form.Set("client_secret", auth0test.DefaultClientSecret)
	return changed(form, changes)
}

// push posts to the endpoint for pushed requests, with DPoP header lines.
func push(t *testing.T, tenant *auth0test.Tenant, form url.Values, proofs ...string) page {
	t.Helper()
	return post(t, tenant.URL()+"/oauth/par", form.Encode(), http.Header{"Dpop": proofs})
}

// pushed posts a request and wants its address at the authorization endpoint.
func pushed(t *testing.T, tenant *auth0test.Tenant, form url.Values, proofs ...string) (requestURI, address string) {
	t.Helper()
	answer := push(t, tenant, form, proofs...)
	if answer.status != http.StatusCreated {
		t.Fatalf("status %d, want 201: %s", answer.status, answer.body)
	}
	requestURI = text(t, answer.json(t), "request_uri")
	return requestURI, tenant.URL() + "/authorize?" + url.Values{"client_id": {form.Get("client_id")}, "request_uri": {requestURI}}.Encode()
}

func TestPushedRequest(t *testing.T) {
	tenant := auth0test.Start(t)
	answer := push(t, tenant, pushForm(nil))
	body := answer.json(t)
	if answer.status != http.StatusCreated || body["expires_in"] != 30.0 || answer.header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(text(t, body, "request_uri"), "urn:ietf:params:oauth:request_uri:") {
		t.Fatalf("status %d, Cache-Control %q: %s", answer.status, answer.header.Get("Cache-Control"), answer.body)
	}
	_, address := pushed(t, tenant, pushForm(url.Values{"scope": {"openid email read:messages"}, "audience": {auth0test.DefaultAudience}}))
	b := newBrowser(t, tenant)
	result := b.choose(b.get(address), "user", "auth0|grace").location(t)
	if result.Get("state") != "the-state" || result.Get("iss") != tenant.Issuer() {
		t.Errorf("answer %v", result)
	}
	tokens := granted(t, tenant, codeForm(result.Get("code"), nil))
	if tokens["scope"] != "openid email read:messages" {
		t.Errorf("scope %v", tokens["scope"])
	}
	if all := claims(t, tenant, auth0test.DefaultClientID, text(t, tokens, "id_token")); all["nonce"] != "the-nonce" || all["sub"] != "auth0|grace" {
		t.Errorf("ID token %v", all)
	}
}

func TestPushedRequestOfBasicAndPublicClients(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada", Clients: []auth0test.Client{
		{ID: "web", Secret: "s", AllowLoopback: true}, {ID: "native", Public: true, AllowLoopback: true},
	}})
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth("web", "s")
	if got := post(t, tenant.URL()+"/oauth/par", request(url.Values{"client_id": {"web"}}).Encode(), r.Header); got.status != http.StatusCreated {
		t.Errorf("Basic: status %d: %s", got.status, got.body)
	}
	_, address := pushed(t, tenant, request(url.Values{"client_id": {"native"}}))
	if got := newBrowser(t, tenant).get(address).location(t); got.Get("code") == "" {
		t.Errorf("public client: answer %v", got)
	}
	t.Run("Basic without client_id", func(t *testing.T) { // RFC 9126 section 2
		wantRefusal(t, post(t, tenant.URL()+"/oauth/par", request(url.Values{"client_id": {""}}).Encode(), r.Header), http.StatusBadRequest, "invalid_request")
	})
}

func TestPushedRequestIsRefused(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, RedirectURIs: []string{callback}},
	}})
	const bad = http.StatusBadRequest
	for name, test := range map[string]struct {
		changes url.Values
		status  int
		error   string
	}{
		"without authentication":       {url.Values{"client_secret": {""}}, http.StatusUnauthorized, "invalid_client"},
		"with a wrong secret":          {url.Values{"client_secret": {"x"}}, http.StatusUnauthorized, "invalid_client"},
		"to the address of a stranger": {url.Values{"redirect_uri": {"https://evil.example.test/"}}, bad, "invalid_request"},
		"without an address":           {url.Values{"redirect_uri": {""}}, bad, "invalid_request"},
		"for the implicit flow":        {url.Values{"response_type": {"token"}}, bad, "unsupported_response_type"},
		"without PKCE":                 {url.Values{"code_challenge": {""}}, bad, "invalid_request"},
		"without openid":               {url.Values{"scope": {"email"}}, bad, "invalid_scope"},
		"with a parameter twice":       {url.Values{"nonce": {"a", "b"}}, bad, "invalid_request"},
		"referring to a foreign one":   {url.Values{"request_uri": {"https://evil.example.test/"}}, bad, "invalid_request"},
		"referring to a pushed one":    {url.Values{"request_uri": {"urn:ietf:params:oauth:request_uri:x"}}, bad, "invalid_request"},
		"with a request object":        {url.Values{"request": {"e30.e30."}}, bad, "request_not_supported"},
		"for an unknown audience":      {url.Values{"audience": {"https://other.example.test"}}, http.StatusForbidden, "access_denied"},
		"with a dpop_jkt that is none": {url.Values{"dpop_jkt": {"x"}}, bad, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, push(t, tenant, pushForm(test.changes)), test.status, test.error)
		})
	}
	t.Run("in the query", func(t *testing.T) {
		wantRefusal(t, post(t, tenant.URL()+"/oauth/par?"+pushForm(nil).Encode(), "", nil), bad, "invalid_request")
	})
	t.Run("by GET", func(t *testing.T) {
		response, err := http.Get(tenant.URL() + "/oauth/par")
		if got := read(t, response, err); got.status != http.StatusMethodNotAllowed {
			t.Errorf("status %d, want 405", got.status)
		}
	})
}

// A browser that brings something else is shown a page: nothing says where it could safely be sent.
func TestReferenceToAPushedRequestIsRefused(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada", Now: clock.Now, Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
		{ID: "other", Secret: "s", AllowLoopback: true},
	}})
	wantPage := func(t *testing.T, address string) {
		t.Helper()
		if got := newBrowser(t, tenant).get(address); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
			t.Errorf("status %d, Location %q; want a page with 400", got.status, got.header.Get("Location"))
		}
	}
	works := func(t *testing.T, address string) {
		t.Helper()
		if got := newBrowser(t, tenant).get(address).location(t); got.Get("code") == "" {
			t.Errorf("answer %v, want a code", got)
		}
	}
	uri, address := pushed(t, tenant, pushForm(nil))
	for name, wrong := range map[string]string{
		"with a parameter more":    address + "&scope=openid",
		"with the client twice":    address + "&client_id=" + auth0test.DefaultClientID,
		"with the reference twice": address + "&request_uri=" + url.QueryEscape(uri),
		"of another client":        strings.Replace(address, "client_id="+auth0test.DefaultClientID, "client_id=other", 1),
		"without a client":         strings.Replace(address, "client_id="+auth0test.DefaultClientID, "", 1),
		"cut short":                strings.TrimSuffix(address, address[len(address)-1:]),
		"made up":                  tenant.URL() + "/authorize?client_id=" + auth0test.DefaultClientID + "&request_uri=urn:ietf:params:oauth:request_uri:x",
	} {
		t.Run(name, func(t *testing.T) { wantPage(t, wrong) })
	}
	works(t, address) // none of the refusals has spent it
	t.Run("used twice", func(t *testing.T) { wantPage(t, address) })

	_, address = pushed(t, tenant, pushForm(nil))
	clock.advance(30 * time.Second)
	works(t, address)
	_, address = pushed(t, tenant, pushForm(nil))
	clock.advance(31 * time.Second)
	t.Run("expired", func(t *testing.T) { wantPage(t, address) })
}

func TestClientThatHasToPush(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada", Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true, RequirePAR: true},
	}})
	got := newBrowser(t, tenant).get(authorizeURL(tenant, nil)).location(t)
	if got.Get("error") != "invalid_request" || got.Get("state") != "the-state" || got.Has("code") {
		t.Errorf("answer %v, want invalid_request", got)
	}
	_, address := pushed(t, tenant, pushForm(nil))
	if got := newBrowser(t, tenant).get(address).location(t); got.Get("code") == "" {
		t.Errorf("answer %v, want a code", got)
	}
}

// RFC 9449 section 10.1.
func TestProofAtThePushedRequestCountsAsThumbprint(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	endpoint := tenant.URL() + "/oauth/par"
	key, other := auth0test.NewProofKey(""), auth0test.NewProofKey("")
	proof := func() string { return key.Proof("POST", endpoint, "") }
	for name, changes := range map[string]url.Values{"alone": nil, "beside dpop_jkt": {"dpop_jkt": {key.Thumbprint()}}} {
		t.Run(name, func(t *testing.T) {
			code := func() string {
				_, address := pushed(t, tenant, pushForm(changes), proof())
				return newBrowser(t, tenant).get(address).location(t).Get("code")
			}
			bound(t, tenant, codeForm(code(), nil), key)
			wantRefusal(t, token(t, tenant, codeForm(code(), nil)), http.StatusBadRequest, "invalid_grant")
			wrong := other.Proof("POST", tenant.URL()+"/oauth/token", "")
			wantRefusal(t, proven(t, tenant, codeForm(code(), nil), wrong), http.StatusBadRequest, "invalid_grant")
		})
	}
	t.Run("by another key than dpop_jkt", func(t *testing.T) {
		wantRefusal(t, push(t, tenant, pushForm(url.Values{"dpop_jkt": {other.Thumbprint()}}), proof()), http.StatusBadRequest, "invalid_request")
	})
	t.Run("made for the token endpoint", func(t *testing.T) {
		wrong := key.Proof("POST", tenant.URL()+"/oauth/token", "")
		wantRefusal(t, push(t, tenant, pushForm(nil), wrong), http.StatusBadRequest, "invalid_dpop_proof")
	})
	t.Run("without the nonce", func(t *testing.T) {
		tenant.RequireDPoPNonce(true)
		answer := push(t, tenant, pushForm(nil), proof())
		wantRefusal(t, answer, http.StatusBadRequest, "use_dpop_nonce")
		pushed(t, tenant, pushForm(nil), key.Proof("POST", endpoint, "", auth0test.Claims{"nonce": answer.header.Get("DPoP-Nonce")}))
	})
}
