package auth0test_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// revoke sends a form to the revocation endpoint.
func revoke(t *testing.T, tenant *auth0test.Tenant, form url.Values) page {
	t.Helper()
	response, err := http.PostForm(tenant.URL()+"/oauth/revoke", form)
	return read(t, response, err)
}

func revocation(token string, changes url.Values) url.Values {
	return changed(url.Values{
		"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret},
		"token": {token}, "token_type_hint": {"refresh_token"},
	}, changes)
}

func TestRevocationEndsTheLogin(t *testing.T) {
	tenant := auth0test.Start(t)
	first, other := refreshableLogin(t, tenant), refreshableLogin(t, tenant)
	next := granted(t, tenant, refreshForm(text(t, first, "refresh_token"), nil))
	for _, token := range []string{text(t, next, "refresh_token"), "nobody's"} { // RFC 7009 section 2.2: 200 for both
		if got := revoke(t, tenant, revocation(token, nil)); got.status != http.StatusOK || got.body != "" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("status %d, body %q, %v", got.status, got.body, got.header)
		}
	}
	wantRefusal(t, token(t, tenant, refreshForm(text(t, next, "refresh_token"), nil)), http.StatusBadRequest, "invalid_grant")
	if got := userinfo(t, tenant, "Bearer "+text(t, next, "access_token")); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo says %d to an access token of the login, want 401", got.status)
	}
	granted(t, tenant, refreshForm(text(t, other, "refresh_token"), nil))
	if got := discovery(t, tenant).json(t)["revocation_endpoint"]; got != tenant.URL()+"/oauth/revoke" {
		t.Errorf("revocation_endpoint %v", got)
	}
}

func TestRevocationIsRefused(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{Clients: []auth0test.Client{
		{ID: auth0test.DefaultClientID, Secret: auth0test.DefaultClientSecret, AllowLoopback: true},
		{ID: "other", Secret: "s"},
	}})
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	for name, test := range map[string]struct {
		changes url.Values
		status  int
		error   string
	}{
		"no token":                   {url.Values{"token": {""}}, http.StatusBadRequest, "invalid_request"},
		"two tokens":                 {url.Values{"token": {refresh, refresh}}, http.StatusBadRequest, "invalid_request"},
		"a client that is not known": {url.Values{"client_id": {"nobody"}}, http.StatusUnauthorized, "invalid_client"},
		"a wrong secret":             {url.Values{"client_secret": {"guessed"}}, http.StatusUnauthorized, "invalid_client"},
		"no secret":                  {url.Values{"client_secret": {""}}, http.StatusUnauthorized, "invalid_client"},
		"a token of another client":  {url.Values{"client_id": {"other"}, "client_secret": {"s"}}, http.StatusBadRequest, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, revoke(t, tenant, revocation(refresh, test.changes)), test.status, test.error)
		})
	}
	response, err := http.Post(tenant.URL()+"/oauth/revoke?token="+refresh, "application/x-www-form-urlencoded", strings.NewReader(revocation("", nil).Encode()))
	wantRefusal(t, read(t, response, err), http.StatusBadRequest, "invalid_request")
	response, err = http.Get(tenant.URL() + "/oauth/revoke")
	if got := read(t, response, err); got.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", got.status)
	}
	granted(t, tenant, refreshForm(refresh, nil)) // none of these has ended it
}

func TestRevocationBreaksAsOtherEndpointsDo(t *testing.T) {
	tenant := auth0test.Start(t)
	tenant.Break("/oauth/revoke", auth0test.Down)
	if got := revoke(t, tenant, revocation("x", nil)); got.status != http.StatusServiceUnavailable {
		t.Errorf("status %d", got.status)
	}
	tenant.Heal("/oauth/revoke")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tenant.URL()+"/oauth/revoke", io.NopCloser(strings.NewReader("token=x")))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(auth0test.DefaultClientID, auth0test.DefaultClientSecret)
	response, err := http.DefaultClient.Do(request)
	if got := read(t, response, err); got.status != http.StatusOK || tenant.Requests("/oauth/revoke") != 2 {
		t.Errorf("with Basic: status %d, %d requests", got.status, tenant.Requests("/oauth/revoke"))
	}
}
