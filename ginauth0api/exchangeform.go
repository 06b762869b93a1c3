package ginauth0api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/exchange"
)

func (r ConnectionRequest) form() (url.Values, error) {
	if r.SubjectTokenType == "" {
		r.SubjectTokenType = TokenTypeAccessToken
	}
	if r.SubjectTokenType != TokenTypeAccessToken && r.SubjectTokenType != TokenTypeRefreshToken {
		return nil, wrongArgument("SubjectTokenType is neither TokenTypeAccessToken nor TokenTypeRefreshToken")
	}
	if problem := exchange.Token("subject_token", string(r.SubjectToken)); problem != nil {
		return nil, wrongExchange(problem)
	}
	if err := checkPresent("Connection", r.Connection); err != nil {
		return nil, err
	}
	form := url.Values{
		"grant_type":           {grantFederatedConnection},
		"requested_token_type": {tokenTypeFederated},
		"subject_token":        {string(r.SubjectToken)},
		"subject_token_type":   {r.SubjectTokenType},
		"connection":           {r.Connection},
	}
	if r.LoginHint != "" {
		form.Set("login_hint", r.LoginHint)
	}
	return form, nil
}

func (r ExchangeRequest) form() (url.Values, error) {
	form, problem := exchange.Request{
		SubjectToken: string(r.SubjectToken), SubjectTokenType: r.SubjectTokenType,
		ActorToken: string(r.ActorToken), ActorTokenType: r.ActorTokenType,
		Audience: r.Audience, Scope: r.Scope, RequestedTokenType: r.RequestedTokenType, Organization: r.Organization,
		Extra: r.Extra,
	}.Form()
	if problem != nil {
		return nil, wrongExchange(problem)
	}
	return form, nil
}

// wrongArgument refuses a call before anything is sent.
func wrongArgument(problem string) error {
	return &TokenEndpointError{Code: codeInvalidRequest, Description: problem, Status: http.StatusBadRequest, Err: errors.New(problem)}
}

func checkPresent(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return wrongArgument(field + " is missing")
	}
	return nil
}

// exchangeFields are the fields of an ExchangeRequest that are judged, by the names
// of their parameters.
var exchangeFields = map[string]string{
	"subject_token": "SubjectToken", "subject_token_type": "SubjectTokenType",
	"actor_token": "ActorToken", "actor_token_type": "ActorTokenType",
}

// wrongExchange refuses an exchange before anything is sent.
func wrongExchange(p *exchange.Problem) error {
	switch p.Reason {
	case exchange.Nameless:
		return wrongArgument("Extra has a parameter without a name")
	case exchange.Reserved:
		return wrongArgument("Extra has the parameter " + quoted(p.Name) + ", which is reserved")
	case exchange.TooMany:
		return wrongArgument("Extra " + p.Reason.String() + " for the parameter " + quoted(p.Name))
	}
	return wrongArgument(exchangeFields[p.Name] + " " + p.Reason.String())
}
