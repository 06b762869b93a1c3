package auth0test

import (
	"crypto"
	"maps"
	"slices"
	"time"
)

// What the zero [Config] has.
const (
	// DefaultClientID is the client that a tenant without configured clients has.
	DefaultClientID = "dev-client"
	// DefaultClientSecret is the secret of the client [DefaultClientID].
	DefaultClientSecret = "dev-secret"
	// DefaultAudience is the API that a tenant without configured APIs has.
	DefaultAudience = "https://api.example.test"
)

// Config says what a tenant knows. Every zero value has a working default.
type Config struct {
	// Issuer is the issuer identifier, exactly as clients shall see it, for a tenant behind a proxy or in
	// a server of your own. Its endpoints are this URL (a trailing slash left out) and a path; a proxy
	// in front takes a path of the issuer off before it passes a request on.
	// Empty means "http://" + the address given to Listen + "/".
	Issuer string

	// Clients are the applications. None means one: DefaultClientID with DefaultClientSecret, which may
	// redirect to any loopback address.
	Clients []Client

	// APIs are the audiences for which the tenant issues access tokens. None means one: DefaultAudience
	// with the scopes read:messages and write:messages and the permission admin:all.
	APIs []API

	// Users are the people whom the login page offers. Others may still type a name. None means ada, who has the
	// scopes and permissions of all APIs as permissions, grace, who has the first scope of each, and alan, who has none.
	Users []User

	// Organizations are those for which a login may be. None means that every name and every id beginning with
	// org_ is one, and that invitations do not matter.
	Organizations []Organization

	// Connections are the identity providers beside the tenant's own people, whose accounts a person can connect
	// (Token Vault). None means one: google-oauth2.
	Connections []Connection

	// ExchangeParameters are further parameters that a token exchange may have, for the code of a tenant that reads
	// them. Any other unknown one is refused.
	ExchangeParameters []string

	// AutoApprove names the user who is signed in without a login page, as by [Tenant.SetAutoApprove]. Empty means that
	// the page is shown.
	AutoApprove string

	// SecondFactor gives the tenant a second factor, which is a page with a button: nobody proves anything. A login that
	// asks for http://schemas.openid.net/pape/policies/2007/06/multi-factor in acr_values is shown the page once in its
	// session at the tenant, and from then on the ID tokens of that session have this acr and the amr ["mfa"]. Whoever is
	// signed in without a page, by AutoApprove or [Tenant.Login], does not see this one either. False means that acr_values
	// changes nothing, as at a tenant that has not been told to look at it.
	SecondFactor bool

	// RequireDPoPNonce asks every DPoP proof for a nonce of the tenant (RFC 9449 section 8): a first one
	// without is answered use_dpop_nonce.
	RequireDPoPNonce bool

	// AccessTokenLifetime is how long an access token is valid. Zero means one hour.
	AccessTokenLifetime time.Duration
	// IDTokenLifetime is how long an ID token is valid. Zero means ten hours, as at Auth0.
	IDTokenLifetime time.Duration
	// RefreshTokenLifetime is how long a refresh token is valid from its own issue. Zero means 30 days.
	RefreshTokenLifetime time.Duration
	// ConnectionTokenLifetime is how long an access token of a connection is valid. Zero means one hour.
	ConnectionTokenLifetime time.Duration

	// BackchannelInterval is how long a client has to wait before each poll for a login by CIBA. It is told in
	// whole seconds, a fraction counts as one. Zero means five seconds.
	BackchannelInterval time.Duration

	// Now is the clock behind every time that the tenant writes or checks. It must be safe for concurrent
	// use. Nil means time.Now.
	Now func() time.Time
}

