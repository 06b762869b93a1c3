package ginauth0_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions/cookie"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func validConfig() ginauth0.Config {
	return ginauth0.Config{
		Domain: "tenant.eu.auth0.com", ClientID: "client", ClientSecret: "secret",
		Secrets: []ginauth0.Secret{secret1}, BaseURL: "https://app.example",
	}
}

// fields returns the sorted fields that an error names, once each.
func fields(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v names no fields", err)
	}
	var names []string
	for _, e := range joined.Unwrap() {
		var c *ginauth0.ConfigError
		if !errors.As(e, &c) {
			t.Fatalf("%v is no ConfigError", e)
		}
		names = append(names, c.Field)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestNewReportsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	auth, err := ginauth0.New(t.Context(), ginauth0.Config{})
	if auth != nil {
		t.Error("an Auth came with the error")
	}
	if got, want := strings.Join(fields(t, err), " "), "BaseURL ClientID ClientSecret Domain Secrets"; got != want {
		t.Errorf("fields %s, want %s", got, want)
	}
	if !strings.Contains(err.Error(), "openssl rand -hex 32") || !strings.HasPrefix(err.Error(), "ginauth0: ") {
		t.Errorf("error %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit  func(*ginauth0.Config)
		field string
	}{
		"http domain":                    {func(c *ginauth0.Config) { c.Domain = "http://tenant.example" }, "Domain"},
		"domain with a path":             {func(c *ginauth0.Config) { c.Domain = "tenant.example/x" }, "Domain"},
		"short secret":                   {func(c *ginauth0.Config) { c.Secrets = []ginauth0.Secret{secret1, "short"} }, "Secrets"},
		"repeated secret":                {func(c *ginauth0.Config) { c.Secrets = []ginauth0.Secret{secret1, secret1} }, "Secrets"},
		"http base URL":                  {func(c *ginauth0.Config) { c.BaseURL = "http://app.example" }, "BaseURL"},
		"base URL with a query":          {func(c *ginauth0.Config) { c.BaseURL = "https://app.example?x" }, "BaseURL"},
		"base URL with user info":        {func(c *ginauth0.Config) { c.BaseURL = "https://a:b@app.example" }, "BaseURL"},
		"base URL relative":              {func(c *ginauth0.Config) { c.BaseURL = "/app" }, "BaseURL"},
		"base URL with dot segments":     {func(c *ginauth0.Config) { c.BaseURL = "https://app.example/a/../b" }, "BaseURL"},
		"another scheme":                 {func(c *ginauth0.Config) { c.ExtraBaseURLs = []string{"http://localhost"} }, "ExtraBaseURLs"},
		"a proxy that is a name":         {func(c *ginauth0.Config) { c.TrustedProxies = []string{"proxy.example"} }, "TrustedProxies"},
		"no openid":                      {func(c *ginauth0.Config) { c.Scopes = []string{"profile"} }, "Scopes"},
		"a scope with a space":           {func(c *ginauth0.Config) { c.Scopes = []string{"openid profile"} }, "Scopes"},
		"owned static parameter":         {func(c *ginauth0.Config) { c.AuthorizationParams = map[string]string{"state": "x"} }, "AuthorizationParams"},
		"bad static max_age":             {func(c *ginauth0.Config) { c.AuthorizationParams = map[string]string{"max_age": "x"} }, "AuthorizationParams"},
		"owned forwarded parameter":      {func(c *ginauth0.Config) { c.ForwardParams = []string{"redirect_uri"} }, "ForwardParams"},
		"HS256":                          {func(c *ginauth0.Config) { c.IDTokenAlgs = []string{"HS256"} }, "IDTokenAlgs"},
		"none":                           {func(c *ginauth0.Config) { c.IDTokenAlgs = []string{"RS256", "none"} }, "IDTokenAlgs"},
		"no algorithm":                   {func(c *ginauth0.Config) { c.IDTokenAlgs = []string{} }, "IDTokenAlgs"},
		"negative leeway":                {func(c *ginauth0.Config) { c.Leeway = -1 }, "Leeway"},
		"large leeway":                   {func(c *ginauth0.Config) { c.Leeway = 5*time.Minute + 1 }, "Leeway"},
		"negative time-out":              {func(c *ginauth0.Config) { c.HTTPTimeout = -1 }, "HTTPTimeout"},
		"route with a parameter":         {func(c *ginauth0.Config) { c.Routes.Login = "/:login" }, "Routes.Login"},
		"route without a slash":          {func(c *ginauth0.Config) { c.Routes.Logout = "logout" }, "Routes.Logout"},
		"login without callback":         {func(c *ginauth0.Config) { c.Routes.Callback = "-" }, "Routes.Callback"},
		"prefix with a slash at its end": {func(c *ginauth0.Config) { c.Routes.Prefix = "/auth/" }, "Routes.Prefix"},
		"AfterLogin elsewhere":           {func(c *ginauth0.Config) { c.Routes.AfterLogin = "https://evil.example" }, "Routes.AfterLogin"},
		"no cookie name":                 {func(c *ginauth0.Config) { c.Session.Name = "a b" }, "Session.Name"},
		"__Host- with a domain":          {func(c *ginauth0.Config) { c.Session.Name, c.Session.Domain = "__Host-s", "app.example" }, "Session.Name"},
		"__Host- with a path":            {func(c *ginauth0.Config) { c.Session.Name, c.Session.Path = "__Host-s", "/a" }, "Session.Name"},
		"__Host- on http":                {func(c *ginauth0.Config) { c.Session.Name, c.BaseURL = "__Host-s", "http://localhost" }, "Session.Name"},
		"__Secure- on http":              {func(c *ginauth0.Config) { c.Session.AttemptPrefix, c.BaseURL = "__Secure-t", "http://localhost" }, "Session.AttemptPrefix"},
		"prefix of the session":          {func(c *ginauth0.Config) { c.Session.AttemptPrefix = "_a0" }, "Session.AttemptPrefix"},
		"SameSite Strict":                {func(c *ginauth0.Config) { c.Session.SameSite = http.SameSiteStrictMode }, "Session.SameSite"},
		"SameSite None on http":          {func(c *ginauth0.Config) { c.Session.SameSite, c.BaseURL = http.SameSiteNoneMode, "http://localhost" }, "Session.SameSite"},
		"a path that is none":            {func(c *ginauth0.Config) { c.Session.Path = "a;b" }, "Session.Path"},
		"negative absolute":              {func(c *ginauth0.Config) { c.Session.Absolute = -1 }, "Session.Absolute"},
		"inactivity above absolute":      {func(c *ginauth0.Config) { c.Session.Absolute, c.Session.Inactivity = time.Hour, 2*time.Hour }, "Session.Inactivity"},
		"small budget":                   {func(c *ginauth0.Config) { c.Session.MaxBytes = 4095 }, "Session.MaxBytes"},
		"large budget":                   {func(c *ginauth0.Config) { c.Session.MaxBytes = 40961 }, "Session.MaxBytes"},
		"a domain and a resolver":        {func(c *ginauth0.Config) { c.DomainResolver = func(*http.Request) (string, error) { return "", nil } }, "DomainResolver"},
		"a path that is no path":         {func(c *ginauth0.Config) { c.Routes.BackchannelLogout = "x" }, "Routes.BackchannelLogout"},
		"profile with a parameter":       {func(c *ginauth0.Config) { c.Routes.Profile = "/*all" }, "Routes.Profile"},
		"connect with a parameter":       {func(c *ginauth0.Config) { c.Routes.Connect = "/:connection" }, "Routes.Connect"},
		"both connect flavours": {func(c *ginauth0.Config) {
			c.Routes.EnableConnectedAccounts, c.Routes.EnableLinking = true, true
		}, "Routes.EnableLinking"},
		"connected accounts without callback": {func(c *ginauth0.Config) {
			c.Routes.EnableConnectedAccounts, c.Routes.Login, c.Routes.Callback = true, "-", "-"
		}, "Routes.Callback"},
		"linking without callback": {func(c *ginauth0.Config) {
			c.Routes.EnableLinking, c.Routes.ConnectCallback = true, "-"
		}, "Routes.ConnectCallback"},
		"unlinking without callback": {func(c *ginauth0.Config) {
			c.Routes.EnableLinking, c.Routes.UnconnectCallback = true, "-"
		}, "Routes.UnconnectCallback"},
		"access token with a dot": {func(c *ginauth0.Config) { c.Routes.AccessToken = "/a/./b" }, "Routes.AccessToken"},
		"transient in another store": {func(c *ginauth0.Config) {
			c.Session.Transient, c.Session.Store = true, cookie.NewStore([]byte(secret1))
		}, "Session.Transient"},
		"a nil store":                {func(c *ginauth0.Config) { c.Session.Store = (*ginauth0.CookieStore)(nil) }, "Session.Store"},
		"unknown strategy":           {func(c *ginauth0.Config) { c.Logout.Strategy = "v3" }, "Logout.Strategy"},
		"relative return address":    {func(c *ginauth0.Config) { c.Logout.ReturnTo = []string{"/bye"} }, "Logout.ReturnTo"},
		"script as a return address": {func(c *ginauth0.Config) { c.Logout.ReturnTo = []string{"javascript:alert(1)"} }, "Logout.ReturnTo"},
	} {
		cfg := validConfig()
		test.edit(&cfg)
		auth, err := ginauth0.New(t.Context(), cfg)
		if err == nil || auth != nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if got := fields(t, err); !slices.Contains(got, test.field) {
			t.Errorf("%s: %v, want %s", name, got, test.field)
		}
		if strings.Contains(err.Error(), "first secret") {
			t.Errorf("%s: the error shows a secret", name)
		}
	}
}

// What a first try lacks, and what to do about it, each in one line.
func TestNewSaysHowToPutItRight(t *testing.T) {
	t.Parallel()
	for start, edit := range map[string]func(*ginauth0.Config){
		"Domain (AUTH0_DOMAIN) is missing: the domain of the tenant, such as tenant.eu.auth0.com (Auth0 dashboard: Applications, your application, Settings)": func(c *ginauth0.Config) {
			c.Domain = ""
		},
		"Domain (AUTH0_DOMAIN) must be a host name without a path, such as tenant.eu.auth0.com": func(c *ginauth0.Config) { c.Domain = "tenant.eu.auth0.com/" },
		"ClientSecret (AUTH0_CLIENT_SECRET) is missing: the client secret":                      func(c *ginauth0.Config) { c.ClientSecret = "" },
		"Secrets (AUTH0_SECRET) is missing: 32 bytes or more that seal the cookies; make one with: openssl rand -hex 32": func(c *ginauth0.Config) {
			c.Secrets = nil
		},
		"BaseURL (APP_BASE_URL) is missing: the public URL of the application, such as https://app.example.com; register https://app.example.com/auth/callback at the tenant": func(c *ginauth0.Config) {
			c.BaseURL = ""
		},
		"BaseURL (APP_BASE_URL) must be https, as browsers see it in front of any proxy":       func(c *ginauth0.Config) { c.BaseURL = "http://app.example" },
		"BaseURL (APP_BASE_URL) must be an absolute URL such as https://app.example.com":       func(c *ginauth0.Config) { c.BaseURL = "app.example" },
		"BaseURL (APP_BASE_URL) must have a plain path such as /shop":                          func(c *ginauth0.Config) { c.BaseURL = "https://app.example/a%20b" },
		"Scopes (AUTH0_SCOPE) must contain openid, or nobody is signed in":                     func(c *ginauth0.Config) { c.Scopes = []string{} },
		"AudienceScopes has an entry that is no scope":                                         func(c *ginauth0.Config) { c.AudienceScopes = map[string][]string{"api": {"a b"}} },
		"ClientAssertion.Key (AUTH0_CLIENT_ASSERTION_SIGNING_KEY) is missing":                  func(c *ginauth0.Config) { c.ClientSecret, c.ClientAssertion.KeyID = "", "k" },
		"TrustedProxies has an entry that is neither an address nor a CIDR such as 10.0.0.0/8": func(c *ginauth0.Config) { c.TrustedProxies = []string{"proxy"} },
		"Logout.Strategy is none of LogoutAuto, LogoutOIDC, LogoutV2 and LogoutLocal":          func(c *ginauth0.Config) { c.Logout.Strategy = "v3" },
	} {
		cfg := validConfig()
		edit(&cfg)
		_, err := ginauth0.New(t.Context(), cfg)
		if err == nil || !strings.HasPrefix(err.Error(), "ginauth0: "+start) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, start)
		}
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*ginauth0.Config){
		"as it is":                 func(*ginauth0.Config) {},
		"a public client":          func(c *ginauth0.Config) { c.ClientSecret, c.AllowPublicClient = "", true },
		"http on loopback":         func(c *ginauth0.Config) { c.BaseURL = "http://127.0.0.1:3000/app/" },
		"http anywhere, if wanted": func(c *ginauth0.Config) { c.BaseURL, c.InsecureHTTPBaseURL = "http://app.example", true },
		"proxies":                  func(c *ginauth0.Config) { c.TrustedProxies = []string{"10.0.0.0/8", "::1"} },
		"short sessions":           func(c *ginauth0.Config) { c.Session.Absolute = time.Minute },
		"__Host- on https":         func(c *ginauth0.Config) { c.Session.Name = "__Host-session" },
		"linking by the program": func(c *ginauth0.Config) {
			c.Routes.EnableLinking, c.Routes.Connect, c.Routes.Unconnect, c.Routes.UnconnectCallback = true, "-", "-", "-"
		},
		"no prefix": func(c *ginauth0.Config) { c.Routes.Prefix = "/" },
		"a resolver": func(c *ginauth0.Config) {
			c.Domain, c.DomainResolver = "", func(*http.Request) (string, error) { return "", nil }
		},
		"another store": func(c *ginauth0.Config) { c.Session.Store = cookie.NewStore([]byte(secret1)) },
		"no routes":     func(c *ginauth0.Config) { c.Routes.BackchannelLogout, c.Routes.Logout = "-", "-" },
	} {
		cfg := validConfig()
		edit(&cfg)
		auth, err := ginauth0.New(t.Context(), cfg)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		auth.Close()
		auth.Close()
	}
	if _, err := ginauth0.New(nil, validConfig()); err == nil { //nolint:staticcheck // the mistake is what is tested
		t.Error("a nil context was accepted")
	}
}
