package ginauth0

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

// Config says who the application is at its tenant and how sessions are kept.
// Domain, ClientID, ClientSecret or ClientAssertion, Secrets and BaseURL are needed;
// every other zero is the safe choice. [New] copies it.
type Config struct {
	// Domain is the tenant: a host such as tenant.eu.auth0.com, or an issuer
	// URL (https; http only for localhost, 127.0.0.0/8 and [::1]).
	Domain string
	// DomainResolver names the tenant's domain for a request, for an application
	// that serves several custom domains of a tenant. It stands in place of
	// Domain, is asked at most once per request, and must know its domains by
	// heart: a domain that a stranger can choose is a tenant that a stranger can
	// choose. An error, or a domain that is none, is [ErrConfig].
	DomainResolver func(*http.Request) (string, error)
	// ClientID is the application's id at the tenant.
	ClientID string
	// ClientSecret authenticates the application at the tenant, in the form or in the
	// Authorization header as the tenant's metadata say.
	ClientSecret Secret
	// ClientAssertion authenticates it with a private key (private_key_jwt) in place of
	// ClientSecret: nothing that goes over the wire, or lies at the tenant, is worth
	// stealing. New signs with it once.
	ClientAssertion ClientAssertion
	// AllowPublicClient permits an application without either. Then PKCE alone protects
	// the code, and anybody can be this client.
	AllowPublicClient bool

	// Secrets seal the cookies: the first seals, all open, so that a secret is
	// rotated by putting the new one in front. With several instances it goes to the
	// end first, until all of them know it. Each at least 32 bytes, no two alike. Make
	// one with: openssl rand -hex 32.
	Secrets []Secret

	// BaseURL is the public URL of the application, with the path prefix that a
	// proxy removes, if any. https, or http on a loopback host.
	BaseURL string
	// InsecureHTTPBaseURL permits http on any host. Cookies are then sent in the
	// clear.
	InsecureHTTPBaseURL bool
	// ExtraBaseURLs are further public URLs of the same scheme. The host of a
	// request chooses among them; one that matches none is refused.
	ExtraBaseURLs []string
	// TrustedProxies are the addresses or CIDRs whose X-Forwarded-Host counts in
	// that choice. Zero: nobody's.
	TrustedProxies []string

	// Scopes that a login asks for; must contain openid. Zero: openid profile
	// email. A refresh token needs offline_access.
	Scopes []string
	// Audience is the API that the login's access token is for. Zero: none, and
	// the token is good for the tenant's userinfo endpoint only.
	Audience string
	// AudienceScopes are the scopes per API. A login asks for Scopes and those
	// of Audience.
	AudienceScopes map[string][]string
	// AuthorizationParams are added to every authorization request. The
	// parameters that secure it cannot be set.
	AuthorizationParams map[string]string
	// ForwardParams are the query parameters of the login route that go on to
	// the tenant. Nil: screen_hint, login_hint, ui_locales, prompt, connection,
	// organization, invitation, acr_values, max_age, display. Empty: none.
	ForwardParams []string
	// Organization pins the organization (id "org_…" or name) of every login. Whether
	// pinned or not, a login that comes back for another one than was asked for is
	// [ErrOrganization].
	Organization string
	// PAR sends authorization requests to the tenant ahead of the browser (RFC 9126),
	// which then carries nothing that it could read or change. A tenant that does not
	// offer it is [ErrConfig].
	PAR bool
	// DPoP binds the tokens of each session to a key of its own (RFC 9449): a token that
	// leaks is worth nothing without the key, which stays in the session. It holds for
	// sessions from then on; APIs must accept DPoP. It excludes Routes.EnableAccessToken.
	DPoP bool

	// IDTokenAlgs are the accepted signature algorithms of ID tokens, of RS, PS
	// and ES with 256, 384 and 512, and EdDSA. Zero: RS256.
	IDTokenAlgs []string
	// Leeway for the times that the tenant sets. Zero: 60 s; at most 5 min.
	Leeway time.Duration

	// Routes are the paths of the mounted routes.
	Routes RoutesConfig
	// Session says how long sessions live and what their cookies look like.
	Session SessionConfig
	// Logout says where the browser goes to log out.
	Logout LogoutConfig
	// BackchannelLogout says what happens when logouts cannot be looked up.
	BackchannelLogout BackchannelLogoutConfig
	// EndSessionOnInvalidGrant ends the session when the tenant refuses its
	// refresh token. Zero: the session stays, without one.
	EndSessionOnInvalidGrant bool

	// LogoutStore remembers logouts, so that a copied cookie and a request in
	// flight cannot bring a session back, and so that a back-channel logout ends
	// sessions in cookies. Zero: that of Session.Store if it has one, as the store
	// of package redisstore does; otherwise memory, which knows this process only
	// and is empty after a restart. Several instances need one in common.
	LogoutStore LogoutStore
	// RefreshLock lets several instances refresh a session one at a time. Zero:
	// that of Session.Store if it has one, as the store of package redisstore does;
	// otherwise memory, for one process. Where a tenant rotates refresh tokens,
	// several instances need one in common.
	RefreshLock RefreshLock

	// BeforeSave may change the user's claims before a session is stored: at a
	// login, and when a refresh brings a new ID token. An error fails the login, and
	// nothing is stored: 500 server_error, or the answer of an error of this package
	// that it wraps. It must not wait for long.
	BeforeSave func(context.Context, *SessionDraft) error
	// OnCallback sees how a login ended, well or badly, and so the connection or linking
	// of an account. It may return another address for the browser, which is not
	// checked, or write the answer itself (c.Status alone writes nothing); then nothing
	// of ours follows. A failure of which it does neither goes to OnError.
	OnCallback func(*gin.Context, CallbackEvent) (redirect string)
	// OnError sees every error before it is answered. If it writes, the default
	// answer is left out. A page of its own has the status of [StatusOf] and shows
	// [ReferenceFrom], never the text of the error.
	OnError func(*gin.Context, error)
	// OnEvent counts. It is called on the request's own way and must return fast.
	OnEvent func(context.Context, Event)

	// HTTPClient makes the requests to the tenant, and as a copy those of
	// [Auth.HTTPClient] to APIs. It is copied. Zero: a client of its own.
	HTTPClient *http.Client
	// HTTPTimeout bounds a whole exchange with an endpoint of the tenant, the repetition
	// that a DPoP nonce costs included, and a request of [Auth.HTTPClient] unless
	// HTTPClient has a Timeout. Zero: 10 s.
	HTTPTimeout time.Duration
	// Logger gets events without tokens, codes, states, cookies or claims, and from
	// Mount the addresses to register at the tenant. Zero: nothing is logged.
	Logger *slog.Logger
	// DisableTelemetry leaves out the Auth0-Client header, which names this
	// module and its version to the tenant.
	DisableTelemetry bool
}

