package ginauth0

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// maxRedirects is how many a client that carries a token follows for one request.
const maxRedirects = 10

var errRedirects = errors.New("ginauth0: more redirects than are followed")

// HTTPClient returns a client that calls an API in the name of the person who is
// signed in: each request carries an access token, which is obtained now, as
// [Auth.AccessToken] does, and a proof of its own if the token is bound to a key
// (Config.DPoP, RFC 9449). An API that wants a nonce in the proof is asked again, once,
// if the body can be sent again (Request.GetBody).
//
// The client serves this request of the person and no other; give its requests the
// context of c.Request. It keeps the token when that expires, and nothing of c. A
// request for plain http fails with [ErrInsecureURL] and is not sent, unless the host is
// loopback. Redirects are followed at the same origin only, ten at most; another 3xx is
// the answer. An Authorization header of the program is replaced.
//
// The client is a copy of Config.HTTPClient without its cookies; requests end after its
// Timeout, or else after Config.HTTPTimeout. The program may set another Timeout, say
// for an answer that goes on for long.
//
// Errors are those of [Auth.AccessToken].
func (a *Auth) HTTPClient(c *gin.Context, o TokenOptions) (*http.Client, error) {
	token, key, err := a.obtainBound(c, o)
	if err != nil {
		return nil, err
	}
	return a.resourceClient(token, key), nil
}

// obtainBound is obtain with the key that the token is bound to, nil for a Bearer
// token. The error is also [ErrTokenType], for a bound token whose key is lost.
func (a *Auth) obtainBound(c *gin.Context, o TokenOptions) (recordToken, *dpop.ProofKey, error) {
	token, err := a.obtain(c, o)
	if err != nil || token.Type != "DPoP" {
		return token, nil, err
	}
	found, err := a.liveSession(a.visitOf(c))
	if err != nil {
		return recordToken{}, nil, err
	}
	key, err := found.record.proofKey()
	if err == nil && key == nil {
		err = ErrTokenType
	}
	return token, key, err
}

// resourceClient returns a client whose requests carry a token. key is what the token
// is bound to, nil for a Bearer token.
func (a *Auth) resourceClient(t recordToken, key *dpop.ProofKey) *http.Client {
	client := *a.settings.HTTPClient
	client.Jar = nil
	client.Timeout = cmp.Or(client.Timeout, a.settings.HTTPTimeout)
	client.CheckRedirect = stayAtOrigin
	base := client.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	client.Transport = &tokenTransport{base: base, token: t.Token, key: key, now: a.now}
	return &client
}

// stayAtOrigin hands a redirect to another origin to the program.
func stayAtOrigin(next *http.Request, via []*http.Request) error {
	switch {
	case originOf(next.URL) != originOf(via[0].URL):
		return http.ErrUseLastResponse
	case len(via) > maxRedirects:
		return errRedirects
	}
	return nil
}
