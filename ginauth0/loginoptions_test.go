package ginauth0_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// withOptions has a page /custom that logs in as options say, and tells an error of it.
func withOptions(t *testing.T, options *ginauth0.LoginOptions) func(*setup) {
	return func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/custom", func(c *gin.Context) {
				if err := auth.Login(c, *options); err != nil {
					if !errors.Is(err, ginauth0.ErrBadRequest) {
						t.Errorf("error %v", err)
					}
					auth.Fail(c, err)
				}
			})
		}
	}
}

func TestLoginOptionsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	var options ginauth0.LoginOptions
	negative, long, longest := -time.Second, 1<<31*time.Second, (1<<31-1)*time.Second
	b := newApp(t, withOptions(t, &options)).browser(t)
	for name, test := range map[string]struct {
		options ginauth0.LoginOptions
		good    bool
	}{
		"AppState of 1024 bytes":     {ginauth0.LoginOptions{AppState: strings.Repeat("s", 1024)}, true},
		"AppState of 1025 bytes":     {ginauth0.LoginOptions{AppState: strings.Repeat("s", 1025)}, false},
		"MaxAge below zero":          {ginauth0.LoginOptions{MaxAge: &negative}, false},
		"MaxAge at its limit":        {ginauth0.LoginOptions{MaxAge: &longest}, true},
		"MaxAge above its limit":     {ginauth0.LoginOptions{MaxAge: &long}, false},
		"max_age of no number":       {ginauth0.LoginOptions{Params: map[string]string{"max_age": "soon"}}, false},
		"max_age that is empty":      {ginauth0.LoginOptions{Params: map[string]string{"max_age": ""}}, false},
		"max_age of the program's":   {ginauth0.LoginOptions{Params: map[string]string{"max_age": "60"}}, true},
		"an invitation to nowhere":   {ginauth0.LoginOptions{Invitation: "i"}, false},
		"details of nothing at all":  {ginauth0.LoginOptions{Params: map[string]string{"authorization_details": ""}}, false},
		"details as a parameter":     {ginauth0.LoginOptions{Params: map[string]string{"authorization_details": payment}}, true},
		"parameters that are owned":  {ginauth0.LoginOptions{Params: map[string]string{"request": "x", "dpop_jkt": "x", "client_assertion": "x"}}, true},
		"an address of another site": {ginauth0.LoginOptions{ReturnTo: "https://evil.example/"}, true},
	} {
		options = test.options
		r := b.get("/custom", asJSON)
		if test.good {
			if query := r.location(t).Query(); r.status != http.StatusFound || query.Has("request") || query.Has("dpop_jkt") || query.Has("client_assertion") {
				t.Errorf("%s: %d %v", name, r.status, query)
			}
			continue
		}
		wantError(t, r, http.StatusBadRequest, `"error":"invalid_request"`)
		if len(r.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %v", name, r.header)
		}
	}
}

// acr_values of the program are enforced, whichever way it asks for them and whatever the
// query asks for.
func TestLoginOptionsEnforceACRValues(t *testing.T) {
	t.Parallel()
	var options ginauth0.LoginOptions
	for _, configured := range []string{"", "bronze"} {
		a := newApp(t, withOptions(t, &options), config(func(c *ginauth0.Config) {
			if configured != "" {
				c.AuthorizationParams = map[string]string{"acr_values": configured}
			}
		}))
		for name, test := range map[string]struct {
			options ginauth0.LoginOptions
			asked   string
		}{
			"an option":                    {ginauth0.LoginOptions{ACRValues: []string{"gold", "silver"}}, "gold silver"},
			"a parameter":                  {ginauth0.LoginOptions{Params: map[string]string{"acr_values": "gold  silver"}}, "gold  silver"},
			"an option before a parameter": {ginauth0.LoginOptions{ACRValues: []string{"gold", "silver"}, Params: map[string]string{"acr_values": "bronze"}}, "gold silver"},
		} {
			for acr, status := range map[string]int{"gold": http.StatusFound, "silver": http.StatusFound, "bronze": http.StatusUnauthorized, "gold silver": http.StatusUnauthorized, "": http.StatusUnauthorized} {
				options = test.options
				a.tenant.EditIDToken(func(_, claims map[string]any) { claims["acr"] = acr })
				b := a.browser(t)
				if got := b.get("/custom").location(t).Query().Get("acr_values"); got != test.asked {
					t.Errorf("%s: asked for %q, want %q", name, got, test.asked)
				}
				if r := b.get(b.toCallback("/custom?acr_values=bronze"), asJSON); r.status != status {
					t.Errorf("%s, acr %q: %d %s", name, acr, r.status, r.body)
				}
			}
		}
	}
}

// It is as silent if the program asks for it, and not a link.
func TestASilentLoginOfTheProgramLeadsBack(t *testing.T) {
	t.Parallel()
	silent := map[string]string{"prompt": "none"}
	for name, test := range map[string]struct {
		options ginauth0.LoginOptions
		static  map[string]string
	}{
		"for one login": {ginauth0.LoginOptions{ReturnTo: "/here", Params: silent}, nil},
		"for all":       {ginauth0.LoginOptions{ReturnTo: "/here"}, silent},
	} {
		a := newApp(t, withOptions(t, &test.options), config(func(c *ginauth0.Config) { c.AuthorizationParams = test.static }))
		a.tenant.SetAutoApprove("")
		b := a.browser(t)
		if r := b.get(b.toCallback("/custom")); r.status != http.StatusFound || r.header.Get("Location") != "/here" {
			t.Errorf("%s: %d to %q", name, r.status, r.header.Get("Location"))
		}
	}
}
