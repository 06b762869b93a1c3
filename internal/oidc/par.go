package oidc

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

var errNoRequestURI = errors.New("no request_uri")

// PushAuthorizationRequest sends an authorization request ahead of the browser (RFC
// 9126 section 2), authenticated as client, and returns the request_uri that stands
// for it. The form becomes the call's own. Errors are those of RequestToken but
// [ErrTokenType].
func (p *Provider) PushAuthorizationRequest(ctx context.Context, client ClientAuth, form url.Values) (requestURI string, err error) {
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return "", err
	}
	body, err := p.post(ctx, metadata, endpointCall{
		endpoint: metadata.PushedAuthorizationRequestEndpoint, client: client, form: form, created: true,
	})
	if err != nil {
		return "", verdict(err)
	}
	s := strictjson.Object(body)
	for s.Next() {
		if string(s.Name()) == "request_uri" {
			requestURI, _ = s.Value().Text()
		}
	}
	if s.Err() != nil || strings.TrimSpace(requestURI) == "" {
		return "", badAnswer(errNoRequestURI)
	}
	return requestURI, nil
}
