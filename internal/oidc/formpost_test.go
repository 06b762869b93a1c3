package oidc_test

import (
	"io"
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// formPosts are requests to an endpoint at which a client says who it is.
type formPosts struct {
	member    string // of the metadata
	announced string // where it is if the metadata say so
	ofAuth0   string // where Auth0 has it in any case
	form      url.Values
	answer    http.HandlerFunc
	send      func(p *oidc.Provider, fallback bool) error
}

// testFormPosts checks where such a request goes, its form, and that the client authenticates once and as the metadata
// say: by RFC 6749 section 2.3.1 in the header, encoded as a form is, or in the form.
func testFormPosts(t *testing.T, posts formPosts) {
	t.Helper()
	post := []string{"client_secret_post"}
	for name, test := range map[string]struct {
		endpoint, methods any
		fallback          bool
		want              string
	}{
		"announced, basic":              {posts.announced, nil, false, posts.announced},
		"announced, post":               {posts.announced, post, false, posts.announced},
		"announced, Auth0":              {posts.announced, post, true, posts.announced},
		"not announced by Auth0, basic": {nil, nil, true, posts.ofAuth0},
		"not announced by Auth0, post":  {nil, post, true, posts.ofAuth0},
	} {
		n := newNetwork()
		n.answer(discoveryURL, discovery(map[string]any{posts.member: test.endpoint, "token_endpoint_auth_methods_supported": test.methods}))
		var got url.Values
		var secret string
		n.answer(test.want, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got, _ = url.ParseQuery(string(body))
			_, secret, _ = r.BasicAuth()
			if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("%s: %s %s", name, r.Method, r.Header.Get("Content-Type"))
			}
			posts.answer(w, r)
		})
		want := url.Values{"client_id": {client.ID}}
		for parameter, values := range posts.form {
			want[parameter] = values
		}
		basic := url.QueryEscape(client.Secret)
		if test.methods != nil {
			want.Set("client_secret", client.Secret)
			basic = ""
		}
		if err := posts.send(newProvider(t, "t.example", n), test.fallback); err != nil || !reflect.DeepEqual(got, want) || n.count(test.want) != 1 {
			t.Errorf("%s: %v, sent %v", name, err, got)
		}
		if secret != basic {
			t.Errorf("%s: the header holds %q", name, secret)
		}
	}
}
