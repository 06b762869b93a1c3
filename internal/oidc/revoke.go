package oidc

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// ErrBlankToken says that there is nothing to revoke.
var ErrBlankToken = errors.New("oidc: the token to revoke is blank")

// revocationPath is where an Auth0 tenant revokes tokens, whatever its metadata say.
const revocationPath = "/oauth/revoke"

// Revoke tells the issuer that a token is not needed any more (RFC 7009 section
// 2.1). hint is its token_type_hint, none if empty. fallback permits Auth0's
// address where the metadata name none. That the issuer does not know the token is
// no error.
//
// Errors: [ErrBlankToken], and those of RequestToken but [ErrTokenType].
func (p *Provider) Revoke(ctx context.Context, client ClientAuth, token, hint string, fallback bool) error {
	if strings.TrimSpace(token) == "" {
		return ErrBlankToken
	}
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return err
	}
	endpoint := metadata.RevocationEndpoint
	if endpoint == "" && fallback {
		endpoint = metadata.Address(revocationPath)
	}
	form := url.Values{"token": {token}}
	if hint != "" {
		form.Set("token_type_hint", hint)
	}
	_, err = p.post(ctx, metadata, endpointCall{endpoint: endpoint, client: client, form: form})
	return verdict(err)
}
