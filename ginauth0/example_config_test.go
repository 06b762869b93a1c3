package ginauth0_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// The settings of an application with some traffic, behind a proxy. Domain, ClientID, a
// secret of the client, Secrets and BaseURL are all that a beginning needs.
func ExampleConfig() {
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain:       "tenant.eu.auth0.com",
		ClientID:     "my-client",
		ClientSecret: "from the secret manager",
		Secrets: []ginauth0.Secret{ // the new one seals; sessions of the old one go on
			"made with: openssl rand -hex 32 (this year)",
			"made with: openssl rand -hex 32 (last year)",
		},
		BaseURL:        "https://www.example.com/shop", // the proxy takes /shop off
		ExtraBaseURLs:  []string{"https://shop.example.org"},
		TrustedProxies: []string{"10.0.0.0/8"}, // whose X-Forwarded-Host chooses between the two

		Scopes:   []string{"openid", "profile", "email", "offline_access"},
		Audience: "https://api.example.com",
		AudienceScopes: map[string][]string{
			"https://api.example.com":     {"read:messages"},
			"https://billing.example.com": {"read:invoices"},
		},
		DPoP:        true,
		IDTokenAlgs: []string{"RS256", "PS256"},
		Leeway:      30 * time.Second,

		HTTPClient:       &http.Client{Transport: http.DefaultTransport},
		HTTPTimeout:      5 * time.Second,
		Logger:           slog.New(slog.NewJSONHandler(io.Discard, nil)), // or os.Stderr
		DisableTelemetry: true,

		EndSessionOnInvalidGrant: true, // a refresh token that is refused ends the session too
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	fmt.Println("ready")
	// Output: ready
}

// What makes an application weaker has a name that says so.
func ExampleConfig_insecure() {
	cfg := ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "my-client",
		Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL: "http://intranet.example",
	}
	_, err := ginauth0.New(context.Background(), cfg)
	fmt.Println(err != nil)
	cfg.AllowPublicClient = true   // no secret: anybody can be this client
	cfg.InsecureHTTPBaseURL = true // anybody on the network can be this person
	_, err = ginauth0.New(context.Background(), cfg)
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// Sessions for people at a shared computer: half an hour without a request ends them, and
// the working day does. What the page itself asks for every minute does not count.
func ExampleSessionConfig() {
	cfg := ginauth0.Config{
		Session: ginauth0.SessionConfig{
			Absolute:    8 * time.Hour,
			Inactivity:  30 * time.Minute,
			Transient:   true, // the browser forgets it when it is closed
			SkipRolling: func(r *http.Request) bool { return r.URL.Path == "/news" },
		},
	}
	exampleHooks(cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			session, _ := ginauth0.SessionFrom(c)
			c.String(http.StatusOK, "ends after %v without a request", session.ExpiresAt().Sub(session.UpdatedAt()))
		})
	}, "/")
	// Output: ends after 30m0s without a request
}

// Several applications at one host: each has names and a path of its own for its cookies,
// and a size that its proxy takes.
func ExampleSessionConfig_cookies() {
	store, err := ginauth0.NewCookieStore("made with: openssl rand -hex 32 ...")
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "my-client", ClientSecret: "from the secret manager",
		Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL: "https://www.example.com",
		Session: ginauth0.SessionConfig{
			Store:          store, // or that of package redisstore, or one of gin-contrib/sessions
			Name:           "shop",
			AttemptPrefix:  "shop_tx_",
			Path:           "/shop",
			Domain:         "example.com", // all hosts below example.com get them
			SameSite:       http.SameSiteNoneMode,
			MaxBytes:       4096,
			OmitIDToken:    true, // smaller, but a logout has no id_token_hint
			DisableRolling: true, // no cookie is written again for a mere visit
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	router := gin.New()
	auth.Mount(router.Group("/shop"))
	fmt.Println("ready")
	// Output: ready
}

// Routes with names of the application's own, and some that are off unless they are
// enabled.
func ExampleRoutesConfig() {
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "my-client", ClientSecret: "from the secret manager",
		Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL: "https://app.example.com",
		Routes: ginauth0.RoutesConfig{
			Prefix: "/account", Login: "/sign-in", Callback: "/back", Logout: "/sign-out",
			BackchannelLogout: "-", // none
			AfterLogin:        "/home",

			EnableProfile: true, Profile: "/me",
			EnableAccessToken: true, AccessToken: "/token",
			EnableConnectedAccounts: true, Connect: "/connect",
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	router := gin.New()
	auth.Mount(router)
	printRoutes(router)
	// Output:
	// GET /account/back
	// GET /account/connect
	// GET /account/me
	// GET /account/sign-in
	// GET /account/sign-out
	// GET /account/token
}

// printRoutes prints the GET routes in order.
func printRoutes(router *gin.Engine) {
	var lines []string
	for _, route := range router.Routes() {
		if route.Method == http.MethodGet {
			lines = append(lines, route.Method+" "+route.Path)
		}
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
}

// Identities are linked at routes of their own.
func ExampleRoutesConfig_linking() {
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "my-client", ClientSecret: "from the secret manager",
		Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL: "https://app.example.com",
		Routes: ginauth0.RoutesConfig{
			EnableLinking: true,
			Connect:       "/link", ConnectCallback: "/link/back",
			Unconnect: "/unlink", UnconnectCallback: "/unlink/back",
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer auth.Close()
	router := gin.New()
	auth.Mount(router)
	printRoutes(router)
	// Output:
	// GET /auth/backchannel-logout
	// GET /auth/callback
	// GET /auth/link
	// GET /auth/link/back
	// GET /auth/login
	// GET /auth/logout
	// GET /auth/unlink
	// GET /auth/unlink/back
}

// What every login asks for, and what a link to the login route may ask for.
func ExampleConfig_authorizationParams() {
	tenant := newTenant()
	cfg := ginauth0.Config{
		Organization:        "acme",
		AuthorizationParams: map[string]string{"ui_locales": "de"},
		ForwardParams:       []string{"screen_hint"}, // nothing else of the link goes on to the tenant
	}
	get, done := exampleAppAt(tenant, cfg, func(router *gin.Engine, auth *ginauth0.Auth) {
		router.GET("/", auth.RequireSession(), func(c *gin.Context) {
			user, _ := ginauth0.UserFrom(c)
			c.String(http.StatusOK, "signed in to %s", user.OrganizationName)
		})
	})
	defer done()
	get("/auth/login?screen_hint=signup&prompt=none")
	fmt.Println(get("/"))
	// Output: 200 signed in to acme
}

// Sessions in cookies, and in common only what several instances must agree on: who has
// logged out, and who refreshes.
func ExampleConfig_severalInstances() {
	var (
		marks ginauth0.LogoutStore // redisstore.Store.LogoutStore, or one of your own that package storetest has tested
		locks ginauth0.RefreshLock // redisstore.Store.RefreshLock, likewise
	)
	cfg := ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "my-client", ClientSecret: "from the secret manager",
		Secrets: []ginauth0.Secret{"made with: openssl rand -hex 32 ..."},
		BaseURL: "https://app.example.com",

		LogoutStore: marks,
		RefreshLock: locks,
		// Zero: who cannot be looked up gets 503. This serves them, and those who have
		// logged out with them, while the marks cannot be read.
		BackchannelLogout: ginauth0.BackchannelLogoutConfig{FailOpen: true},
	}
	auth, err := ginauth0.New(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	auth.Close()
	fmt.Println("ready")
	// Output: ready
}
