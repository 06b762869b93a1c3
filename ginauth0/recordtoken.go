package ginauth0

import (
	"slices"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// maxRecordTokens bounds the access tokens of a record that no budget of cookies
// bounds, and its connection tokens likewise.
const maxRecordTokens = 32

// tokenMargin is how long before its end an access token is renewed: it must
// still be good when the API looks at it.
const tokenMargin = 30 * time.Second

// recordToken is an access token of a record.
type recordToken struct {
	Audience  string   `json:"audience,omitempty"`
	Requested []string `json:"requested,omitempty"`
	Granted   []string `json:"granted,omitempty"`
	Token     string   `json:"token"`
	Type      string   `json:"type"`
	Expiry    int64    `json:"expiry,omitempty"` // 0: not known
}

// newRecordToken is the access token of an answer that was asked for at a time.
// Without a scope in it as much was granted as the request stood for (RFC 6749
// section 5.1).
func newRecordToken(answer *oidc.TokenResponse, audience string, requested, silent []string, asked time.Time) recordToken {
	t := recordToken{Audience: audience, Requested: requested, Granted: silent, Token: answer.AccessToken, Type: "Bearer"}
	if strings.EqualFold(answer.TokenType, "DPoP") {
		t.Type = "DPoP"
	}
	if answer.HasScope {
		t.Granted = strings.Fields(answer.Scope)
	}
	if answer.HasExpiresIn {
		t.Expiry = asked.Add(answer.ExpiresIn).UnixMilli()
	}
	return t
}

// fits reports whether the token serves for these scopes: they were granted, or
// asked for, since asking again would not bring more.
func (t recordToken) fits(audience string, scopes []string) bool {
	return t.Audience == audience && (containsAll(t.Granted, scopes) || containsAll(t.Requested, scopes))
}

// due reports whether the token is to be renewed.
func (t recordToken) due(now time.Time) bool {
	return t.Expiry != 0 && t.Expiry <= now.Add(tokenMargin).UnixMilli()
}

// expired reports whether the token is of no use any more.
func (t recordToken) expired(now time.Time) bool {
	return t.Expiry != 0 && t.Expiry <= now.UnixMilli()
}

// alike reports whether both came from the same request.
func (t recordToken) alike(other recordToken) bool {
	return t.Audience == other.Audience && containsAll(t.Requested, other.Requested) && containsAll(other.Requested, t.Requested)
}

// addToken adds a token that was obtained at a time, in place of those that it
// renews: the one from the same request, and those that had fitted but were due.
func (r *record) addToken(t recordToken, at time.Time) {
	// A new slice: copies of a record share the old one.
	r.Tokens = append(slices.DeleteFunc(slices.Clone(r.Tokens), func(old recordToken) bool {
		return old.alike(t) || old.fits(t.Audience, t.Requested) && old.due(at)
	}), t)
	for len(r.Tokens) > maxRecordTokens {
		_ = r.dropToken(func(old recordToken) bool { return old.Token != t.Token && old.expired(at) }) || r.dropToken(anyOf)
	}
}

// anyOf is true of every token.
func anyOf[T any](T) bool { return true }

// dropToken drops the oldest access token of those that are droppable, if there is
// one.
func (r *record) dropToken(droppable func(recordToken) bool) (dropped bool) {
	r.Tokens, dropped = withoutFirst(r.Tokens, droppable)
	return dropped
}

// withoutFirst returns a list without the first that is droppable. Copies of a
// record share the list, which is left as it is.
func withoutFirst[T any](list []T, droppable func(T) bool) (rest []T, dropped bool) {
	i := slices.IndexFunc(list, droppable)
	if i < 0 {
		return list, false
	}
	return slices.Delete(slices.Clone(list), i, i+1), true
}
