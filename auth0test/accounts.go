package auth0test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultTake = 50
	maxTake     = 100
)

// listed is an entry of a list, at its place in the order.
type listed struct {
	turn int
	body map[string]any
}

// listAccounts is GET /accounts.
func (t *Tenant) listAccounts(_ http.ResponseWriter, r *http.Request, who shownToken) (reply, *oauthError) {
	p, refusal := readArguments(r, "connection", "from", "take")
	if refusal != nil {
		return reply{}, refusal
	}
	if name := p.get("connection"); name != "" {
		if _, known := t.connection(name); !known {
			return reply{}, refuse("invalid_request", "The connection %s is unknown.", name)
		}
	}
	var all []listed
	t.mu.Lock()
	for _, account := range t.store.accounts {
		if account.subject == who.user.Subject && (p.get("connection") == "" || p.get("connection") == account.connection) {
			all = append(all, listed{account.turn, account.body()})
		}
	}
	t.mu.Unlock()
	return list("accounts", all, p)
}

// listConnections is GET /connections.
func (t *Tenant) listConnections(_ http.ResponseWriter, r *http.Request, _ shownToken) (reply, *oauthError) {
	p, refusal := readArguments(r, "from", "take")
	if refusal != nil {
		return reply{}, refusal
	}
	var all []listed
	for i, connection := range t.cfg.Connections {
		body := map[string]any{"name": connection.Name, "strategy": connection.Strategy}
		if len(connection.Scopes) > 0 {
			body["scopes"] = connection.Scopes
		}
		all = append(all, listed{i + 1, body})
	}
	return list("connections", all, p)
}

// list cuts out what was asked for. A cursor names the last entry that the client has seen, so that none is left out
// or comes twice if others are deleted meanwhile.
func list(name string, all []listed, p parameters) (reply, *oauthError) {
	take, refusal := readTake(p.get("take"))
	if refusal != nil {
		return reply{}, refusal
	}
	seen, refusal := readCursor(name, p.get("from"))
	if refusal != nil {
		return reply{}, refusal
	}
	all = slices.DeleteFunc(all, func(l listed) bool { return l.turn <= seen })
	body := map[string]any{}
	if len(all) > take {
		all = all[:take]
		body["next"] = cursor(name, all[take-1].turn)
	}
	entries := []any{}
	for _, l := range all {
		entries = append(entries, l.body)
	}
	body[name] = entries
	return reply{http.StatusOK, body}, nil
}

func readTake(value string) (int, *oauthError) {
	if value == "" {
		return defaultTake, nil
	}
	take, err := strconv.ParseUint(value, 10, 31)
	if err != nil || take < 1 || take > maxTake {
		return 0, refuse("invalid_request", "The parameter take is not a number from 1 to %d.", maxTake)
	}
	return int(take), nil
}

// cursor is opaque to clients, and good for one kind of list.
func cursor(name string, turn int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(name + " " + strconv.Itoa(turn)))
}

func readCursor(name, value string) (turn int, refusal *oauthError) {
	if value == "" {
		return 0, nil
	}
	text, _ := base64.RawURLEncoding.DecodeString(value)
	_, number, _ := strings.Cut(string(text), " ")
	turn, err := strconv.Atoi(number)
	if err != nil || cursor(name, turn) != value { // the one spelling of a cursor
		return 0, refuse("invalid_request", "The parameter from is not a cursor of this list.")
	}
	return turn, nil
}

// deleteAccount is DELETE /accounts/{id}. What the tenant holds of the account is gone with it.
func (t *Tenant) deleteAccount(_ http.ResponseWriter, r *http.Request, who shownToken) (reply, *oauthError) {
	if _, refusal := readArguments(r); refusal != nil {
		return reply{}, refusal
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.store.accounts, func(a *connectedAccount) bool {
		return a.id == r.PathValue("id") && a.subject == who.user.Subject
	})
	if at < 0 {
		return reply{}, refuse("not_found", "The person has no connected account with this id.").with(http.StatusNotFound)
	}
	t.store.accounts = slices.Delete(t.store.accounts, at, at+1)
	return reply{status: http.StatusNoContent}, nil
}
