package oidc_test

import (
	"strings"
	"testing"
)

// go-oidc refuses with texts that may show claims; what was wrong must be in ours.
func TestRefusedTokensNameTheRule(t *testing.T) {
	t.Parallel()
	unsigned := func(token string) string {
		return token[:strings.LastIndexByte(token, '.')+1] + strings.Repeat("A", 86)
	}
	for token, rule := range map[string]string{
		idToken(t, map[string]any{"iss": "https://evil.example/"}): "iss",
		idToken(t, map[string]any{"iss": nil}):                     "iss",
		idToken(t, map[string]any{"aud": "other"}):                 "aud",
		idToken(t, map[string]any{"aud": []string{}}):              "aud",
		unsigned(idToken(t, nil)):                                  "signature",
		signedBy(t, idClaims(), "k9", nil):                         "the issuer publishes no such key",
	} {
		_, err := newProvider(t, "t.example", newNetwork()).VerifyIDToken(t.Context(), token, rules())
		if err == nil || err.Error() != "oidc: ID token refused: "+rule {
			t.Errorf("ID token, %s: %v", rule, err)
		}
	}
	for token, rule := range map[string]string{
		logoutToken(t, map[string]any{"iss": "https://t.example"}): "iss",
		unsigned(logoutToken(t, nil)):                              "signature",
		signedBy(t, logoutClaims(t, nil), "k9", nil):               "the issuer publishes no such key",
	} {
		_, err := newProvider(t, "https://t.example", newNetwork()).VerifyLogoutToken(t.Context(), token, logoutRules())
		if err == nil || err.Error() != "oidc: logout token refused: "+rule {
			t.Errorf("logout token, %s: %v", rule, err)
		}
	}
}

func idClaims() string {
	return `{"iss":"` + issuer + `","aud":"client","sub":"auth0|1","nonce":"the nonce","iat":1700000000,"exp":1700003600}`
}
