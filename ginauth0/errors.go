package ginauth0

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// The errors of this package. Branch with errors.Is and errors.As; the texts
// never hold a token, code, cookie, key or response body. The comments name
// the answer that [Auth.Fail] gives.
var (
	// ErrBadRequest: a malformed or repeated parameter, an organization against
	// the pinned one, an unknown host. 400 invalid_request.
	ErrBadRequest = errors.New("ginauth0: bad request")
	// ErrBadCallback: state, attempt, iss or code of a callback are wrong. 400
	// invalid_callback.
	ErrBadCallback = errors.New("ginauth0: bad callback")
	// ErrBadIDToken: the tenant's ID token breaks a rule. 401 invalid_id_token.
	ErrBadIDToken = errors.New("ginauth0: ID token refused")
	// ErrWeakLogin: the person has logged in, but not as strongly or as recently as was
	// asked for (LoginOptions.ACRValues and MaxAge, [RequireMFA] and its kin). The tenant
	// may not know how. The session from before is kept. It is an [ErrBadIDToken] too.
	// 401 invalid_id_token.
	ErrWeakLogin = errors.New("ginauth0: login weaker or older than asked for")
	// ErrOrganization: the login is for another organization than was asked
	// for. 403 organization_mismatch.
	ErrOrganization = errors.New("ginauth0: another organization than asked for")
	// ErrSessionExpired: the session's ceiling has passed, also when a login
	// brings a ceiling that has. 401 session_expired.
	ErrSessionExpired = errors.New("ginauth0: session expired")
	// ErrConfig: the tenant does not accept this client or its secret, or lacks an
	// endpoint; or the routes of [Auth.Mount] are behind a guard. 500
	// configuration_error.
	ErrConfig = errors.New("ginauth0: configuration does not fit the tenant")
	// ErrUpstream: the tenant cannot be reached, takes too long, or wants fewer
	// requests (429), 503 temporarily_unavailable; or answers with something
	// unusable, 502 upstream_error.
	ErrUpstream = errors.New("ginauth0: tenant not available")
	// ErrTokenType: the tenant issued a token of another type than asked for.
	// 502 upstream_error.
	ErrTokenType = errors.New("ginauth0: unexpected token type")
	// ErrStore: the session store fails. 503 store_unavailable.
	ErrStore = errors.New("ginauth0: session store not available")
	// ErrConflict: a session was written by others again and again while this
	// request wanted to write it. 503 store_unavailable.
	ErrConflict = errors.New("ginauth0: the session was written by others meanwhile")
	// ErrNotMounted: what sends the browser away was called before Mount, or the route
	// that it would come back to is off. 500 server_error.
	ErrNotMounted = errors.New("ginauth0: routes are not mounted")
	// ErrResponseStarted: cookies cannot be written any more. 500 server_error.
	ErrResponseStarted = errors.New("ginauth0: the response has already started")
	// ErrNoSession: nobody is signed in. 401 unauthorized.
	ErrNoSession = errors.New("ginauth0: no session")
	// ErrNoRefreshToken: the access token has expired, or there is none for this API
	// and these scopes, and there is no refresh token to get another one. 401
	// missing_refresh_token.
	ErrNoRefreshToken = errors.New("ginauth0: no refresh token")
	// ErrNoIDToken: the session holds no ID token (SessionConfig.OmitIDToken, or it was
	// dropped for want of room), and the call needs one. 401 missing_id_token.
	ErrNoIDToken = errors.New("ginauth0: no ID token")
	// ErrNoActor: nobody can be named as the acting party, since there is neither an
	// actor token nor an ID token of a session. 401 missing_id_token.
	ErrNoActor = errors.New("ginauth0: no actor")
	// ErrInsecureURL: a token would go over plain http, or what is to be an https URL is
	// none. 500 server_error.
	ErrInsecureURL = errors.New("ginauth0: not an https URL")
	// ErrBadLogoutToken: a logout token breaks a rule. 400 invalid_request.
	ErrBadLogoutToken = errors.New("ginauth0: logout token refused")
	// ErrCrossSite: another site made the browser send this request. 403
	// cross_site_request.
	ErrCrossSite = errors.New("ginauth0: cross-site request")
)

