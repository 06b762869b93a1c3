package oidc_test

import (
	"context"
	"crypto/elliptic"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

const parURL = "https://t.example/par"

// withPAR is a network whose issuer takes pushed requests, and has these members too.
func withPAR(members map[string]any) *network {
	n := newNetwork()
	all := map[string]any{"pushed_authorization_request_endpoint": parURL}
	for name, value := range members {
		all[name] = value
	}
	n.answer(discoveryURL, discovery(all))
	return n
}

func push(p *oidc.Provider) (string, error) {
	return p.PushAuthorizationRequest(context.Background(), client, url.Values{"response_type": {"code"}, "state": {"s t"}})
}

func TestPushAuthorizationRequest(t *testing.T) {
	t.Parallel()
	assertion, err := oidc.NewAssertion(ecKey(elliptic.P256()), "", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		client  oidc.ClientAuth
		methods any
		status  int
		add     url.Values // to the form
		basic   bool
	}{
		"201":           {client, nil, 201, nil, true},
		"200":           {client, nil, 200, nil, true},
		"secret, post":  {client, []string{"client_secret_post"}, 201, url.Values{"client_secret": {client.Secret}}, false},
		"public client": {oidc.ClientAuth{ID: client.ID}, nil, 201, nil, false},
		"an assertion": {
			oidc.ClientAuth{ID: client.ID, Secret: "unused", Assertion: assertion},
			[]string{"client_secret_post"},
			201,
			url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {"*"}},
			false,
		},
	} {
		n := withPAR(map[string]any{"token_endpoint_auth_methods_supported": test.methods})
		var got url.Values
		n.answer(parURL, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got, _ = url.ParseQuery(string(body))
			if _, _, basic := r.BasicAuth(); basic != test.basic || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.URL.RawQuery != "" {
				t.Errorf("%s: %s %s, header %v", name, r.Method, r.URL, r.Header)
			}
			if len(r.Header.Values("DPoP")) > 0 {
				t.Errorf("%s: a proof was sent", name)
			}
			jsonAnswer(test.status, `{"request_uri":"urn:x:1","expires_in":30}`)(w, r)
		})
		requestURI, err := newProvider(t, "t.example", n).PushAuthorizationRequest(t.Context(), test.client, url.Values{"response_type": {"code"}, "state": {"s t"}})
		if err != nil || requestURI != "urn:x:1" || n.count(parURL) != 1 {
			t.Errorf("%s: %q, %v", name, requestURI, err)
		}
		want := url.Values{"response_type": {"code"}, "state": {"s t"}, "client_id": {client.ID}}
		for parameter, values := range test.add {
			want[parameter] = values
		}
		if got.Has("client_assertion") {
			got.Set("client_assertion", "*")
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: sent %q, want %q", name, got, want)
		}
	}
}

