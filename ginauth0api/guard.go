package ginauth0api

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
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
	provider *oidc.Provider
	now      func() time.Time

	audience          []string
	algorithms        []string
	leeway            time.Duration
	requireRFC9068    bool
	scopeClaim        string
	realm             string
	allowPreflight    bool
	clientCertificate func(*http.Request) *x509.Certificate

	log     *refusalLog
	onError func(*gin.Context, *Error)
	onEvent func(context.Context, Event)
}

// New makes a Guard. It makes no request: the signing keys are fetched when the
// first token needs them, so that an unreachable issuer does not stop the
// program from starting. Use [Guard.Warm] to fetch them earlier.
//
// ctx bounds the background work of the Guard, not the requests. The error joins
// one [*ConfigError] for each mistake in cfg.
func New(ctx context.Context, cfg Config) (*Guard, error) {
	source, err := cfg.validate(ctx)
	if err != nil {
		return nil, err
	}
	source.HTTPClient = cfg.HTTPClient
	source.Logger = cfg.Logger
	source.OnEvent = forwardEvents(cfg.OnEvent)
	g := &Guard{
		provider:          oidc.New(ctx, source),
		now:               time.Now,
		audience:          slices.Clone(cfg.Audience),
		algorithms:        slices.Clone(cfg.Algorithms),
		leeway:            cfg.Leeway,
		requireRFC9068:    cfg.RequireRFC9068,
		scopeClaim:        cfg.ScopeClaim,
		realm:             cfg.Realm,
		allowPreflight:    cfg.AllowPreflight,
		clientCertificate: cfg.ClientCertificate,
		onError:           cfg.OnError,
		onEvent:           cfg.OnEvent,
	}
	if len(g.algorithms) == 0 {
		g.algorithms = []string{"RS256"}
	}
	if g.scopeClaim == "" {
		g.scopeClaim = "scope"
	}
	if g.realm == "" {
		g.realm = "api"
	}
	if g.clientCertificate == nil {
		g.clientCertificate = peerCertificate
	}
	logger := cfg.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	g.log = newRefusalLog(logger)
	return g, nil
}

// Close ends the background work and returns when it has ended. It may be called
// more than once. Keys that are held serve on until they are too old; nothing is
// fetched any more.
func (g *Guard) Close() { g.provider.Close() }

// Warm fetches the signing keys now, for readiness probes and for programs that
// want to fail early. The error is an [*Error] of the kind [ErrUpstream].
func (g *Guard) Warm(ctx context.Context) error {
	if err := g.provider.Warm(ctx); err != nil {
		return keyError(err)
	}
	return nil
}

// Check decides about a request without answering it: for middleware of another
// shape and for servers without Gin handlers. The header holds what a successful
// answer must add, nil if nothing. An error is always an [*Error], which
// [Guard.Refuse] answers.
//
// Check verifies anew whenever it is called and looks at no scopes.
func (g *Guard) Check(r *http.Request) (*Token, http.Header, error) {
	creds, refused := readCredentials(r.Header)
	var token *Token
	if refused == nil {
		token, refused = g.verify(r, creds)
	}
	if refused != nil {
		refused.Scheme = creds.scheme
		return nil, nil, refused
	}
	return token, nil, nil
}

// verify makes every check that a token has to pass on any route, in the order
// of the contract: the first failure decides. Nothing that is read before the
// signature is checked may do more than refuse.
func (g *Guard) verify(r *http.Request, creds credentials) (*Token, *Error) {
	now := g.now()
	if len(creds.token) > maxTokenBytes {
		return nil, tokenTooLarge.because(nil)
	}

	compact, err := jws.Split(creds.token)
	if err != nil {
		return nil, tokenMalformed.because(explainForm(err))
	}
	header, err := jws.ReadHeader(compact.Header)
	if err != nil {
		return nil, tokenMalformed.because(errHeader)
	}
	claims, err := readClaims(compact.Payload, g.scopeClaim)
	if err != nil {
		return nil, tokenMalformed.because(errPayload)
	}
	if !g.acceptsType(header) {
		return nil, tokenTypeRefused.because(errors.New("typ " + quoted(header.Type)))
	}
	if !slices.Contains(g.algorithms, header.Algorithm) {
		return nil, invalidAlgorithm.because(errors.New("alg " + quoted(header.Algorithm)))
	}
	issuer := text(claims.issuer)
	if !g.provider.Trusts(issuer) {
		return nil, invalidIssuer.because(errors.New("iss " + quoted(issuer)))
	}
	dates, bound, refused := g.judge(&claims, now)
	if refused != nil {
		return nil, refused
	}

	key, err := g.provider.Key(r.Context(), issuer, header.KeyID, header.HasKeyID, header.Algorithm)
	if err != nil {
		return nil, keyError(err)
	}
	if err := jws.Verify(header.Algorithm, key.Public, compact.SigningInput, compact.Signature); err != nil {
		return nil, invalidSignature.because(nil)
	}

	if refused := g.checkBinding(r, bound); refused != nil {
		return nil, refused
	}
	return newToken(verified{
		guard:   g,
		scheme:  creds.scheme,
		text:    creds.token,
		payload: compact.Payload,
		claims:  claims,
		dates:   dates,
	}), nil
}

// acceptsType: RFC 8725 section 3.11. ID tokens and older access tokens say JWT
// or nothing; other types of this issuer, such as logout tokens, are signed with
// the same keys and must not pass here.
func (g *Guard) acceptsType(header jws.Header) bool {
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
func (g *Guard) judge(c *claims, now time.Time) (dates, confirmation, *Error) {
	refuse := func(r refusal, cause error) (dates, confirmation, *Error) {
		return dates{}, confirmation{}, r.because(cause)
	}
	if err := c.checkTypes(); err != nil {
		return refuse(invalidClaims, err)
	}
	d, err := c.readDates()
	if err != nil {
		return refuse(invalidClaims, err)
	}
	if !c.meantFor(g.audience) {
		return refuse(invalidAudience, nil)
	}
	if !d.expiresAt.present {
		return refuse(invalidClaims, errClaimMissing)
	}
	if d.expiresAt.reached(now, g.leeway) {
		return refuse(tokenExpired, nil)
	}
	ahead := max(g.leeway, minFutureLeeway)
	if d.notBefore.ahead(now, ahead) || d.issuedAt.ahead(now, ahead) {
		return refuse(tokenNotYetValid, nil)
	}
	if g.requireRFC9068 && !c.has9068Claims() {
		return refuse(invalidClaims, errClaimMissing)
	}
	bound, err := readConfirmation(c.confirmation)
	if err != nil {
		return refuse(tokenBindingMalformed, err)
	}
	return d, bound, nil
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
	var segments *jws.SegmentsError
	if errors.As(err, &segments) {
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
