package auth0test_test

import (
	"net/http"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// wantSecondFactor wants what Auth0 says when a second factor is needed.
func wantSecondFactor(t *testing.T, answer page) {
	t.Helper()
	wantRefusal(t, answer, http.StatusForbidden, "mfa_required")
	object := answer.json(t)
	text(t, object, "mfa_token")
	requirements, _ := object["mfa_requirements"].(map[string]any)
	if challenges, _ := requirements["challenge"].([]any); len(challenges) == 0 {
		t.Errorf("mfa_requirements %v", object["mfa_requirements"])
	}
}

func TestRefreshNeedsASecondFactor(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	tenant.RequireMFA(true)
	wantSecondFactor(t, token(t, tenant, refreshForm(refresh, nil)))
	// Who has no good refresh token learns nothing of it.
	wantRefusal(t, token(t, tenant, refreshForm("guessed", nil)), http.StatusBadRequest, "invalid_grant")
	tenant.RequireMFA(false)
	granted(t, tenant, refreshForm(refresh, nil)) // the refusal has not spent it
}
