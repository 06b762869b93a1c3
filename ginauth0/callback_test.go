package ginauth0_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

const asJSON = "Accept: application/json"

func TestLoginOpensASession(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.Audience = auth0test.DefaultAudience
		c.Scopes = []string{"openid", "profile", "email", "offline_access"}
	}))
	b := a.browser(t)
	r := b.login("/auth/login?returnTo=/profile%3Fa%3Db%23c")
	if got := r.header.Get("Location"); got != "/profile?a=b#c" {
		t.Errorf("leads to %q", got)
	}
	if got := r.header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control = %q", got)
	}
	if len(b.attemptCookies()) != 0 || len(b.sessionCookies()) == 0 {
		t.Errorf("cookies %v", b.jarCookies())
	}
	if r := b.get("/profile"); r.status != http.StatusOK || r.body != "profile of auth0|ada" || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("profile: %d %s %v", r.status, r.body, r.header)
	}
}

func TestSessionHoldsWhatTheTenantSaid(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.config.Audience = auth0test.DefaultAudience
		s.config.Scopes = []string{"openid", "profile", "email", "offline_access", "read:messages"}
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/session", auth.Session(), func(c *gin.Context) {
				s, ok := ginauth0.SessionFromContext(c.Request.Context())
				if !ok {
					c.Status(http.StatusTeapot)
					return
				}
				user, _ := ginauth0.UserFrom(c)
				roles, _ := user.Claim("https://app.example/roles")
				var typed struct{ Nickname string }
				if err := user.Claims(&typed); err != nil {
					t.Error(err)
				}
				var names []string
				for _, name := range []string{"iss", "aud", "exp", "nbf", "iat", "azp", "nonce", "at_hash", "c_hash", "s_hash", "sid", "session_expiry"} {
					if _, found := user.Claim(name); found {
						names = append(names, name)
					}
				}
				c.JSON(http.StatusOK, gin.H{
					"sub": user.Subject, "name": user.Name, "email": user.Email, "verified": user.EmailVerified, "roles": roles, "typed": typed.Nickname,
					"protocol": names, "acr": user.ACR, "amr": user.AMR, "auth_time": !user.AuthTime.IsZero(),
					"sid": s.ID() != "", "issuer": s.Issuer(), "refresh": s.HasRefreshToken(), "id_token": s.HasIDToken(), "tokens": len(s.Tokens()),
					"audience": s.Tokens()[0].Audience, "scopes": strings.Join(s.Tokens()[0].Scopes, " "), "type": s.Tokens()[0].Type,
					"token_life": s.Tokens()[0].ExpiresAt.Sub(s.CreatedAt()) > 50*time.Minute, "life": s.ExpiresAt().Sub(s.CreatedAt()).String(),
				})
			})
		}
	})
	a.tenant.EditIDToken(func(_, claims map[string]any) {
		claims["https://app.example/roles"] = []string{"admin"}
		claims["acr"], claims["amr"], claims["email_verified"] = "gold", []string{"pwd", "mfa"}, true
	})
	b := a.browser(t)
	b.login("/auth/login")
	want := `{"acr":"gold","amr":["pwd","mfa"],"audience":"https://api.example.test","auth_time":true,"email":"ada@example.test","id_token":true,` +
		`"issuer":"` + a.tenant.Issuer() + `","life":"24h0m0s","name":"Ada Lovelace","protocol":null,"refresh":true,"roles":["admin"],` +
		`"scopes":"openid profile email offline_access read:messages","sid":true,"sub":"auth0|ada","token_life":true,"tokens":1,"type":"Bearer","typed":"ada","verified":true}`
	if got := b.get("/session").body; got != want {
		t.Errorf("session\n got %s\nwant %s", got, want)
	}
}

func TestTheBackButtonLeadsHome(t *testing.T) {
	t.Parallel()
	b := newApp(t, config(func(c *ginauth0.Config) { c.Routes.AfterLogin = "/profile" })).browser(t)
	callback := b.toCallback("/auth/login")
	b.get(callback)
	if r := b.get(callback); r.status != http.StatusFound || r.header.Get("Location") != "/profile" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("a second click: %d to %q", r.status, r.header.Get("Location"))
	}
}

