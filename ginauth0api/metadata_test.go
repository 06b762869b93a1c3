package ginauth0api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

const metadataPath = "/.well-known/oauth-protected-resource"

// describe serves the metadata, and a guarded route at /.
func describe(t *testing.T, i *issuer, mode ginauth0api.DPoPMode, edit func(*ginauth0api.Config)) api {
	t.Helper()
	guard := newGuard(t, i, edit).WithDPoP(mode)
	return serve(t, func(r gin.IRouter) {
		r.Any(metadataPath, guard.ProtectedResourceMetadata())
		r.Any("/", guard.RequireAuth(), subject)
	})
}

// wantMetadata compares the document and its headers.
func wantMetadata(t *testing.T, got answer, caching, body string) {
	t.Helper()
	if got.status != http.StatusOK || got.body != body {
		t.Errorf("%d %s\nwant %s", got.status, got.body, body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", "Cache-Control": caching, "WWW-Authenticate": "",
	} {
		if value := strings.Join(got.header.Values(name), "; "); value != want {
			t.Errorf("%s: %s, want %s", name, value, want)
		}
	}
}

// Every mode, with the members in the order that is documented.
func TestMetadataOfEachMode(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for mode, dpop := range map[ginauth0api.DPoPMode]string{
		ginauth0api.DPoPAllowed:  `,"dpop_signing_alg_values_supported":["ES384","EdDSA"]`,
		ginauth0api.DPoPRequired: `,"dpop_signing_alg_values_supported":["ES384","EdDSA"],"dpop_bound_access_tokens_required":true`,
		ginauth0api.DPoPDisabled: ``,
	} {
		a := describe(t, i, mode, func(cfg *ginauth0api.Config) {
			cfg.DPoP.Algorithms = []string{"ES384", "EdDSA"}
			cfg.Resource.URL = "https://api.example/v1"
		})
		wantMetadata(t, a.do(http.MethodGet, metadataPath, nil), "max-age=3600",
			`{"resource":"https://api.example/v1","authorization_servers":["`+i.name()+`"],"bearer_methods_supported":["header"]`+dpop+`}`)
	}
}

func TestMetadataOfTheSettings(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := describe(t, i, ginauth0api.DPoPAllowed, func(cfg *ginauth0api.Config) {
		cfg.Proxy.BaseURL = "https://api.example/"
		cfg.Resource = ginauth0api.ResourceConfig{
			Name: `The "API"`, Documentation: "https://api.example/docs", PolicyURI: "https://api.example/policy",
			TermsURI: "https://api.example/terms", Scopes: []string{"read:a", "write:b"},
		}
	})
	wantMetadata(t, a.do(http.MethodGet, metadataPath, http.Header{"Authorization": {"Bearer x", "Basic y"}, "Dpop": {"z"}}), "max-age=3600",
		`{"resource":"https://api.example/","authorization_servers":["`+i.name()+`"],"bearer_methods_supported":["header"],`+
			`"dpop_signing_alg_values_supported":["ES256"],"scopes_supported":["read:a","write:b"],"resource_name":"The \"API\"",`+
			`"resource_documentation":"https://api.example/docs","resource_policy_uri":"https://api.example/policy","resource_tos_uri":"https://api.example/terms"}`)
}

// Without a setting the resource is the origin, and each request may have another.
func TestMetadataOfTheOrigin(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := describe(t, i, ginauth0api.DPoPDisabled, func(cfg *ginauth0api.Config) {
		cfg.Proxy.Trusted = []string{"127.0.0.1"}
		cfg.Proxy.Headers = []string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix"}
	})
	document := func(origin string) string {
		return `{"resource":"` + origin + `","authorization_servers":["` + i.name() + `"],"bearer_methods_supported":["header"]}`
	}
	wantMetadata(t, a.do(http.MethodGet, metadataPath, nil), "no-store", document(a.URL))
	wantMetadata(t, a.do(http.MethodGet, metadataPath, http.Header{
		"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"API.example:443"}, "X-Forwarded-Prefix": {"/v1"},
	}), "no-store", document("https://api.example"))
	got := a.do(http.MethodGet, metadataPath, http.Header{"X-Forwarded-Host": {"a/b"}})
	wantAnswer(t, got, wanted{code: "public_url_invalid", mode: ginauth0api.DPoPDisabled})
}

func TestMetadataMethods(t *testing.T) {
	t.Parallel()
	a := describe(t, newIssuer(t), ginauth0api.DPoPAllowed, func(cfg *ginauth0api.Config) { cfg.Resource.URL = "https://api.example" })
	wantMetadata(t, a.do(http.MethodHead, metadataPath, nil), "max-age=3600", "")
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch} {
		got := a.do(method, metadataPath, nil)
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET, HEAD" || got.body != "" {
			t.Errorf("%s: %d, Allow %q, %q", method, got.status, got.header.Get("Allow"), got.body)
		}
	}
}