// RoutesConfig holds the paths of the mounted routes, each below Prefix. "-"
// leaves a route out.
type RoutesConfig struct {
	Prefix            string // zero: /auth; "/": none
	Login             string // zero: /login
	Callback          string // zero: /callback
	Logout            string // zero: /logout
	BackchannelLogout string // zero: /backchannel-logout
	Profile           string // zero: /profile
	AccessToken       string // zero: /access-token
	Connect           string // zero: /connect
	ConnectCallback   string // zero: /connect/callback; of EnableLinking
	Unconnect         string // zero: /unconnect; of EnableLinking
	UnconnectCallback string // zero: /unconnect/callback; of EnableLinking

	// EnableProfile mounts the route that answers with the claims of the user.
	EnableProfile bool
	// EnableAccessToken mounts the route that hands an access token to scripts in
	// the browser. Whoever can run a script in a page of the application can then
	// have one.
	EnableAccessToken bool
	// EnableConnectedAccounts mounts the route that lets the person connect an account
	// at another service, whose tokens [Auth.TokenForConnection] then brings (Auth0:
	// Connected Accounts). It excludes EnableLinking.
	EnableConnectedAccounts bool
	// EnableLinking mounts the routes that link another identity to the person's user,
	// and unlink it (Auth0). It excludes EnableConnectedAccounts.
	EnableLinking bool

	// AfterLogin is where a login without a usable returnTo leads, as a public
	// path. Zero: / below the path of the base URL.
	AfterLogin string
}

