package auth0test

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const attemptLifetime = 15 * time.Minute

// attempt is a login that waits for a person to answer a page.
type attempt struct {
	page    string // the path: pathLogin or pathFactor
	request *authRequest
	sid     string // of the session whose second factor is asked for; empty at pathLogin
	browser digest // the cookie of the browser that started it
	expires time.Time
}

// wait puts the login aside and sends the browser to the page of the attempt. What the client asked for stays
// here, so that nothing on its way through the page can be changed.
func (t *Tenant) wait(w http.ResponseWriter, r *http.Request, a *attempt) {
	// The browser keeps one cookie for all its tabs. Without it a foreign page could post the form of a
	// login of its own, and sign its visitor in as somebody else.
	browser := t.cookie(r, browserCookie)
	if browser == "" {
		browser = random()
		t.setCookie(w, browserCookie, browser)
	}
	state := random()
	now := t.now()
	a.browser, a.expires = digestOf(browser), now.Add(attemptLifetime)
	t.mu.Lock()
	t.store.sweep(now)
	t.store.attempts[digestOf(state)] = a
	t.mu.Unlock()
	redirect(w, r, t.URL()+a.page+"?"+url.Values{"state": {state}}.Encode())
}

// attempt finds the login that a page, or the answer to it, belongs to. If there is none it says so, and returns nil.
func (t *Tenant) attempt(w http.ResponseWriter, r *http.Request) (parameters, *attempt) {
	forbidStoring(w)
	p, refusal := readEither(w, r)
	var a *attempt
	if refusal == nil {
		a, refusal = t.heldAttempt(r, p)
	}
	if refusal != nil {
		t.showError(w, refusal)
		return p, nil
	}
	return p, a
}

func (t *Tenant) heldAttempt(r *http.Request, p parameters) (*attempt, *oauthError) {
	if p.repeated("state") {
		return nil, refuse("invalid_request", "The parameter state is there more than once.")
	}
	browser := digestOf(t.cookie(r, browserCookie))
	now := t.now()
	t.mu.Lock()
	a, ok := t.store.attempts[digestOf(p.get("state"))]
	t.mu.Unlock()
	if !ok || a.page != r.URL.Path || now.After(a.expires) || subtle.ConstantTimeCompare(a.browser[:], browser[:]) != 1 {
		return nil, refuse("invalid_request", "This login is over, or it was started in another browser.")
	}
	return a, nil
}

// goesOn ends an attempt that was answered, and tells whether the login goes on. Of two answers to one page only the
// first counts. Whoever has cancelled is sent back to the client.
func (t *Tenant) goesOn(w http.ResponseWriter, r *http.Request, p parameters, a *attempt) bool {
	key := digestOf(p.get("state"))
	t.mu.Lock()
	_, open := t.store.attempts[key]
	delete(t.store.attempts, key)
	t.mu.Unlock()
	switch {
	case !open:
		t.showError(w, refuse("invalid_request", "This login is over."))
		return false
	case p.cancels():
		redirect(w, r, a.request.refusal(t.Issuer(), refuse("access_denied", "The person has cancelled the login.")))
		return false
	}
	return true
}

// cancels tells whether the button to cancel was pressed.
func (p parameters) cancels() bool { return p.get("cancel") != "" }

func (t *Tenant) loginPage(w http.ResponseWriter, r *http.Request) {
	if p, a := t.attempt(w, r); a != nil {
		t.showLogin(w, http.StatusOK, p.get("state"), a, "")
	}
}

func (t *Tenant) showLogin(w http.ResponseWriter, status int, state string, a *attempt, problem string) {
	p := page{
		Title: "Sign in", Client: a.request.client.ID, State: state, Problem: problem,
		People: t.people(a.request.loginHint), Hint: a.request.loginHint,
	}
	for _, someone := range p.People {
		if someone.Hinted {
			p.Hint = "" // the button says it already
		}
	}
	t.show(w, status, "login", p)
}

// answerLogin takes what the person chose: a button, a typed name, or to cancel.
func (t *Tenant) answerLogin(w http.ResponseWriter, r *http.Request) {
	p, a := t.attempt(w, r)
	if a == nil {
		return
	}
	name := p.get("user")
	if name == "" {
		name = strings.Join(strings.Fields(p.get("name")), " ")
	}
	if !p.cancels() && !validName(name) {
		t.showLogin(w, http.StatusBadRequest, p.get("state"), a, "Please choose somebody, or type a name.")
		return
	}
	if t.goesOn(w, r, p, a) {
		t.approve(w, r, a.request, t.signIn(w, r, t.user(name)))
	}
}
