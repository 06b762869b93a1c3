package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// reply is an HTTP response that has been read.
type reply struct {
	status int
	header http.Header
	body   string
}

// readReply reads what came of a request, which must have been answered.
func readReply(t *testing.T, response *http.Response, err error) reply {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

// get asks as a program would, without following redirects. The headers come in pairs.
func get(t *testing.T, address string, headers ...string) reply {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	return readReply(t, response, err)
}

// ask sends one request through a client. The headers come in pairs.
func ask(t *testing.T, client *http.Client, request *http.Request, headers ...string) reply {
	t.Helper()
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	return readReply(t, response, err)
}

// newGet is a request for a page.
func newGet(t *testing.T, address string) *http.Request {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	return request
}

// newRequest keeps every byte of the path, also those that Go would escape.
func newRequest(t *testing.T, address string) *http.Request {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/")
	request.URL.Opaque, request.URL.RawQuery = "/"+path, "" // the query is in there
	return request
}

// bearer are the header pair of a token, or none.
func bearer(token string) []string {
	if token == "" {
		return nil
	}
	return []string{"Authorization", "Bearer " + token}
}

// want fails the test unless the response has this status and, unless it is empty, exactly this body.
func (r reply) want(t *testing.T, status int, body string) {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d; body %s", r.status, status, r.body)
	}
	if body != "" && r.body != body {
		t.Errorf("body\n%s\nwant\n%s", r.body, body)
	}
}

// errorCode is the error_code of a refusal.
func (r reply) errorCode() string {
	var body struct {
		Code string `json:"error_code"`
	}
	_ = json.Unmarshal([]byte(r.body), &body) // another body has none
	return body.Code
}

// wantCode fails the test unless the request was answered with this status and, if it was refused, with this error code.
func (r reply) wantCode(t *testing.T, status int, code string) {
	t.Helper()
	if r.status != status || status != http.StatusOK && r.errorCode() != code {
		t.Errorf("status %d, error code %q; want %d %q; body %s", r.status, r.errorCode(), status, code, r.body)
	}
}
