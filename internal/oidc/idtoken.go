package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// maxSubjectBytes bounds sub (OpenID Connect Core section 2) and sid.
const maxSubjectBytes = 255

// idTokenTypes are the media types of an ID token: none of its own.
var idTokenTypes = []string{"jwt"}

// MultiFactorACR is the acr value that asks for a second factor.
const MultiFactorACR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"

var (
	// ErrIDToken says that an ID token breaks a rule. The text names the rule
	// and no content.
	ErrIDToken = errors.New("oidc: ID token refused")
	// ErrWeakLogin is the [ErrIDToken] of a login that is real, but not as strong or
	// as recent as was asked for.
	ErrWeakLogin = errors.New("weaker or older than was asked for")
	// ErrOrganization says that an ID token is for another organization.
	ErrOrganization = errors.New("oidc: ID token of another organization")
)

// IDTokenRules are what an ID token is checked against besides signature and
// issuer.
type IDTokenRules struct {
	ClientID    string
	Algorithms  []string      // exactly these
	Leeway      time.Duration // for exp, iat, nbf and auth_time
	Now         time.Time
	Nonce       string // empty: not checked (there was no authorization request)
	Subject     string // whom the login was asked for; empty: anybody
	AccessToken string // for at_hash, if the token has one
	Code        string // for c_hash, if the token has one

	MaxAge       *time.Duration // max_age that was asked, 0 included; nil: not asked
	AskedAt      time.Time      // when
	ACRValues    []string       // acr_values that the program asked for
	Organization string         // that was asked for; "org_…" is an id, anything else a name

	// Session is set for the token of a refresh: what it must agree with, in place
	// of the rules about a login (nonce, max_age, acr). Nil: the token of a login.
	Session *KnownSession
}

// IDToken is a verified ID token.
type IDToken struct {
	Issuer        string
	Subject       string
	SessionID     string // sid, or empty
	IssuedAt      time.Time
	SessionExpiry time.Time // session_expiry, or zero
	Payload       []byte    // the claims as JSON, strictly read
}

// idClaims are the claims that rules need. An absent one is the zero Value, so
// that null is told apart from it.
type idClaims struct {
	signedClaims
	nonce, atHash, cHash    strictjson.Value
	authTime, sessionExpiry strictjson.Value
	acr, amr                strictjson.Value
	orgID, orgName          strictjson.Value
}

// VerifyIDToken checks an ID token (OpenID Connect Core sections 3.1.3.7 and
// 3.1.3.8). go-oidc checks signature, issuer and audience; form, header and
// everything else is checked here.
//
// Errors are [ErrIDToken] and [ErrOrganization], which are statements about the
// token, and *[UnavailableError], which is none. That the issuer does not publish
// the key of a refreshed token is none either: nobody but the issuer's own
// endpoint has sent it.
func (p *Provider) VerifyIDToken(ctx context.Context, raw string, rules IDTokenRules) (*IDToken, error) {
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	if rules.Session != nil && rules.Session.Issuer != metadata.Issuer {
		return nil, fmt.Errorf("%w: the issuer is not that of the session", ErrIDToken)
	}
	compact, header, err := readSignedToken(raw, rules.Algorithms, idTokenTypes, ErrIDToken)
	if err != nil {
		return nil, err
	}
	claims, err := readIDClaims(compact.Payload)
	if err != nil {
		return nil, err
	}
	keys := &signatureChecker{provider: p, compact: compact, header: header, issuer: metadata.Issuer}
	token, err := keys.verifier(rules.ClientID).Verify(ctx, raw)
	switch {
	case keys.unavailable != nil:
		return nil, keys.unavailable
	case keys.unknown && rules.Session != nil:
		return nil, p.unavailable(ErrKeyNotFound)
	case err != nil:
		return nil, keys.refusal(&claims.signedClaims, rules.ClientID, ErrIDToken)
	}
	for _, check := range []func(idClaims, IDTokenRules) error{checkParties, checkIDTimes, checkNonce, checkLogin, checkSession} {
		if err := check(claims, rules); err != nil {
			return nil, err
		}
	}
	if err := checkHashes(claims, rules, header.Algorithm); err != nil {
		return nil, err
	}
	if !OrganizationMatches(rules.Organization, claims.orgID, claims.orgName) {
		return nil, ErrOrganization
	}
	sid, _ := claims.sid.Text()
	verified := &IDToken{Issuer: metadata.Issuer, Subject: token.Subject, SessionID: sid, IssuedAt: token.IssuedAt, Payload: compact.Payload}
	// IPSIE: anything but a plausible count of seconds is ignored.
	if v, ok := claims.sessionExpiry.Integer(); ok && 0 < v && v < 1e10 {
		verified.SessionExpiry = time.Unix(v, 0)
	}
	return verified, nil
}

func readIDClaims(payload []byte) (idClaims, error) {
	var c idClaims
	fields := c.fields()
	maps.Copy(fields, map[string]*strictjson.Value{
		"nonce": &c.nonce, "at_hash": &c.atHash, "c_hash": &c.cHash, "auth_time": &c.authTime, "session_expiry": &c.sessionExpiry,
		"acr": &c.acr, "amr": &c.amr, "org_id": &c.orgID, "org_name": &c.orgName,
	})
	err := readSignedClaims(payload, fields, ErrIDToken)
	return c, err
}