// SessionConfig says how long sessions live and what their cookies look like.
type SessionConfig struct {
	// Store keeps the sessions: any store of gin-contrib/sessions. Zero:
	// [NewCookieStore] with Config.Secrets. Package redisstore has the one for
	// several instances, which also takes part in logouts and refreshes.
	//
	// In a store that is not of this module the session is sealed with
	// Config.Secrets, and Options of the store are not used: attributes and life
	// of the cookie are those below. Many stores refuse sessions of 4096 bytes and
	// more, which is *[SessionTooLargeError]. Lift that for the Redis store of
	// gin-contrib with redis.GetRedisStore and then SetMaxLength(0), for gorilla's
	// FilesystemStore with MaxLength(0), for gin-contrib's gorm and postgres with
	// store.(interface{ MaxLength(int) }).MaxLength(0); the cookie store of gin-contrib cannot
	// hold more, and with an ID token (OmitIDToken) hardly anything fits into it. A
	// store must see what it wrote a moment ago, so it cannot read from a replica.
	// Package storetest tells whether a store will do.
	Store sessions.Store
	// Name of the session and its cookie. Zero: _a0_session. On https,
	// __Host-session is a good one. It must not be used for anything else: an
	// application keeps data of its own in a session of another name, in the same
	// store if it likes.
	Name string
	// AttemptPrefix starts the names of the cookies of logins in progress.
	// Zero: _a0_tx_.
	AttemptPrefix string

	// Absolute is how long a session lives at most. Zero: 72 h.
	Absolute time.Duration
	// Inactivity is how long a session lives without a request. Zero: 24 h.
	Inactivity time.Duration
	// DisableRolling lets a session live for Absolute, used or not, and never
	// rewrites its cookie on reading.
	DisableRolling bool
	// SkipRolling names requests that do not count as activity, such as
	// polling. Zero: none. Requests for images, styles and the like never do.
	SkipRolling func(*http.Request) bool

	// Domain attribute of the cookies. Zero: none, so that no subdomain gets
	// them.
	Domain string
	// Path attribute of the cookies. Zero: /.
	Path string
	// SameSite attribute of the session cookie: Lax or, on https, None. Zero:
	// Lax. Strict is an error, since the browser would come back from the
	// tenant without its session.
	SameSite http.SameSite
	// Transient leaves out Max-Age and Expires: the browser forgets the session
	// when it is closed. The limits above hold all the same.
	Transient bool
	// MaxBytes limits the bytes of the session's cookie values, 4096 to 40960.
	// Zero: 8192, since proxies take no larger header by default.
	MaxBytes int
	// OmitIDToken does not keep the ID token. It is then missing as the hint of
	// a logout, and [Auth.IDToken], [Auth.StartLink], [Auth.StartUnlink] and, without an
	// ActorToken, [Auth.SessionTransferToken] have none.
	OmitIDToken bool
}

// LogoutStrategy says how a logout ends the tenant's session.
type LogoutStrategy string

// The strategies of a logout.
const (
	// LogoutAuto is RP-Initiated Logout where the tenant offers it, else v2 for
	// an Auth0 tenant, else local.
	LogoutAuto LogoutStrategy = ""
	// LogoutOIDC is OpenID Connect RP-Initiated Logout.
	LogoutOIDC LogoutStrategy = "oidc"
	// LogoutV2 is Auth0's /v2/logout.
	LogoutV2 LogoutStrategy = "v2"
	// LogoutLocal ends the session of the application only.
	LogoutLocal LogoutStrategy = "local"
)

// LogoutConfig says where the browser goes to log out, and back.
type LogoutConfig struct {
	// Strategy is how the tenant's session is ended. Zero: LogoutAuto.
	Strategy LogoutStrategy
	// ReturnTo lists absolute URLs beyond the base URL that a logout may return
	// to; they count exactly as written. The tenant must know them too.
	ReturnTo []string
	// NoIDTokenHint leaves out id_token_hint, whose claims would be seen in
	// browser history and proxy logs. The tenant may then ask the person.
	NoIDTokenHint bool
	// PostOnly mounts the logout route for POST in place of GET.
	PostOnly bool
	// Params are added to the tenant's logout URL.
	Params map[string]string
	// Revoke revokes the refresh token too (RFC 7009). A failure is logged, and the
	// logout goes on.
	Revoke bool
}

// BackchannelLogoutConfig says what happens when logouts cannot be looked up.
type BackchannelLogoutConfig struct {
	// FailOpen serves sessions, with a warning in the log, while the LogoutStore
	// does not answer. Sessions that were logged out are then served too. Zero:
	// such requests are answered 503.
	FailOpen bool
}
