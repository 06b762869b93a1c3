package auth0test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Client returns an HTTP client that sends a fresh proof with every request, and the access token as
// "Authorization: DPoP …". Without a token it sends proofs alone and leaves the header Authorization as it
// is, for a token endpoint:
//
//	answer, err := key.Client(nil, "").PostForm(tenant.URL()+"/oauth/token", form)
//
// An answer that asks for a nonce (RFC 9449 sections 8 and 9) is followed by one more request that has it,
// if the body can be sent again (Request.GetBody); the newest nonce of each origin is used from then on.
// A redirect to another origin gets neither token nor proof, nor does anything that follows from it.
//
// The client is a copy of base, nil for http.DefaultClient, with its Transport underneath. It may be used
// from any goroutine.
func (k *ProofKey) Client(base *http.Client, token string) *http.Client {
	if base == nil {
		base = http.DefaultClient
	}
	client := *base
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = &prover{key: k, token: token, base: client.Transport, nonces: map[string]string{}}
	return &client
}

// prover is the transport of a client that makes proofs.
type prover struct {
	key   *ProofKey
	token string
	base  http.RoundTripper

	mu     sync.Mutex
	nonces map[string]string // the newest, by origin
}

// RoundTrip sends the request once, or twice if the first answer asks for a nonce.
func (p *prover) RoundTrip(r *http.Request) (*http.Response, error) {
	if strayed(r) {
		return p.base.RoundTrip(r)
	}
	response, err := p.base.RoundTrip(p.proven(r, p.nonce(origin(r))))
	if err != nil {
		return nil, err
	}
	nonce := response.Header.Get(headerNonce)
	p.keep(origin(r), nonce)
	if nonce == "" || !asksForNonce(response) {
		return response, nil
	}
	body := r.Body
	if body != nil && body != http.NoBody {
		if r.GetBody == nil {
			return response, nil
		}
		if body, err = r.GetBody(); err != nil {
			return response, nil //nolint:nilerr // the answer that is there is better than none
		}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxBody)) // so that the connection can be used again
	_ = response.Body.Close()
	again := p.proven(r, nonce)
	again.Body = body
	response, err = p.base.RoundTrip(again)
	if err != nil {
		return nil, err
	}
	p.keep(origin(r), response.Header.Get(headerNonce))
	return response, nil
}

// proven is a copy of the request, as http.RoundTripper demands, with token and proof.
func (p *prover) proven(r *http.Request, nonce string) *http.Request {
	target := *r.URL
	target.User = nil
	if r.Host != "" {
		target.Host = r.Host // what the server takes for its name
	}
	if target.Path == "" {
		target.Path = "/"
	}
	var edits []ProofEdit
	if nonce != "" {
		edits = append(edits, Claims{"nonce": nonce})
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	r = r.Clone(r.Context())
	r.Header.Set(headerProof, p.key.Proof(method, target.String(), p.token, edits...))
	if p.token != "" {
		r.Header.Set("Authorization", typeDPoP+" "+p.token)
	}
	return r
}

func (p *prover) nonce(origin string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nonces[origin]
}

// keep remembers the nonce of an answer, if there is one.
func (p *prover) keep(origin, nonce string) {
	if nonce == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nonces[origin] = nonce
}

// asksForNonce knows the demand of a resource (RFC 9449 section 9) and that of a token endpoint (section 8). The
// body can be read as if nothing had been read of it.
func asksForNonce(response *http.Response) bool {
	const demand = "use_dpop_nonce"
	if response.StatusCode != http.StatusUnauthorized && response.StatusCode != http.StatusBadRequest {
		return false
	}
	if slices.ContainsFunc(response.Header.Values(headerChallenge), func(challenge string) bool {
		return strings.Contains(challenge, `error="`+demand+`"`)
	}) {
		return true
	}
	start, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	rest := io.Reader(response.Body)
	if err != nil {
		rest = failing{err}
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), rest), response.Body}
	var body struct {
		Error string `json:"error"`
	}
	return json.Unmarshal(start, &body) == nil && body.Error == demand
}

// failing is a body that breaks off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// strayed tells whether redirects have led through another origin. One that has sent the client back here must not
// choose what is done with the token.
func strayed(r *http.Request) bool {
	for at := r; at.Response != nil && at.Response.Request != nil; {
		if at = at.Response.Request; origin(at) != origin(r) {
			return true
		}
	}
	return false
}

// origin is what nonces belong to: scheme, host and port.
func origin(r *http.Request) string {
	u := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host}
	return u.String()
}
