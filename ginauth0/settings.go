package ginauth0

import (
	"errors"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// Defaults and bounds of a Config.
const (
	defaultPrefix        = "/auth"
	defaultSessionName   = "_a0_session"
	defaultAttemptPrefix = "_a0_tx_"
	defaultAbsolute      = 72 * time.Hour
	defaultInactivity    = 24 * time.Hour
	defaultLeeway        = time.Minute
	maxLeeway            = 5 * time.Minute
	defaultMaxBytes      = 8192
	minMaxBytes          = 4096
	maxMaxBytes          = 40960
	defaultHTTPTimeout   = 10 * time.Second
	off                  = "-" // a route that is left out
)

// settings are a Config that has been judged: defaults filled in, texts parsed.
type settings struct {
	Config

	domain    oidc.Domain     // the zero Domain with a DomainResolver
	assertion *oidc.Assertion // nil without ClientAssertion
	ring      *seal.Ring
	bases     []baseURL
	proxies   []netip.Prefix
}

// newSettings judges a Config. It reports all problems at once.
func newSettings(cfg Config) (*settings, error) {
	s := &settings{Config: cfg}
	var p problems
	s.judgeClient(&p)
	s.judgeURLs(&p)
	s.judgeRequests(&p)
	s.judgeRoutes(&p)
	s.judgeSession(&p)
	s.judgeStores(&p)
	s.judgeLogout(&p)
	if p != nil {
		return nil, errors.Join(p...)
	}
	return s, nil
}

func (s *settings) judgeClient(p *problems) {
	var err error
	switch {
	case s.DomainResolver != nil && s.Domain != "":
		p.add("DomainResolver", "excludes Domain: set one of them")
	case s.DomainResolver != nil:
	case s.Domain == "":
		p.add("Domain", "is missing: the domain of the tenant, such as tenant.eu.auth0.com (%s)", inDashboard)
	default:
		if s.domain, err = oidc.ParseDomain(s.Domain); err != nil {
			p.add("Domain", "%v", err)
		}
	}
	if s.ClientID == "" {
		p.add("ClientID", "is missing: the client ID of the application (%s)", inDashboard)
	}
	s.judgeAssertion(p)
	switch {
	case s.ClientSecret != "" && s.ClientAssertion.isSet():
		p.add("ClientSecret", "excludes ClientAssertion (%s): set one of them", variables["ClientAssertion.Key"])
	case s.ClientSecret == "" && !s.ClientAssertion.isSet() && !s.AllowPublicClient:
		p.add("ClientSecret", "is missing: the client secret of the application (%s), or ClientAssertion for one with a private key; with AllowPublicClient it needs neither", inDashboard)
	}
	secrets := make([][]byte, len(s.Secrets))
	for i, secret := range s.Secrets {
		secrets[i] = []byte(secret)
	}
	s.ring, err = seal.NewRing(secrets...)
	switch {
	case errors.Is(err, seal.ErrNoSecret):
		p.add("Secrets", "is missing: 32 bytes or more that seal the cookies; %s", makeSecret)
	case errors.Is(err, seal.ErrShortSecret):
		p.add("Secrets", "has a secret shorter than 32 bytes; %s", makeSecret)
	case err != nil:
		p.add("Secrets", "has the same secret twice: to rotate, put a new one in front of it")
	}
}

func (s *settings) judgeURLs(p *problems) {
	if s.BaseURL == "" {
		p.add("BaseURL", "is missing: the public URL of the application, such as https://app.example.com; register https://app.example.com/auth/callback at the tenant then")
	}
	for i, text := range append([]string{s.BaseURL}, s.ExtraBaseURLs...) {
		field := "BaseURL"
		if i > 0 {
			field = "ExtraBaseURLs"
		} else if text == "" {
			continue
		}
		base, err := parseBaseURL(text, s.InsecureHTTPBaseURL)
		if err != nil {
			p.add(field, "%v", err)
			continue
		}
		if len(s.bases) > 0 && base.scheme != s.bases[0].scheme {
			p.add(field, "has another scheme than BaseURL: use https for all")
		}
		s.bases = append(s.bases, base)
	}
	for _, text := range s.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			var address netip.Addr
			if address, err = netip.ParseAddr(text); err == nil {
				prefix = netip.PrefixFrom(address, address.BitLen())
			}
		}
		if err != nil {
			p.add("TrustedProxies", "has an entry that is neither an address nor a CIDR such as 10.0.0.0/8")
			continue
		}
		s.proxies = append(s.proxies, prefix.Masked())
	}
}

