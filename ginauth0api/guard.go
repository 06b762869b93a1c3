package ginauth0api

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
	"github.com/gin-auth0/gin-auth0/internal/slots"
)

// Guard verifies access tokens for one API. Make one with [New] at start-up and
// share it: it is safe for concurrent use and holds the signing keys.
type Guard struct {
	*core
	mode DPoPMode
}

// core is what a Guard shares with its views.
type core struct {
	issuers *issuers
	cache   *tokenCache              // nil: nothing is remembered
	headers *slots.Cache[jws.Header] // of tokens that were verified, by their segment
	now     func() time.Time

	audience          []string
	algorithms        []string
	leeway            time.Duration
	requireRFC9068    bool
	scopeClaim        string
	tokenChecks       []ClaimCheck
	realm             string
	allowPreflight    bool
	clientCertificate func(*http.Request) *x509.Certificate

	proofs             proofRules
	dpopAlgorithms     []string
	allowBoundAsBearer bool
	bearerChallenge    challengeText
	dpopChallenge      challengeText
	proxy              publicAddress
	resource           resource
	client             oidc.ClientAuth

	log     *refusalLog
	onError func(*gin.Context, *Error)
	onEvent func(context.Context, Event)
}

// Check decides about a request without answering it: for middleware of another
// shape and for servers without Gin handlers. The header holds what a successful
// answer must add, nil if nothing. An error is always an [*Error], which
// [Guard.Refuse] answers.
//
// Check verifies anew whenever it is called, uses up the proof of a DPoP request
// and looks at no scopes.
func (g *Guard) Check(r *http.Request) (*Token, http.Header, error) {
	creds, refused := g.mode.readCredentials(r.Header)
	var token *Token
	var nonce string
	if refused == nil {
		token, nonce, refused = g.verify(r, creds)
	}
	if refused != nil {
		refused.Scheme = creds.scheme
		return nil, nil, refused
	}
	if nonce != "" {
		return token, http.Header{nonceHeader: {nonce}}, nil
	}
	return token, nil, nil
}

// verify makes every check that a token has to pass on any route, in an order
// that clients may rely on: the first failure decides. Nothing that is read before the
// signature is checked may do more than refuse. A nonce that is returned goes
// into the answer.
func (g *Guard) verify(r *http.Request, creds credentials) (token *Token, nonce string, refused *Error) {
	now := g.now()
	v, provider, refused := g.recall(r, creds.token, now)
	if refused != nil {
		return nil, "", refused
	}
	var c candidate
	defer c.compact.Release()
	if v == nil {
		if refused = g.read(&c, r, creds.token, provider, now); refused != nil {
			return nil, "", refused
		}
	}
	var shown shownProof
	defer shown.proof.Release()
	if creds.scheme == SchemeDPoP {
		if refused = g.readProof(&shown, r, creds.proofs); refused != nil {
			return nil, "", refused
		}
	}
	v, fresh, refused := g.confirm(v, &c, r, creds.token, provider, now)
	if refused != nil {
		return nil, "", refused
	}

	if refused = g.runTokenChecks(v, creds.scheme); refused != nil {
		return nil, "", refused
	}
	if refused = g.checkCertificate(r, &v.bound); refused != nil {
		return nil, "", refused
	}
	if refused = g.checkScheme(v, creds); refused != nil {
		return nil, "", refused
	}
	if fresh {
		g.cache.remember(v, now)
	}
	if creds.scheme != SchemeDPoP {
		return &v.bearer.handle, "", nil
	}
	proof, nonce, refused := g.checkProof(&shown, r, v, now)
	if refused != nil {
		return nil, "", refused
	}
	return &v.overDPoP(proof).handle, nonce, nil
}

// recall returns the token if it was verified a moment ago, and the provider of
// its issuer, which has to be trusted for this very request.
func (g *core) recall(r *http.Request, text string, now time.Time) (*verified, *oidc.Provider, *Error) {
	v := g.cache.find(text, now)
	if v == nil {
		return nil, nil, nil
	}
	provider, refused := g.issuers.find(r, v.issuer)
	if refused != nil {
		if errors.Is(refused, ErrBadToken) {
			g.cache.drop(v)
		}
		return nil, nil, refused
	}
	return v, provider, nil
}

// confirm returns the verified token. One that is remembered needs the key with
// which it was verified to be the issuer's still; otherwise the signature is
// checked. Either may take a request to the issuer.
func (g *core) confirm(v *verified, c *candidate, r *http.Request, text string, provider *oidc.Provider, now time.Time) (confirmed *verified, fresh bool, refused *Error) {
	if v != nil && provider.Holds(r.Context(), v.key) {
		g.issuers.verified(provider)
		g.count(r.Context(), Event{Name: eventCacheHit})
		if refused = g.checkTimes(&v.dates, now); refused != nil {
			g.cache.drop(v)
		}
		return v, false, refused
	}
	if v != nil {
		g.cache.drop(v)
		if refused = g.read(c, r, text, provider, now); refused != nil {
			return nil, false, refused
		}
	}
	if g.cache != nil {
		g.count(r.Context(), Event{Name: eventCacheMiss})
	}
	v, refused = g.checkSignature(r, c)
	return v, true, refused
}

// runTokenChecks asks what the application has to say about every token.
func (g *core) runTokenChecks(v *verified, scheme Scheme) *Error {
	if len(g.tokenChecks) == 0 {
		return nil
	}
	token := &v.bearer.handle
	if scheme == SchemeDPoP {
		token = &v.overDPoP(proofClaims{}).handle // not the one that is handed out: tokens never change
	}
	for _, check := range g.tokenChecks {
		if err := check(token); err != nil {
			return tokenRefused.because(err)
		}
	}
	return nil
}
