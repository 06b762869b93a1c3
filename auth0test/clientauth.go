package auth0test

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// presented is how a request says which client it comes from.
type presented struct {
	id, secret string
	hasSecret  bool
}

// authenticate follows RFC 6749 sections 2.3 and 3.2.1: a secret in the Authorization header or in the
// body, never both; a public client shows its client_id and no secret, and one with keys an assertion.
func (t *Tenant) authenticate(r *http.Request, p parameters) (*Client, *oauthError) {
	if p.get("client_assertion") != "" || p.get("client_assertion_type") != "" {
		return t.authenticateByKey(r, p)
	}
	shown, refusal := readClient(r, p)
	if refusal != nil {
		return nil, refusal
	}
	client, known := t.client(shown.id)
	if !known {
		client = &Client{Secret: random()} // compared all the same, so that time does not tell who exists
	}
	var good bool
	switch {
	case len(client.Keys) > 0: // these are its only way
	case client.Public:
		good = !shown.hasSecret
	default:
		good = shown.hasSecret && equal(shown.secret, client.Secret)
	}
	if !known || !good {
		return nil, refuse("invalid_client", "The client is unknown, or has not authenticated as it must.").
			with(http.StatusUnauthorized)
	}
	return client, nil
}

func readClient(r *http.Request, p parameters) (presented, *oauthError) {
	headers := r.Header.Values("Authorization")
	inBody := presented{id: p.get("client_id"), secret: p.get("client_secret"), hasSecret: p.get("client_secret") != ""}
	switch {
	case len(headers) > 1:
		return presented{}, refuse("invalid_request", "There is more than one Authorization header.")
	case len(headers) == 0 && inBody.id == "":
		return presented{}, refuse("invalid_client", "The client has not authenticated.").with(http.StatusUnauthorized)
	case len(headers) == 0:
		return inBody, nil
	case inBody.hasSecret:
		return presented{}, refuse("invalid_request", "The client authenticates in two ways at once.")
	}
	basic, ok := readBasic(headers[0])
	if !ok {
		return presented{}, refuse("invalid_client", "The Authorization header cannot be read as Basic.").with(http.StatusUnauthorized)
	}
	if inBody.id != "" && inBody.id != basic.id {
		return presented{}, refuse("invalid_request", "The client_id is not the client that authenticates.")
	}
	return basic, nil
}

// readBasic decodes the two values as forms do, which plain HTTP Basic does not: RFC 6749 section 2.3.1.
func readBasic(header string) (presented, bool) {
	scheme, credentials, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return presented{}, false
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
	if err != nil {
		return presented{}, false
	}
	first, second, found := strings.Cut(string(text), ":")
	id, idErr := url.QueryUnescape(first)
	secret, secretErr := url.QueryUnescape(second)
	if !found || idErr != nil || secretErr != nil {
		return presented{}, false
	}
	return presented{id: id, secret: secret, hasSecret: secret != ""}, true
}

// equal compares in a time that depends on neither content nor length.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
