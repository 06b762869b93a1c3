package ginauth0

import (
	"slices"
	"strings"
	"time"
)

// recordConnection is an access token of another provider in a record, whose account
// the person has connected (Auth0: Token Vault).
type recordConnection struct {
	Connection string `json:"connection"`
	LoginHint  string `json:"login_hint,omitempty"` // that it was asked for with
	Token      string `json:"token"`
	Scope      string `json:"scope,omitempty"`
	Expiry     int64  `json:"expiry"` // always known
}

// due reports whether the token is not handed out any more. Nothing is renewed here:
// the next one takes its place.
func (t recordConnection) due(now time.Time) bool {
	return t.Expiry <= now.Add(tokenMargin).UnixMilli()
}

// alike reports whether both are for the same account.
func (t recordConnection) alike(other recordConnection) bool {
	return t.Connection == other.Connection && t.LoginHint == other.LoginHint
}

// bearer is the token in the form in which all tokens are handed out.
func (t recordConnection) bearer() recordToken {
	return recordToken{Granted: strings.Fields(t.Scope), Token: t.Token, Type: "Bearer", Expiry: t.Expiry}
}

// addConnection adds a token in place of the one for the same account.
func (r *record) addConnection(t recordConnection) {
	// A new slice: copies of a record share the old one.
	r.Connections = append(slices.DeleteFunc(slices.Clone(r.Connections), t.alike), t)
	for len(r.Connections) > maxRecordTokens {
		r.dropConnection(anyOf)
	}
}

// dropConnection drops the oldest connection token of those that are droppable, if
// there is one.
func (r *record) dropConnection(droppable func(recordConnection) bool) (dropped bool) {
	r.Connections, dropped = withoutFirst(r.Connections, droppable)
	return dropped
}

// dropConnections drops all connection tokens: the account of one of them is not
// connected any more, and which one only the tenant knows.
func (r *record) dropConnections() { r.Connections = nil }

// sweep drops connection tokens that are not handed out any more. Nobody may ever ask for
// them again.
func (r *record) sweep(now time.Time) {
	over := func(t recordConnection) bool { return t.due(now) }
	if slices.ContainsFunc(r.Connections, over) {
		r.Connections = slices.DeleteFunc(slices.Clone(r.Connections), over)
	}
}
