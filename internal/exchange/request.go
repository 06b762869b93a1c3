// Package exchange writes the request of a token exchange (RFC 8693 section 2.1),
// and judges what a program puts into it before anything is sent. It asks nobody.
package exchange

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

const (
	grantType    = "urn:ietf:params:oauth:grant-type:token-exchange"
	bearerPrefix = "Bearer "

	// maxValues is how many values an extra may have.
	maxValues = 20
)

// reserved belong to the protocol; the name of an extra must not be one of them in
// any case.
var reserved = []string{
	"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type",
	"subject_token", "subject_token_type", "requested_token_type", "actor_token", "actor_token_type",
	"audience", "aud", "resource", "resources", "resource_indicator", "scope",
	"connection", "login_hint", "organization", "assertion", "subject_issuer",
}

// Request is what is asked for. The subject is needed; what is empty of the rest is
// not sent.
type Request struct {
	SubjectToken, SubjectTokenType string
	ActorToken, ActorTokenType     string // both or neither

	Audience           string
	Scope              string // with spaces between
	RequestedTokenType string
	Organization       string // Auth0

	Extra url.Values // further parameters
}

// Form is the request as it goes to the token endpoint, without what proves the
// client, or what is wrong with it. It shares nothing with the request.
func (r Request) Form() (url.Values, *Problem) {
	if problem := party("subject_token", r.SubjectToken, r.SubjectTokenType); problem != nil {
		return nil, problem
	}
	if r.ActorToken != "" || r.ActorTokenType != "" {
		if problem := party("actor_token", r.ActorToken, r.ActorTokenType); problem != nil {
			return nil, problem
		}
	}
	if problem := extras(r.Extra); problem != nil {
		return nil, problem
	}
	form := url.Values{"grant_type": {grantType}}
	for name, value := range map[string]string{
		"subject_token": r.SubjectToken, "subject_token_type": r.SubjectTokenType,
		"actor_token": r.ActorToken, "actor_token_type": r.ActorTokenType,
		"audience": r.Audience, "scope": r.Scope, "requested_token_type": r.RequestedTokenType, "organization": r.Organization,
	} {
		if value != "" {
			form.Set(name, value)
		}
	}
	for name, values := range r.Extra {
		form[name] = slices.Clone(values)
	}
	return form, nil
}

// Token refuses what comes of copying a header instead of a token. name is that of
// the parameter.
func Token(name, token string) *Problem {
	trimmed := strings.TrimSpace(token)
	switch {
	case trimmed == "":
		return &Problem{name, Blank}
	case trimmed != token:
		return &Problem{name, Padded}
	case len(token) >= len(bearerPrefix) && strings.EqualFold(token[:len(bearerPrefix)], bearerPrefix):
		return &Problem{name, Scheme}
	}
	return nil
}

// party judges a token and its type.
func party(name, token, tokenType string) *Problem {
	if problem := Token(name, token); problem != nil {
		return problem
	}
	if strings.TrimSpace(tokenType) == "" {
		return &Problem{name + "_type", Missing}
	}
	return nil
}

func extras(extra url.Values) *Problem {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		// Some servers read audience[] and audience[0] as one more audience.
		plain, _, _ := strings.Cut(name, "[")
		plain = strings.TrimSpace(plain)
		switch {
		case plain == "":
			return &Problem{name, Nameless}
		case slices.ContainsFunc(reserved, func(own string) bool { return strings.EqualFold(own, plain) }):
			return &Problem{name, Reserved}
		case len(extra[name]) > maxValues:
			return &Problem{name, TooMany}
		}
	}
	return nil
}
