package auth0test

import (
	"net/http"
	"strconv"
)

// waitingLogin is a login by CIBA as the page shows it to the person.
type waitingLogin struct {
	Turn                                              int
	Person, Client, Message, Scope, Audience, Details string
}

func (t *Tenant) waitingLogins() []waitingLogin {
	now := t.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	var logins []waitingLogin
	for _, login := range t.store.waiting(now) {
		logins = append(logins, waitingLogin{
			Turn: login.turn, Person: login.grant.user.displayName(), Client: login.grant.client.ID, Message: login.message,
			Scope: login.scope, Audience: login.grant.audience,
			Details: login.grant.details,
		})
	}
	return logins
}

// answerBackchannel takes what the person decided about a login by CIBA, on the page that stands for the phone. The
// login is known by its turn, as its auth_req_id is a secret of the client.
func (t *Tenant) answerBackchannel(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	// A foreign page could agree for the person otherwise.
	if http.NewCrossOriginProtection().Check(r) != nil {
		t.showHome(w, r, http.StatusForbidden, "Another site has sent this answer, so it does not count.")
		return
	}
	turn, state, refusal := readBackchannelAnswer(w, r)
	if refusal != nil {
		t.showHome(w, r, refusal.status, refusal.description)
		return
	}
	if t.decideFirst(state, func(login *backchannelLogin) bool { return login.turn == turn }) != nil {
		t.showHome(w, r, http.StatusConflict, "This login is not waiting any more.")
		return
	}
	redirect(w, r, t.path()+"/")
}

func readBackchannelAnswer(w http.ResponseWriter, r *http.Request) (turn int, state backchannelState, refusal *oauthError) {
	p, refusal := readForm(w, r)
	if refusal == nil {
		refusal = p.once()
	}
	if refusal == nil {
		refusal = p.exactly("login", "answer")
	}
	if refusal != nil {
		return 0, 0, refusal
	}
	turn, err := strconv.Atoi(p.get("login"))
	if err != nil || strconv.Itoa(turn) != p.get("login") { // the one spelling of a number
		return 0, 0, refuse("invalid_request", "The login is not a number of this page.")
	}
	switch p.get("answer") {
	case "approve":
		return turn, backchannelApproved, nil
	case "deny":
		return turn, backchannelDenied, nil
	}
	return 0, 0, refuse("invalid_request", "The answer is neither approve nor deny.")
}
