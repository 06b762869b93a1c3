package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

var (
	// ErrAnswer says that an endpoint answered with something that is no answer
	// of its protocol: status 5xx, no JSON, too much, members missing.
	ErrAnswer = errors.New("oidc: the endpoint's answer cannot be used")
	// ErrNotJSON says that the body of a 200 is not JSON. It is an ErrAnswer.
	ErrNotJSON = errors.New("no JSON")
	// ErrTokenType says that a token of another type than asked for came back.
	ErrTokenType = errors.New("oidc: unexpected token type")
	// ErrNoEndpoint says that the issuer's metadata lack the endpoint, or that
	// its address may not be used.
	ErrNoEndpoint = errors.New("oidc: the issuer offers no such endpoint")

	errTooMuch = errors.New("body above 1 MiB")
	errNoCode  = errors.New("no error code")
)

// EndpointError is an error answer (RFC 6749 section 5.2) of any status but
// that of success. Code is never empty. Error shows the code only; Description is the
// tenant's text and not for a browser.
type EndpointError struct {
	Code        string
	Description string
	Status      int
	MFA         *MFAChallenge // of the code mfa_required, nil without an mfa_token
	RetryAfter  time.Duration // of the header Retry-After, 0 if it gives no seconds

	nonce string // of the header DPoP-Nonce
}

// wantsNonce reports whether the request is to be repeated with a nonce in its proof
// (RFC 9449 section 8).
func (e *EndpointError) wantsNonce() bool {
	return e.Code == "use_dpop_nonce" && e.nonce != "" && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized)
}

// MFAChallenge is what a tenant adds to the code mfa_required (Auth0). The token
// lets its bearer go on with the login of somebody, so nothing prints it.
type MFAChallenge struct {
	Token        string
	Requirements json.RawMessage // mfa_requirements, nil if there are none
}

// String leaves the token out.
func (*MFAChallenge) String() string { return "mfa challenge" }

// GoString leaves the token out.
func (c *MFAChallenge) GoString() string { return c.String() }

func (e *EndpointError) Error() string {
	return fmt.Sprintf("oidc: the endpoint answered %d with error %q", e.Status, printable(e.Code))
}

// AnswerError is an answer that cannot be used; it is an [ErrAnswer]. Error
// shows nothing of the body.
type AnswerError struct {
	Status int   // 200: the body is the problem
	Err    error // what is wrong with it
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("%v: status %d, %v", ErrAnswer, e.Status, e.Err)
}

// Is reports whether target is [ErrAnswer].
func (e *AnswerError) Is(target error) bool { return target == ErrAnswer }

// Unwrap returns what is wrong.
func (e *AnswerError) Unwrap() error { return e.Err }

// badAnswer is an error about the body of a 200.
func badAnswer(problem error) error { return &AnswerError{Status: http.StatusOK, Err: problem} }

// unexpectedType is the [ErrTokenType] of an answer. It names the type that came if it
// is a known one; any other is the issuer's own text.
func unexpectedType(want, got string) error {
	came := "another one"
	switch {
	case got == "":
		came = "none"
	case strings.EqualFold(got, typeDPoP):
		came = typeDPoP
	case strings.EqualFold(got, typeBearer):
		came = typeBearer
	}
	hint := ""
	if want == typeDPoP && came == typeBearer {
		// Who ignores the header DPoP, or does not bind tokens for this API, answers so.
		hint = ": DPoP may be off for this API at the issuer (Auth0: Token Sender-Constraining)"
	}
	return fmt.Errorf("%w: asked for %s, got %s%s", ErrTokenType, want, came, hint)
}

// printable cuts and cleans a text of the tenant for error texts and logs.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), 64)])
}

// refusal reads an answer other than 200: an *[EndpointError] if it is JSON and
// has an error code, otherwise an *[AnswerError].
func refusal(answer *Answer) error {
	e, mfa := &EndpointError{Status: answer.Status, nonce: answer.Header.Get("DPoP-Nonce")}, &MFAChallenge{}
	if seconds, err := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 31); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	if isJSON(answer.Header.Get("Content-Type")) {
		s := strictjson.Object(answer.Body)
		for s.Next() {
			switch string(s.Name()) {
			case "error":
				e.Code, _ = s.Value().Text()
			case "error_description":
				e.Description, _ = s.Value().Text()
			case "mfa_token":
				mfa.Token, _ = s.Value().Text()
			case "mfa_requirements":
				mfa.Requirements = slices.Clone(s.Value().Raw)
			}
		}
		if s.Err() != nil {
			e.Code = ""
		}
	}
	if e.Code == "mfa_required" && mfa.Token != "" {
		e.MFA = mfa
	}
	if e.Code == "" {
		return &AnswerError{Status: answer.Status, Err: errNoCode}
	}
	return e
}

// isJSON: application/json, or a type with the suffix of RFC 6839 section 3.1.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
