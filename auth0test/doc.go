// Package auth0test is a development tenant: an OpenID provider that behaves like Auth0, in one process.
//
// # In the tests of an API
//
// [Start] gives a tenant on a free loopback port that closes with the test. Point the program under test at
// [Tenant.Issuer] and send it tokens, each made in one line:
//
//	tenant := auth0test.Start(t)
//	token := tenant.AccessToken(auth0test.Claims{"scope": "read:messages"})
//
// [Tenant.AccessToken] and [Tenant.IDToken] mint tokens that verify; [Tenant.Sign] mints any odd one for the tests of
// refusals.
//
// # In the tests of a web application
//
// [Tenant.Login] signs a client in at the tenant, so that the login of the application goes there and straight back,
// without a page and without a browser:
//
//	client := &http.Client{}
//	tenant.Login(t, client, "ada")
//	response, err := client.Get(app.URL + "/auth/login?returnTo=/profile")
//
// Clients with jars of their own are different people at the same time. Whoever has signed in stays signed in at the
// tenant, by a cookie, as at a real one; logout or the parameter prompt=login changes that. [Tenant.SetAutoApprove] signs
// everybody in without a page, for a browser that is nobody's test.
//
// # As a program
//
// The command in cmd/tenant serves a tenant for programs in any language, and prints the settings that they want:
//
//	go run github.com/gin-auth0/gin-auth0/auth0test/cmd/tenant@latest
//
// [New] and [Tenant.Listen] do the same in a program of yours, at an address of your choice, with a login page on which
// anybody may be anybody. The page at / shows whom and what the tenant knows. It is a stand-in for development and
// tests: never let it answer for anything that matters.
//
// # What it does
//
// It serves discovery, keys, the authorization code flow with PKCE, refresh tokens that rotate, client
// credentials, DPoP, userinfo and both logouts, at Auth0's paths and in Auth0's dialect: an issuer with a
// trailing slash, an opaque access token unless an audience is asked for, the claims azp, gty and
// permissions. Where the dialect and the RFCs disagree over an error, it follows the RFCs. It reads
// strictly: a parameter sent twice, one that the request does not know, a missing code_challenge or a redirect
// URI that is one byte off is refused, so that a client which passes here has not passed by luck. At the
// authorization endpoint names that start with ext- are free, as at Auth0.
//
// A zero [Config] has one client ([DefaultClientID], [DefaultClientSecret]) that may redirect to any
// loopback address, one API ([DefaultAudience]) and three users: ada, grace and alan.
//
// # Ways to ask for a login
//
// A client may push its authorization request to /oauth/par first, or has to with [Client.RequirePAR] (RFC 9126);
// what it is given is good for one browser and 30 seconds. One with [Client.Keys] authenticates everywhere with
// private_key_jwt: the assertion is for the issuer alone, valid for at most five minutes, and passes once. A login
// may ask for authorization_details of the [API.AuthorizationDetailsTypes] (RFC 9396); what was granted is in the
// token answer and in the access token, and [Tenant.EditTokenResponse] makes less of it.
//
// With [Config.SecondFactor] a login that asks for one in acr_values is shown a second page, and its ID token says so in
// acr and amr. Without, nobody has a second factor, and a client has to refuse what comes.
//
// With [Config.Organizations] a login is for one of them, by id or name, and an invitation is used up by the login
// that it is for. Without, every organization is one. The scopes link_account and unlink_account, with all that
// belongs to them, link a connection to the person who is signed in: [Tenant.LinkedConnections].
//
// # Other grants
//
// A token exchange (RFC 8693) takes what [Tenant.AcceptSubjectToken] has made good for a person, and the tenant's own
// access and ID tokens; with an actor the tokens that follow have the claim act. For the audience
// urn:<host>:session_transfer it gives a session transfer token, which signs the person in at /authorize once.
//
// A login by CIBA starts at /bc-authorize and waits for the test to decide it: [Tenant.BackchannelLogins],
// [Tenant.ApproveBackchannelLogin], [Tenant.DenyBackchannelLogin]; or for a person to do so on the page at /. A client
// that polls before [Config.BackchannelInterval] has passed is told to slow down, for good.
//
// A person has accounts at the [Config.Connections], connected by the My Account API (/me/v1/connected-accounts, with a
// token for the audience <issuer>me/) and the page that its tickets lead to, or by [Tenant.AddConnectedAccount]. A
// refresh token is exchanged for a token of such an account. [Tenant.RequireMFA] answers these and refreshes with
// mfa_required.
//
// # Back-channel logout
//
// A logout ends the session at the tenant, and the tenant then posts a logout token to every client that was given a
// code in that session and has a [Client.BackchannelLogoutURI], for at most two seconds and whatever comes of it.
// [Tenant.LogoutToken] mints such a token, and [Tenant.LogoutClaims] is what wrong ones begin with.
//
// # Proof of possession
//
// A token request with a DPoP proof (RFC 9449) gets a token that is bound to the key of the proof; userinfo and the
// My Account API take such a token with a proof alone. What section 10 says about dpop_jkt holds, and what section 5
// says about the refresh tokens of public clients. A proof is read as strictly as everything else, must be less than a
// minute off and passes once; [Config.RequireDPoPNonce] asks for nonces too. A [ProofKey] is the other side: it
// makes proofs, right and wrong ones, and HTTP clients that send them. One line mints a token that is bound to it:
//
//	token := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
//
// # When things go wrong
//
// Most of what is hard about a provider is its bad days. [Tenant.Break] takes an endpoint down, lets it
// hang or answer nonsense; [Tenant.RotateKeys] and [Tenant.ReplaceKeys] change the keys, with and without
// notice; [Tenant.EditIDToken] and its siblings put wrong content into right envelopes; [Tenant.Requests]
// counts what arrived. All of it may be used while requests are running.
//
// Discovery has the member "auth0test": true, by which a program can tell this tenant from a real one.
package auth0test
