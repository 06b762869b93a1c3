package auth0test

import (
	"net/http"
	"slices"
)

// multiFactor is what Auth0 and its clients call a second factor: in acr_values to ask for one, in acr to have it.
const multiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"

// wantsFactor tells whether a login has to wait for a second factor. One that was confirmed is good for as long as the
// session goes on without another login: prompt=login and max_age ask anew.
func (t *Tenant) wantsFactor(q *authRequest, s *session) bool {
	if !t.cfg.SecondFactor || !slices.Contains(q.acrValues, multiFactor) {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return !s.secondFactor
}

// askFactor asks for it, unless nobody is to see a page.
func (t *Tenant) askFactor(w http.ResponseWriter, r *http.Request, q *authRequest, s *session) {
	who := t.approver()
	switch {
	case q.silent(): // OpenID Connect Core section 3.1.2.6
		redirect(w, r, q.refusal(t.Issuer(), refuse("interaction_required", "The second factor needs a page.")))
	case s.chosen, who != nil && who.Subject == s.user.Subject:
		t.confirm(s)
		t.approve(w, r, q, s)
	default:
		t.wait(w, r, &attempt{page: pathFactor, request: q, sid: s.sid})
	}
}

func (t *Tenant) confirm(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.secondFactor = true
}

func (t *Tenant) factorPage(w http.ResponseWriter, r *http.Request) {
	p, a := t.attempt(w, r)
	if a == nil {
		return
	}
	if s := t.stillSignedIn(w, r, a); s != nil {
		t.showFactor(w, http.StatusOK, p.get("state"), a, s, "")
	}
}

// answerFactor takes whether the person confirms or cancels.
func (t *Tenant) answerFactor(w http.ResponseWriter, r *http.Request) {
	p, a := t.attempt(w, r)
	if a == nil {
		return
	}
	s := t.stillSignedIn(w, r, a)
	switch {
	case s == nil:
	case !p.cancels() && p.get("confirm") == "":
		t.showFactor(w, http.StatusBadRequest, p.get("state"), a, s, "Please confirm or cancel.")
	case t.goesOn(w, r, p, a):
		t.confirm(s)
		t.approve(w, r, a.request, s)
	}
}

// stillSignedIn is the session of the browser if it is the one that the attempt is about. Otherwise it says so, and
// returns nil: another tab may have signed somebody else in, or out.
func (t *Tenant) stillSignedIn(w http.ResponseWriter, r *http.Request, a *attempt) *session {
	s := t.session(r)
	if s == nil || s.sid != a.sid {
		t.showError(w, refuse("invalid_request", "Whoever began this login is not signed in any more."))
		return nil
	}
	return s
}

func (t *Tenant) showFactor(w http.ResponseWriter, status int, state string, a *attempt, s *session, problem string) {
	t.show(w, status, "factor", page{
		Title: "Second factor", Client: a.request.client.ID, State: state, Problem: problem, User: s.user.displayName(),
	})
}