func TestMetadataOfAnotherMethodEndsTheChain(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	a := protect(t, guard.ProtectedResourceMetadata())
	if got := a.do(http.MethodPost, "/", nil); got.status != http.StatusMethodNotAllowed || got.body != "" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A recorder keeps what a server would hold back.
func TestMetadataForHEADHasNoBody(t *testing.T) {
	t.Parallel()
	a := describe(t, newIssuer(t), ginauth0api.DPoPAllowed, nil)
	recorder := httptest.NewRecorder()
	a.router.ServeHTTP(recorder, httptest.NewRequest(http.MethodHead, metadataPath, nil))
	if recorder.Code != http.StatusOK || recorder.Body.Len() > 0 {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
}

// The challenges of every refusal say where the metadata is.
func TestChallengesNameTheMetadata(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for url, want := range map[string]string{
		"https://api.example":     "https://api.example" + metadataPath,
		"https://api.example/":    "https://api.example" + metadataPath,
		"https://api.example/v1":  "https://api.example" + metadataPath + "/v1",
		"https://api.example/v1/": "https://api.example" + metadataPath + "/v1/",
	} {
		for name, edit := range map[string]func(*ginauth0api.Config){
			"Resource.URL":  func(cfg *ginauth0api.Config) { cfg.Resource.URL = url },
			"Proxy.BaseURL": func(cfg *ginauth0api.Config) { cfg.Proxy.BaseURL = url },
			"both":          func(cfg *ginauth0api.Config) { cfg.Resource.URL, cfg.Proxy.BaseURL = url, "https://other.example" },
		} {
			t.Run(name+" "+url, func(t *testing.T) {
				t.Parallel()
				for _, mode := range []ginauth0api.DPoPMode{ginauth0api.DPoPAllowed, ginauth0api.DPoPRequired, ginauth0api.DPoPDisabled} {
					w := wanted{code: "credentials_missing", mode: mode, tail: `, resource_metadata="` + want + `"`}
					a := describe(t, i, mode, edit)
					wantAnswer(t, a.get(), w)
					w.code = "authorization_malformed"
					authorization := "Bearer a b"
					if mode == ginauth0api.DPoPRequired {
						authorization, w.scheme = "DPoP a b", "DPoP"
					}
					wantAnswer(t, a.get(authorization), w)
				}
			})
		}
	}
	// Without a setting nobody knows where it is mounted.
	wantRefused(t, describe(t, i, ginauth0api.DPoPAllowed, nil).get(), "credentials_missing", "")
}

// Clients compare the name of an issuer byte by byte, so that the spelling of the
// configuration is not good enough, and not for an hour.
func TestMetadataHasExactIssuers(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	document := func(issuer string) string {
		return `{"resource":"https://api.example","authorization_servers":["` + issuer + `"],"bearer_methods_supported":["header"],"dpop_signing_alg_values_supported":["ES256"]}`
	}
	withoutSlash := func(cfg *ginauth0api.Config) { cfg.Domain, cfg.Resource.URL = i.URL, "https://api.example" }
	a := describe(t, i, ginauth0api.DPoPAllowed, withoutSlash)
	for range 3 {
		wantMetadata(t, a.do(http.MethodGet, metadataPath, nil), "max-age=3600", document(i.URL+"/"))
	}
	if n := i.asked(""); n != 1 {
		t.Errorf("%d requests to the issuer, want 1", n)
	}
	fresh := describe(t, i, ginauth0api.DPoPAllowed, withoutSlash)
	i.Close()
	for range 2 {
		wantMetadata(t, fresh.do(http.MethodGet, metadataPath, nil), "no-store", document(i.URL))
	}
	wantMetadata(t, a.do(http.MethodGet, metadataPath, nil), "max-age=3600", document(i.URL+"/"))
}

// The spelling of a host is exact, and with keys of its own so is that of a URL.
func TestMetadataAsksNobodyInVain(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	transport := &roundTripper{}
	for name, edit := range map[string]func(*ginauth0api.Config){
		"https://t.example/": func(cfg *ginauth0api.Config) { cfg.Domain = "t.example" },
		i.URL:                func(cfg *ginauth0api.Config) { cfg.Domain, cfg.Keys.Static = i.URL, staticKeys(t) },
	} {
		a := describe(t, i, ginauth0api.DPoPDisabled, func(cfg *ginauth0api.Config) {
			cfg.Resource.URL = "https://api.example"
			cfg.HTTPClient = &http.Client{Transport: transport}
			edit(cfg)
		})
		wantMetadata(t, a.do(http.MethodGet, metadataPath, nil), "max-age=3600",
			`{"resource":"https://api.example","authorization_servers":["`+name+`"],"bearer_methods_supported":["header"]}`)
	}
	if transport.requests > 0 {
		t.Errorf("%d requests to the issuers", transport.requests)
	}
}

func TestMetadataOfSeveralIssuers(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := describe(t, i, ginauth0api.DPoPDisabled, func(cfg *ginauth0api.Config) {
		cfg.Resource.URL = "https://api.example"
		cfg.Domains = []string{"b.example"}
	})
	wantMetadata(t, a.do(http.MethodGet, metadataPath, nil), "max-age=3600",
		`{"resource":"https://api.example","authorization_servers":["`+i.name()+`","https://b.example/"],"bearer_methods_supported":["header"]}`)
}

func TestMetadataOfAResolverHasNoIssuers(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := describe(t, i, ginauth0api.DPoPDisabled, func(cfg *ginauth0api.Config) {
		cfg.Resource.URL = "https://api.example"
		cfg.DomainResolver = func(context.Context, ginauth0api.DomainRequest) ([]string, error) { return []string{i.name()}, nil }
	})
	wantMetadata(t, a.do(http.MethodGet, metadataPath, nil), "max-age=3600", `{"resource":"https://api.example","bearer_methods_supported":["header"]}`)
	if n := i.asked(""); n > 0 {
		t.Errorf("%d requests to the issuer", n)
	}
}

func TestMetadataOfNoGuard(t *testing.T) {
	t.Parallel()
	wantPanic(t, func() { (*ginauth0api.Guard)(nil).ProtectedResourceMetadata() }, []string{"ProtectedResourceMetadata"})
}
