package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// PAR, DPoP with nonces and private_key_jwt together, from login to logout, at a provider that others wrote and that takes
// nothing less.
func TestProviderThatIsStrict(t *testing.T) {
	t.Parallel()
	apps := newStrictApps(t, "ES256", "PS256", "RS256")
	for _, a := range apps {
		t.Run(a.client.Alg, func(t *testing.T) {
			a.start(t)
			v := a.visitor(t)
			wantMe := func() {
				t.Helper()
				answer, _ := v.open("/me")
				answer.want(t, http.StatusOK, "")
				var claims map[string]any
				if err := json.Unmarshal([]byte(answer.body), &claims); err != nil || claims["sub"] != "ada" || claims["name"] != "ada of the provider" {
					t.Errorf("userinfo says %s, %v", answer.body, err)
				}
			}
			v.signIn("/auth/login?returnTo=/token", "ada").want(t, http.StatusOK, `{"audience":"","type":"DPoP"}`)
			names := slices.Sorted(maps.Keys(v.query("/auth")))
			if !slices.Equal(names, []string{"client_id", "request_uri"}) {
				t.Errorf("the browser saw %q of the request", names)
			}
			wantMe()
			refreshed, _ := v.open("/token?force=1")
			refreshed.want(t, http.StatusOK, `{"audience":"","type":"DPoP"}`)
			wantMe()

			revoked, _ := v.open("/revoke")
			revoked.want(t, http.StatusOK, "")
			a.provider.running.awaitOutput(t, regexp.MustCompile(`refresh_token\.destroyed`))
			over, _ := v.open("/token?force=1")
			over.want(t, http.StatusUnauthorized, "")
			if !strings.Contains(over.body, `"missing_refresh_token"`) {
				t.Errorf("without a refresh token the answer is %s", over.body)
			}

			if at := v.signOut(); at.Scheme+"://"+at.Host != a.url || v.cookies() != "" {
				t.Errorf("the logout ends at %s with the cookies %q", at, v.cookies())
			}
			v.signIn("/auth/login?returnTo=/token", "grace").want(t, http.StatusOK, "") // the provider asks again
		})
	}
	// Codes were for a key from the start (RFC 9449 section 10), and each kind of request was sent back for a nonce.
	printed := apps[0].provider.running.output.String()
	for _, line := range []string{
		"pushed by e2e-ES256-0 for a key", "pushed by e2e-PS256-1 for a key", "pushed by e2e-RS256-2 for a key",
		"grant.error authorization_code use_dpop_nonce", "grant.error refresh_token use_dpop_nonce", "userinfo.error use_dpop_nonce",
	} {
		if !strings.Contains(printed, line) {
			t.Errorf("oidc-provider never said %q", line)
		}
	}
}

// oidc-provider refuses whoever lacks one of the three, so the test above passes with all of them.
func TestProviderThatIsStrictRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		edit   func(c *ginauth0.Config)
		toForm bool // the login page comes first
		status int
		code   string
	}{
		{"key of another client", func(c *ginauth0.Config) { c.ClientAssertion.Key = newAsserting(t, "ES256").key }, false, 500, "configuration_error"},
		{"a pushed request with a foreign redirect_uri", func(c *ginauth0.Config) { c.Routes.Callback = "/elsewhere" }, false, 400, "invalid_request"},
		{"a request that was not pushed", func(c *ginauth0.Config) { c.PAR = false }, false, 400, "invalid_request"},
		{"tokens for no key", func(c *ginauth0.Config) { c.DPoP = false }, true, 400, "login_failed"},
	}
	for i, a := range newStrictApps(t, slices.Repeat([]string{"ES256"}, len(cases))...) {
		c := cases[i]
		t.Run(c.name, func(t *testing.T) {
			a.start(t, c.edit)
			v := a.visitor(t)
			var answer reply
			if c.toForm {
				answer = v.signIn("/auth/login?returnTo=/token", "ada")
			} else {
				answer, _ = v.open("/auth/login")
			}
			answer.want(t, c.status, "")
			if !strings.Contains(answer.body, `"error":"`+c.code+`"`) || strings.Contains(answer.body, "mismatch") {
				t.Errorf("the answer is %s, want %s", answer.body, c.code)
			}
			if cookies := v.cookies(); cookies != "" {
				t.Errorf("the browser has the cookies %q", cookies)
			}
		})
	}
}

// What is authorized in detail (RFC 9396) goes to the provider unseen, and the program learns what was granted of it.
func TestProviderGrantsDetails(t *testing.T) {
	t.Parallel()
	a := newStrictApps(t, "ES256")[0]
	a.start(t)
	v := a.visitor(t)
	details := `[{"type":"messages","actions":["read","delete"],"locations":["` + audience + `"]}]`
	v.signIn("/details?details="+url.QueryEscape(details), "ada").want(t, http.StatusOK, `{"audience":"","type":"DPoP"}`)
	if query := v.query("/auth"); len(query) != 2 {
		t.Errorf("the browser saw %q of the request", slices.Sorted(maps.Keys(query)))
	}
	var granted []map[string]any
	if err := json.Unmarshal(<-a.granted, &granted); err != nil || len(granted) != 1 ||
		granted[0]["type"] != "messages" || fmt.Sprint(granted[0]["actions"]) != "[read]" {
		t.Errorf("granted is %v, %v", granted, err)
	}

	refused, _ := v.open("/details?details=" + url.QueryEscape(`[{"type":"nobody's"}]`))
	refused.want(t, http.StatusBadRequest, "")
	if !strings.Contains(refused.body, `"invalid_authorization_details"`) {
		t.Errorf("an unknown type is answered %s", refused.body)
	}
}
