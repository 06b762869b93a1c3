package auth0test

import (
	"fmt"
	"slices"
	"time"
)

// connectedAccount is an account at another provider that a person has connected. It is never changed in place.
type connectedAccount struct {
	id         string
	turn       int // in which order they came
	connection string
	subject    string // of the person at this tenant
	hint       string // what the account is called at the provider
	scopes     []string
	created    time.Time
}

// AddConnectedAccount connects an account for a user, as if the person had done it, and returns its id. The user is
// named as for [Tenant.SetAutoApprove]; the hint is what the account is called at the provider, by which the
// parameter login_hint finds it. Without scopes it has those of the connection. An account that the user has
// connected before, by the same hint, is connected anew and keeps its id.
//
// It panics if the tenant has no such connection.
func (t *Tenant) AddConnectedAccount(user, connection, hint string, scopes ...string) (id string) {
	c, known := t.connection(connection)
	if !known {
		panic(fmt.Sprintf("auth0test: there is no connection %q: add it to Config.Connections", connection))
	}
	if len(scopes) == 0 {
		scopes = c.Scopes
	}
	return t.connect(connectedAccount{
		connection: connection, subject: t.user(user).Subject, hint: hint, scopes: slices.Clone(scopes),
	}).id
}

// connect stores an account, and gives it id and time.
func (t *Tenant) connect(account connectedAccount) *connectedAccount {
	account.id, account.created = "cac_"+random(), t.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.store.accounts, func(a *connectedAccount) bool {
		return a.subject == account.subject && a.connection == account.connection && a.hint == account.hint
	})
	if at < 0 {
		account.turn = t.store.turn()
		t.store.accounts = append(t.store.accounts, &account)
		return &account
	}
	account.id, account.turn = t.store.accounts[at].id, t.store.accounts[at].turn
	t.store.accounts[at] = &account
	return &account
}

func (t *Tenant) connection(name string) (Connection, bool) {
	at := slices.IndexFunc(t.cfg.Connections, func(c Connection) bool { return c.Name == name })
	if at < 0 {
		return Connection{}, false
	}
	return t.cfg.Connections[at], true
}

// body is the account as the My Account API shows it.
func (a *connectedAccount) body() map[string]any {
	return map[string]any{
		"id":          a.id,
		"connection":  a.connection,
		"access_type": "offline",
		"scopes":      append([]string{}, a.scopes...),
		"created_at":  a.created.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}
