package ginauth0api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// tokenEndpointTimeout is for a whole call, discovery included.
const tokenEndpointTimeout = 10 * time.Second

const eventTokenEndpointCall = "token_endpoint_call"

// The codes of a [TokenEndpointError] that are not the issuer's own.
const (
	codeInvalidRequest     = "invalid_request"
	codeCredentialsMissing = "client_credentials_missing"
	codeAssertionFailed    = "client_assertion_failed"
	codeExchangeError      = "token_exchange_error"
	codeInvalidJSON        = "invalid_json"
	codeInvalidResponse    = "invalid_response"
	codeTimeout            = "timeout_error"
	codeNetwork            = "network_error"
)

// TokenEndpointError is why a call of the token endpoint has brought no token.
type TokenEndpointError struct {
	// Code is the member "error" of the issuer's answer, or:
	//
	//	invalid_request             400  an argument is wrong; nothing was sent
	//	client_credentials_missing  500  Config.Client is not set; nothing was sent
	//	client_assertion_failed     500  Config.Client.Assertion.Key has failed; no token was sent
	//	token_exchange_error             another status than 200, without an error code
	//	invalid_json                502  the answer is not JSON
	//	invalid_response            502  the answer lacks what is needed, or is too large
	//	timeout_error               504  no answer within 10 seconds, or in the time of the context
	//	network_error               502  the connection, or discovery, has failed
	Code string
	// Description is for people. With a code of the issuer it is the issuer's
	// text, empty if it sent none: not for a log or a browser as it is.
	Description string
	// Status is that of the issuer's answer, or stands above.
	Status int
	// Err is the cause, nil if the code says it all. Its text holds nothing that
	// was sent or received.
	Err error
}

// Error returns code, status and cause. The texts of the issuer are left out.
func (e *TokenEndpointError) Error() string {
	text := fmt.Sprintf("ginauth0api: token endpoint: %s (status %d)", plainCode(e.Code), e.Status)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *TokenEndpointError) Unwrap() error { return e.Err }

// plainCode keeps out of error texts what an issuer may send in the place of an
// error code.
func plainCode(code string) string {
	if code == "" || len(code) > maxLogged || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "an error code that is none"
	}
	return code
}

// callTokenEndpoint sends one request as the client of the configuration. There
// is no second one, whatever comes back.
func (g *core) callTokenEndpoint(ctx context.Context, form url.Values) (*TokenSet, error) {
	issuer := g.issuers.home()
	if issuer == nil || !g.client.Confidential() {
		return nil, &TokenEndpointError{
			Code: codeCredentialsMissing, Status: http.StatusInternalServerError,
			Description: "Config.Client needs an ID, and a Secret or an Assertion.",
		}
	}
	asked := g.now()
	ctx, cancel := context.WithTimeout(ctx, tokenEndpointTimeout)
	defer cancel()
	answer, err := issuer.CallTokenEndpoint(ctx, g.client, form)
	if err != nil {
		failure := newTokenEndpointError(err)
		g.countTokenEndpointCall(ctx, issuer, asked, endpointLabel(failure.Code))
		return nil, failure
	}
	g.countTokenEndpointCall(ctx, issuer, asked, "")
	return newTokenSet(answer, asked), nil
}

// newTokenEndpointError gives the failures of a call their codes.
func newTokenEndpointError(err error) *TokenEndpointError {
	var refused *oidc.EndpointError
	var unusable *oidc.AnswerError
	var unavailable *oidc.UnavailableError
	switch {
	case errors.As(err, &refused):
		return &TokenEndpointError{Code: refused.Code, Description: refused.Description, Status: refused.Status}
	case errors.As(err, &unusable) && unusable.Status != http.StatusOK:
		return &TokenEndpointError{codeExchangeError, "The token endpoint has refused without saying why.", unusable.Status, err}
	case errors.Is(err, oidc.ErrNotJSON):
		return &TokenEndpointError{codeInvalidJSON, "The answer of the token endpoint is not JSON.", http.StatusBadGateway, err}
	case errors.As(err, &unusable):
		return &TokenEndpointError{codeInvalidResponse, "The answer of the token endpoint cannot be used.", http.StatusBadGateway, err}
	case errors.Is(err, oidc.ErrNoEndpoint):
		return &TokenEndpointError{codeInvalidResponse, "The issuer names no token endpoint that can be used.", http.StatusBadGateway, err}
	case errors.Is(err, oidc.ErrAssertion):
		return &TokenEndpointError{codeAssertionFailed, "The client assertion could not be signed.", http.StatusInternalServerError, err}
	case errors.As(err, &unavailable) && unavailable.Timeout():
		return &TokenEndpointError{codeTimeout, "The token endpoint has not answered in time.", http.StatusGatewayTimeout, err}
	}
	return &TokenEndpointError{codeNetwork, "The token endpoint cannot be reached.", http.StatusBadGateway, err}
}

func (g *core) countTokenEndpointCall(ctx context.Context, issuer *oidc.Provider, asked time.Time, code string) {
	if g.onEvent != nil {
		g.onEvent(ctx, Event{Name: eventTokenEndpointCall, Code: code, Issuer: issuer.Issuer(), Duration: g.now().Sub(asked)})
	}
}

// endpointLabels are the codes that events name: those above, and those of RFC
// 6749 sections 4.1.2.1 and 5.2 and of RFC 8693 section 2.2.2.
var endpointLabels = []string{
	codeAssertionFailed, codeExchangeError, codeInvalidJSON, codeInvalidResponse, codeTimeout, codeNetwork,
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
	"access_denied", "server_error", "temporarily_unavailable", "invalid_target",
}

func endpointLabel(code string) string {
	if slices.Contains(endpointLabels, code) {
		return code
	}
	return otherCode
}
