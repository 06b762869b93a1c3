package ginauth0_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Who reads the log learns which setting the tenant does not like, without its words.
func TestTheLogSaysWhichSettingTheTenantRefuses(t *testing.T) {
	t.Parallel()
	const (
		secrets = "look at ClientID (AUTH0_CLIENT_ID) and ClientSecret (AUTH0_CLIENT_SECRET), or the key of ClientAssertion (AUTH0_CLIENT_ASSERTION_SIGNING_KEY)"
		rights  = "look at ClientID (AUTH0_CLIENT_ID), and at the tenant for the grant types, APIs and callback URLs of the application"
	)
	for name, test := range map[string]struct {
		status int
		body   string // of the token endpoint; empty: the error is at the callback
		answer int
		code   string
		hint   string
	}{
		"another secret":              {401, `{"error":"invalid_client","error_description":"tenant-words"}`, 500, "configuration_error", secrets},
		"another secret, as of Auth0": {401, `{"error":"access_denied","error_description":"tenant-words"}`, 400, "login_failed", secrets},
		"a grant that is off":         {403, `{"error":"unauthorized_client","error_description":"tenant-words"}`, 500, "configuration_error", rights},
		"refused by an Action":        {403, `{"error":"access_denied","error_description":"tenant-words"}`, 400, "login_failed", ""},
		"a code of before":            {403, `{"error":"invalid_grant","error_description":"tenant-words"}`, 400, "login_failed", ""},
		"at the callback":             {0, "", 400, "unauthorized_client", rights},
	} {
		a := newApp(t)
		b := a.browser(t)
		callback, err := url.Parse(b.toCallback("/auth/login"))
		if err != nil {
			t.Fatal(err)
		}
		if test.body == "" {
			q := callback.Query()
			q.Set("error", "unauthorized_client")
			q.Set("error_description", "tenant-words")
			callback.RawQuery = q.Encode()
		}
		a.tenant.Break("/oauth/token", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		})
		r := b.get(callback.String(), asJSON)
		wantError(t, r, test.answer, `"error":"`+test.code+`"`)
		log := a.log.String()
		if test.hint != "" && !strings.Contains(log, test.hint) || test.hint == "" && strings.Contains(log, "look at") {
			t.Errorf("%s: log %s", name, log)
		}
		if strings.Contains(log, "tenant-words") || strings.Contains(r.body, "look at") {
			t.Errorf("%s: log %s, body %s", name, log, r.body)
		}
	}
}
