package ginauth0

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const (
	grantBackchannel = "urn:openid:params:grant-type:ciba"

	// pollInterval is what a tenant wants that does not say (OpenID Connect CIBA section
	// 7.3).
	pollInterval = 5 * time.Second
	// slowDown is how much longer a tenant that is polled too often wants to be left
	// alone (OpenID Connect CIBA section 11).
	slowDown = 5 * time.Second

	// maxSubject is how long a sub can be (OpenID Connect Core section 2).
	maxSubject = 255
)

// BackchannelOptions say who is to log in on a device of their own. Subject is needed;
// what is empty of the rest is not sent.
type BackchannelOptions struct {
	// Subject is the sub of the person at the tenant, such as auth0|ada.
	Subject string
	// Scopes are added to the configured ones.
	Scopes []string
	// Audience is the API of the login's access token. Zero: Config.Audience.
	Audience string
	// BindingMessage is shown on the device, so that the person can see that it asks for
	// what this application asks for. Show it here too.
	BindingMessage string
	// RequestedExpiry is how long the person has, in whole seconds. Zero: the tenant
	// decides.
	RequestedExpiry time.Duration
	// AuthorizationDetails say in detail what is to be authorized (RFC 9396): a JSON
	// array of objects, each with a string "type". What is granted is not kept.
	AuthorizationDetails json.RawMessage

	// Domain is the tenant's, with Config.DomainResolver: it must not be one that a
	// stranger has chosen. Otherwise it must be empty.
	Domain string
}

// BackchannelRequest is a login that waits for the person. It is for the program to keep
// between polls, field by field, where nobody but this browser's session with the program
// leads to it: whoever polls with it becomes the person. It prints as [redacted]
// everywhere.
type BackchannelRequest struct {
	ID        Secret        // auth_req_id
	Subject   string        // who must log in
	Issuer    string        // at which tenant
	Domain    string        // of the tenant, as it was configured or resolved
	Audience  string        // that was asked for
	Scopes    []string      // likewise
	Interval  time.Duration // to wait before each poll, the first one too
	ExpiresAt time.Time     // when it is too late
}

// Format writes a redaction mark for every verb.
func (BackchannelRequest) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte("ginauth0.BackchannelRequest" + redacted))
}

// MarshalText returns the redaction mark; encoding/json uses it too.
func (BackchannelRequest) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns the redaction mark.
func (BackchannelRequest) LogValue() slog.Value { return slog.StringValue(redacted) }

// PendingError says that the person has not answered yet. 400 authorization_pending.
type PendingError struct {
	// Next is the request for the next poll, after its Interval: that may be longer than
	// before.
	Next BackchannelRequest
}

// Error says it in fixed words.
func (e *PendingError) Error() string { return "ginauth0: the person has not answered yet" }

// StartBackchannelLogin asks the tenant to have a person log in on a device of their own,
// such as a phone (OpenID Connect CIBA). Wait for the Interval of the request, then call
// [Auth.PollBackchannelLogin]. Nothing of Config.AuthorizationParams is sent, and no
// organization either: Config.Organization is required of the answer all the same, so the
// login fails with [ErrOrganization] unless the tenant names it by itself.
//
// The person sees only that somebody asks. Whoever can make the application ask for any
// subject can have people say yes to a login that is not theirs: know the person first.
//
// Errors: *[ParameterError] and [ErrBadRequest] (nothing was asked); *[ProviderError]
// with Op "ciba"; [ErrUpstream]; [ErrConfig], also if the tenant does not offer it.
func (a *Auth) StartBackchannelLogin(ctx context.Context, o BackchannelOptions) (BackchannelRequest, error) {
	provider, err := a.providerNamed(o.Domain)
	if err != nil {
		return BackchannelRequest{}, err
	}
	if err := o.check(); err != nil {
		return BackchannelRequest{}, err
	}
	metadata, err := metadataOf(ctx, provider)
	if err != nil {
		return BackchannelRequest{}, err
	}
	request := BackchannelRequest{
		Subject: o.Subject, Issuer: metadata.Issuer, Domain: provider.Domain().String(),
		Audience: cmp.Or(o.Audience, a.settings.Audience),
	}
	request.Scopes = a.scopesOf(request.Audience, "", o.Scopes)
	asked := a.now()
	answer, err := provider.StartBackchannelLogin(ctx, a.settings.client(), o.form(request), isAuth0(metadata, provider.Domain()))
	if err != nil {
		return BackchannelRequest{}, tenantError(err, opBackchannel)
	}
	request.ID, request.Interval, request.ExpiresAt = Secret(answer.RequestID), answer.Interval, asked.Add(answer.ExpiresIn)
	return request, nil
}

