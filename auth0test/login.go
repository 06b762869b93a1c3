package auth0test

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const attemptLifetime = 15 * time.Minute

// attempt is a login that waits for a person to answer the login page.
type attempt struct {
	request *authRequest
	browser digest // the cookie of the browser that started it
	expires time.Time
}

// askPerson puts the login aside and sends the browser to the login page. What the client asked for stays
// here, so that nothing on its way through the page can be changed.
func (t *Tenant) askPerson(w http.ResponseWriter, r *http.Request, q *authRequest) {
	// The browser keeps one cookie for all its tabs. Without it a foreign page could post the form of a
	// login of its own, and sign its visitor in as somebody else.
	browser := t.cookie(r, browserCookie)
	if browser == "" {
		browser = random()
		t.setCookie(w, browserCookie, browser)
	}
	state := random()
	now := t.now()
	t.mu.Lock()
	t.store.sweep(now)
	t.store.attempts[digestOf(state)] = &attempt{
		request: q, browser: digestOf(browser), expires: now.Add(attemptLifetime),
	}
	t.mu.Unlock()
	redirect(w, r, t.URL()+pathLogin+"?"+url.Values{"state": {state}}.Encode())
}

// attempt finds the login that a page belongs to.
func (t *Tenant) attempt(r *http.Request, p parameters) (*attempt, *oauthError) {
	if p.repeated("state") {
		return nil, refuse("invalid_request", "The parameter state is there more than once.")
	}
	browser := digestOf(t.cookie(r, browserCookie))
	now := t.now()
	t.mu.Lock()
	a, ok := t.store.attempts[digestOf(p.get("state"))]
	t.mu.Unlock()
	if !ok || now.After(a.expires) || subtle.ConstantTimeCompare(a.browser[:], browser[:]) != 1 {
		return nil, refuse("invalid_request", "This login is over, or it was started in another browser.")
	}
	return a, nil
}

// endAttempt tells whether the login was still open; of two answers to one page only the first counts.
func (t *Tenant) endAttempt(p parameters) bool {
	key := digestOf(p.get("state"))
	t.mu.Lock()
	defer t.mu.Unlock()
	_, open := t.store.attempts[key]
	delete(t.store.attempts, key)
	return open
}

func (t *Tenant) loginPage(w http.ResponseWriter, r *http.Request) {
	p, refusal := readQuery(r)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	a, refusal := t.attempt(r, p)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	t.showLogin(w, http.StatusOK, p.get("state"), a, "")
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
	forbidStoring(w)
	p, refusal := readForm(w, r)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	a, refusal := t.attempt(r, p)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	name := p.get("user")
	if name == "" {
		name = strings.Join(strings.Fields(p.get("name")), " ")
	}
	cancelled := p.get("cancel") != ""
	if !cancelled && !validName(name) {
		t.showLogin(w, http.StatusBadRequest, p.get("state"), a, "Please choose somebody, or type a name.")
		return
	}
	if !t.endAttempt(p) {
		t.showError(w, refuse("invalid_request", "This login is over."))
		return
	}
	if cancelled {
		redirect(w, r, a.request.refusal(t.Issuer(), refuse("access_denied", "The person has cancelled the login.")))
		return
	}
	t.approve(w, r, a.request, t.signIn(w, r, t.user(name)))
}
