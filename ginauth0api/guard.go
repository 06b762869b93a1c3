package ginauth0api

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
	"github.com/gin-auth0/gin-auth0/internal/slots"
)

const (
	// maxTokenBytes is far above any token that fits the headers of ordinary
	// servers; what is larger is refused before anything of it is read.
	maxTokenBytes = 16384
	// minFutureLeeway is how far iat and nbf may lie ahead: clocks differ, and
	// many providers set both to the moment of issue.
	minFutureLeeway = 30 * time.Second
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

// verify makes every check that a token has to pass on any route, in the order
// of the contract: the first failure decides. Nothing that is read before the
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

// candidate is a token of which nothing is believed yet.
type candidate struct {
	text     string
	compact  jws.Compact
	header   jws.Header
	familiar bool // the header was read before
	claims   claims
	dates    dates
	bound    confirmation
	provider *oidc.Provider
	issuer   string
}

// read takes a token apart and refuses what can be refused without a key. The
// provider is nil unless it is known already.
func (g *core) read(c *candidate, r *http.Request, compact string, provider *oidc.Provider, now time.Time) (refused *Error) {
	c.text = compact
	if len(compact) > maxTokenBytes {
		return unreadable(compact, tokenTooLarge.because(nil))
	}
	var err error
	if c.compact, err = jws.Split(compact); err != nil {
		return unreadable(compact, tokenMalformed.because(explainForm(err)))
	}
	// All tokens of one key have the same header, so it is read once.
	if known := g.headers.GetBytes(c.compact.HeaderSegment); known != nil {
		c.header, c.familiar = known.Value, true
	} else if c.header, err = jws.ReadHeader(c.compact.Header); err != nil {
		return tokenMalformed.because(errHeader)
	}
	if c.claims, err = readClaims(c.compact.Payload, g.scopeClaim); err != nil {
		return tokenMalformed.because(errPayload)
	}
	if !g.acceptsType(c.header) {
		return tokenTypeRefused.because(errors.New("typ " + quoted(c.header.Type)))
	}
	if !slices.Contains(g.algorithms, c.header.Algorithm) {
		return invalidAlgorithm.because(errors.New("alg " + quoted(c.header.Algorithm)))
	}
	c.issuer = text(c.claims.issuer)
	if provider == nil {
		if provider, refused = g.issuers.find(r, c.issuer); refused != nil {
			return refused
		}
	}
	c.provider = provider
	return g.judge(c, now)
}

// unreadable refuses a text that could not be taken apart. Bad syntax of the
// header comes first; it is looked for here alone, since every JWS is a token68.
func unreadable(text string, otherwise *Error) *Error {
	if !isToken68(text) {
		return authorizationMalformed.because(nil)
	}
	return otherwise
}

// checkSignature finds the key of a token, which may take a request to its
// issuer, and verifies it.
func (g *core) checkSignature(r *http.Request, c *candidate) (*verified, *Error) {
	key, err := c.provider.Key(r.Context(), c.issuer, c.header.KeyID, c.header.HasKeyID, c.header.Algorithm)
	if err != nil {
		return nil, keyError(err)
	}
	if err := jws.Verify(c.header.Algorithm, key.Public, c.compact.SigningInput, c.compact.Signature); err != nil {
		return nil, invalidSignature.because(nil)
	}
	if !c.familiar {
		g.headers.Put(string(c.compact.HeaderSegment), c.header)
	}
	g.issuers.verified(c.provider)
	v := &verified{
		guard:   g,
		issuer:  c.issuer,
		key:     key,
		text:    c.text,
		payload: c.compact.Payload,
		claims:  c.claims,
		dates:   c.dates,
		bound:   c.bound,
	}
	if v.bound.key.present {
		v.hash = dpop.HashToken(v.text)
	}
	v.init()
	return v, nil
}

// acceptsType: RFC 8725 section 3.11. ID tokens and older access tokens say JWT
// or nothing; other types of this issuer, such as logout tokens, are signed with
// the same keys and must not pass here.
func (g *core) acceptsType(header jws.Header) bool {
	if !header.HasType {
		return !g.requireRFC9068
	}
	switch jws.MediaType(header.Type) {
	case "at+jwt":
		return true
	case "jwt":
		return !g.requireRFC9068
	}
	return false
}

// judge checks the claims that need no key: their types, then audience, times
// and the form of the confirmation.
func (g *core) judge(c *candidate, now time.Time) *Error {
	err := c.claims.checkTypes()
	if err != nil {
		return invalidClaims.because(err)
	}
	if c.dates, err = c.claims.readDates(); err != nil {
		return invalidClaims.because(err)
	}
	if !c.claims.meantFor(g.audience) {
		return invalidAudience.because(nil)
	}
	if !c.dates.expiresAt.Present {
		return invalidClaims.because(errClaimMissing)
	}
	if refused := g.checkTimes(&c.dates, now); refused != nil {
		return refused
	}
	if g.requireRFC9068 && !c.claims.has9068Claims() {
		return invalidClaims.because(errClaimMissing)
	}
	if c.bound, err = readConfirmation(c.claims.confirmation); err != nil {
		return tokenBindingMalformed.because(err)
	}
	return nil
}

func (g *core) checkTimes(d *dates, now time.Time) *Error {
	if d.expiresAt.Reached(now, g.leeway) {
		return tokenExpired.because(nil)
	}
	ahead := max(g.leeway, minFutureLeeway)
	if d.notBefore.Ahead(now, ahead) || d.issuedAt.Ahead(now, ahead) {
		return tokenNotYetValid.because(nil)
	}
	return nil
}

var (
	errOpaque    = errors.New("an opaque token: the client probably asked for no audience")
	errEncrypted = errors.New("an encrypted token: the client probably asked for no audience")
	errForm      = errors.New("not a compact JWS")
	errHeader    = errors.New("the protected header cannot be read")
	errPayload   = errors.New("the payload is not one strict JSON object")
)

// explainForm tells the log what kind of text came instead of a JWT. The two
// usual ones have the same cause, which is hard to guess from the outside.
func explainForm(err error) error {
	//nolint:errorlint // Split returns it as it is, and errors.As costs as much as the rest of a refusal
	if segments, ok := err.(*jws.SegmentsError); ok {
		switch segments.Count {
		case 1:
			return errOpaque
		case 5:
			return errEncrypted
		}
	}
	return errForm
}

// keyError maps what can go wrong with a signing key. Only what is certain is
// held against the token: when the keys cannot be had, it may be a good one.
func keyError(err error) *Error {
	var unavailable *oidc.UnavailableError
	switch {
	case errors.Is(err, oidc.ErrKeyNotFound):
		return keyNotFound.because(err)
	case errors.Is(err, oidc.ErrIssuer):
		return invalidIssuer.because(err)
	case errors.As(err, &unavailable):
		refused := keysUnavailable.because(err)
		refused.retryAfter = max(unavailable.RetryAfter, time.Second)
		return refused
	}
	return internalError.because(err)
}
