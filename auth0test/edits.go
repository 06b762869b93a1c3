package auth0test

import "time"

// edits are the changes that a test makes to what the tenant says. Nil changes nothing.
type edits struct {
	discovery, keys, tokenResponse func(map[string]any)
	idToken, accessToken           func(header, claims map[string]any)
	logoutToken                    func(header, claims map[string]any)
}

func (t *Tenant) edit() edits {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.edits
}

func (t *Tenant) setEdit(set func(*edits)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	set(&t.edits)
}

// EditDiscovery changes the discovery document before it is sent. The function may be called by several
// requests at a time; nil ends the change.
func (t *Tenant) EditDiscovery(edit func(document map[string]any)) {
	t.setEdit(func(e *edits) { e.discovery = edit })
}

// EditJWKS changes the key set before it is sent: its member "keys" is a []any of map[string]any, the key
// that signs first. The function may be called by several requests at a time; nil ends the change.
func (t *Tenant) EditJWKS(edit func(document map[string]any)) {
	t.setEdit(func(e *edits) { e.keys = edit })
}

// EditTokenResponse changes the successful answers of the token endpoint, with the tokens already in them.
// The function may be called by several requests at a time; nil ends the change.
func (t *Tenant) EditTokenResponse(edit func(response map[string]any)) {
	t.setEdit(func(e *edits) { e.tokenResponse = edit })
}

// EditIDToken changes header and claims of the ID tokens that the token endpoint issues, before they are
// signed as [Tenant.Sign] does. [WrongNonce], [WrongIssuer], [WrongAudience] and [Expired] are such
// functions. It may be called by several requests at a time; nil ends the change.
func (t *Tenant) EditIDToken(edit func(header, claims map[string]any)) {
	t.setEdit(func(e *edits) { e.idToken = edit })
}

// EditAccessToken does for JWT access tokens of the token endpoint what [Tenant.EditIDToken] does for ID tokens.
func (t *Tenant) EditAccessToken(edit func(header, claims map[string]any)) {
	t.setEdit(func(e *edits) { e.accessToken = edit })
}

// EditLogoutToken does for the logout tokens that the tenant sends to clients what [Tenant.EditIDToken] does for
// ID tokens.
func (t *Tenant) EditLogoutToken(edit func(header, claims map[string]any)) {
	t.setEdit(func(e *edits) { e.logoutToken = edit })
}

// WrongNonce is for [Tenant.EditIDToken]: a nonce that nobody sent, as in a replayed token.
func WrongNonce(_, claims map[string]any) { claims["nonce"] = "another-nonce" }

// WrongIssuer is for [Tenant.EditIDToken]: an issuer that is not this tenant.
func WrongIssuer(_, claims map[string]any) { claims["iss"] = "https://another.example.test/" }

// WrongAudience is for [Tenant.EditIDToken]: a token that was meant for another client.
func WrongAudience(_, claims map[string]any) { claims["aud"] = "another-client" }

// Expired is for [Tenant.EditIDToken]: a token whose exp and iat lie a day further back.
func Expired(_, claims map[string]any) {
	const day = int64(24 * time.Hour / time.Second)
	for _, name := range []string{"iat", "exp"} {
		if at, ok := claims[name].(int64); ok {
			claims[name] = at - day
		}
	}
}