// ClaimError says that a [SessionDraft] does not take a change, and that nothing
// was changed. It shows no value.
type ClaimError struct {
	Claim  string // its name
	Reason string // why it is refused
	Err    error  // of encoding/json, otherwise nil
}

// Error names claim and reason.
func (e *ClaimError) Error() string { return fmt.Sprintf("ginauth0: claim %q %s", e.Claim, e.Reason) }

// Unwrap returns the error of encoding/json, which may quote the value.
func (e *ClaimError) Unwrap() error { return e.Err }

// The values of ProviderError.Op.
const (
	opAuthorize       = "authorize"
	opPushed          = "par"
	opCode            = "code"
	opRefresh         = "refresh"
	opRevoke          = "revoke"
	opConnection      = "connection"
	opExchange        = "exchange"
	opSessionTransfer = "session_transfer"
	opBackchannel     = "ciba"
)

// ProviderError is an error that the tenant reported. Code and Description are
// the tenant's words, for the program; a browser sees the code only if it is a
// registered one, and never the description.
type ProviderError struct {
	Code        string
	Description string
	// Op says what was refused: "authorize" (at the callback), or at an endpoint "par",
	// "code", "refresh", "revoke", "connection", "exchange", "session_transfer" or "ciba".
	Op     string
	Status int // HTTP status of an endpoint, 0 at the callback

	retryAfter time.Duration // that an endpoint asked for, 0 if it did not
}

// Error names the operation and the code, and of the callback only a registered code.
func (e *ProviderError) Error() string {
	if e.Status != 0 && isErrorCode(e.Code) {
		return fmt.Sprintf("ginauth0: the tenant refused (%s): %s", e.Op, e.Code)
	}
	// At the callback anybody can have written it.
	return fmt.Sprintf("ginauth0: the tenant refused (%s): %s", e.Op, registeredCode(e.Code))
}

// maxErrorCode is more than the longest code that Auth0 has.
const maxErrorCode = 64

// isErrorCode reports whether text looks like a code that tenants use and not like
// anything secret: a few words in lower case.
func isErrorCode(text string) bool {
	return text != "" && len(text) <= maxErrorCode && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_-") == ""
}

// ParameterError is an argument that a call refuses before anything is sent. It is
// an [ErrBadRequest] and shows no value.
type ParameterError struct {
	Name   string // as it goes over the wire, such as subject_token
	Reason string // what is wrong with it
}

// Error names parameter and reason.
func (e *ParameterError) Error() string { return "ginauth0: parameter " + e.Name + " " + e.Reason }

// Is reports whether target is [ErrBadRequest].
func (e *ParameterError) Is(target error) bool { return target == ErrBadRequest }

// CheckError says that a [Check] of RequireSession refused the session. 403
// forbidden.
type CheckError struct {
	Err error // what the check returned; for the log, not for the browser
}

// Error returns the text of the check, for the log.
func (e *CheckError) Error() string { return "ginauth0: check refused: " + e.Err.Error() }

// Unwrap returns the check's own error.
func (e *CheckError) Unwrap() error { return e.Err }

// StepUpError says that a session is good but the login behind it is not good
// enough. A [Check] that returns it makes RequireSession start a login that asks
// for more, or answer 401 insufficient_user_authentication where no person looks
// at the page.
type StepUpError struct {
	MaxAge    *time.Duration // the login may be this old; nil: any age
	ACRValues []string       // one of these must be reached; none: any
}

// Error says it in fixed words.
func (e *StepUpError) Error() string {
	return "ginauth0: a stronger or more recent login is needed"
}

