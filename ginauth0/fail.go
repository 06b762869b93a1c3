package ginauth0

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

// answer is what the browser learns of an error: a status, a code for programs
// and a fixed sentence for people.
type answer struct {
	status   int
	code     string
	sentence string
}

// Answers by error. The first that matches decides; nothing looks at texts.
var answers = []struct {
	err error
	answer
}{
	{errMethod, answer{http.StatusMethodNotAllowed, "method_not_allowed", "This address does not accept the method of the request."}},
	{errTooLarge, answer{http.StatusRequestEntityTooLarge, "invalid_request", "The request is too large."}},
	{ErrBadLogoutToken, answer{http.StatusBadRequest, "invalid_request", "The logout token is not valid."}},
	{ErrBadRequest, answer{http.StatusBadRequest, "invalid_request", "The request is not valid."}},
	{ErrBadCallback, answer{http.StatusBadRequest, "invalid_callback", "The login could not be completed. Please log in again."}},
	{ErrBadIDToken, answer{http.StatusUnauthorized, "invalid_id_token", "The login could not be verified. Please log in again."}},
	{ErrOrganization, answer{http.StatusForbidden, "organization_mismatch", "The login is for another organization."}},
	{ErrSessionExpired, answer{http.StatusUnauthorized, "session_expired", "The session has ended. Please log in again."}},
	{ErrConfig, answer{http.StatusInternalServerError, "configuration_error", "Logging in is not set up correctly."}},
	{ErrTokenType, answer{http.StatusBadGateway, "upstream_error", "The login service gave an unexpected answer."}},
	{ErrUpstream, answer{http.StatusServiceUnavailable, "temporarily_unavailable", "The login service is not available at the moment."}},
	{ErrStore, answer{http.StatusServiceUnavailable, "store_unavailable", "Sessions are not available at the moment."}},
	{ErrConflict, answer{http.StatusServiceUnavailable, "store_unavailable", "Sessions are not available at the moment."}},
	{ErrNoRefreshToken, answer{http.StatusUnauthorized, "missing_refresh_token", "The access token has expired. Please log in again."}},
	{ErrNoIDToken, answer{http.StatusUnauthorized, "missing_id_token", "The login is not complete any more. Please log in again."}},
	{ErrNoActor, answer{http.StatusUnauthorized, "missing_id_token", "The login is not complete any more. Please log in again."}},
	{ErrNoSession, answer{http.StatusUnauthorized, "unauthorized", "Please log in"}},
	{ErrCrossSite, answer{http.StatusForbidden, "cross_site_request", "The request came from another site."}},
}

var (
	answerBadGateway = answer{http.StatusBadGateway, "upstream_error", "The login service gave an unexpected answer."}
	answerTooLarge   = answer{http.StatusInternalServerError, "session_too_large", "The session is too large to be kept."}
	answerForbidden  = answer{http.StatusForbidden, "forbidden", "You may not do that."}
	answerStepUp     = answer{http.StatusUnauthorized, "insufficient_user_authentication", "A stronger or more recent login is needed."}
	answerMFA        = answer{http.StatusForbidden, "mfa_required", "A second factor is needed."}
	answerRefresh    = answer{http.StatusUnauthorized, "failed_to_refresh_token", "The access token could not be renewed. Please log in again."}
	answerAccount    = answer{http.StatusBadGateway, "connect_account_error", "The request about connected accounts could not be fulfilled."}
	answerPending    = answer{http.StatusBadRequest, "authorization_pending", "The login has not been confirmed yet."}
	answerUnknown    = answer{http.StatusInternalServerError, "server_error", "The request could not be processed."}
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
		return answer{http.StatusBadRequest, "login_failed", "The login could not be completed. Please log in again."}
	case opRefresh, opConnection:
		return answerRefresh
	case opRevoke:
		return answerBadGateway
	case opBackchannel:
		return answerOfBackchannel(e)
	}
	a := answer{http.StatusBadRequest, registeredCode(e.Code), "The login was not completed."}
	switch {
	case e.Code == "access_denied":
		a.status, a.sentence = http.StatusForbidden, "The login was refused or cancelled."
	case slices.Contains(silentErrors, e.Code):
		a.status, a.sentence = http.StatusUnauthorized, "Please log in."
	case e.Code == "server_error":
		a.status, a.sentence = http.StatusBadGateway, "The login service gave an unexpected answer."
	case e.Code == "temporarily_unavailable":
		a.status, a.sentence = http.StatusServiceUnavailable, "The login service is not available at the moment."
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
		return answer{http.StatusForbidden, e.Code, "The login was refused or cancelled."}
	case "expired_token": // OpenID Connect CIBA section 11
		return answer{http.StatusBadRequest, e.Code, "The login was not confirmed in time."}
	}
	return answer{http.StatusBadRequest, "login_failed", "The login was not completed."}
}

// Fail answers a request with an error: the one place that turns an error of
// this package into an answer. It aborts the chain. A person who looks at a
// page gets a page with a way back, anything else JSON with the members error
// and error_description. Nothing of the tenant, of a URL or of the error's text
// is in either; the cause goes to c.Error, the logger and Config.OnError. An
// error that is none of this package's is 500 server_error.
func (a *Auth) Fail(c *gin.Context, err error) {
	if err == nil {
		return
	}
	answer := a.note(c, err)
	if c.Writer.Written() {
		return
	}
	noStore(c.Writer.Header())
	if a.servesTenant(c) {
		c.Writer.Header().Set("Cache-Control", "no-store")
	}
	if a.settings.OnError != nil {
		a.settings.OnError(c, err)
		if c.Writer.Written() {
			return
		}
	}
	if pageRequest(c.Request) && !a.servesTenant(c) {
		a.failPage(c, answer)
		return
	}
	body := gin.H{"error": answer.code, "error_description": answer.sentence}
	var mfa *MFARequiredError
	if errors.As(err, &mfa) && mfa.Token != "" {
		body["mfa_token"] = mfa.Token
	}
	c.AbortWithStatusJSON(answer.status, body)
}

// note ends the chain and keeps the cause of a refusal for those who look for it.
func (a *Auth) note(c *gin.Context, err error) answer {
	c.Abort()
	_ = c.Error(err) // returns its argument, wrapped
	answer := answerOf(err)
	a.settings.Logger.LogAttrs(c.Request.Context(), levelOf(answer), "refused",
		slog.String("error", answer.code), slog.Int("status", answer.status), slog.String("route", c.FullPath()), slog.Any("cause", err))
	return answer
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
