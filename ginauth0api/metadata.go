package ginauth0api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// wellKnownResource is where clients ask for the metadata (RFC 9728 section 3).
const wellKnownResource = "/.well-known/oauth-protected-resource"

// resource is what does not change in the metadata.
type resource struct {
	url         string // resource identifier; empty: the origin of each request
	metadataURL string // resource_metadata of challenges; empty: unknown
	described   resourceMetadata
}

// resourceMetadata is the document of RFC 9728 section 2.
type resourceMetadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	ProofAlgorithms      []string `json:"dpop_signing_alg_values_supported,omitempty"`
	BoundTokensOnly      bool     `json:"dpop_bound_access_tokens_required,omitempty"`
	Scopes               []string `json:"scopes_supported,omitempty"`
	Name                 string   `json:"resource_name,omitempty"`
	Documentation        string   `json:"resource_documentation,omitempty"`
	PolicyURI            string   `json:"resource_policy_uri,omitempty"`
	TermsURI             string   `json:"resource_tos_uri,omitempty"`
}

// validate returns the settings in the form that requests need. baseURL stands
// in for an identifier; it is judged elsewhere.
func (cfg ResourceConfig) validate(found *problems, baseURL string) resource {
	r := resource{url: baseURL, described: resourceMetadata{
		BearerMethods: []string{"header"},
		Scopes:        slices.Clone(cfg.Scopes),
		Name:          cfg.Name,
		Documentation: cfg.Documentation,
		PolicyURI:     cfg.PolicyURI,
		TermsURI:      cfg.TermsURI,
	}}
	if cfg.URL != "" {
		r.url = cfg.URL
		if err := checkResourceURL(cfg.URL); err != nil {
			found.add("Resource.URL", err.Error())
		}
	}
	r.metadataURL = metadataURL(r.url)
	return r
}

// checkResourceURL: RFC 9728 section 1.2, less strict about http, which
// development needs.
func checkResourceURL(text string) error {
	_, _, path, err := splitURL(text)
	if err != nil {
		return err
	}
	for i := range len(path) {
		if b := path[i]; !isPathByte(b) && b != '/' && b != '%' {
			return errResourcePath
		}
	}
	if _, err := url.PathUnescape(path); err != nil {
		return errResourcePath
	}
	return nil
}

var errResourcePath = errors.New("has a path with a byte or an escape that does not belong there")

// metadataURL puts the well-known path between host and path (RFC 9728 section
// 3.1). A path of one slash is none.
func metadataURL(resource string) string {
	start := strings.Index(resource, "://")
	if start < 0 {
		return ""
	}
	start += len("://")
	end := len(resource)
	if slash := strings.IndexByte(resource[start:], '/'); slash >= 0 {
		end = start + slash
	}
	path := resource[end:]
	if path == "/" {
		path = ""
	}
	return resource[:end] + wellKnownResource + path
}

// ProtectedResourceMetadata returns a handler that describes this API to clients
// (RFC 9728): which issuers it trusts, which schemes it takes, and what
// Config.Resource says. It asks for no credentials, and every page may read it.
//
// Mount it for GET and HEAD outside of guarded groups, at
// /.well-known/oauth-protected-resource, followed by the path of the resource
// identifier if it has one. A view by [Guard.WithDPoP] describes its own mode.
//
// Without Resource.URL and Proxy.BaseURL the resource identifier is the origin
// of the request, and a request whose public URL is invalid is answered 400. The
// issuers are left out where a DomainResolver names them. An issuer URL whose
// exact spelling is not known yet is looked up once.
func (g *Guard) ProtectedResourceMetadata() gin.HandlerFunc {
	g.mustBeBuilt("ProtectedResourceMetadata")
	return func(c *gin.Context) {
		if method := c.Request.Method; method != http.MethodGet && method != http.MethodHead {
			c.Abort()
			c.Header("Allow", "GET, HEAD")
			c.Status(http.StatusMethodNotAllowed)
			c.Writer.WriteHeaderNow()
			return
		}
		document, caching, err := g.describe(c.Request)
		if err != nil {
			g.refuse(c, publicURLInvalid.because(err))
			return
		}
		text, err := json.Marshal(document)
		if err != nil {
			g.refuse(c, internalError.because(err))
			return
		}
		header := c.Writer.Header()
		// Set, because Gin keeps the type that another middleware has set.
		header.Set("Content-Type", "application/json")
		header.Set("Cache-Control", caching)
		header.Set("Access-Control-Allow-Origin", "*")
		c.Status(http.StatusOK)
		if c.Request.Method == http.MethodHead {
			c.Writer.WriteHeaderNow()
			return
		}
		_, _ = c.Writer.Write(text) // who does not listen any more needs no answer
	}
}

// describe returns the metadata and how long they may be kept: what was derived
// from one request is no answer to another.
func (g *Guard) describe(r *http.Request) (document resourceMetadata, caching string, err error) {
	document = g.resource.described
	document.Resource = g.resource.url
	lasting := document.Resource != ""
	if !lasting {
		u, err := g.proxy.of(r)
		if err != nil {
			return resourceMetadata{}, "", err
		}
		document.Resource = u.origin()
	}
	lasting = g.issuers.learnNames(r.Context()) && lasting
	document.AuthorizationServers = g.issuers.known()
	if g.mode != DPoPDisabled {
		document.ProofAlgorithms = g.dpopAlgorithms
	}
	document.BoundTokensOnly = g.mode == DPoPRequired
	if lasting {
		return document, "max-age=3600", nil
	}
	return document, "no-store", nil
}

// nameTimeout bounds the wait for names: an outage of an issuer is no reason to
// say nothing of the others.
const nameTimeout = 5 * time.Second

// learnNames asks the issuers whose name has two spellings for the exact one,
// which clients compare byte by byte (RFC 8414 section 3.3). Each is asked once.
// It reports whether all are known.
func (s *issuers) learnNames(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, nameTimeout)
	defer cancel()
	known := true
	for _, p := range s.fixed {
		if hasTwoNames(p) {
			_, err := p.Metadata(ctx)
			known = known && err == nil
		}
	}
	return known
}

// hasTwoNames reports whether either spelling of an issuer would still do.
func hasTwoNames(p *oidc.Provider) bool {
	for _, name := range p.Domain().Candidates() {
		if !p.Trusts(name) {
			return false
		}
	}
	return len(p.Domain().Candidates()) > 1
}