// MFARequiredError says that the tenant wants a second factor before it issues
// the token. 403 mfa_required.
type MFARequiredError struct {
	// Token stands for the tenant's own mfa_token, sealed for the session and 300 s, so
	// that it can be shown to the browser. Nothing here takes it back yet: log in again
	// with LoginOptions.ACRValues. Empty if the tenant sent none.
	Token string
	// Requirements is the tenant's mfa_requirements as JSON, nil if it sent none.
	Requirements json.RawMessage
}

// Error says it in fixed words.
func (e *MFARequiredError) Error() string { return "ginauth0: the tenant asks for a second factor" }

// SessionTooLargeError says that a session does not fit into its cookies or its
// store and that nothing was written. 500 session_too_large.
type SessionTooLargeError struct {
	Size   int         // bytes that are needed even without what can be dropped
	Limit  int         // bytes that are allowed; 0 if only the store knows
	Fields []FieldSize // the biggest fields of the record, biggest first
	Err    error       // of the store that refused it, otherwise nil
}

// Unwrap returns the store's error.
func (e *SessionTooLargeError) Unwrap() error { return e.Err }

// FieldSize is the size of one field of a session record in bytes.
type FieldSize struct {
	Name  string // such as refresh_token
	Bytes int    // before it is sealed
}

// Error says what was allowed, and which fields are the biggest.
func (e *SessionTooLargeError) Error() string {
	fields := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = fmt.Sprintf("%s %d", f.Name, f.Bytes)
	}
	biggest := strings.Join(fields, ", ")
	switch {
	case e.Err != nil:
		return fmt.Sprintf("ginauth0: session of %d bytes is refused by its store, whose limit can mostly be lifted as SessionConfig.Store says (%s): %v", e.Size, biggest, e.Err)
	case e.Limit == 0:
		return fmt.Sprintf("ginauth0: session of %d bytes is more than its store takes (%s)", e.Size, biggest)
	}
	return fmt.Sprintf("ginauth0: session of %d bytes is above the limit of %d (%s)", e.Size, e.Limit, biggest)
}

// badAnswerError is the [ErrUpstream] of a tenant that did answer.
type badAnswerError struct{ err error }

func (e *badAnswerError) Error() string {
	return "ginauth0: the tenant's answer is unusable: " + e.err.Error()
}
func (e *badAnswerError) Is(target error) bool { return target == ErrUpstream }
func (e *badAnswerError) Unwrap() error        { return e.err }

// tenantError gives an error of internal/oidc its name in this package.
func tenantError(err error, op string) error {
	var refused *oidc.EndpointError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, oidc.ErrAnswer): // may wrap what a server in trouble said
		return &badAnswerError{err}
	case errors.As(err, &refused):
		provider := &ProviderError{Code: refused.Code, Description: refused.Description, Op: op, Status: refused.Status, retryAfter: refused.RetryAfter}
		switch {
		case refused.Status/100 != 4: // what a server in trouble says is no verdict
			return &badAnswerError{err}
		case provider.refusesClient():
			return fmt.Errorf("%w: %w", ErrConfig, withSettings(provider))
		case refused.Status == http.StatusTooManyRequests: // no verdict on what was asked
			return fmt.Errorf("%w: %w", ErrUpstream, provider)
		}
		return provider
	case errors.Is(err, oidc.ErrWeakLogin):
		return fmt.Errorf("%w: %w: %w", ErrWeakLogin, ErrBadIDToken, err)
	case errors.Is(err, oidc.ErrIDToken):
		return fmt.Errorf("%w: %w", ErrBadIDToken, err)
	case errors.Is(err, oidc.ErrOrganization):
		return ErrOrganization
	case errors.Is(err, oidc.ErrNoEndpoint):
		return fmt.Errorf("%w: %w", ErrConfig, err)
	case errors.Is(err, oidc.ErrTokenType):
		return fmt.Errorf("%w: %w", ErrTokenType, err)
	}
	return fmt.Errorf("%w: %w", ErrUpstream, err)
}
