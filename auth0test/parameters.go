package auth0test

import (
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxBody bounds what a request may carry, in bytes.
const maxBody = 64 << 10

// parameters are what a request carries, read once: the query of a GET, the form of a POST. RFC 6749
// sections 3.1 and 3.2: no parameter may be repeated, one without a value counts as left out. An unknown one
// should be ignored; where a test is to notice it, the endpoint calls only.
type parameters struct{ values url.Values }

func (p parameters) get(name string) string { return p.values.Get(name) }

func (p parameters) repeated(name string) bool { return len(p.values[name]) > 1 }

// once refuses a parameter that is there more than once.
func (p parameters) once() *oauthError {
	for name := range p.values {
		if p.repeated(name) {
			return refuse("invalid_request", "The parameter %s is there more than once.", name)
		}
	}
	return nil
}

// clientParameters are how a client says who it is, RFC 6749 section 2.3.1 and RFC 7523 section 2.2.
var clientParameters = []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"}

// only refuses a parameter that is neither one of these nor of clientParameters.
func (p parameters) only(known ...string) *oauthError {
	return p.all(func(name string) bool {
		return slices.Contains(known, name) || slices.Contains(clientParameters, name)
	})
}

// exactly refuses a parameter that is none of these.
func (p parameters) exactly(known ...string) *oauthError {
	return p.all(func(name string) bool { return slices.Contains(known, name) })
}

// all refuses a parameter that is not known, one without a value included.
func (p parameters) all(known func(name string) bool) *oauthError {
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		if !known(name) {
			return refuse("invalid_request", "The parameter %s is unknown here.", name)
		}
	}
	return nil
}

// without is a copy that lacks some parameters.
func (p parameters) without(names ...string) parameters {
	rest := maps.Clone(p.values)
	for _, name := range names {
		delete(rest, name)
	}
	return parameters{rest}
}

// need refuses a request that lacks one of these.
func (p parameters) need(names ...string) *oauthError {
	for _, name := range names {
		if p.get(name) == "" {
			return refuse("invalid_request", "The parameter %s is missing.", name)
		}
	}
	return nil
}

// readQuery reads the parameters of an endpoint that browsers are sent to.
func readQuery(r *http.Request) (parameters, *oauthError) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return parameters{}, refuse("invalid_request", "The query cannot be read.")
	}
	return parameters{values}, nil
}

// readForm reads the body of a POST.
func readForm(w http.ResponseWriter, r *http.Request) (parameters, *oauthError) {
	body, refusal := readBody(w, r, contentTypeForm)
	if refusal != nil {
		return parameters{}, refusal
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return parameters{}, refuse("invalid_request", "The body cannot be read as a form.")
	}
	return parameters{values}, nil
}

// readBody reads a body that has to be of one media type.
func readBody(w http.ResponseWriter, r *http.Request, contentType string) ([]byte, *oauthError) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get(headerContent))
	if err != nil || mediaType != contentType || len(r.Header.Values(headerContent)) > 1 {
		return nil, refuse("invalid_request", "The body must be %s.", contentType)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, refuse("invalid_request", "The body is larger than %d bytes or has not arrived whole.", maxBody).
			with(http.StatusRequestEntityTooLarge)
	}
	return body, nil
}

// readEither serves endpoints that take GET and POST alike.
func readEither(w http.ResponseWriter, r *http.Request) (parameters, *oauthError) {
	if r.Method == http.MethodPost {
		return readForm(w, r)
	}
	return readQuery(r)
}

// withQuery adds parameters to a URI, which keeps those that it has (RFC 6749 section 3.1.2) and is not
// spelled anew. Registered URIs have no fragment.
func withQuery(uri string, add url.Values) string {
	switch {
	case len(add) == 0:
		return uri
	case !strings.Contains(uri, "?"):
		return uri + "?" + add.Encode()
	case strings.HasSuffix(uri, "?"), strings.HasSuffix(uri, "&"):
		return uri + add.Encode()
	}
	return uri + "&" + add.Encode()
}
