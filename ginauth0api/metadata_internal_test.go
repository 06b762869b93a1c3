package ginauth0api

import (
	"slices"
	"strings"
	"testing"
)

func TestMetadataURL(t *testing.T) {
	t.Parallel()
	const suffix = "/.well-known/oauth-protected-resource"
	for _, test := range []struct{ url, base, resource, metadata string }{
		{"", "", "", ""},
		{"https://api.example", "", "https://api.example", "https://api.example" + suffix},
		{"https://api.example/", "", "https://api.example/", "https://api.example" + suffix},
		{"https://api.example:8443/v1", "", "https://api.example:8443/v1", "https://api.example:8443" + suffix + "/v1"},
		{"https://api.example/v1/", "", "https://api.example/v1/", "https://api.example" + suffix + "/v1/"},
		{"https://api.example/a%2Fb/c:d", "", "https://api.example/a%2Fb/c:d", "https://api.example" + suffix + "/a%2Fb/c:d"},
		{"HTTPS://API.Example/v1", "", "HTTPS://API.Example/v1", "HTTPS://API.Example" + suffix + "/v1"},
		{"http://localhost:8000", "", "http://localhost:8000", "http://localhost:8000" + suffix},
		{"https://[2001:db8::1]/v1", "", "https://[2001:db8::1]/v1", "https://[2001:db8::1]" + suffix + "/v1"},
		{"", "https://api.example/v1", "https://api.example/v1", "https://api.example" + suffix + "/v1"},
		{"https://name.example", "https://api.example/v1", "https://name.example", "https://name.example" + suffix},
	} {
		var found problems
		got := ResourceConfig{URL: test.url}.validate(&found, test.base)
		if got.url != test.resource || got.metadataURL != test.metadata || len(found) > 0 {
			t.Errorf("%q, %q: %q at %q, %v, want %q at %q", test.url, test.base, got.url, got.metadataURL, found, test.resource, test.metadata)
		}
	}
}

func TestResourceURLRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		" ", "/v1", "api.example", "//api.example", "https:api.example", "urn:api", "ftp://api.example", "https://", "https:///v1",
		"https://ada:hunter2@api.example", "https://@api.example", "https://api.example?hunter2", "https://api.example/?", "https://api.example/#hunter2", "https://api.example#",
		"https://api..example", "https://api.example:0", "https://api.example:x", "https://bücher.example", "https://a b.example", "https://[::1",
		"https://api.example/a b", "https://api.example/a\"b", "https://api.example/a\\b", "https://api.example/\r\n", "https://api.example/é", "https://api.example/%zz", "https://api.example/%4",
	} {
		fields := fieldsOf(t, func(found *problems) { ResourceConfig{URL: text}.validate(found, "https://api.example") })
		if !slices.Equal(fields, []string{"Resource.URL"}) {
			t.Errorf("%q: %q", text, fields)
		}
	}
}

// A mistake in Proxy.BaseURL is told once, by its own name.
func TestBaseURLIsJudgedElsewhere(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"x", "https://", strings.Repeat(":", 3)} {
		if fields := fieldsOf(t, func(found *problems) { ResourceConfig{}.validate(found, base) }); fields != nil {
			t.Errorf("%q: %q", base, fields)
		}
	}
}

func TestResourceScopesAreCopied(t *testing.T) {
	t.Parallel()
	cfg := ResourceConfig{Scopes: []string{"read:a"}}
	got := cfg.validate(&problems{}, "")
	cfg.Scopes[0] = "other"
	if !slices.Equal(got.described.Scopes, []string{"read:a"}) {
		t.Error(got.described.Scopes)
	}
}
