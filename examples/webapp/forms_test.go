package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const didNotWork = `<p class="note bad" role="status" data-testid="note">That did not work.`

// Whoever presses a button is back at its page when something fails, and reads nothing of the tenant.
func TestFormsThatDoNotWork(t *testing.T) {
	for form, c := range map[string]struct{ endpoint, page string }{
		"/tokens/renew":    {"/oauth/token", "/profile"},
		"/tokens/revoke":   {"/oauth/revoke", "/profile"},
		"/phone":           {"/bc-authorize", "/phone"},
		"/accounts/delete": {"/me/v1/connected-accounts/accounts/", "/accounts"},
	} {
		for name, fault := range map[string]auth0test.Fault{
			"down":    auth0test.Down,
			"refused": answerWith(400, `{"error":"invalid_request","error_description":"<script>","detail":"<script>"}`),
		} {
			t.Run(form+" "+name, func(t *testing.T) {
				a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "/app")
				id := a.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test", "email")
				a.get("/app/accounts").want(t, 200, "/app/accounts", connected)
				endpoint := c.endpoint
				if form == "/accounts/delete" {
					endpoint += id
				}
				a.tenant.Break(endpoint, fault)
				r := a.submit(form, map[string][]string{"id": {id}}, "Sec-Fetch-Site", "same-origin")
				r.want(t, 200, "/app"+c.page, didNotWork, "Log out")
				if strings.Contains(r.body, "<script>") {
					t.Errorf("the tenant writes into the page:\n%s", r.body)
				}
				a.get("/app"+c.page+"?note=").want(t, 200, "/app"+c.page)
			})
		}
	}
}

// Somebody whose session ends meanwhile is led to log in, and back to the page. The form is not answered by a redirect:
// the form-action of the Content-Security-Policy would end it at the tenant.
func TestFormsOfASessionThatHasEnded(t *testing.T) {
	for name, err := range map[string]error{"gone": ginauth0.ErrNoSession, "expired": ginauth0.ErrSessionExpired} {
		t.Run(name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			c, _ := gin.CreateTestContext(recorder)
			c.Request = httptest.NewRequest(http.MethodPost, "/tokens/renew", http.NoBody)
			newSite(nil, settings{auth: ginauth0.Config{BaseURL: "https://example.test/app"}}).failForm(c, "/profile", err)
			const login = "/app/auth/login?returnTo=%2Fapp%2Fprofile"
			if body := recorder.Body.String(); recorder.Code != 401 || !strings.Contains(body, `content="0; url=`+login+`"`) ||
				!strings.Contains(body, `class="button large" href="`+login+`"`) {
				t.Errorf("%d %s", recorder.Code, body)
			}
		})
	}
}