func (s *settings) judgeRequests(p *problems) {
	if s.Scopes == nil {
		s.Scopes = []string{"openid", "profile", "email"}
	}
	s.Scopes = slices.Clone(s.Scopes)
	if !slices.Contains(s.Scopes, "openid") {
		p.add("Scopes", "must contain openid, or nobody is signed in: openid profile email")
	}
	s.AudienceScopes = maps.Clone(s.AudienceScopes)
	judgeScopes(p, "Scopes", s.Scopes)
	for _, scopes := range s.AudienceScopes {
		judgeScopes(p, "AudienceScopes", scopes)
	}
	s.AuthorizationParams = maps.Clone(s.AuthorizationParams)
	for name := range s.AuthorizationParams {
		if slices.Contains(ownedParams, name) {
			p.add("AuthorizationParams", "must not set %s: this package does", name)
		}
	}
	if err := checkMaxAge(s.AuthorizationParams); err != nil {
		p.add("AuthorizationParams", "has a max_age that is no number of seconds such as 3600")
	}
	if checkPresent(s.AuthorizationParams) != nil {
		p.add("AuthorizationParams", "has an empty organization or invitation: leave it out")
	}
	if checkAuthorizationDetails(s.AuthorizationParams) != nil {
		p.add("AuthorizationParams", "has authorization_details that are no JSON array of objects with a type")
	}
	if s.ForwardParams == nil {
		s.ForwardParams = defaultForwardParams
	}
	s.ForwardParams = slices.Clone(s.ForwardParams)
	for _, name := range s.ForwardParams {
		if slices.Contains(ownedParams, name) {
			p.add("ForwardParams", "must not forward %s: this package sets it", name)
		}
	}
	if s.IDTokenAlgs == nil {
		s.IDTokenAlgs = []string{"RS256"}
	}
	s.IDTokenAlgs = slices.Clone(s.IDTokenAlgs)
	for _, alg := range s.IDTokenAlgs {
		if !jws.Known(alg) {
			p.add("IDTokenAlgs", "has an entry other than RS, PS and ES with 256, 384 and 512, and EdDSA")
		}
	}
	if len(s.IDTokenAlgs) == 0 {
		p.add("IDTokenAlgs", "is empty, and no ID token would be accepted: leave it nil for RS256")
	}
	if s.Leeway < 0 || s.Leeway > maxLeeway {
		p.add("Leeway", "must be between 0 and 5 minutes")
	}
	if s.Leeway == 0 {
		s.Leeway = defaultLeeway
	}
	if s.HTTPTimeout < 0 {
		p.add("HTTPTimeout", "is negative: leave it zero for 10 seconds")
	}
	if s.HTTPTimeout == 0 {
		s.HTTPTimeout = defaultHTTPTimeout
	}
}

func judgeScopes(p *problems, field string, scopes []string) {
	for _, scope := range scopes {
		if !isScopeToken(scope) {
			p.add(field, "has an entry that is no scope: each is one word without spaces and quotes (RFC 6749 section 3.3)")
		}
	}
}

func (s *settings) judgeLogout(p *problems) {
	switch s.Logout.Strategy {
	case LogoutAuto, LogoutOIDC, LogoutV2, LogoutLocal:
	default:
		p.add("Logout.Strategy", "is none of LogoutAuto, LogoutOIDC, LogoutV2 and LogoutLocal")
	}
	s.Logout.ReturnTo = slices.Clone(s.Logout.ReturnTo)
	s.Logout.Params = maps.Clone(s.Logout.Params)
	for _, text := range s.Logout.ReturnTo {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			p.add("Logout.ReturnTo", "has an entry that is no absolute http or https URL; paths of the application need none")
		}
	}
}
