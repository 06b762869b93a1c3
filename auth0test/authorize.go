package auth0test

import (
	"net/http"
	"net/url"
)

// authorize is the authorization endpoint, RFC 6749 section 3.1.
func (t *Tenant) authorize(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	p, refusal := readEither(w, r)
	if refusal != nil {
		t.showError(w, refusal)
		return
	}
	q, refusal := t.readRequest(p)
	switch {
	case q == nil:
		t.showError(w, refusal)
		return
	case refusal != nil:
		redirect(w, r, q.refusal(t.Issuer(), refusal))
		return
	}
	if q.transferToken != "" {
		transfer, refusal := t.transferred(q)
		if refusal != nil {
			redirect(w, r, q.refusal(t.Issuer(), refusal))
			return
		}
		t.approve(w, r, q, t.signInFor(w, r, transfer.user, transfer.actor))
		return
	}
	current := t.session(r)
	who := t.approver()
	switch {
	case q.accepts(current, t.now()) && (q.silent() || current.chosen || who == nil || who.Subject == current.user.Subject):
		t.approve(w, r, q, current)
	case q.silent():
		redirect(w, r, q.refusal(t.Issuer(), refuse("login_required", "Nobody is signed in, or not recently enough.")))
	case who != nil:
		t.approve(w, r, q, t.signIn(w, r, *who))
	default:
		t.wait(w, r, &attempt{page: pathLogin, request: q})
	}
}

// approver is the user of the auto-approve mode, or nil when there is a login page.
func (t *Tenant) approver() *User {
	t.mu.Lock()
	name := t.auto
	t.mu.Unlock()
	if name == "" {
		return nil
	}
	u := t.user(name)
	return &u
}

// approve sends the browser back with a code, by way of the second factor if that is still due.
func (t *Tenant) approve(w http.ResponseWriter, r *http.Request, q *authRequest, s *session) {
	if t.wantsFactor(q, s) {
		t.askFactor(w, r, q, s)
		return
	}
	if refusal := t.settle(q, s); refusal != nil {
		redirect(w, r, q.refusal(t.Issuer(), refusal))
		return
	}
	secret := random()
	now := t.now()
	t.mu.Lock()
	t.store.sweep(now)
	s.clients[q.client] = true
	t.store.codes[digestOf(secret)] = &code{
		grant: &grant{
			client: q.client, user: s.user, actor: s.actor, scope: q.scope, audience: q.audience,
			organization: q.organization, details: q.details, sid: s.sid, authTime: s.authTime,
			secondFactor: s.secondFactor,
		},
		redirectURI: q.redirectURI,
		challenge:   q.challenge,
		nonce:       q.nonce,
		thumbprint:  q.thumbprint,
		expires:     now.Add(codeLifetime),
	}
	t.mu.Unlock()
	redirect(w, r, q.answer(t.Issuer(), url.Values{"code": {secret}}))
}

// settle does what a request wants besides a code, for whoever is signed in by now.
func (t *Tenant) settle(q *authRequest, s *session) *oauthError {
	if q.subject != "" && q.subject != s.user.Subject {
		return refuse("login_required", "Somebody else is signed in than the id_token_hint says.")
	}
	if refusal := t.spendInvitation(q); refusal != nil {
		return refusal
	}
	if q.linking != nil {
		t.link(q.linking, s.user)
	}
	return nil
}

// redirect sends the browser on. After the POST of a login page it says 303, so that the form with the
// answer in it is not posted to the client (RFC 9700 section 4.12).
func redirect(w http.ResponseWriter, r *http.Request, target string) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set(headerLocation, target)
	w.WriteHeader(status)
}