func TestPushAuthorizationRequestFails(t *testing.T) {
	t.Parallel()
	big := `{"request_uri":"urn:x:1","padding":"` + strings.Repeat("x", 1<<20) + `"}`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   error // nil: an EndpointError with code
		code   string
	}{
		"refused":                   {jsonAnswer(400, `{"error":"invalid_request","error_description":"hunter2"}`), nil, "invalid_request"},
		"the client refused":        {jsonAnswer(401, `{"error":"invalid_client"}`), nil, "invalid_client"},
		"refused with 403":          {jsonAnswer(403, `{"error":"access_denied"}`), nil, "access_denied"},
		"too many requests":         {jsonAnswer(429, `{"error":"too_many_requests"}`), nil, "too_many_requests"},
		"a nonce for nobody":        {demand(400, "n-1"), nil, "use_dpop_nonce"},
		"in trouble":                {jsonAnswer(500, `{"error":"invalid_request"}`), oidc.ErrAnswer, ""},
		"down":                      {status(503), oidc.ErrAnswer, ""},
		"refused in HTML":           {status(400), oidc.ErrAnswer, ""},
		"an address elsewhere":      {redirect("https://evil.example/par"), oidc.ErrAnswer, ""},
		"202":                       {jsonAnswer(202, `{"request_uri":"urn:x:1"}`), oidc.ErrAnswer, ""},
		"no content":                {status(204), oidc.ErrAnswer, ""},
		"empty":                     {status(201), oidc.ErrAnswer, ""},
		"HTML":                      {body("<html>hunter2"), oidc.ErrAnswer, ""},
		"broken JSON":               {jsonAnswer(201, `{"request_uri":"urn:x:1"`), oidc.ErrAnswer, ""},
		"something behind the JSON": {jsonAnswer(201, `{"request_uri":"urn:x:1"}}`), oidc.ErrAnswer, ""},
		"an array":                  {jsonAnswer(201, `["urn:x:1"]`), oidc.ErrAnswer, ""},
		"no request_uri":            {jsonAnswer(201, `{"expires_in":30}`), oidc.ErrAnswer, ""},
		"request_uri in capitals":   {jsonAnswer(201, `{"Request_URI":"urn:x:1"}`), oidc.ErrAnswer, ""},
		"request_uri twice":         {jsonAnswer(201, `{"request_uri":"urn:x:1","request_uri":"urn:x:2"}`), oidc.ErrAnswer, ""},
		"request_uri empty":         {jsonAnswer(201, `{"request_uri":""}`), oidc.ErrAnswer, ""},
		"request_uri blank":         {jsonAnswer(201, `{"request_uri":" "}`), oidc.ErrAnswer, ""},
		"request_uri a number":      {jsonAnswer(201, `{"request_uri":1}`), oidc.ErrAnswer, ""},
		"request_uri null":          {jsonAnswer(201, `{"request_uri":null}`), oidc.ErrAnswer, ""},
		"above 1 MiB":               {jsonAnswer(201, big), oidc.ErrAnswer, ""},
		"a refusal above 1 MiB":     {jsonAnswer(400, `{"error":"`+big+`"}`), oidc.ErrAnswer, ""},
		"an error code, with a 201": {jsonAnswer(201, `{"error":"invalid_request"}`), oidc.ErrAnswer, ""},
	} {
		n := withPAR(nil)
		n.answer(parURL, test.answer)
		requestURI, err := push(newProvider(t, "t.example", n))
		var refused *oidc.EndpointError
		if requestURI != "" || err == nil {
			t.Fatalf("%s: %q, %v", name, requestURI, err)
		}
		switch {
		case test.want != nil && !errors.Is(err, test.want):
			t.Errorf("%s: %v, want %v", name, err, test.want)
		case test.want == nil && (!errors.As(err, &refused) || refused.Code != test.code || errors.Is(err, oidc.ErrAnswer)):
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the answer is in the text: %v", name, err)
		}
		if n.count(parURL) != 1 || n.count("https://evil.example/par") != 0 {
			t.Errorf("%s: %d requests", name, n.count(parURL))
		}
	}
}

func TestPushAuthorizationRequestNeedsAnEndpoint(t *testing.T) {
	t.Parallel()
	for name, endpoint := range map[string]any{"none": nil, "empty": "", "http": "http://t.example/par", "relative": "/par", "with a fragment": parURL + "#x"} {
		n := withPAR(map[string]any{"pushed_authorization_request_endpoint": endpoint})
		before := n.total()
		if requestURI, err := push(newProvider(t, "t.example", n)); !errors.Is(err, oidc.ErrNoEndpoint) || requestURI != "" {
			t.Errorf("%s: %q, %v", name, requestURI, err)
		}
		if got := n.total() - before; got != 1 { // the document
			t.Errorf("%s: %d requests", name, got)
		}
	}
}

func TestPushAuthorizationRequestHasTenSeconds(t *testing.T) {
	t.Parallel()
	wantTenSeconds(t, func() *network { return withPAR(nil) }, parURL, func(p *oidc.Provider) error {
		_, err := push(p)
		return err
	})
}
