package auth0test

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	// Unlike encoding/json it tells letter case apart and refuses repeated members.
	"github.com/go-jose/go-jose/v4/json"
)

const (
	// maxBindingMessage and bindingMarks are Auth0's.
	maxBindingMessage   = 64
	bindingMarks        = " +-_.,:#"
	backchannelLifetime = 2 * time.Minute
)

var backchannelParameters = []string{"scope", "login_hint", "binding_message", "audience", "requested_expiry", "authorization_details"}

// serveBackchannel is the backchannel authentication endpoint, OpenID Connect CIBA Core section 7.
func (t *Tenant) serveBackchannel(w http.ResponseWriter, r *http.Request) {
	forbidStoring(w)
	p, client, refusal := t.readClientForm(w, r)
	if refusal == nil {
		var response map[string]any
		if response, refusal = t.startBackchannel(client, p); refusal == nil {
			writeJSON(w, http.StatusOK, response)
			return
		}
	}
	refuseToken(w, r, refusal)
}

func (t *Tenant) startBackchannel(client *Client, p parameters) (map[string]any, *oauthError) {
	login, lifetime, refusal := t.readBackchannel(client, p)
	if refusal != nil {
		return nil, refusal
	}
	login.id, login.interval = random(), t.cfg.BackchannelInterval
	login.polled = t.cfg.Now()
	login.expires = login.polled.Add(lifetime)
	t.mu.Lock()
	t.store.sweep(login.polled)
	login.turn = t.store.turn()
	t.store.backchannel[digestOf(login.id)] = login
	t.mu.Unlock()
	return map[string]any{
		"auth_req_id": login.id,
		"expires_in":  int64(lifetime.Seconds()),
		"interval":    wholeSeconds(login.interval),
	}, nil
}

// wholeSeconds rounds up, so that who waits so long has waited long enough.
func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// readBackchannel follows OpenID Connect CIBA Core section 7.1, with the one form of login_hint that Auth0 takes.
func (t *Tenant) readBackchannel(client *Client, p parameters) (*backchannelLogin, time.Duration, *oauthError) {
	if client.Public { // section 4: the client authenticates
		return nil, 0, refuse("unauthorized_client", "A public client cannot start a login by CIBA.")
	}
	if refusal := p.only(backchannelParameters...); refusal != nil {
		return nil, 0, refusal
	}
	if refusal := p.need("scope", "login_hint"); refusal != nil {
		return nil, 0, refusal
	}
	user, refusal := t.readLoginHint(p.get("login_hint"))
	if refusal != nil {
		return nil, 0, refusal
	}
	message := p.get("binding_message")
	if len(message) > maxBindingMessage || strings.ContainsFunc(message, notForBinding) {
		return nil, 0, refuse("invalid_binding_message", "The binding_message has more than %d characters, or others than letters, digits and %s.",
			maxBindingMessage, strings.TrimSpace(bindingMarks))
	}
	lifetime, refusal := readExpiry(p.get("requested_expiry"))
	if refusal != nil {
		return nil, 0, refusal
	}
	q := &authRequest{client: client}
	if refusal := t.readScope(q, p); refusal != nil {
		return nil, 0, refusal
	}
	api, _ := t.api(q.audience)
	return &backchannelLogin{
		grant:   &grant{client: client, user: user, scope: q.scope, audience: q.audience, details: q.details},
		scope:   strings.Join(user.allowed(api, q.scope), " "),
		message: message,
	}, lifetime, nil
}

// readLoginHint reads {"format":"iss_sub","iss":…,"sub":…}.
func (t *Tenant) readLoginHint(text string) (User, *oauthError) {
	var members map[string]string
	if json.Unmarshal([]byte(text), &members) != nil {
		return User{}, refuse("invalid_request", "The login_hint is not a JSON object of texts, each member once.")
	}
	for _, name := range []string{"format", "iss", "sub"} {
		if members[name] == "" {
			return User{}, refuse("invalid_request", "The login_hint lacks %s.", name)
		}
	}
	switch {
	case len(members) > 3:
		return User{}, refuse("invalid_request", "The login_hint has other members than format, iss and sub.")
	case members["format"] != "iss_sub":
		return User{}, refuse("invalid_request", "The format of the login_hint must be iss_sub.")
	case members["iss"] != t.Issuer():
		return User{}, refuse("invalid_request", "The iss of the login_hint is not this tenant.")
	}
	user, known := t.subject(members["sub"])
	if !known {
		return User{}, refuse("unknown_user_id", "Nobody has the sub of the login_hint.")
	}
	return user, nil
}

func notForBinding(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(bindingMarks, r)
}

// readExpiry reads a positive integer of seconds, OpenID Connect CIBA Core section 7.1.
func readExpiry(value string) (time.Duration, *oauthError) {
	if value == "" {
		return backchannelLifetime, nil
	}
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil || seconds == 0 {
		return 0, refuse("invalid_request", "The requested_expiry is not a positive number of seconds.")
	}
	return time.Duration(seconds) * time.Second, nil
}

// BackchannelLogin is a login by CIBA that waits for the person: see [Tenant.BackchannelLogins].
type BackchannelLogin struct {
	// ID is the auth_req_id, by which [Tenant.ApproveBackchannelLogin] and [Tenant.DenyBackchannelLogin] know it.
	ID string
	// User is the sub of the person who is asked.
	User string
	// ClientID is the client that asks.
	ClientID string
	// BindingMessage is what the person has to compare. Empty means that the client sent none.
	BindingMessage string
	// Scope is what the client will be given, separated by spaces.
	Scope string
	// Audience is the API that it asks for. Empty means none.
	Audience string
	// AuthorizationDetails are what it asks for by RFC 9396, a JSON array. Empty means nothing.
	AuthorizationDetails string
	// Expires is when it is too late.
	Expires time.Time
}

// BackchannelLogins are the logins by CIBA that wait for their person, oldest first.
func (t *Tenant) BackchannelLogins() []BackchannelLogin {
	now := t.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	var logins []BackchannelLogin
	for _, login := range t.store.waiting(now) {
		logins = append(logins, BackchannelLogin{
			ID: login.id, User: login.grant.user.Subject, ClientID: login.grant.client.ID, BindingMessage: login.message,
			Scope: login.scope, Audience: login.grant.audience,
			AuthorizationDetails: login.grant.details, Expires: login.expires,
		})
	}
	return logins
}
