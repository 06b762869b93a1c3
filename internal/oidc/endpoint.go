package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Limits of an exchange with an endpoint (contract web 15.3).
const (
	maxEndpointBytes = 1 << 20
	defaultTimeout   = 10 * time.Second
)

var (
	// ErrAnswer says that an endpoint answered with something that is no answer
	// of its protocol: status 5xx, no JSON, too much, members missing.
	ErrAnswer = errors.New("oidc: the endpoint's answer cannot be used")
	// ErrTokenType says that a token of another type than asked for came back.
	ErrTokenType = errors.New("oidc: unexpected token type")
	// ErrNoEndpoint says that the issuer's metadata lack the endpoint, or that
	// its address may not be used.
	ErrNoEndpoint = errors.New("oidc: the issuer offers no such endpoint")
)

// EndpointError is an error answer (RFC 6749 section 5.2). Error shows the
// code only; Description is the tenant's text and not for a browser.
type EndpointError struct {
	Code        string
	Description string
	Status      int
}

func (e *EndpointError) Error() string {
	return fmt.Sprintf("oidc: the endpoint answered %d with error %q", e.Status, printable(e.Code))
}

// printable cuts and cleans a text of the tenant for error texts and logs.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), 64)])
}

// ClientAuth is how the application proves to be the client: by a secret, or
// not at all if Secret is empty (a public client). It prints no secret.
type ClientAuth struct {
	ID     string
	Secret string
}

// String leaves the secret out.
func (c ClientAuth) String() string { return "client " + c.ID }

// GoString leaves the secret out.
func (c ClientAuth) GoString() string { return c.String() }

// TokenResponse is a successful token answer (RFC 6749 section 5.1). Absent
// members are the zero value.
type TokenResponse struct {
	AccessToken  string
	TokenType    string
	RefreshToken string
	IDToken      string
	Scope        string
	HasScope     bool
	ExpiresIn    time.Duration
	HasExpiresIn bool // false: the lifetime is unknown
}

// endpointClient returns a copy of client that sends no cookies and follows no
// redirect: a POST with credentials goes where it was sent and nowhere else.
func endpointClient(client *http.Client) *http.Client {
	copied := *client
	copied.Jar = nil
	copied.Timeout = 0
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &copied
}

// RequestToken sends a grant to the token endpoint, authenticated as client.
// Nothing is ever sent twice.
//
// Errors: *[UnavailableError] (discovery, connection, time-out),
// *[EndpointError] (the endpoint refused), [ErrAnswer], [ErrTokenType],
// [ErrNoEndpoint], and the context's own.
func (p *Provider) RequestToken(ctx context.Context, client ClientAuth, form url.Values) (*TokenResponse, error) {
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	if p.domain.CheckEndpoint(metadata.TokenEndpoint) != nil {
		return nil, ErrNoEndpoint
	}
	body, err := p.postForm(ctx, metadata.TokenEndpoint, client, metadata.TokenEndpointAuthMethods, form)
	if err != nil {
		return nil, err
	}
	return parseTokenResponse(body)
}

// postForm posts a form as the client and returns the body of a 200.
func (p *Provider) postForm(ctx context.Context, endpoint string, client ClientAuth, methods []string, form url.Values) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	form.Set("client_id", client.ID)
	// One way only: post where the tenant lists it, otherwise basic, which
	// every server must support (RFC 6749 section 2.3.1).
	post := slices.Contains(methods, "client_secret_post")
	if client.Secret != "" && post {
		form.Set("client_secret", client.Secret)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, ErrNoEndpoint
	}
	for name, values := range p.header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	if client.Secret != "" && !post {
		request.SetBasicAuth(url.QueryEscape(client.ID), url.QueryEscape(client.Secret))
	}
	response, err := p.caller.Do(request)
	if err != nil {
		return nil, &UnavailableError{RetryAfter: time.Second, Err: withoutURL(err)}
	}
	defer response.Body.Close()
	body, err := readEndpoint(response)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, endpointError(response, body)
	}
	return body, nil
}

// withoutURL takes the address out of an error of net/http: it says nothing
// new and may carry parameters.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func readEndpoint(response *http.Response) ([]byte, error) {
	if response.ContentLength > maxEndpointBytes {
		return nil, fmt.Errorf("%w: body above 1 MiB", ErrAnswer)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxEndpointBytes+1))
	if err != nil {
		return nil, &UnavailableError{RetryAfter: time.Second, Err: err}
	}
	if len(body) > maxEndpointBytes {
		return nil, fmt.Errorf("%w: body above 1 MiB", ErrAnswer)
	}
	return body, nil
}

// endpointError reads an answer other than 200.
func endpointError(response *http.Response, body []byte) error {
	status := response.StatusCode
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if status < 400 || status > 499 || err != nil || media != "application/json" {
		return fmt.Errorf("%w: status %d", ErrAnswer, status)
	}
	e := &EndpointError{Status: status}
	s := strictjson.Object(body)
	for s.Next() {
		switch string(s.Name()) {
		case "error":
			e.Code, _ = s.Value().Text()
		case "error_description":
			e.Description, _ = s.Value().Text()
		}
	}
	if s.Err() != nil || e.Code == "" {
		return fmt.Errorf("%w: status %d without an error code", ErrAnswer, status)
	}
	return e
}

func parseTokenResponse(body []byte) (*TokenResponse, error) {
	var t TokenResponse
	s := strictjson.Object(body)
	for s.Next() {
		var field *string
		v, ok := s.Value(), true
		switch string(s.Name()) {
		case "access_token":
			field = &t.AccessToken
		case "token_type":
			field = &t.TokenType
		case "refresh_token":
			field = &t.RefreshToken
		case "id_token":
			field = &t.IDToken
		case "scope":
			field, t.HasScope = &t.Scope, true
		case "expires_in":
			t.ExpiresIn, ok = lifetime(v)
			t.HasExpiresIn = ok
		}
		if field != nil {
			*field, ok = v.Text()
		}
		if !ok {
			return nil, fmt.Errorf("%w: a member has another form than it should", ErrAnswer)
		}
	}
	switch {
	case s.Err() != nil:
		return nil, fmt.Errorf("%w: no JSON object", ErrAnswer)
	case t.AccessToken == "":
		return nil, fmt.Errorf("%w: no access token", ErrAnswer)
	case !strings.EqualFold(t.TokenType, "Bearer"):
		return nil, ErrTokenType
	}
	return &t, nil
}

// lifetime reads expires_in: a non-negative integer, or a string of digits as
// some providers send it. More than ten years count as ten years.
func lifetime(v strictjson.Value) (time.Duration, bool) {
	text, isText := v.Text()
	if !isText {
		text = string(v.Raw)
	}
	if v.Kind != strictjson.Number && !isText || text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	const most = 10 * 365 * 24 * time.Hour
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > int64(most/time.Second) {
		return most, true
	}
	return time.Duration(n) * time.Second, true
}
