package ginauth0api

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	bearerPrefix   = "Bearer "
	maxExtraValues = 20
)

// reservedParameters belong to the protocol; the name of an extra must not be
// one of them in any case.
var reservedParameters = []string{
	"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type",
	"subject_token", "subject_token_type", "requested_token_type", "actor_token", "actor_token_type",
	"audience", "aud", "resource", "resources", "resource_indicator", "scope",
	"connection", "login_hint", "organization", "assertion", "subject_issuer",
}

func (r ConnectionRequest) form() (url.Values, error) {
	if r.SubjectTokenType == "" {
		r.SubjectTokenType = TokenTypeAccessToken
	}
	if r.SubjectTokenType != TokenTypeAccessToken && r.SubjectTokenType != TokenTypeRefreshToken {
		return nil, wrongArgument("SubjectTokenType is neither TokenTypeAccessToken nor TokenTypeRefreshToken")
	}
	if err := checkToken("SubjectToken", r.SubjectToken); err != nil {
		return nil, err
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
	setUnlessEmpty(form, "login_hint", r.LoginHint)
	return form, nil
}

func (r ExchangeRequest) form() (url.Values, error) {
	if err := checkTokenAndType("Subject", r.SubjectToken, r.SubjectTokenType); err != nil {
		return nil, err
	}
	if r.ActorToken != "" || r.ActorTokenType != "" {
		if err := checkTokenAndType("Actor", r.ActorToken, r.ActorTokenType); err != nil {
			return nil, err
		}
	}
	if err := checkExtra(r.Extra); err != nil {
		return nil, err
	}
	form := url.Values{
		"grant_type":         {grantTokenExchange},
		"subject_token":      {string(r.SubjectToken)},
		"subject_token_type": {r.SubjectTokenType},
	}
	for name, value := range map[string]string{
		"actor_token": string(r.ActorToken), "actor_token_type": r.ActorTokenType,
		"audience": r.Audience, "scope": r.Scope, "requested_token_type": r.RequestedTokenType, "organization": r.Organization,
	} {
		setUnlessEmpty(form, name, value)
	}
	for name, values := range r.Extra {
		form[name] = slices.Clone(values)
	}
	return form, nil
}

func setUnlessEmpty(form url.Values, name, value string) {
	if value != "" {
		form.Set(name, value)
	}
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

// checkToken refuses what comes of copying a header instead of a token.
func checkToken(field string, token Secret) error {
	text := string(token)
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return wrongArgument(field + " is blank")
	case trimmed != text:
		return wrongArgument(field + " has space around it")
	case len(text) >= len(bearerPrefix) && strings.EqualFold(text[:len(bearerPrefix)], bearerPrefix):
		return wrongArgument(field + " begins with Bearer; the token alone is wanted")
	}
	return nil
}

func checkTokenAndType(party string, token Secret, tokenType string) error {
	if err := checkToken(party+"Token", token); err != nil {
		return err
	}
	return checkPresent(party+"TokenType", tokenType)
}

func checkExtra(extra url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		// Some servers read audience[] and audience[0] as one more audience.
		plain, _, _ := strings.Cut(name, "[")
		plain = strings.TrimSpace(plain)
		switch {
		case plain == "":
			return wrongArgument("Extra has a parameter without a name")
		case slices.ContainsFunc(reservedParameters, func(reserved string) bool { return strings.EqualFold(reserved, plain) }):
			return wrongArgument("Extra has the parameter " + quoted(name) + ", which is reserved")
		case len(extra[name]) > maxExtraValues:
			return wrongArgument("Extra has more than " + strconv.Itoa(maxExtraValues) + " values for the parameter " + quoted(name))
		}
	}
	return nil
}
