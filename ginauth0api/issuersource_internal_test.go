package ginauth0api

import (
	"context"
	"slices"
	"testing"
)

func noDomains(context.Context, DomainRequest) ([]string, error) { return nil, nil }

func TestIssuerSourcesRefused(t *testing.T) {
	t.Parallel()
	keys := []byte(`{"keys":[]}`)
	for name, test := range map[string]struct {
		cfg    Config
		fields []string
	}{
		"no issuer source":                {Config{}, []string{"Domain"}},
		"no issuer source, empty list":    {Config{Domains: []string{}}, []string{"Domain"}},
		"blank domain":                    {Config{Domain: " \t"}, []string{"Domain"}},
		"blank domain beside others":      {Config{Domain: " ", Domains: []string{"t.example"}}, []string{"Domain"}},
		"blank domain beside resolver":    {Config{Domain: " ", DomainResolver: noDomains}, []string{"Domain"}},
		"path after a host":               {Config{Domain: "t.example/x"}, []string{"Domain"}},
		"slash after a host":              {Config{Domain: "t.example/"}, []string{"Domain"}},
		"query after a host":              {Config{Domain: "t.example?x"}, []string{"Domain"}},
		"user info before a host":         {Config{Domain: "ada:hunter2@t.example"}, []string{"Domain"}},
		"user info in a URL":              {Config{Domain: "https://ada:hunter2@t.example/"}, []string{"Domain"}},
		"query in a URL":                  {Config{Domain: "https://t.example/?x"}, []string{"Domain"}},
		"fragment in a URL":               {Config{Domain: "https://t.example/#x"}, []string{"Domain"}},
		"http off loopback":               {Config{Domain: "http://t.example/"}, []string{"Domain"}},
		"another scheme":                  {Config{Domain: "ftp://t.example/"}, []string{"Domain"}},
		"malformed beside resolver":       {Config{Domain: "http://t.example/", DomainResolver: noDomains}, []string{"Domain"}},
		"blank entry":                     {Config{Domains: []string{"t.example", ""}}, []string{"Domains"}},
		"blank entries alone":             {Config{Domains: []string{" ", "\t"}}, []string{"Domains", "Domains"}},
		"malformed entry":                 {Config{Domains: []string{"t.example/x"}}, []string{"Domains"}},
		"user info in an entry":           {Config{Domains: []string{"https://ada:hunter2@t.example/"}}, []string{"Domains"}},
		"http entry off loopback":         {Config{Domain: "t.example", Domains: []string{"http://u.example/"}}, []string{"Domains"}},
		"repeated entry":                  {Config{Domains: []string{"t.example", "u.example", "t.example"}}, []string{"Domains"}},
		"Domain repeated":                 {Config{Domain: "t.example", Domains: []string{"t.example"}}, []string{"Domains"}},
		"repeated in another case":        {Config{Domain: "t.example", Domains: []string{"T.Example"}}, []string{"Domains"}},
		"repeated as a URL":               {Config{Domain: "t.example", Domains: []string{"https://t.example/"}}, []string{"Domains"}},
		"repeated as a URL without slash": {Config{Domain: "t.example", Domains: []string{"https://t.example"}}, []string{"Domains"}},
		"repeated with another slash":     {Config{Domains: []string{"https://t.example/a", "https://t.example/a/"}}, []string{"Domains"}},
		"repeated with two slashes":       {Config{Domains: []string{"https://t.example/a/", "https://t.example/a//"}}, []string{"Domains"}},
		"repeated with the default port":  {Config{Domains: []string{"https://t.example:443/", "t.example"}}, []string{"Domains"}},
		"repeated on loopback, port 80":   {Config{Domains: []string{"http://localhost:80", "http://LOCALHOST/"}}, []string{"Domains"}},
		"every kind of mistake":           {Config{Domain: "?", Domains: []string{"", "t.example", "t.example", "/"}}, []string{"Domain", "Domains", "Domains", "Domains"}},
		"Domains with resolver":           {Config{Domains: []string{"t.example"}, DomainResolver: noDomains}, []string{"Domains"}},
		"keys' address with two domains":  {Config{Domain: "t.example", Domains: []string{"u.example"}, Keys: KeysConfig{JWKSURI: "https://t.example/keys"}}, []string{"Keys.JWKSURI"}},
		"keys' address with a list of 2":  {Config{Domains: []string{"t.example", "u.example"}, Keys: KeysConfig{JWKSURI: "https://t.example/keys"}}, []string{"Keys.JWKSURI"}},
		"keys' address with resolver":     {Config{DomainResolver: noDomains, Keys: KeysConfig{JWKSURI: "https://t.example/keys"}}, []string{"Keys.JWKSURI"}},
		"fixed keys with two domains":     {Config{Domain: "t.example", Domains: []string{"u.example"}, Keys: KeysConfig{Static: keys}}, []string{"Keys.Static"}},
		"fixed keys with a list of 2":     {Config{Domains: []string{"t.example", "u.example"}, Keys: KeysConfig{Static: keys}}, []string{"Keys.Static"}},
		"fixed keys with resolver":        {Config{Domain: "t.example", DomainResolver: noDomains, Keys: KeysConfig{Static: keys}}, []string{"Keys.Static"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if fields := fieldsOf(t, func(found *problems) { test.cfg.validateIssuers(found) }); !slices.Equal(fields, test.fields) {
				t.Errorf("fields %q, want %q", fields, test.fields)
			}
		})
	}
}

func TestIssuerSourcesAccepted(t *testing.T) {
	t.Parallel()
	fixed := KeysConfig{JWKSURI: "https://keys.example/", Static: []byte(`{"keys":[]}`)} // what else is wrong with them is not judged here
	for name, test := range map[string]struct {
		cfg     Config
		domains []string
	}{
		"host":                 {Config{Domain: "T.example:8443"}, []string{"https://t.example:8443/"}},
		"URL":                  {Config{Domain: "https://t.example/a"}, []string{"https://t.example/a"}},
		"a list alone":         {Config{Domains: []string{"t.example", "u.example"}}, []string{"https://t.example/", "https://u.example/"}},
		"both":                 {Config{Domain: "t.example", Domains: []string{"u.example"}}, []string{"https://t.example/", "https://u.example/"}},
		"another port":         {Config{Domains: []string{"t.example", "t.example:8443"}}, []string{"https://t.example/", "https://t.example:8443/"}},
		"another path":         {Config{Domains: []string{"https://t.example/a", "https://t.example/A"}}, []string{"https://t.example/a", "https://t.example/A"}},
		"another scheme":       {Config{Domains: []string{"http://localhost:4000", "https://localhost:4000"}}, []string{"http://localhost:4000", "https://localhost:4000"}},
		"resolver":             {Config{DomainResolver: noDomains}, nil},
		"resolver with Domain": {Config{Domain: "t.example", DomainResolver: noDomains}, []string{"https://t.example/"}},
		"keys, Domain":         {Config{Domain: "t.example", Keys: fixed}, []string{"https://t.example/"}},
		"keys, a list of one":  {Config{Domains: []string{"t.example"}, Keys: fixed}, []string{"https://t.example/"}},
	} {
		var found problems
		source := test.cfg.validateIssuers(&found)
		var domains []string
		for _, domain := range source.domains {
			domains = append(domains, domain.String())
		}
		if len(found) > 0 || !slices.Equal(domains, test.domains) {
			t.Errorf("%s: %q, %v, want %q", name, domains, found, test.domains)
		}
		if (source.resolve == nil) != (test.cfg.DomainResolver == nil) {
			t.Errorf("%s: the resolver is not handed on", name)
		}
	}
}
