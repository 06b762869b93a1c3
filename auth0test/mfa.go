package auth0test

import "net/http"

// RequireMFA lets the tenant ask for a second factor from now on, or not any more: a refresh, and a refresh token
// that is shown for a connection token, are then answered 403 mfa_required, with an mfa_token and the
// mfa_requirements as at Auth0. The refresh token stays good. Nothing here takes the mfa_token.
func (t *Tenant) RequireMFA(required bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mfaRequired = required
}

func secondFactorRequired() *oauthError {
	refusal := refuse("mfa_required", "Multifactor authentication required").with(http.StatusForbidden)
	refusal.members = map[string]any{
		"mfa_token":        random(),
		"mfa_requirements": map[string]any{"challenge": []any{map[string]any{"type": "otp"}}},
	}
	return refusal
}
