package ginauth0_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/signal"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// A whole application: a public page, a page for people who are signed in, and
// the routes to sign in and out. Its settings come from the environment.
func Example() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg, err := ginauth0.ConfigFromEnv()
	if err != nil {
		log.Print(err)
		return
	}
	auth, err := ginauth0.New(ctx, cfg)
	if err != nil {
		log.Print(err) // names every setting that is missing
		return
	}
	defer auth.Close()

	router := gin.New()
	auth.Mount(router) // /auth/login, /auth/callback, /auth/logout
	router.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "Hello. Sign in at /auth/login") })
	router.GET("/profile", auth.RequireSession(), func(c *gin.Context) {
		user, _ := ginauth0.UserFrom(c)
		c.String(http.StatusOK, "Hello %s", user.Name)
	})
	_ = http.ListenAndServe("localhost:3000", router)
}

// exampleApp is an application with a tenant beside it, and a browser.
func exampleApp(protect func(*gin.Engine, *ginauth0.Auth)) (get func(path string) (status int, body string), done func()) {
	return exampleAppOf(ginauth0.Config{}, protect)
}

// exampleAppOf is exampleApp with more settings.
func exampleAppOf(cfg ginauth0.Config, protect func(*gin.Engine, *ginauth0.Auth)) (get func(path string) (status int, body string), done func()) {
	return exampleAppAt(newTenant(), cfg, protect)
}

// newTenant is a tenant at which ada is signed in without a page, and has connected an account.
func newTenant() *auth0test.Tenant {
	tenant, err := auth0test.New(auth0test.Config{AutoApprove: "ada"})
	if err == nil {
		err = tenant.Listen("localhost:0")
	}
	if err != nil {
		log.Fatal(err)
	}
	tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test", "calendar.read")
	return tenant
}

// exampleAppAt is exampleAppOf at a tenant of the example's own, which done closes.
func exampleAppAt(tenant *auth0test.Tenant, cfg ginauth0.Config, protect func(*gin.Engine, *ginauth0.Auth)) (get func(path string) (status int, body string), done func()) {
	router := gin.New()
	server := httptest.NewServer(router)
	cfg.Domain, cfg.BaseURL = tenant.Issuer(), server.URL
	cfg.ClientID, cfg.ClientSecret = auth0test.DefaultClientID, auth0test.DefaultClientSecret
	cfg.Secrets = []ginauth0.Secret{"made with: openssl rand -hex 32 ..."}
	auth, err := ginauth0.New(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	auth.Mount(router)
	protect(router, auth)
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	get = func(path string) (int, string) {
		request, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL+path, nil)
		request.Header.Set("Accept", "text/html")
		response, err := client.Do(request)
		if err != nil {
			return 0, err.Error()
		}
		defer response.Body.Close()
		body := make([]byte, 1024)
		n, _ := response.Body.Read(body)
		return response.StatusCode, string(body[:n])
	}
	return get, func() { server.Close(); auth.Close(); tenant.Close() }
}

// A person who opens a protected page is sent to log in, and back.
func ExampleAuth_RequireSession() {
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		members := router.Group("/members", auth.RequireSession())
		members.GET("/home", func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			c.String(http.StatusOK, "Welcome, %s", user.Name)
		})
	})
	defer done()
	fmt.Println(get("/members/home"))
	// Output: 200 Welcome, Ada Lovelace
}

// A check refuses people who are signed in but may not come in.
func ExampleAuth_RequireSession_check() {
	verified := func(s *ginauth0.Session) error {
		if !s.User().EmailVerified {
			return errors.New("the email address is not verified")
		}
		return nil
	}
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(verified), func(c *gin.Context) { c.Status(http.StatusOK) })
	})
	defer done()
	status, _ := get("/")
	fmt.Println(status)
	// Output: 200
}

// A public page that greets whoever is signed in.
func ExampleAuth_Session() {
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		router.Use(auth.Session())
		router.GET("/", func(c *gin.Context) {
			if user, ok := ginauth0.UserFrom(c); ok {
				c.String(http.StatusOK, "Hello %s", user.GivenName)
				return
			}
			c.String(http.StatusOK, "Hello stranger")
		})
	})
	defer done()
	fmt.Println(get("/"))
	get("/auth/login")
	fmt.Println(get("/"))
	// Output:
	// 200 Hello stranger
	// 200 Hello Ada
}

// Claims of the application's own.
func ExampleUser_Claims() {
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			var claims struct {
				Nickname string   `json:"nickname"`
				Roles    []string `json:"https://app.example/roles"`
			}
			if err := user.Claims(&claims); err != nil {
				c.AbortWithStatus(http.StatusInternalServerError)
				return
			}
			c.String(http.StatusOK, "%s has %d roles", claims.Nickname, len(claims.Roles))
		})
	})
	defer done()
	fmt.Println(get("/"))
	// Output: 200 ada has 0 roles
}

// The session tells about itself without showing a token.
func ExampleSessionFrom() {
	get, done := exampleApp(func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			session, _ := ginauth0.SessionFrom(c)
			c.String(http.StatusOK, "%v, %d access token, refresh token: %v", session, len(session.Tokens()), session.HasRefreshToken())
		})
	})
	defer done()
	fmt.Println(get("/"))
	// Output: 200 ginauth0.Session[redacted], 1 access token, refresh token: false
}

// The store of ginauth0, for an application's own data.
func ExampleNewCookieStore() {
	store, err := ginauth0.NewCookieStore("made with: openssl rand -hex 32 ...")
	if err != nil {
		log.Fatal(err)
	}
	router := gin.New()
	router.Use(sessions.Sessions("basket", store))
	router.GET("/", func(c *gin.Context) {
		basket := sessions.Default(c)
		basket.Set("apples", 3)
		if err := basket.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
		}
	})
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code, w.Result().Cookies()[0].Name)
	// Output: 200 basket
}

// Several mistakes are reported in one go.
func ExampleNew() {
	_, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "client", ClientSecret: "secret", BaseURL: "http://app.example",
	})
	fmt.Println(err)
	// Output:
	// ginauth0: Secrets (AUTH0_SECRET) is missing: 32 bytes or more that seal the cookies; make one with: openssl rand -hex 32
	// ginauth0: BaseURL (APP_BASE_URL) must be https, as browsers see it in front of any proxy: http is for localhost alone, unless InsecureHTTPBaseURL
}
