package auth0test

import (
	"net/http"
	"time"
)

const connectLifetime = 5 * time.Minute

// connectRequest is an account that is being connected by the My Account API. What changes is guarded by Tenant.mu.
type connectRequest struct {
	client      *Client
	user        User
	connection  Connection
	redirectURI string
	state       string
	challenge   string
	scopes      []string
	hint        string // what the client expects the account to be called
	expires     time.Time

	answered bool   // by the person
	account  string // what the person says it is called
	code     string // that the client gets to complete it; empty if the person has cancelled
	spent    bool
}

// Its auth_session is the client's, its ticket the browser's; neither passes for the other.
func keyOfConnectSession(secret string) digest { return digestOf("session " + secret) }

func keyOfTicket(secret string) digest { return digestOf("ticket " + secret) }

var connectMembers = []string{"connection", "redirect_uri", "state", "code_challenge", "code_challenge_method"}

// startConnect is POST /connect.
func (t *Tenant) startConnect(w http.ResponseWriter, r *http.Request, who shownToken) (reply, *oauthError) {
	q, refusal := t.readConnect(w, r, who)
	if refusal != nil {
		return reply{}, refusal
	}
	session, ticket := random(), random()
	now := t.now()
	q.expires = now.Add(connectLifetime)
	t.mu.Lock()
	t.store.sweep(now)
	t.store.connects[keyOfConnectSession(session)] = q
	t.store.connects[keyOfTicket(ticket)] = q
	t.mu.Unlock()
	return reply{http.StatusCreated, map[string]any{
		"auth_session":   session,
		"connect_uri":    t.URL() + pathConnect,
		"connect_params": map[string]any{"ticket": ticket},
		"expires_in":     int64(connectLifetime.Seconds()),
	}}, nil
}

func (t *Tenant) readConnect(w http.ResponseWriter, r *http.Request, who shownToken) (*connectRequest, *oauthError) {
	m, refusal := readCall(w, r, connectMembers, "scopes", "authorization_params")
	if refusal != nil {
		return nil, refusal
	}
	texts, refusal := m.texts(connectMembers)
	if refusal != nil {
		return nil, refusal
	}
	connection, known := t.connection(texts["connection"])
	if !known {
		return nil, refuse("invalid_request", "The connection %s is unknown.", texts["connection"])
	}
	if refusal := who.client.checkRedirect(texts["redirect_uri"]); refusal != nil {
		return nil, refusal
	}
	if refusal := checkChallenge(texts["code_challenge_method"], texts["code_challenge"]); refusal != nil {
		return nil, refusal
	}
	scopes, refusal := m.scopes("scopes")
	if refusal != nil {
		return nil, refusal
	}
	if scopes == nil {
		scopes = connection.Scopes
	}
	further, refusal := m.object("authorization_params")
	if refusal != nil {
		return nil, refusal
	}
	hint, _ := further["login_hint"].(string)
	return &connectRequest{
		client: who.client, user: who.user, connection: connection, redirectURI: texts["redirect_uri"], state: texts["state"],
		challenge: texts["code_challenge"], scopes: scopes, hint: hint,
	}, nil
}

// readCall reads the body of a call that has no query.
func readCall(w http.ResponseWriter, r *http.Request, required []string, optional ...string) (members, *oauthError) {
	if _, refusal := readArguments(r); refusal != nil {
		return nil, refusal
	}
	m, refusal := readMembers(w, r)
	if refusal != nil {
		return nil, refusal
	}
	return m, m.fit(required, optional)
}

var completeMembers = []string{"auth_session", "connect_code", "redirect_uri", "code_verifier"}

// completeConnect is POST /complete.
func (t *Tenant) completeConnect(w http.ResponseWriter, r *http.Request, who shownToken) (reply, *oauthError) {
	m, refusal := readCall(w, r, completeMembers)
	if refusal != nil {
		return reply{}, refusal
	}
	texts, refusal := m.texts(completeMembers)
	if refusal != nil {
		return reply{}, refusal
	}
	q, refusal := t.spendConnect(texts, who)
	if refusal != nil {
		return reply{}, refusal
	}
	account := t.connect(connectedAccount{
		connection: q.connection.Name, subject: q.user.Subject, hint: q.account, scopes: q.scopes,
	})
	return reply{http.StatusCreated, account.body()}, nil
}

// spendConnect uses up the connect_code. As with the code of a login, a client has one try.
func (t *Tenant) spendConnect(texts map[string]string, who shownToken) (*connectRequest, *oauthError) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	q, ok := t.store.connects[keyOfConnectSession(texts["auth_session"])]
	switch {
	case !ok || q.client != who.client || q.user.Subject != who.user.Subject:
		return nil, refuse("invalid_request", "There is no such auth_session for this person and client.")
	case now.After(q.expires):
		return nil, refuse("invalid_request", "The auth_session has expired.")
	case q.spent:
		return nil, refuse("invalid_request", "The auth_session was completed before.")
	case q.code == "":
		return nil, refuse("invalid_request", "The person has not agreed to connect an account.")
	}
	q.spent = true
	switch {
	case !equal(q.code, texts["connect_code"]):
		return nil, refuse("invalid_request", "The connect_code is not the one of the auth_session.")
	case q.redirectURI != texts["redirect_uri"]:
		return nil, refuse("invalid_request", "The redirect_uri is not the one of the auth_session.")
	case !verifies(texts["code_verifier"], q.challenge):
		return nil, refuse("invalid_request", "The code_verifier does not fit the code_challenge.")
	}
	return q, nil
}
