package ginauth0

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/authority"
	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// maxDrain is how much of an answer that is not used is read, so that its connection
// can serve again.
const maxDrain = 4 << 10

// tokenTransport adds an access token to requests, and with a key a proof of its
// own to each (RFC 6750 section 2.1, RFC 9449 section 7.1). It never changes: nothing
// of a request is left for the next one.
type tokenTransport struct {
	base  http.RoundTripper
	token string
	key   *dpop.ProofKey // nil: a Bearer token
	now   func() time.Time
}

// Format shows nothing, whatever the verb: the client is in programs' hands.
func (tokenTransport) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("ginauth0 token transport")) }

// RoundTrip sends the request, and once more if its proof lacks a nonce and the body
// can be sent again. The answer names the request as it came, without the token. The
// error is [ErrInsecureURL] if nothing was sent because it would have been readable.
func (t *tokenTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !confidential(r.URL) {
		closeBody(r)
		return nil, ErrInsecureURL
	}
	response, err := t.send(r, r.Body, "")
	if err != nil || t.key == nil || strayed(r) {
		return response, err
	}
	nonce := dpop.DemandedNonce(response)
	if nonce == "" {
		return response, nil
	}
	body, ok := again(r)
	if !ok {
		return response, nil
	}
	discard(response.Body)
	return t.send(r, body, nonce)
}

// send sends a copy of the request. The copy is shallow but for the headers: trailers
// are filled in while the body is read.
func (t *tokenTransport) send(r *http.Request, body io.ReadCloser, nonce string) (*http.Response, error) {
	out := r.WithContext(r.Context())
	out.Body = body
	if out.Header = r.Header.Clone(); out.Header == nil {
		out.Header = http.Header{}
	}
	out.Header.Del("Authorization")
	out.Header.Del("DPoP")
	if err := t.authorize(out, nonce); err != nil {
		closeBody(out)
		return nil, err
	}
	response, err := t.base.RoundTrip(out)
	if response != nil {
		response.Request = r // out has the token
	}
	return response, err
}

func (t *tokenTransport) authorize(out *http.Request, nonce string) error {
	switch {
	case strayed(out):
	case t.key == nil:
		out.Header.Set("Authorization", "Bearer "+t.token)
	default:
		method := out.Method
		if method == "" {
			method = http.MethodGet
		}
		proof, err := t.key.Proof(method, targetURI(out), nonce, t.token, t.now())
		if err != nil {
			return fmt.Errorf("ginauth0: no proof: %w", err)
		}
		out.Header.Set("Authorization", "DPoP "+t.token)
		out.Header.Set("DPoP", proof)
	}
	return nil
}

// confidential reports whether nobody on the way can read what is sent to a URL:
// https, or http that stays on this machine.
func confidential(u *url.URL) bool {
	if u == nil || u.Scheme != "http" {
		return u != nil && u.Scheme == "https"
	}
	host, err := authority.Parse(u.Host)
	return err == nil && host.Loopback()
}

// strayed reports whether redirects have led the request through another origin:
// whoever has sent the client on does not choose what is done with the token. The
// client follows none of these unless a program has changed its CheckRedirect.
func strayed(r *http.Request) bool {
	for at := r; at.Response != nil && at.Response.Request != nil; {
		if at = at.Response.Request; originOf(at.URL) != originOf(r.URL) {
			return true
		}
	}
	return false
}

// originOf is scheme, host and port of a URL in one spelling.
func originOf(u *url.URL) string { return u.Scheme + "://" + hostOf(u.Scheme, u.Host) }

// hostOf writes a host without case and default port. What is no host of ours stays
// as it is.
func hostOf(scheme, text string) string {
	host, err := authority.Parse(text)
	if err != nil {
		return text
	}
	return host.WithoutDefaultPort(scheme).String()
}

// targetURI is the URL of a request as its server knows it, for htu (RFC 9110
// section 7.1): Host counts, user info does not.
func targetURI(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	base := r.URL.Scheme + "://" + hostOf(r.URL.Scheme, host)
	switch uri := r.URL.RequestURI(); {
	case strings.HasPrefix(uri, "/"):
		return base + uri
	case strings.HasPrefix(uri, r.URL.Scheme+"://"): // of an opaque URL
		return uri
	}
	return base // OPTIONS *
}

// again returns the body for another try.
func again(r *http.Request) (body io.ReadCloser, ok bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return r.Body, true
	}
	if r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	return body, err == nil
}

// discard ends an answer that is not used.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxDrain)
	_ = body.Close()
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
