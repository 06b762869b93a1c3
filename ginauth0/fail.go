package ginauth0

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// answer is what the browser learns of an error: a status, a code for programs, a
// fixed sentence for people and the way back that a page offers.
type answer struct {
	status   int
	code     string
	sentence string // the first one of it is the heading of a page
	way      way
}

// way is what a person can do about an error.
type way int

const (
	wayStart    way = iota // leave it
	wayLogin               // log in again
	wayFirst               // log in
	wayDenied              // log in again, or as somebody else
	wayOther               // leave it, or log in as somebody else
	wayRetry               // the same again
	wayReturn              // go back to where it was started
	wayOperator            // tell those who can repair it
)

// What a page says under its heading.
var advice = [...]string{
	wayStart:    "Please go back to the start page and try it from there.",
	wayLogin:    "Please log in again.",
	wayFirst:    "This page is for people who are logged in.",
	wayDenied:   "You can log in again whenever you like.",
	wayOther:    "Please use another login, or go back to the start page.",
	wayRetry:    "Please try again in a moment.",
	wayReturn:   "Please go back and try again.",
	wayOperator: "Trying again does not help. Please tell those who run this application, with the reference below.",
}

// The texts of its links.
const (
	textStart  = "Start page"
	textLogin  = "Log in again"
	textFirst  = "Log in"
	textOther  = "Log in as somebody else"
	textRetry  = "Try again"
	textReturn = "Go back"
)

// Answers by error. The first that matches decides; nothing looks at texts.
var answers = []struct {
	err error
	answer
}{
	{errMethod, answer{http.StatusMethodNotAllowed, "method_not_allowed", "This address does not accept the method of the request.", wayStart}},
	{errTooLarge, answer{http.StatusRequestEntityTooLarge, "invalid_request", "The request is too large.", wayStart}},
	{ErrBadLogoutToken, answer{http.StatusBadRequest, "invalid_request", "The logout token is not valid.", wayStart}},
	{ErrBadRequest, answer{http.StatusBadRequest, "invalid_request", "The request is not valid.", wayStart}},
	{ErrBadCallback, answer{http.StatusBadRequest, "invalid_callback", "The login could not be completed. Please log in again.", wayLogin}},
	{ErrWeakLogin, answer{http.StatusUnauthorized, "invalid_id_token", "The login was not as strong or as recent as is needed here.", wayOther}},
	{ErrBadIDToken, answer{http.StatusUnauthorized, "invalid_id_token", "The login could not be verified. Please log in again.", wayLogin}},
	{ErrOrganization, answer{http.StatusForbidden, "organization_mismatch", "The login is for another organization.", wayOther}},
	{ErrSessionExpired, answer{http.StatusUnauthorized, "session_expired", "The session has ended. Please log in again.", wayLogin}},
	{ErrConfig, answer{http.StatusInternalServerError, "configuration_error", "Logging in is not set up correctly.", wayOperator}},
	{ErrTokenType, answer{http.StatusBadGateway, "upstream_error", "The login service gave an unexpected answer.", wayRetry}},
	{ErrUpstream, answer{http.StatusServiceUnavailable, "temporarily_unavailable", "The login service is not available at the moment.", wayRetry}},
	{ErrStore, answer{http.StatusServiceUnavailable, "store_unavailable", "Sessions are not available at the moment.", wayRetry}},
	{ErrConflict, answer{http.StatusServiceUnavailable, "store_unavailable", "Sessions are not available at the moment.", wayRetry}},
	{ErrNoRefreshToken, answer{http.StatusUnauthorized, "missing_refresh_token", "The access token has expired. Please log in again.", wayLogin}},
	{ErrNoIDToken, answer{http.StatusUnauthorized, "missing_id_token", "The login is not complete any more. Please log in again.", wayLogin}},
	{ErrNoActor, answer{http.StatusUnauthorized, "missing_id_token", "The login is not complete any more. Please log in again.", wayLogin}},
	{ErrNoSession, answer{http.StatusUnauthorized, "unauthorized", "Please log in", wayFirst}},
	{ErrCrossSite, answer{http.StatusForbidden, "cross_site_request", "The request came from another site.", wayStart}},
}

