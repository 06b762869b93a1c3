package oidc

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// backchannelPath is where an Auth0 tenant takes authentication requests, whatever its
// metadata say.
const backchannelPath = "/bc-authorize"

// What an authentication request may leave out (OpenID Connect CIBA section 7.3; the
// expiry is required there).
const (
	defaultInterval = 5 * time.Second
	defaultExpiry   = 120 * time.Second
)

var errNoRequestID = errors.New("no auth_req_id")

// BackchannelAnswer is the answer to an authentication request.
type BackchannelAnswer struct {
	RequestID string        // auth_req_id, never blank
	ExpiresIn time.Duration // of the request
	Interval  time.Duration // to wait before each poll, never 0
}

// StartBackchannelLogin asks the issuer to have a person authenticate on a device of
// their own (OpenID Connect CIBA section 7.1), authenticated as client. The form becomes
// the call's own. fallback permits Auth0's address where the metadata name none. Errors
// are those of RequestToken but [ErrTokenType].
func (p *Provider) StartBackchannelLogin(ctx context.Context, client ClientAuth, form url.Values, fallback bool) (*BackchannelAnswer, error) {
	metadata, err := p.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	endpoint := metadata.BackchannelAuthenticationEndpoint
	if endpoint == "" && fallback {
		endpoint = metadata.Address(backchannelPath)
	}
	body, err := p.post(ctx, metadata, endpointCall{endpoint: endpoint, client: client, form: form})
	if err != nil {
		return nil, verdict(err)
	}
	return parseBackchannelAnswer(body)
}

func parseBackchannelAnswer(body []byte) (*BackchannelAnswer, error) {
	a := &BackchannelAnswer{ExpiresIn: defaultExpiry}
	s := strictjson.Object(body)
	wellFormed := true
	for s.Next() {
		ok := true
		switch string(s.Name()) {
		case "auth_req_id":
			a.RequestID, ok = s.Value().Text()
		case "expires_in":
			a.ExpiresIn, ok = lifetime(s.Value())
		case "interval":
			a.Interval, ok = lifetime(s.Value())
		}
		wellFormed = wellFormed && ok
	}
	switch {
	case s.Err() != nil:
		return nil, badAnswer(errNoObject)
	case !wellFormed:
		return nil, badAnswer(errMemberForm)
	case strings.TrimSpace(a.RequestID) == "":
		return nil, badAnswer(errNoRequestID)
	}
	if a.Interval == 0 {
		a.Interval = defaultInterval
	}
	return a, nil
}