// Client is an application that is registered at the tenant.
type Client struct {
	// ID is the client_id. It is required.
	ID string
	// Secret authenticates the client at the token endpoint. It is required, unless the client is Public or
	// has Keys.
	Secret string
	// Keys are the public halves of the keys with which the client authenticates, by private_key_jwt and in
	// no other way (RFC 7523). None means that it has a Secret or is Public.
	Keys []ClientKey
	// Public is a client without a secret, such as a native application. It may not use client credentials, start a
	// login by CIBA or get tokens of connections.
	Public bool
	// RequirePAR refuses an authorization request of the client that it has not pushed first (RFC 9126).
	RequirePAR bool
	// RedirectURIs are the exact addresses to which a login may return.
	RedirectURIs []string
	// LogoutURIs are the exact addresses to which a logout may return.
	LogoutURIs []string
	// BackchannelLogoutURI is where the tenant posts a logout token, server to server, when a session ends by
	// logout in which this client was given a code (OpenID Connect Back-Channel Logout). It is an http or https
	// URL. Empty means that the client is not told.
	BackchannelLogoutURI string
	// AllowLoopback registers every http and https URI on localhost, 127.0.0.0/8 and [::1], for login and logout.
	AllowLoopback bool
}

// ClientKey is a public key that verifies the assertions of a client.
type ClientKey struct {
	// KeyID is the kid that the header of an assertion must name to be verified with this key. Empty means
	// that the header does not matter.
	KeyID string
	// Key is an *rsa.PublicKey of 2048 to 8192 bits, for RS256 to PS512, or an *ecdsa.PublicKey on P-256,
	// P-384 or P-521, for the one algorithm of its curve. It is required.
	Key crypto.PublicKey
}

// API is an audience that access tokens are issued for.
type API struct {
	// Audience is the identifier of the API and the aud of its tokens. It is required.
	Audience string
	// Scopes are what a client may ask for. Others are left out of what is granted. Whoever signs in, the client gets
	// those that it asks for, unless EnforcePolicies is set.
	Scopes []string
	// Permissions are names that a user's permissions may have beside Scopes. Clients do not ask for them: they come
	// in the claim permissions to users who have them.
	Permissions []string
	// EnforcePolicies is Auth0's switch Enable RBAC (enforce_policies): of the Scopes that a client asks for, it gets
	// those that are among the permissions of the person whom the token is for. Scopes of OpenID Connect, client
	// credentials, the claim permissions and [Tenant.AccessToken] are as they are without. Zero: no such limit.
	EnforcePolicies bool
	// AuthorizationDetailsTypes are the types of authorization_details that a login may ask for (RFC 9396).
	// None means that every one is refused.
	AuthorizationDetailsTypes []string
	// RFC9068 issues tokens in the form of RFC 9068 (typ at+jwt, client_id) and not in Auth0's own
	// (typ JWT, azp).
	RFC9068 bool
}

// Organization is a customer of the application, whose people sign in for it.
type Organization struct {
	// ID is the org_id of tokens. It begins with org_ and is required.
	ID string
	// Name is the org_name of tokens. It does not begin with org_ and is required. The parameter organization may be
	// the ID, or the Name in any case.
	Name string
	// Invitations are what the parameter invitation may be, each for one login.
	Invitations []string
}

// Connection is an identity provider whose accounts a person can connect.
type Connection struct {
	// Name is what clients ask for. It is required.
	Name string
	// Strategy is the kind of provider, which the list of connections shows. Empty means the Name.
	Strategy string
	// Scopes are what the list of connections shows, and what an account is given if nothing else is asked for.
	// They are the provider's own, so that others may be asked for as well.
	Scopes []string
}

// User is somebody who can sign in.
type User struct {
	// Name is what the person types to sign in, and the name claim unless Claims has one. It is required.
	Name string
	// Subject is the sub claim. Empty means "auth0|" + Name.
	Subject string
	// Email is the email claim, a verified one. Empty means that there is none.
	Email string
	// Permissions are in the claim permissions of the person's tokens for every API that knows them, in its Scopes or
	// its Permissions. Where EnforcePolicies is set they also limit the scopes.
	Permissions []string
	// Claims are further claims of the ID token and of userinfo. The standard claims of the scopes profile
	// and email appear with these scopes only, all others (acr, amr, your own) always. Those of Config.SecondFactor
	// take the place of the same ones here.
	Claims map[string]any
}

