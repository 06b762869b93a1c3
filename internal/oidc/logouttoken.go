package oidc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// logoutEvent is the member of events that makes a token one for logout (OpenID
// Connect Back-Channel Logout section 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// maxLogoutTokenAge is how old a logout token may be, its leeway aside.
const maxLogoutTokenAge = 5 * time.Minute

// maxTokenIDBytes bounds jti.
const maxTokenIDBytes = 255

// logoutTokenTypes are the media types of a logout token: its own, and the
// general one, which Auth0 sends. The rules for events and nonce keep an ID
// token out.
var logoutTokenTypes = []string{"logout+jwt", "jwt"}

// ErrLogoutToken says that a logout token breaks a rule. The text names the rule
// and no content.
var ErrLogoutToken = errors.New("oidc: logout token refused")

// LogoutTokenRules are what a logout token is checked against besides signature
// and issuer.
type LogoutTokenRules struct {
	ClientID   string
	Algorithms []string      // exactly these
	Leeway     time.Duration // for exp, iat, nbf and the age
	Now        time.Time
}

// LogoutToken is a verified logout token. Subject or SessionID may be empty, not
// both.
type LogoutToken struct {
	Issuer    string
	Subject   string
	SessionID string // sid
	TokenID   string // jti; whether it was seen before is the caller's to know
	IssuedAt  time.Time
	Expiry    time.Time
}

// logoutClaims are the claims that rules need.
type logoutClaims struct {
	signedClaims
	jti, events, nonce strictjson.Value
}

// VerifyLogoutToken checks a logout token (OpenID Connect Back-Channel Logout
// section 2.6). go-oidc checks signature, issuer and audience; form, header and
// everything else is checked here, before anything is fetched: a token that names
// another issuer, or breaks any rule that needs no key, makes no request.
//
// Errors are [ErrLogoutToken], a statement about the token, and
// *[UnavailableError], which is none.
func (p *Provider) VerifyLogoutToken(ctx context.Context, raw string, rules LogoutTokenRules) (*LogoutToken, error) {
	compact, header, err := readSignedToken(raw, rules.Algorithms, logoutTokenTypes, ErrLogoutToken)
	if err != nil {
		return nil, err
	}
	claims, err := readLogoutClaims(compact.Payload)
	if err != nil {
		return nil, err
	}
	// Nothing is proven yet, but a token of somebody else must not make us ask.
	if iss, ok := claims.iss.Text(); !ok || !p.domain.Stands(iss) {
		return nil, fmt.Errorf("%w: iss", ErrLogoutToken)
	}
	for _, check := range []func(logoutClaims, LogoutTokenRules) error{checkLogoutEvent, checkWhom, checkLogoutTimes} {
		if err := check(claims, rules); err != nil {
			return nil, err
		}
	}
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	keys := &signatureChecker{provider: p, compact: compact, header: header, issuer: metadata.Issuer}
	token, err := keys.verifier(rules.ClientID).VerifyLogout(ctx, raw)
	if keys.unavailable != nil {
		return nil, keys.unavailable
	}
	if err != nil {
		return nil, keys.refusal(&claims.signedClaims, rules.ClientID, ErrLogoutToken)
	}
	// go-oidc knows names without case and whole seconds; ours are exact.
	verified := &LogoutToken{Issuer: token.Issuer}
	verified.Subject, _ = claims.sub.Text()
	verified.SessionID, _ = claims.sid.Text()
	verified.TokenID, _ = claims.jti.Text()
	issued, _ := numericdate.Read(claims.iat)
	expiry, _ := numericdate.Read(claims.exp)
	verified.IssuedAt, verified.Expiry = issued.Time(), expiry.Time()
	return verified, nil
}

func readLogoutClaims(payload []byte) (logoutClaims, error) {
	var c logoutClaims
	fields := c.fields()
	maps.Copy(fields, map[string]*strictjson.Value{"jti": &c.jti, "events": &c.events, "nonce": &c.nonce})
	err := readSignedClaims(payload, fields, ErrLogoutToken)
	return c, err
}

// checkLogoutEvent tells a logout token from any other that the issuer signs
// for this client (Back-Channel Logout sections 2.4 and 4).
func checkLogoutEvent(c logoutClaims, _ LogoutTokenRules) error {
	if c.nonce.Kind != strictjson.Invalid { // null is there too
		return fmt.Errorf("%w: nonce", ErrLogoutToken)
	}
	events := c.events.Members()
	for events.Next() {
		if string(events.Name()) == logoutEvent && events.Value().Kind == strictjson.ObjectKind {
			return nil
		}
	}
	return fmt.Errorf("%w: events", ErrLogoutToken)
}

// checkWhom checks for whom the token is, aud, and whom it is about: sub, sid,
// or both, and its own name, jti.
func checkWhom(c logoutClaims, rules LogoutTokenRules) error {
	if jti, ok := c.jti.Text(); !ok || jti == "" || len(jti) > maxTokenIDBytes {
		return fmt.Errorf("%w: jti", ErrLogoutToken)
	}
	if c.sub.Kind == strictjson.Invalid && c.sid.Kind == strictjson.Invalid {
		return fmt.Errorf("%w: neither sub nor sid", ErrLogoutToken)
	}
	if sub, ok := c.sub.Text(); c.sub.Kind != strictjson.Invalid && (!ok || sub == "") {
		return fmt.Errorf("%w: sub", ErrLogoutToken)
	}
	if sid, ok := c.sid.Text(); c.sid.Kind != strictjson.Invalid && (!ok || sid == "") {
		return fmt.Errorf("%w: sid", ErrLogoutToken)
	}
	return c.checkAudience(rules.ClientID, ErrLogoutToken)
}

// checkLogoutTimes checks exp, iat and nbf as of an ID token, and the age.
func checkLogoutTimes(c logoutClaims, rules LogoutTokenRules) error {
	if err := c.checkTimes(rules.Now, rules.Leeway, ErrLogoutToken); err != nil {
		return err
	}
	if iat, _ := numericdate.Read(c.iat); iat.Behind(rules.Now, maxLogoutTokenAge, rules.Leeway) {
		return fmt.Errorf("%w: too old", ErrLogoutToken)
	}
	return nil
}
