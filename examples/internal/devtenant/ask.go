package devtenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

var (
	errNobody  = errors.New("nobody listens there")
	errForeign = errors.New("another program listens there; stop it, or set AUTH0_DOMAIN to your own tenant")
)

// find returns nil if a development tenant answers as this issuer, errNobody if nothing does, and errForeign otherwise.
func find(ctx context.Context, issuer string) error {
	var document struct {
		Issuer    string `json:"issuer"`
		Auth0Test bool   `json:"auth0test"`
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+".well-known/openid-configuration", http.NoBody)
	if err != nil {
		return err
	}
	err = ask(request, &document)
	var unreached *net.OpError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &unreached) && unreached.Op == "dial":
		return errNobody
	case err != nil || document.Issuer != issuer || !document.Auth0Test:
		return errForeign
	}
	return nil
}

// MachineToken gets an access token with the scope read:messages from the tenant, as a program without a person does
// (RFC 6749 section 4.4).
func (t *Tenant) MachineToken(ctx context.Context) (string, error) {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {machineID},
		"client_secret": {machineSecret},
		"audience":      {t.audience},
		"scope":         {"read:messages"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.issuer+"oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := ask(request, &answer); err != nil {
		return "", fmt.Errorf("the development tenant gives no token for %s: %w", t.audience, err)
	}
	return answer.AccessToken, nil
}

func ask(request *http.Request, answer any) error {
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(answer)
}