var (
	answerBadGateway = answer{http.StatusBadGateway, "upstream_error", "The login service gave an unexpected answer.", wayRetry}
	answerTooLarge   = answer{http.StatusInternalServerError, "session_too_large", "The session is too large to be kept.", wayOperator}
	answerForbidden  = answer{http.StatusForbidden, "forbidden", "You may not do that.", wayOther}
	answerStepUp     = answer{http.StatusUnauthorized, "insufficient_user_authentication", "A stronger or more recent login is needed.", wayOther}
	answerMFA        = answer{http.StatusForbidden, "mfa_required", "A second factor is needed.", wayLogin}
	answerRefresh    = answer{http.StatusUnauthorized, "failed_to_refresh_token", "The access token could not be renewed. Please log in again.", wayLogin}
	answerAccount    = answer{http.StatusBadGateway, "connect_account_error", "The request about connected accounts could not be fulfilled.", wayStart}
	answerPending    = answer{http.StatusBadRequest, "authorization_pending", "The login has not been confirmed yet.", wayRetry}
	answerUnknown    = answer{http.StatusInternalServerError, "server_error", "The request could not be processed.", wayOperator}
)

func answerOf(err error) answer {
	var (
		unusable *badAnswerError
		provider *ProviderError
		tooLarge *SessionTooLargeError
		check    *CheckError
		stepUp   *StepUpError
		mfa      *MFARequiredError
		account  *MyAccountError
		pending  *PendingError
	)
	switch {
	case errors.As(err, &unusable):
		return answerBadGateway
	case errors.As(err, &tooLarge):
		return answerTooLarge
	case errors.As(err, &stepUp):
		return answerStepUp
	case errors.As(err, &check):
		return answerForbidden
	case errors.As(err, &mfa):
		return answerMFA
	case errors.As(err, &pending):
		return answerPending
	case errors.As(err, &account):
		return answerOfAccount(account)
	case errors.As(err, &provider) && !errors.Is(err, ErrConfig) && !errors.Is(err, ErrUpstream):
		return answerOfProvider(provider)
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return a.answer
		}
	}
	return answerUnknown
}

// registeredCodes are the error codes that a browser may see: those of RFC 6749
// section 4.1.2.1, OpenID Connect Core section 3.1.2.6, RFC 8707 section 2, RFC 9396
// section 5 and OpenID Connect CIBA section 11.
var registeredCodes = []string{
	"access_denied", "server_error", "temporarily_unavailable", "invalid_request", "unauthorized_client", "unsupported_response_type",
	"invalid_scope", "login_required", "interaction_required", "consent_required", "account_selection_required", "invalid_request_uri",
	"invalid_request_object", "request_not_supported", "request_uri_not_supported", "registration_not_supported",
	"invalid_grant", "invalid_client", "unsupported_grant_type", "invalid_target",
	"invalid_authorization_details", "expired_token",
}

func registeredCode(code string) string {
	if slices.Contains(registeredCodes, code) {
		return code
	}
	return "login_failed"
}

func answerOfProvider(e *ProviderError) answer {
	switch e.Op {
	case opCode, opExchange, opSessionTransfer:
		return answer{http.StatusBadRequest, "login_failed", "The login could not be completed. Please log in again.", wayLogin}
	case opRefresh, opConnection:
		return answerRefresh
	case opRevoke:
		return answerBadGateway
	case opBackchannel:
		return answerOfBackchannel(e)
	}
	a := answer{http.StatusBadRequest, registeredCode(e.Code), "The login was not completed.", wayLogin}
	switch {
	case e.Code == "access_denied":
		a.status, a.sentence, a.way = http.StatusForbidden, "The login was refused or cancelled.", wayDenied
	case slices.Contains(silentErrors, e.Code):
		a.status, a.sentence, a.way = http.StatusUnauthorized, "Please log in.", wayFirst
	case e.Code == "server_error":
		a.status, a.sentence, a.way = http.StatusBadGateway, "The login service gave an unexpected answer.", wayRetry
	case e.Code == "temporarily_unavailable":
		a.status, a.sentence, a.way = http.StatusServiceUnavailable, "The login service is not available at the moment.", wayRetry
	}
	return a
}

// answerOfAccount passes a verdict of the My Account API on.
func answerOfAccount(e *MyAccountError) answer {
	a := answerAccount
	if e.refused() {
		a.status = e.Status
	}
	return a
}

