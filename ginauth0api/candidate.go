package ginauth0api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

const (
	// maxTokenBytes is far above any token that fits the headers of ordinary
	// servers; what is larger is refused before anything of it is read.
	maxTokenBytes = 16384
	// minFutureLeeway is how far iat and nbf may lie ahead: clocks differ, and
	// many providers set both to the moment of issue.
	minFutureLeeway = 30 * time.Second
)

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
		return invalidAudience.because(explainAudience(c.claims.audience))
	}
	if !c.dates.expiresAt.Present {
		return invalidClaims.because(missingClaim("exp"))
	}
	if refused := g.checkTimes(&c.dates, now); refused != nil {
		return refused
	}
	if g.requireRFC9068 {
		if err = c.claims.check9068Claims(); err != nil {
			return invalidClaims.because(err)
		}
	}
	if c.bound, err = readConfirmation(c.claims.confirmation); err != nil {
		return tokenBindingMalformed.because(err)
	}
	return nil
}

func (g *core) checkTimes(d *dates, now time.Time) *Error {
	if d.expiresAt.Reached(now, g.leeway) {
		return tokenExpired.because(&misdated{"exp was", now.Sub(d.expiresAt.Time()), "ago"})
	}
	ahead := max(g.leeway, minFutureLeeway)
	if d.notBefore.Ahead(now, ahead) {
		return tokenNotYetValid.because(&misdated{"nbf is", d.notBefore.Time().Sub(now), "ahead"})
	}
	if d.issuedAt.Ahead(now, ahead) {
		return tokenNotYetValid.because(&misdated{"iat is", d.issuedAt.Time().Sub(now), "ahead"})
	}
	return nil
}

// misdated tells the log how far a date lies from now: seconds are the clocks, hours
// the client. It is written only where somebody reads it.
type misdated struct {
	claim string // and its verb
	by    time.Duration
	where string
}

func (e *misdated) Error() string {
	return e.claim + " " + e.by.Round(time.Millisecond).String() + " " + e.where
}

var (
	errOpaque    = errors.New("an opaque token: the client probably asked for no audience")
	errEncrypted = errors.New("an encrypted token: the client probably asked for no audience")
	errForm      = errors.New("not a compact JWS")
	errHeader    = errors.New("the protected header cannot be read")
	errPayload   = errors.New("the payload is not one strict JSON object")
	errAudience  = errors.New("no aud, or one that is neither a string nor a list of strings")
)

// maxExplained is how many audiences of a token the log is told.
const maxExplained = 3

// explainAudience tells the log for whom a token is.
func explainAudience(claim strictjson.Value) error {
	if audience, ok := claim.Text(); ok {
		return errors.New("aud " + quoted(audience))
	}
	var listed []string
	for element := range claim.Elements() {
		if len(listed) == maxExplained {
			listed = append(listed, "…")
			break
		}
		audience, ok := element.Text()
		if !ok {
			return errAudience
		}
		listed = append(listed, quoted(audience))
	}
	if listed == nil {
		return errAudience
	}
	return errors.New("aud " + strings.Join(listed, ", "))
}

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
