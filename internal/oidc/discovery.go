package oidc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// discoveryLifetime is the age at which the discovery document is read again.
const discoveryLifetime = time.Hour

// Metadata is what is read of a discovery document (OpenID Connect Discovery
// section 3, RFC 8414 section 2). A member that is absent is the zero value.
// Metadata are immutable.
type Metadata struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	JWKSURI               string
	EndSessionEndpoint    string // RP-Initiated Logout section 2.1
	RevocationEndpoint    string // RFC 8414
	MFAChallengeEndpoint  string // Auth0 only; tells an Auth0 tenant behind a custom domain

	PushedAuthorizationRequestEndpoint string // RFC 9126 section 5
	BackchannelAuthenticationEndpoint  string // OpenID Connect CIBA section 4

	// TokenEndpointAuthMethods are the client authentication methods; nil if
	// the document does not say, which means client_secret_basic.
	TokenEndpointAuthMethods []string

	// IssParameter is authorization_response_iss_parameter_supported (RFC 9207
	// section 3).
	IssParameter bool
}

// Address is a place of the issuer that metadata do not name. path begins with a
// slash.
func (m *Metadata) Address(path string) string { return strings.TrimSuffix(m.Issuer, "/") + path }

// document is a discovery document with its age.
type document struct {
	metadata Metadata
	fetched  time.Time
}

var (
	errDocument       = errors.New("oidc: the discovery document is not a JSON object of the expected form")
	errDocumentIssuer = errors.New("oidc: the discovery document names another issuer")
)

// fetchDocument reads the discovery document and keeps it.
func (p *Provider) fetchDocument(ctx context.Context) error {
	body, _, err := p.get(ctx, p.domain.discoveryURL())
	if err != nil {
		return fmt.Errorf("discovery: %w", err)
	}
	metadata, err := parseMetadata(body)
	if err != nil {
		return err
	}
	// OpenID Connect Discovery section 4.3. Trusts knows the exact spelling
	// from the first document on.
	if !p.Trusts(metadata.Issuer) {
		return fmt.Errorf("%w: %q", errDocumentIssuer, printable(metadata.Issuer))
	}
	for name, endpoint := range map[string]string{"jwks_uri": metadata.JWKSURI, "token_endpoint": metadata.TokenEndpoint} {
		// token_endpoint may be missing where only keys are of interest.
		if err := p.domain.CheckEndpoint(endpoint); err != nil && (endpoint != "" || name == "jwks_uri") {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	p.exactIssuer.Store(&metadata.Issuer)
	p.document.Store(&document{metadata: metadata, fetched: p.now()})
	return nil
}

func parseMetadata(body []byte) (Metadata, error) {
	var m Metadata
	s := strictjson.Object(body)
	for s.Next() {
		var field *string
		ok := true
		switch string(s.Name()) {
		case "issuer":
			field = &m.Issuer
		case "authorization_endpoint":
			field = &m.AuthorizationEndpoint
		case "token_endpoint":
			field = &m.TokenEndpoint
		case "jwks_uri":
			field = &m.JWKSURI
		case "end_session_endpoint":
			field = &m.EndSessionEndpoint
		case "revocation_endpoint":
			field = &m.RevocationEndpoint
		case "mfa_challenge_endpoint":
			field = &m.MFAChallengeEndpoint
		case "pushed_authorization_request_endpoint":
			field = &m.PushedAuthorizationRequestEndpoint
		case "backchannel_authentication_endpoint":
			field = &m.BackchannelAuthenticationEndpoint
		case "token_endpoint_auth_methods_supported":
			m.TokenEndpointAuthMethods, ok = s.Value().Strings()
		case "authorization_response_iss_parameter_supported":
			m.IssParameter, ok = s.Value().Bool()
		}
		if field != nil {
			*field, ok = s.Value().Text()
		}
		if !ok {
			return Metadata{}, errDocument
		}
	}
	if s.Err() != nil {
		return Metadata{}, errDocument
	}
	return m, nil
}
