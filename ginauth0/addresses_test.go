package ginauth0_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// What Mount has written is what is typed in at the tenant.
func TestMountLogsTheAddressesToRegister(t *testing.T) {
	t.Parallel()
	below := func(s *setup) { s.mount = func(router *gin.Engine) gin.IRouter { return router.Group("/people") } }
	for name, test := range map[string]struct {
		edits []func(*setup)
		want  string
	}{
		"as it is": {
			[]func(*setup){config(func(c *ginauth0.Config) { c.BaseURL = "https://app.example" })},
			"callback_urls=https://app.example/auth/callback logout_urls=https://app.example backchannel_logout_url=https://app.example/auth/backchannel-logout\n",
		},
		"below a path and a group, with accounts": {
			[]func(*setup){config(func(c *ginauth0.Config) {
				c.BaseURL, c.Routes.EnableLinking, c.Logout.ReturnTo = "https://app.example/shop/", true, []string{"https://www.example/bye"}
			}), below},
			`callback_urls="https://app.example/shop/people/auth/callback, https://app.example/shop/people/auth/connect/callback, https://app.example/shop/people/auth/unconnect/callback" ` +
				`logout_urls="https://app.example/shop, https://www.example/bye" backchannel_logout_url=https://app.example/shop/people/auth/backchannel-logout` + "\n",
		},
		"two hosts, nothing else": {
			[]func(*setup){config(func(c *ginauth0.Config) {
				c.BaseURL, c.ExtraBaseURLs = "https://a.example", []string{"https://b.example"}
				c.Routes.BackchannelLogout, c.Logout.Strategy = "-", ginauth0.LogoutLocal
			})},
			`callback_urls="https://a.example/auth/callback, https://b.example/auth/callback"` + "\n",
		},
	} {
		a := newApp(t, test.edits...)
		if got := a.log.String(); !strings.Contains(got, `level=INFO msg="addresses to register at the tenant" `+test.want) {
			t.Errorf("%s: log %s", name, got)
		}
	}
}
