package ginauth0_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A login asks for the configured scopes and those of its API, each once and in this
// order.
func TestLoginScopesOfAnAudience(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scopes   []string
		audience string
		options  ginauth0.LoginOptions
		want     string
	}{
		"no audience":                    {nil, "", ginauth0.LoginOptions{}, "openid profile email"},
		"a default without an entry":     {nil, auth0test.DefaultAudience, ginauth0.LoginOptions{}, "openid profile email"},
		"a default with an entry":        {nil, secondAudience, ginauth0.LoginOptions{}, "openid profile email read:files"},
		"another audience for one login": {nil, auth0test.DefaultAudience, ginauth0.LoginOptions{Audience: secondAudience}, "openid profile email read:files"},
		"one without an entry":           {nil, secondAudience, ginauth0.LoginOptions{Audience: auth0test.DefaultAudience}, "openid profile email"},
		"more scopes, some repeated": {
			[]string{"openid", "read:files"}, secondAudience, ginauth0.LoginOptions{Scopes: []string{"write:files", "openid", "write:files"}}, "openid read:files write:files",
		},
		"scopes of the program": {nil, secondAudience, ginauth0.LoginOptions{Params: map[string]string{"scope": "write:files"}}, "openid write:files"},
	} {
		a := newApp(t, func(s *setup) {
			s.config.Scopes, s.config.Audience = test.scopes, test.audience
			s.config.AudienceScopes = map[string][]string{secondAudience: {"read:files"}}
			s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
				router.GET("/custom", func(c *gin.Context) {
					if err := auth.Login(c, test.options); err != nil {
						auth.Fail(c, err)
					}
				})
			}
		})
		query := a.browser(t).get("/custom").location(t).Query()
		wantAudience := test.audience
		if test.options.Audience != "" {
			wantAudience = test.options.Audience
		}
		if query.Get("scope") != test.want || query.Get("audience") != wantAudience || query.Has("audience") != (wantAudience != "") {
			t.Errorf("%s: scope %q, audience %q; want %q, %q", name, query.Get("scope"), query["audience"], test.want, wantAudience)
		}
	}
}