func TestCallbackChecksTheIssuerParameter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		iss       string
		announced bool
		status    int
	}{
		"of another issuer":          {"https://evil.example/", true, 400},
		"without the slash":          {"-", false, 400},
		"missing though announced":   {"", true, 400},
		"missing and not announced":  {"", false, 302},
		"right though not announced": {"right", false, 302},
	} {
		a := newApp(t)
		if !test.announced {
			a.tenant.EditDiscovery(func(d map[string]any) { delete(d, "authorization_response_iss_parameter_supported") })
		}
		b := a.browser(t)
		u, _ := url.Parse(b.toCallback("/auth/login"))
		q := u.Query()
		switch test.iss {
		case "":
			q.Del("iss")
		case "right":
		case "-":
			q.Set("iss", a.tenant.URL())
		default:
			q.Set("iss", test.iss)
		}
		if r := b.get("/auth/callback?"+q.Encode(), asJSON); r.status != test.status {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestTheTenantsErrorReachesTheProgramAndNotThePage(t *testing.T) {
	t.Parallel()
	for code, test := range map[string]struct {
		status int
		shown  string
	}{
		"access_denied":                {403, "access_denied"},
		"login_required":               {401, "login_required"},
		"server_error":                 {502, "server_error"},
		"temporarily_unavailable":      {503, "temporarily_unavailable"},
		"invalid_scope":                {400, "invalid_scope"},
		"<script>alert(1)</script>":    {400, "login_failed"},
		"something_of_this_tenant_own": {400, "login_failed"},
	} {
		var got atomic.Pointer[ginauth0.ProviderError]
		a := newApp(t, config(func(c *ginauth0.Config) {
			c.OnError = func(_ *gin.Context, err error) {
				var e *ginauth0.ProviderError
				if errors.As(err, &e) {
					got.Store(e)
				}
			}
		}))
		for _, accept := range []string{asJSON, "Accept: text/html"} {
			b := a.browser(t)
			u, _ := url.Parse(b.toCallback("/auth/login"))
			q := u.Query()
			q.Del("code")
			q.Set("error", code)
			q.Set("error_description", "<b>markup</b> from the tenant")
			r := b.get("/auth/callback?"+q.Encode(), accept)
			if r.status != test.status || !strings.Contains(r.body, test.shown) || strings.Contains(r.body, "markup") || strings.Contains(r.body, "alert") {
				t.Errorf("%s: %d %s", code, r.status, r.body)
			}
			if e := got.Load(); e == nil || e.Code != code || e.Description != "<b>markup</b> from the tenant" {
				t.Errorf("%s: the program got %+v", code, e)
			}
			if accept != asJSON && (!strings.HasPrefix(r.header.Get("Content-Security-Policy"), "default-src 'none'") ||
				r.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(r.body, `href="/auth/login"`)) {
				t.Errorf("%s: page %v %s", code, r.header, r.body)
			}
			if len(b.attemptCookies()) != 0 || len(b.sessionCookies()) != 0 {
				t.Errorf("%s: cookies %v", code, b.jarCookies())
			}
		}
	}
}

func TestASilentLoginThatNeedsThePersonLeadsBack(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant.SetAutoApprove("")
	b := a.browser(t)
	callback := b.toCallback("/auth/login?prompt=none&returnTo=/here")
	if r := b.get(callback); r.status != http.StatusFound || r.header.Get("Location") != "/here" || len(b.sessionCookies()) != 0 {
		t.Errorf("%d to %q", r.status, r.header.Get("Location"))
	}
}

func TestLoginAsAnotherPersonReplacesTheSession(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	b.login("/auth/login")
	a.tenant.SetAutoApprove("grace")
	b.login("/auth/login")
	if r := b.get("/profile"); r.body != "profile of auth0|grace" {
		t.Errorf("profile: %s", r.body)
	}
}

// A code that is spent on a session which cannot be written is lost.
func TestACallbackThatCannotWriteSpendsNoCode(t *testing.T) {
	t.Parallel()
	var failed atomic.Value
	a := newApp(t, func(s *setup) {
		s.mount = func(router *gin.Engine) gin.IRouter {
			return router.Group("/", func(c *gin.Context) {
				if c.Query("code") != "" {
					c.Writer.WriteHeaderNow()
					c.Next()
					if last := c.Errors.Last(); last != nil {
						failed.Store(last.Err)
					}
				}
			})
		}
	})
	b := a.browser(t)
	b.get(b.toCallback("/auth/login"))
	if err, _ := failed.Load().(error); !errors.Is(err, ginauth0.ErrResponseStarted) {
		t.Errorf("error %v", err)
	}
	if got := a.tenant.Requests("/oauth/token"); got != 0 {
		t.Errorf("%d token requests", got)
	}
}

func TestAPublicClientSendsNoSecret(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(s *setup) {
		s.tenant.Clients = []auth0test.Client{{ID: "public", Public: true, AllowLoopback: true}}
		s.config.ClientID, s.config.ClientSecret, s.config.AllowPublicClient = "public", "", true
	})
	var form, authorization atomic.Value
	a.tenant.Break("/oauth/token", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		form.Store(string(body))
		authorization.Store(r.Header.Get("Authorization"))
		next.ServeHTTP(w, r)
	})
	a.browser(t).login("/auth/login")
	sent, _ := form.Load().(string)
	if authorization.Load() != "" || strings.Contains(sent, "client_secret") || !strings.Contains(sent, "client_id=public") || !strings.Contains(sent, "code_verifier=") {
		t.Errorf("sent %q, Authorization %q", sent, authorization.Load())
	}
}

func TestKeyRotationAndATenantWithNewKeysNeedNoRestart(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.browser(t).login("/auth/login")
	a.tenant.RotateKeys()
	a.browser(t).login("/auth/login")
	a.tenant.ReplaceKeys()
	a.browser(t).login("/auth/login")
	if got := a.tenant.Requests("/.well-known/jwks.json"); got != 3 {
		t.Errorf("%d key fetches, want 3", got)
	}
}
