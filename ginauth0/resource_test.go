package ginauth0_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// arrival is a request that has reached a resource.
type arrival struct {
	method, uri, host, body string
	header                  http.Header
}

// resource is an API that shows what has reached it.
type resource struct {
	*httptest.Server

	mu     sync.Mutex
	seen   []arrival
	answer func(w http.ResponseWriter, r *http.Request, call int) // call counts from 1
}

// newResource starts a resource. Without answer everything is 204.
func newResource(t testing.TB, answer func(w http.ResponseWriter, r *http.Request, call int)) *resource {
	t.Helper()
	res := unstartedResource(answer)
	res.Start()
	t.Cleanup(res.Close)
	return res
}

func unstartedResource(answer func(w http.ResponseWriter, r *http.Request, call int)) *resource {
	if answer == nil {
		answer = func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNoContent) }
	}
	res := &resource{answer: answer}
	res.Server = httptest.NewUnstartedServer(res)
	return res
}

func (res *resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	res.mu.Lock()
	res.seen = append(res.seen, arrival{r.Method, r.RequestURI, r.Host, string(body), r.Header.Clone()})
	call := len(res.seen)
	res.mu.Unlock()
	res.answer(w, r, call)
}

// arrivals are all requests so far.
func (res *resource) arrivals() []arrival {
	res.mu.Lock()
	defer res.mu.Unlock()
	return slices.Clone(res.seen)
}

// wantArrivals returns the requests so far, which must be this many.
func (res *resource) wantArrivals(t testing.TB, want int) []arrival {
	t.Helper()
	seen := res.arrivals()
	if len(seen) != want {
		t.Fatalf("%d requests arrived, want %d: %+v", len(seen), want, seen)
	}
	return seen
}

// demandNonce asks for a nonce as RFC 9449 section 9 says.
func demandNonce(w http.ResponseWriter, nonce string) {
	w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce", error_description="a nonce is needed"`)
	w.Header().Set("DPoP-Nonce", nonce)
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"error":"use_dpop_nonce"}`)
}

// proven is a proof that go-jose has verified.
type proven struct {
	thumbprint string // RFC 7638, of the key in its header
	claims     map[string]any
}

func (p proven) text(claim string) string {
	text, _ := p.claims[claim].(string)
	return text
}

// readProof verifies a proof, under the key that it names.
func readProof(t testing.TB, header http.Header) proven {
	t.Helper()
	lines := header.Values("DPoP")
	if len(lines) != 1 {
		t.Fatalf("%d proofs", len(lines))
	}
	signed, err := jose.ParseSignedCompact(lines[0], []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	protected := signed.Signatures[0].Protected
	if typ := protected.ExtraHeaders[jose.HeaderType]; typ != "dpop+jwt" || protected.JSONWebKey == nil || !protected.JSONWebKey.IsPublic() {
		t.Fatalf("typ %v, key %v", typ, protected.JSONWebKey)
	}
	payload, err := signed.Verify(protected.JSONWebKey.Key)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := protected.JSONWebKey.Thumbprint(crypto.SHA256)
	p := proven{thumbprint: base64.RawURLEncoding.EncodeToString(sum)}
	if err == nil {
		err = json.Unmarshal(payload, &p.claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// proof checks that a request came with a bound token and a proof for it (RFC 9449
// section 7.1), and returns that.
func (x arrival) proof(t testing.TB, scheme, token string) proven {
	t.Helper()
	p := readProof(t, x.header)
	path, _, _ := strings.Cut(x.uri, "?")
	sum := sha256.Sum256([]byte(token))
	switch {
	case x.header.Get("Authorization") != "DPoP "+token || len(x.header.Values("Authorization")) != 1:
		t.Fatal("not the token, or not in the scheme DPoP")
	case p.claims["htm"] != x.method || p.claims["htu"] != scheme+"://"+x.host+path:
		t.Fatalf("made for %v %v, came with %s %s", p.claims["htm"], p.claims["htu"], x.method, x.uri)
	case p.claims["ath"] != base64.RawURLEncoding.EncodeToString(sum[:]):
		t.Fatal("made for another token")
	case p.thumbprint != boundTo(t, token):
		t.Fatal("made with another key than the token is bound to")
	}
	return p
}

// boundTo is the cnf.jkt of an access token.
func boundTo(t testing.TB, token string) string {
	t.Helper()
	cnf, _ := claimsOfToken(t, token)["cnf"].(map[string]any)
	thumbprint, _ := cnf["jkt"].(string)
	return thumbprint
}

// bound is refreshing with tokens that are bound to a key.
func bound(s *setup) {
	refreshing(s)
	s.config.Routes.EnableAccessToken = false
	s.config.DPoP = true
}

// clients is where an app leaves its clients: at the page /client.
type clients struct {
	mu     sync.Mutex
	client *http.Client
	err    error
}

func (p *clients) page(s *setup) {
	routes := s.routes
	s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
		if routes != nil {
			routes(router, auth)
		}
		router.GET("/client", func(c *gin.Context) {
			query := c.Request.URL.Query()
			p.client, p.err = auth.HTTPClient(c, ginauth0.TokenOptions{
				Audience: query.Get("audience"), Scopes: strings.Fields(query.Get("scope")), ForceRefresh: query.Has("force"),
			})
			c.Status(http.StatusNoContent)
		})
	}
}

// of returns a client of the person who uses a browser. The request for which it was
// made has ended then, and its Gin context serves others.
func (p *clients) of(b *browser, query string) (*http.Client, error) {
	b.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := b.get("/client" + query); r.status != http.StatusNoContent {
		b.t.Fatalf("%d %s", r.status, r.body)
	}
	return p.client, p.err
}

// mustOf is of where nothing may go wrong. The client is told the token by the page
// /token.
func (p *clients) mustOf(b *browser) (client *http.Client, token string) {
	b.t.Helper()
	client, err := p.of(b, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return client, b.token("").Token
}

// calling returns an app with clients and somebody who is signed in.
func calling(t testing.TB, edits ...func(*setup)) (*app, *browser, *clients) {
	t.Helper()
	p := &clients{}
	a := newApp(t, append(edits, p.page)...)
	b := a.browser(t)
	b.login("/auth/login")
	return a, b, p
}

// call sends a request and returns the answer with its body read.
func call(t testing.TB, client *http.Client, request *http.Request) (answer, error) {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body), response.Request.URL}, nil
}

func mustCall(t testing.TB, client *http.Client, request *http.Request) answer {
	t.Helper()
	r, err := call(t, client, request)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// request makes a request without headers.
func request(t testing.TB, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