// checkParties checks sub, sid, aud and azp.
func checkParties(c idClaims, rules IDTokenRules) error {
	sub, ok := c.sub.Text()
	if !ok || sub == "" || len(sub) > maxSubjectBytes {
		return fmt.Errorf("%w: sub", ErrIDToken)
	}
	if rules.Subject != "" && subtle.ConstantTimeCompare([]byte(sub), []byte(rules.Subject)) != 1 {
		return fmt.Errorf("%w: sub is not the one that was asked for", ErrIDToken)
	}
	if sid, ok := c.sid.Text(); c.sid.Kind != strictjson.Invalid && (!ok || sid == "" || len(sid) > maxSubjectBytes) {
		return fmt.Errorf("%w: sid", ErrIDToken)
	}
	return c.checkAudience(rules.ClientID, ErrIDToken)
}

func checkIDTimes(c idClaims, rules IDTokenRules) error {
	return c.checkTimes(rules.Now, rules.Leeway, ErrIDToken)
}

// checkNonce binds the token to the browser that asked for it.
func checkNonce(c idClaims, rules IDTokenRules) error {
	if rules.Nonce == "" {
		return nil
	}
	if nonce, ok := c.nonce.Text(); !ok || subtle.ConstantTimeCompare([]byte(nonce), []byte(rules.Nonce)) != 1 {
		return fmt.Errorf("%w: nonce", ErrIDToken)
	}
	return nil
}

// checkLogin checks what was asked about the login itself: max_age and
// acr_values.
func checkLogin(c idClaims, rules IDTokenRules) error {
	if rules.Session != nil {
		return nil // there was none
	}
	authTime, ok := c.authTime.Float()
	if c.authTime.Kind != strictjson.Invalid && (!ok || authTime > float64(rules.Now.UnixNano())/1e9+rules.Leeway.Seconds()) {
		return fmt.Errorf("%w: auth_time", ErrIDToken)
	}
	if rules.MaxAge != nil {
		oldest := float64(rules.AskedAt.UnixNano())/1e9 - rules.MaxAge.Seconds() - rules.Leeway.Seconds()
		// Providers give whole seconds.
		if !ok || authTime < float64(int64(oldest)) {
			return fmt.Errorf("%w: %w: auth_time is older than max_age allows, or missing", ErrIDToken, ErrWeakLogin)
		}
	}
	acr, _ := c.acr.Text()
	amr, _ := c.amr.Strings()
	if len(rules.ACRValues) > 0 && !ACRSatisfied(rules.ACRValues, acr, amr) {
		return fmt.Errorf("%w: %w: acr", ErrIDToken, ErrWeakLogin)
	}
	return nil
}

// ACRSatisfied reports whether a login with these acr and amr claims satisfies
// the asked acr_values: acr is one of them, or a second factor was asked for
// and amr says that one was used.
func ACRSatisfied(asked []string, acr string, amr []string) bool {
	return acr != "" && slices.Contains(asked, acr) ||
		slices.Contains(asked, MultiFactorACR) && slices.Contains(amr, "mfa")
}

// OrganizationMatches reports whether the org_id or org_name claim is the
// asked organization: ids ("org_…") exactly, names without case. An empty
// asked matches anything.
func OrganizationMatches(asked string, orgID, orgName strictjson.Value) bool {
	switch {
	case asked == "":
		return true
	case strings.HasPrefix(asked, "org_"):
		id, ok := orgID.Text()
		return ok && id == asked
	default:
		name, ok := orgName.Text()
		return ok && strings.EqualFold(name, asked)
	}
}

// checkHashes checks at_hash and c_hash where the token has them (OpenID
// Connect Core sections 3.1.3.6 and 3.3.2.11).
func checkHashes(c idClaims, rules IDTokenRules, alg string) error {
	for _, hash := range []struct {
		name  string
		claim strictjson.Value
		of    string
	}{{"at_hash", c.atHash, rules.AccessToken}, {"c_hash", c.cHash, rules.Code}} {
		if hash.claim.Kind == strictjson.Invalid || hash.of == "" {
			continue
		}
		got, ok := hash.claim.Text()
		if !ok || subtle.ConstantTimeCompare([]byte(got), []byte(halfHash(alg, hash.of))) != 1 {
			return fmt.Errorf("%w: %s", ErrIDToken, hash.name)
		}
	}
	return nil
}

// halfHash is the left half of the hash that belongs to alg, in base64url.
func halfHash(alg, text string) string {
	var sum []byte
	switch {
	case strings.HasSuffix(alg, "256"):
		h := sha256.Sum256([]byte(text))
		sum = h[:]
	case strings.HasSuffix(alg, "384"):
		h := sha512.Sum384([]byte(text))
		sum = h[:]
	default: // 512, and Ed25519 hashes with SHA-512 itself
		h := sha512.Sum512([]byte(text))
		sum = h[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
