package auth0test

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
)

// connectPage is where a browser goes with its ticket. It stands for the login and the consent at the other provider.
func (t *Tenant) connectPage(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	p, refusal := readArguments(r, "ticket")
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	q, refusal := t.waitingConnect(p)
	switch {
	case refusal != nil:
		t.showError(w, refusal)
	case t.approver() != nil:
		t.endConnect(w, r, q, q.expected(), false)
	default:
		t.showConnect(w, http.StatusOK, p.get("ticket"), q, "")
	}
}

// waitingConnect finds what a ticket stands for.
func (t *Tenant) waitingConnect(p parameters) (*connectRequest, *oauthError) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	q, ok := t.store.connects[keyOfTicket(p.get("ticket"))]
	if !ok || q.answered || now.After(q.expires) {
		return nil, refuse("invalid_request", "There is no such ticket, or it was used before, or it has expired.")
	}
	return q, nil
}

// expected is what the account is called if nobody says otherwise.
func (q *connectRequest) expected() string {
	return cmp.Or(q.hint, q.user.Email, q.user.Name)
}

func (t *Tenant) showConnect(w http.ResponseWriter, status int, ticket string, q *connectRequest, problem string) {
	t.show(w, status, "connect", page{
		Title: "Connect an account", Client: q.client.ID, State: ticket, Problem: problem, Hint: q.expected(),
		User: q.user.displayName(), Connection: q.connection.Name,
	})
}

// answerConnect takes what the person typed, or that the person has cancelled.
func (t *Tenant) answerConnect(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	p, refusal := readForm(w, r)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	q, refusal := t.waitingConnect(p)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	account := strings.Join(strings.Fields(p.get("account")), " ")
	cancelled := p.cancels()
	if !cancelled && !validName(account) {
		t.showConnect(w, http.StatusBadRequest, p.get("ticket"), q, "Please type what the account is called.")
		return
	}
	t.endConnect(w, r, q, account, cancelled)
}

// endConnect sends the browser back to the client. Of two answers to one page only the first counts.
func (t *Tenant) endConnect(w http.ResponseWriter, r *http.Request, q *connectRequest, account string, cancelled bool) {
	code := random()
	t.mu.Lock()
	late := q.answered
	if !late {
		q.answered = true
		if !cancelled {
			q.account, q.code = account, code
		}
	}
	t.mu.Unlock()
	// The answer names the issuer as that of a login does: it comes to the same address.
	result := url.Values{"state": {q.state}, "iss": {t.Issuer()}}
	switch {
	case late:
		t.showError(w, refuse("invalid_request", "This ticket was used before."))
		return
	case cancelled:
		result.Set("error", "access_denied")
		result.Set("error_description", "The person has cancelled.")
	default:
		result.Set("connect_code", code)
	}
	redirect(w, r, withQuery(q.redirectURI, result))
}