func answerOfBackchannel(e *ProviderError) answer {
	switch e.Code {
	case "access_denied":
		return answer{http.StatusForbidden, e.Code, "The login was refused or cancelled.", wayDenied}
	case "expired_token": // OpenID Connect CIBA section 11
		return answer{http.StatusBadRequest, e.Code, "The login was not confirmed in time.", wayLogin}
	}
	return answer{http.StatusBadRequest, "login_failed", "The login was not completed.", wayLogin}
}

// Fail answers a request with an error: the one place that turns an error of
// this package into an answer. It aborts the chain. A person who looks at a
// page gets a page with a way back and a reference ([ReferenceFrom]), anything else
// JSON with the members error and error_description. Nothing of the tenant, of a URL
// or of the error's text is in either; the cause goes to c.Error, the logger and
// Config.OnError. An error that is none of this package's is 500 server_error. nil is no
// error, and answers nothing.
func (a *Auth) Fail(c *gin.Context, err error) {
	if err != nil {
		a.respond(c, err, a.note(c, err), nil)
	}
}

// StatusOf returns the HTTP status and the error code with which [Auth.Fail] answers an
// error: for Config.OnError, whose page should have the same status. They are 0 and empty
// for nil, and 500 and server_error for an error that is none of this package's.
func StatusOf(err error) (status int, code string) {
	if err == nil {
		return 0, ""
	}
	answer := answerOf(err)
	return answer.status, answer.code
}

// note ends the chain, gives the error its reference, and keeps the cause for those who
// look for it.
func (a *Auth) note(c *gin.Context, err error) answer {
	c.Abort()
	// It is made for every error, also where nobody looks: that is less than a hundredth
	// of a 401, and Meta is a plain string for everybody who prints it.
	reference := newReference()
	a.visitOf(c).reference.Store(&reference)
	if kept := c.Error(err); kept.Meta == nil {
		kept.Meta = reference
	}
	ctx, answer := c.Request.Context(), answerOf(err)
	a.settings.Logger.LogAttrs(ctx, unlessLeft(ctx, err, levelOf(answer)), "refused", slog.String("error", answer.code), slog.Int("status", answer.status),
		slog.String("reference", reference), slog.String("route", c.FullPath()), slog.Any("cause", err))
	return answer
}

// respond answers with an error that was noted. e is how far a callback came, nil for
// everything else.
func (a *Auth) respond(c *gin.Context, err error, answer answer, e *ending) {
	if c.Writer.Written() {
		return
	}
	h, tenant := c.Writer.Header(), a.servesTenant(c)
	noStore(h)
	if tenant {
		h.Set("Cache-Control", "no-store")
	}
	if a.settings.OnError != nil {
		a.settings.OnError(c, err)
		if c.Writer.Written() {
			return
		}
	}
	if answer.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", retryAfter(err))
	}
	if pageRequest(c.Request) && !tenant {
		a.failPage(c, answer, e)
		return
	}
	body := gin.H{"error": answer.code, "error_description": answer.sentence}
	var mfa *MFARequiredError
	if errors.As(err, &mfa) && mfa.Token != "" {
		body["mfa_token"] = mfa.Token
	}
	c.AbortWithStatusJSON(answer.status, body)
}

// levelOf is Error for what is ours to repair, Debug for somebody who is just
// not signed in, or not yet.
func levelOf(a answer) slog.Level {
	switch {
	case a.status >= http.StatusInternalServerError:
		return slog.LevelError
	case a.code == "unauthorized", a.code == "authorization_pending":
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// retryAfter is how long to wait, in whole seconds (RFC 9110 section 10.2.3): as long as
// nothing would be asked of the tenant, or as it wants.
func retryAfter(err error) string {
	var (
		unavailable *oidc.UnavailableError
		refused     *ProviderError
	)
	wait := 5 * time.Second
	switch {
	case errors.As(err, &unavailable):
		wait = unavailable.RetryAfter
	case errors.As(err, &refused) && refused.retryAfter > 0:
		wait = refused.retryAfter
	}
	return strconv.FormatInt(max(int64((wait+time.Second-1)/time.Second), 1), 10)
}
