package oidc

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// TokenResponse is a successful token answer (RFC 6749 section 5.1, RFC 8693
// section 2.2.1). Absent members are the zero value.
type TokenResponse struct {
	AccessToken     string // never blank
	TokenType       string
	IssuedTokenType string
	RefreshToken    string
	IDToken         string
	Scope           string
	HasScope        bool
	ExpiresIn       time.Duration
	HasExpiresIn    bool // false: the lifetime is unknown

	AuthorizationDetails json.RawMessage // that were granted (RFC 9396 section 7); nil if the answer does not say
}

var (
	errMemberForm    = errors.New("a member has another form than it should")
	errNoObject      = errors.New("no well-formed JSON object")
	errNoAccessToken = errors.New("no access token")
)

// parseTokenResponse reads the body of a 200. Errors are *[AnswerError].
func parseTokenResponse(body []byte) (*TokenResponse, error) {
	var t TokenResponse
	s := strictjson.Object(body)
	wellFormed := true
	for s.Next() {
		var field *string
		v, ok := s.Value(), true
		switch string(s.Name()) {
		case "access_token":
			field = &t.AccessToken
		case "token_type":
			field = &t.TokenType
		case "issued_token_type":
			field = &t.IssuedTokenType
		case "refresh_token":
			field = &t.RefreshToken
		case "id_token":
			field = &t.IDToken
		case "scope":
			field, t.HasScope = &t.Scope, true
		case "expires_in":
			t.ExpiresIn, ok = lifetime(v)
			t.HasExpiresIn = ok
		case "authorization_details":
			t.AuthorizationDetails, ok = slices.Clone(v.Raw), areAuthorizationDetails(v)
		}
		if field != nil {
			*field, ok = v.Text()
		}
		wellFormed = wellFormed && ok
	}
	switch {
	case s.Err() != nil && !json.Valid(body):
		return nil, badAnswer(ErrNotJSON)
	case s.Err() != nil:
		return nil, badAnswer(errNoObject)
	case !wellFormed:
		return nil, badAnswer(errMemberForm)
	case strings.TrimSpace(t.AccessToken) == "":
		return nil, badAnswer(errNoAccessToken)
	}
	return &t, nil
}

// lifetime reads expires_in: a non-negative integer, or a string of digits as
// some providers send it. More than ten years count as ten years.
func lifetime(v strictjson.Value) (time.Duration, bool) {
	text, isText := v.Text()
	if !isText {
		text = string(v.Raw)
	}
	if v.Kind != strictjson.Number && !isText || text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	const most = 10 * 365 * 24 * time.Hour
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > int64(most/time.Second) {
		return most, true
	}
	return time.Duration(n) * time.Second, true
}
