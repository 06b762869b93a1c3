package oidc

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The token types that are asked for (RFC 6750, RFC 9449 section 5), compared without
// case (RFC 6749 section 5.1).
const (
	typeBearer = "Bearer"
	typeDPoP   = "DPoP"
)

// Limits of an exchange with an endpoint of the issuer.
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

// Prover makes DPoP proofs with one key (RFC 9449 section 4.2).
type Prover interface {
	// Proof is for one request to a URL. An empty nonce is none; with an empty access
	// token the proof is for a token endpoint.
	Proof(method, url, nonce, accessToken string, now time.Time) (string, error)
}

// RequestToken sends a grant to the token endpoint, authenticated as client, and
// wants a Bearer token; with a prover it sends a proof, and wants a DPoP token. The
// form becomes the call's own. An answer with a token of another type comes along
// with the error: the rest of it may be needed, since what was granted for may be
// used up.
//
// Errors: *[UnavailableError] (discovery, connection, time-out),
// *[EndpointError] (the endpoint refused with a status 4xx), [ErrAnswer],
// [ErrTokenType], [ErrNoEndpoint], [ErrAssertion].
func (p *Provider) RequestToken(ctx context.Context, client ClientAuth, prover Prover, form url.Values) (*TokenResponse, error) {
	want := typeBearer
	if prover != nil {
		want = typeDPoP
	}
	answer, err := p.callTokenEndpoint(ctx, client, prover, form)
	switch {
	case err != nil:
		return nil, verdict(err)
	case !strings.EqualFold(answer.TokenType, want):
		return answer, unexpectedType(want, answer.TokenType)
	}
	return answer, nil
}

// CallTokenEndpoint is RequestToken for those who take tokens of every type, and
// error codes with every status. Nothing is ever sent twice.
func (p *Provider) CallTokenEndpoint(ctx context.Context, client ClientAuth, form url.Values) (*TokenResponse, error) {
	return p.callTokenEndpoint(ctx, client, nil, form)
}

func (p *Provider) callTokenEndpoint(ctx context.Context, client ClientAuth, prover Prover, form url.Values) (*TokenResponse, error) {
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	call := endpointCall{endpoint: metadata.TokenEndpoint, client: client, prover: prover, form: form}
	body, err := p.post(ctx, metadata, call)
	var refused *EndpointError
	if prover != nil && errors.As(err, &refused) && refused.wantsNonce() {
		// RFC 9449 section 8. Once, and what was learned is for this call only.
		call.nonce = refused.nonce
		body, err = p.post(ctx, metadata, call)
	}
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

// endpointCall is one form for one endpoint.
type endpointCall struct {
	endpoint string
	client   ClientAuth
	prover   Prover // nil: no proof
	nonce    string // for the proof
	form     url.Values
	created  bool // a 201 is an answer too
}

// post sends a form to an endpoint, once, and returns the body of the answer. The form
// becomes the call's own.
func (p *Provider) post(ctx context.Context, metadata *Metadata, call endpointCall) ([]byte, error) {
	if p.domain.CheckEndpoint(call.endpoint) != nil {
		return nil, ErrNoEndpoint
	}
	basic, err := call.client.authenticate(call.form, metadata, p.now())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, call.endpoint, strings.NewReader(call.form.Encode()))
	if err != nil {
		return nil, ErrNoEndpoint
	}
	maps.Copy(request.Header, p.header)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	if basic {
		// RFC 6749 section 2.3.1: form-encoded before they are joined.
		request.SetBasicAuth(url.QueryEscape(call.client.ID), url.QueryEscape(call.client.Secret))
	}
	if call.prover != nil {
		proof, err := call.prover.Proof(request.Method, call.endpoint, call.nonce, "", p.now())
		if err != nil {
			return nil, err
		}
		request.Header.Set("DPoP", proof)
	}
	return p.exchange(request, call.created)
}

// exchange sends a request and returns the body of a 200, or of a 201 if that will do.
func (p *Provider) exchange(request *http.Request, created bool) ([]byte, error) {
	answer, err := Exchange(p.caller, request)
	switch {
	case err != nil:
		return nil, err
	case answer.Status == http.StatusOK, created && answer.Status == http.StatusCreated:
		return answer.Body, nil
	}
	return nil, refusal(answer)
}

// Answer is what an endpoint answered, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Exchange sends a request and reads the answer, of any status, up to 1 MiB.
// Errors are *[UnavailableError] and [ErrAnswer], for too much; neither shows
// an address or anything of the answer.
func Exchange(client *http.Client, request *http.Request) (*Answer, error) {
	response, err := client.Do(request)
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
	}
	return &Answer{Status: response.StatusCode, Header: response.Header, Body: body}, nil
}
