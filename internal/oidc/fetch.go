package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"
)

// Limits of a fetch.
const (
	maxFetchBytes   = 512 << 10
	maxRedirects    = 3
	exchangeTimeout = 5 * time.Second
	refreshTimeout  = 8 * time.Second
)

var (
	errTooLarge = errors.New("oidc: response body above 512 KiB")
	errRedirect = errors.New("oidc: redirect refused")
)

// fetchClient returns a copy of client by the rules for discovery and keys: no
// cookies, few redirects, none that gives up TLS or leads a loopback issuer to
// another host.
func fetchClient(client *http.Client, domain Domain) *http.Client {
	copied := *client
	copied.Jar = nil
	copied.Timeout = 0 // the context of each exchange bounds it
	copied.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		first := via[0].URL
		switch {
		case len(via) > maxRedirects,
			next.URL.User != nil,
			via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https",
			domain.loopback && next.URL.Hostname() != first.Hostname():
			return errRedirect
		}
		return nil
	}
	return &copied
}

// get fetches one document. Only status 200 and a body of at most
// maxFetchBytes count.
func (p *Provider) get(ctx context.Context, address string) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, ErrEndpoint
	}
	maps.Copy(request.Header, p.header)
	request.Header.Set("Accept", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		if errors.Is(err, errRedirect) {
			return nil, nil, errRedirect
		}
		return nil, nil, fmt.Errorf("oidc: request failed: %w", connectionCause(ctx, err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("oidc: status %d instead of 200", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxFetchBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("oidc: reading the response: %w", connectionCause(ctx, err))
	}
	if len(body) > maxFetchBytes {
		return nil, nil, errTooLarge
	}
	return body, response.Header, nil
}
