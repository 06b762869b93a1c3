package ginauth0api

import (
	"errors"
	"net/url"
	"slices"
	"strings"
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
