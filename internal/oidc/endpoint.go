package oidc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits of an exchange with an endpoint (contract web 15.3).
const (
	maxEndpointBytes = 1 << 20
	defaultTimeout   = 10 * time.Second
)

// endpointClient returns a copy of client that sends no cookies and follows no
// redirect: a POST with credentials goes where it was sent and nowhere else.
func endpointClient(client *http.Client) *http.Client {
	copied := *client
	copied.Jar = nil
	copied.Timeout = 0
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &copied
}

// RequestToken sends a grant to the token endpoint, authenticated as client,
// and wants a Bearer token. The form becomes the call's own. An answer with a token
// of another type comes along with the error: the rest of it may be needed, since
// what was granted for may be used up.
//
// Errors: *[UnavailableError] (discovery, connection, time-out),
// *[EndpointError] (the endpoint refused with a status 4xx), [ErrAnswer],
// [ErrTokenType], [ErrNoEndpoint], [ErrAssertion].
func (p *Provider) RequestToken(ctx context.Context, client ClientAuth, form url.Values) (*TokenResponse, error) {
	answer, err := p.CallTokenEndpoint(ctx, client, form)
	switch {
	case err != nil:
		return nil, verdict(err)
	case !strings.EqualFold(answer.TokenType, "Bearer"):
		return answer, ErrTokenType
	}
	return answer, nil
}

// CallTokenEndpoint is RequestToken for those who take tokens of every type, and
// error codes with every status. Nothing is ever sent twice.
func (p *Provider) CallTokenEndpoint(ctx context.Context, client ClientAuth, form url.Values) (*TokenResponse, error) {
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	body, err := p.post(ctx, metadata, metadata.TokenEndpoint, client, form)
	if err != nil {
		return nil, err
	}
	return parseTokenResponse(body)
}

// verdict leaves an error code only to a status 4xx: what a server in trouble says
// is no verdict on the request.
func verdict(err error) error {
	var refused *EndpointError
	if errors.As(err, &refused) && refused.Status/100 != 4 {
		return &AnswerError{Status: refused.Status, Err: err}
	}
	return err
}

// post sends a form to an endpoint, once, authenticated as client, and returns the
// body of a 200. The form becomes the call's own.
func (p *Provider) post(ctx context.Context, metadata *Metadata, endpoint string, client ClientAuth, form url.Values) ([]byte, error) {
	if p.domain.CheckEndpoint(endpoint) != nil {
		return nil, ErrNoEndpoint
	}
	basic, err := client.authenticate(form, metadata, p.now())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, ErrNoEndpoint
	}
	for name, values := range p.header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	if basic {
		// RFC 6749 section 2.3.1: form-encoded before they are joined.
		request.SetBasicAuth(url.QueryEscape(client.ID), url.QueryEscape(client.Secret))
	}
	return p.exchange(request)
}

// exchange sends a request and returns the body of a 200.
func (p *Provider) exchange(request *http.Request) ([]byte, error) {
	response, err := p.caller.Do(request)
	if err != nil {
		return nil, connectionError(request.Context(), err)
	}
	defer response.Body.Close()
	if response.ContentLength > maxEndpointBytes {
		return nil, &AnswerError{Status: response.StatusCode, Err: errTooMuch}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxEndpointBytes+1))
	switch {
	case err != nil:
		return nil, connectionError(request.Context(), err)
	case len(body) > maxEndpointBytes:
		return nil, &AnswerError{Status: response.StatusCode, Err: errTooMuch}
	case response.StatusCode != http.StatusOK:
		return nil, refusal(response, body)
	}
	return body, nil
}