// Claims are the claims of a token to mint. A nil value removes a claim from the default set. A time.Time
// is written in seconds since 1970, as RFC 7519 wants it.
type Claims map[string]any

// withDefaults returns a copy that shares no memory with what the caller may still change.
func (c Config) withDefaults() Config {
	if len(c.Clients) == 0 {
		c.Clients = []Client{{ID: DefaultClientID, Secret: DefaultClientSecret, AllowLoopback: true}}
	}
	if len(c.APIs) == 0 {
		c.APIs = []API{{
			Audience:    DefaultAudience,
			Scopes:      []string{"read:messages", "write:messages"},
			Permissions: []string{"admin:all"},
		}}
	}
	if len(c.Users) == 0 {
		c.Users = defaultUsers(c.APIs)
	}
	c.Clients = slices.Clone(c.Clients)
	for i := range c.Clients {
		c.Clients[i].RedirectURIs = slices.Clone(c.Clients[i].RedirectURIs)
		c.Clients[i].Keys = slices.Clone(c.Clients[i].Keys)
		c.Clients[i].LogoutURIs = slices.Clone(c.Clients[i].LogoutURIs)
	}
	c.APIs = slices.Clone(c.APIs)
	for i := range c.APIs {
		c.APIs[i].Scopes = slices.Clone(c.APIs[i].Scopes)
		c.APIs[i].AuthorizationDetailsTypes = slices.Clone(c.APIs[i].AuthorizationDetailsTypes)
		c.APIs[i].Permissions = slices.Clone(c.APIs[i].Permissions)
	}
	c.Users = slices.Clone(c.Users)
	for i := range c.Users {
		if c.Users[i].Subject == "" {
			c.Users[i].Subject = subjectPrefix + c.Users[i].Name
		}
		c.Users[i].Permissions = slices.Clone(c.Users[i].Permissions)
		c.Users[i].Claims = maps.Clone(c.Users[i].Claims)
	}
	if len(c.Connections) == 0 {
		c.Connections = []Connection{{Name: "google-oauth2", Scopes: []string{"openid", "email", "profile"}}}
	}
	c.Organizations = slices.Clone(c.Organizations)
	for i := range c.Organizations {
		c.Organizations[i].Invitations = slices.Clone(c.Organizations[i].Invitations)
	}
	c.ExchangeParameters = slices.Clone(c.ExchangeParameters)
	c.Connections = slices.Clone(c.Connections)
	for i := range c.Connections {
		if c.Connections[i].Strategy == "" {
			c.Connections[i].Strategy = c.Connections[i].Name
		}
		c.Connections[i].Scopes = slices.Clone(c.Connections[i].Scopes)
	}
	c.AccessTokenLifetime = orDefault(c.AccessTokenLifetime, time.Hour)
	c.IDTokenLifetime = orDefault(c.IDTokenLifetime, 10*time.Hour)
	c.RefreshTokenLifetime = orDefault(c.RefreshTokenLifetime, 30*24*time.Hour)
	c.ConnectionTokenLifetime = orDefault(c.ConnectionTokenLifetime, time.Hour)
	c.BackchannelInterval = orDefault(c.BackchannelInterval, 5*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

func defaultUsers(apis []API) []User {
	var all, some []string
	for _, api := range apis {
		all = append(append(all, api.Scopes...), api.Permissions...)
		some = append(some, api.Scopes[:min(1, len(api.Scopes))]...)
	}
	person := func(name, given, family string, permissions []string) User {
		return User{
			Name: name, Email: name + "@example.test", Permissions: permissions,
			Claims: map[string]any{
				"name": given + " " + family, "given_name": given, "family_name": family, "nickname": name,
			},
		}
	}
	return []User{
		person("ada", "Ada", "Lovelace", all),
		person("grace", "Grace", "Hopper", some),
		person("alan", "Alan", "Turing", nil),
	}
}