// check judges what a program asks for, before anything is sent.
func (o BackchannelOptions) check() error {
	switch {
	case strings.TrimSpace(o.Subject) == "":
		return &ParameterError{Name: "login_hint", Reason: "needs a subject"}
	case len(o.Subject) > maxSubject || !utf8.ValidString(o.Subject):
		return &ParameterError{Name: "login_hint", Reason: "has a subject that no ID token can have"}
	case o.RequestedExpiry < 0 || o.RequestedExpiry%time.Second != 0:
		return &ParameterError{Name: "requested_expiry", Reason: "is no positive number of whole seconds"}
	}
	if err := checkScopes("scope", o.Scopes); err != nil || o.AuthorizationDetails == nil {
		return err
	}
	return checkAuthorizationDetails(map[string]string{"authorization_details": string(o.AuthorizationDetails)})
}

// form is the request as it goes to the tenant (OpenID Connect CIBA section 7.1).
func (o BackchannelOptions) form(r BackchannelRequest) url.Values {
	form := url.Values{"scope": {strings.Join(r.Scopes, " ")}, "login_hint": {loginHint(r.Issuer, r.Subject)}}
	expiry := ""
	if o.RequestedExpiry > 0 {
		expiry = strconv.FormatInt(int64(o.RequestedExpiry/time.Second), 10)
	}
	for name, value := range map[string]string{
		"audience": r.Audience, "binding_message": o.BindingMessage, "requested_expiry": expiry,
		"authorization_details": string(o.AuthorizationDetails),
	} {
		if value != "" {
			form.Set(name, value)
		}
	}
	return form
}

// loginHint names a person as RFC 9493 section 3.2.4 does.
func loginHint(issuer, subject string) string {
	text, err := json.Marshal(struct {
		Format  string `json:"format"`
		Issuer  string `json:"iss"`
		Subject string `json:"sub"`
	}{"iss_sub", issuer, subject})
	if err != nil {
		return "" // strings: cannot happen
	}
	return string(text)
}

// PollBackchannelLogin asks the tenant once whether the person has logged in, and if so
// signs them in to this browser. It never waits. The new session takes the place of one
// that the browser has; until then, and if the login fails, that one stays. It is to be
// called before the response starts.
//
// Errors: *[PendingError] (poll again with its Next); *[ProviderError] with Op "ciba",
// which ends the request: code access_denied (the person said no), expired_token (it took
// too long; the tenant is not asked then) and others; [ErrUpstream] (poll again);
// *[ParameterError] and [ErrResponseStarted] (nothing was asked); [ErrBadIDToken] (also for
// another person than asked for); [ErrOrganization] (another one than Config.Organization);
// [ErrSessionExpired]; [ErrTokenType], [ErrConfig]; [ErrStore], *[SessionTooLargeError];
// the error of Config.BeforeSave.
func (a *Auth) PollBackchannelLogin(c *gin.Context, r BackchannelRequest) (*Session, error) {
	provider, err := a.providerFor(r.Domain)
	if err != nil {
		return nil, a.loginRefused(c, nil, err)
	}
	session, err := a.pollBackchannel(c, provider, r)
	var pending *PendingError
	if errors.As(err, &pending) {
		return nil, err
	}
	return session, a.loginRefused(c, provider, err)
}

func (a *Auth) pollBackchannel(c *gin.Context, provider *oidc.Provider, r BackchannelRequest) (*Session, error) {
	if cannotWrite(c) {
		return nil, ErrResponseStarted // before a login is used up by a session that cannot be kept
	}
	switch {
	case strings.TrimSpace(string(r.ID)) == "":
		return nil, &ParameterError{Name: "auth_req_id", Reason: "is blank"}
	case r.Subject == "": // which would be anybody
		return nil, &ParameterError{Name: "login_hint", Reason: "needs a subject"}
	case !a.now().Before(r.ExpiresAt):
		return nil, &ProviderError{Code: "expired_token", Op: opBackchannel}
	}
	metadata, err := metadataOf(c.Request.Context(), provider)
	switch {
	case err != nil:
		return nil, err
	case metadata.Issuer != r.Issuer:
		return nil, &ParameterError{Name: "auth_req_id", Reason: "is of another issuer"}
	}
	session, _, err := a.open(c, signIn{
		provider: provider, op: opBackchannel, audience: r.Audience, scopes: slices.Clone(r.Scopes), key: a.settings.newProofKey(),
		form:  url.Values{"grant_type": {grantBackchannel}, "auth_req_id": {string(r.ID)}},
		rules: oidc.IDTokenRules{Subject: r.Subject, Organization: a.settings.Organization},
	})
	return session, r.pending(err)
}

// pending says how to go on if an error is that the person has not answered yet, which
// is no less true with status 429. Other errors stay what they are.
func (r BackchannelRequest) pending(err error) error {
	var refused *ProviderError
	if !errors.As(err, &refused) || refused.Op != opBackchannel {
		return err
	}
	next := r
	next.Scopes = slices.Clone(r.Scopes)
	if next.Interval <= 0 { // the program has lost it
		next.Interval = pollInterval
	}
	switch refused.Code {
	case "authorization_pending":
		return &PendingError{next}
	case "slow_down":
		next.Interval = max(next.Interval+slowDown, refused.retryAfter)
		return &PendingError{next}
	case "access_denied": // the person has said no, with 401 too: the secret was right when the login was started
		return refused
	}
	return err
}
