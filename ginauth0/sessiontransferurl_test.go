package ginauth0_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestSessionTransferURL(t *testing.T) {
	t.Parallel()
	token := ginauth0.SessionTransferToken{Token: "a+b/c="}
	for _, test := range []struct{ target, organization, want string }{
		{"https://app.example/login", "", "https://app.example/login?session_transfer_token=a%2Bb%2Fc%3D"},
		{"https://app.example", "org_1", "https://app.example?organization=org_1&session_transfer_token=a%2Bb%2Fc%3D"},
		{"https://app.example/?", " \t", "https://app.example/?session_transfer_token=a%2Bb%2Fc%3D"},
		{"https://app.example:8443/l?b=2&a=%20x&b", "a & b", "https://app.example:8443/l?b=2&a=%20x&b&organization=a+%26+b&session_transfer_token=a%2Bb%2Fc%3D"},
		{"https://app.example/l?organization=org_2", "", "https://app.example/l?organization=org_2&session_transfer_token=a%2Bb%2Fc%3D"},
		{"http://localhost:3000/l", "", "http://localhost:3000/l?session_transfer_token=a%2Bb%2Fc%3D"},
		{"http://127.0.0.9/l", "", "http://127.0.0.9/l?session_transfer_token=a%2Bb%2Fc%3D"},
		{"http://[::1]:3000/l", "", "http://[::1]:3000/l?session_transfer_token=a%2Bb%2Fc%3D"},
		{"HTTPS://App.Example/%2f", "", "https://App.Example/%2f?session_transfer_token=a%2Bb%2Fc%3D"},
	} {
		got, err := ginauth0.SessionTransferURL(test.target, token, test.organization)
		if err != nil || got != test.want {
			t.Errorf("%s: %s %v, want %s", test.target, got, err, test.want)
		}
	}
}

func TestSessionTransferURLRefuses(t *testing.T) {
	t.Parallel()
	const insecure = "-"
	for target, name := range map[string]string{
		"http://app.example/login": insecure, "http://localhost.example/": insecure, "http://10.0.0.1/": insecure, "//app.example/login": insecure,
		"/login": insecure, "": insecure, "app.example/login": insecure, "https:///login": insecure, "https:app.example": insecure,
		"ftp://app.example/": insecure, "javascript:alert(1)": insecure, "https://app.example\n/": insecure, " https://app.example/": insecure,
		"https://app example/": insecure, "https://%61pp.example/": insecure, "https://app.example:99999/": insecure, "https://ex\u00e4mple.example/": insecure,
		"https://app.example/#a": "target", "https://app.example/#": "target", "https://ada@app.example/": "target", "https://ada:hunter2@app.example/": "target",
		"https://app.example/?a=%zz": "target", "https://app.example/?a;b=1": "target",
		"https://app.example/?session_transfer_token=hunter2": "session_transfer_token", "https://app.example/?session%5Ftransfer_token": "session_transfer_token",
		"https://app.example/?organization=org_2": "organization",
	} {
		got, err := ginauth0.SessionTransferURL(target, ginauth0.SessionTransferToken{Token: "hunter2"}, "org_1")
		if got != "" || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "app.example") {
			t.Errorf("%q: %q %v", target, got, err)
		}
		if name != insecure {
			wantParameter(t, target, err, name)
		} else if !errors.Is(err, ginauth0.ErrInsecureURL) {
			t.Errorf("%q: %v", target, err)
		}
	}
	for _, blank := range []ginauth0.Secret{"", " \t"} {
		_, err := ginauth0.SessionTransferURL("https://app.example/", ginauth0.SessionTransferToken{Token: blank}, "")
		wantParameter(t, "a blank token", err, "session_transfer_token")
	}
}

// Whatever the target: the token goes over TLS or stays here, stands in the query once,
// and nothing of the target is lost.
func FuzzSessionTransferURL(f *testing.F) {
	for _, target := range []string{
		"https://app.example/l?a=1", "http://localhost/", "http://loCAlhosT", "http://app.example/", "https://a@b/", "https://a/#", "https://a/?session_transfer_token=x", "https:a", "//a", "https://[::1]:1/?%",
	} {
		f.Add(target, "org_1")
		f.Add(target, "")
	}
	f.Fuzz(func(t *testing.T, target, organization string) {
		got, err := ginauth0.SessionTransferURL(target, ginauth0.SessionTransferToken{Token: "the token"}, organization)
		if err != nil {
			if got != "" {
				t.Errorf("%q and %v", got, err)
			}
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		before, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		host := strings.ToLower(u.Hostname()) // browsers do so
		loopback := host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
		if u.Scheme != "https" && (u.Scheme != "http" || !loopback) || u.Host != before.Host || u.Path != before.Path || u.Fragment != "" || u.User != nil {
			t.Errorf("%q for %q", got, target)
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil || len(query["session_transfer_token"]) != 1 || query.Get("session_transfer_token") != "the token" || !strings.HasPrefix(u.RawQuery, before.RawQuery) {
			t.Errorf("%q for %q: %v", got, target, err)
		}
		if want := strings.TrimSpace(organization) != ""; want && (len(query["organization"]) != 1 || query.Get("organization") != organization) {
			t.Errorf("%q for organization %q", got, organization)
		}
	})
}
