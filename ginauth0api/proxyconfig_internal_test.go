package ginauth0api

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestProxyConfigRefused(t *testing.T) {
	t.Parallel()
	long := "/" + strings.Repeat("a", 256)
	for name, test := range map[string]struct {
		cfg    ProxyConfig
		fields []string
	}{
		"relative base":            {ProxyConfig{BaseURL: "/v1"}, []string{"Proxy.BaseURL"}},
		"base without scheme":      {ProxyConfig{BaseURL: "api.example"}, []string{"Proxy.BaseURL"}},
		"base of no authority":     {ProxyConfig{BaseURL: "https:api.example"}, []string{"Proxy.BaseURL"}},
		"base of another scheme":   {ProxyConfig{BaseURL: "ftp://api.example"}, []string{"Proxy.BaseURL"}},
		"blank base":               {ProxyConfig{BaseURL: " "}, []string{"Proxy.BaseURL"}},
		"base with blanks":         {ProxyConfig{BaseURL: " https://api.example"}, []string{"Proxy.BaseURL"}},
		"base with user info":      {ProxyConfig{BaseURL: "https://ada:hunter2@api.example"}, []string{"Proxy.BaseURL"}},
		"base with empty user":     {ProxyConfig{BaseURL: "https://@api.example"}, []string{"Proxy.BaseURL"}},
		"base with query":          {ProxyConfig{BaseURL: "https://api.example/v1?hunter2"}, []string{"Proxy.BaseURL"}},
		"base with empty query":    {ProxyConfig{BaseURL: "https://api.example?"}, []string{"Proxy.BaseURL"}},
		"base with fragment":       {ProxyConfig{BaseURL: "https://api.example/#hunter2"}, []string{"Proxy.BaseURL"}},
		"base with empty fragment": {ProxyConfig{BaseURL: "https://api.example/#"}, []string{"Proxy.BaseURL"}},
		"base without host":        {ProxyConfig{BaseURL: "https:///v1"}, []string{"Proxy.BaseURL"}},
		"base with bad host":       {ProxyConfig{BaseURL: "https://a_b..example"}, []string{"Proxy.BaseURL"}},
		"base with bad port":       {ProxyConfig{BaseURL: "https://api.example:65536"}, []string{"Proxy.BaseURL"}},
		"base beyond ASCII":        {ProxyConfig{BaseURL: "https://bücher.example"}, []string{"Proxy.BaseURL"}},
		"base with dots":           {ProxyConfig{BaseURL: "https://api.example/a/../b"}, []string{"Proxy.BaseURL"}},
		"base with two slashes":    {ProxyConfig{BaseURL: "https://api.example//b"}, []string{"Proxy.BaseURL"}},
		"base ending in two":       {ProxyConfig{BaseURL: "https://api.example//"}, []string{"Proxy.BaseURL"}},
		"base with backslash":      {ProxyConfig{BaseURL: `https://api.example\b`}, []string{"Proxy.BaseURL"}},
		"base with space":          {ProxyConfig{BaseURL: "https://api.example/a b"}, []string{"Proxy.BaseURL"}},
		"base with colon":          {ProxyConfig{BaseURL: "https://api.example/a:b"}, []string{"Proxy.BaseURL"}},
		"base too long":            {ProxyConfig{BaseURL: "https://api.example" + long}, []string{"Proxy.BaseURL"}},
		"trusted name":             {ProxyConfig{Trusted: []string{"proxy.example"}}, []string{"Proxy.Trusted"}},
		"trusted blank":            {ProxyConfig{Trusted: []string{""}}, []string{"Proxy.Trusted"}},
		"trusted with blanks":      {ProxyConfig{Trusted: []string{" 10.0.0.1"}}, []string{"Proxy.Trusted"}},
		"trusted with port":        {ProxyConfig{Trusted: []string{"10.0.0.1:80"}}, []string{"Proxy.Trusted"}},
		"trusted in brackets":      {ProxyConfig{Trusted: []string{"[::1]"}}, []string{"Proxy.Trusted"}},
		"trusted with zone":        {ProxyConfig{Trusted: []string{"fe80::1%eth0"}}, []string{"Proxy.Trusted"}},
		"trusted CIDR too long":    {ProxyConfig{Trusted: []string{"10.0.0.0/33"}}, []string{"Proxy.Trusted"}},
		"trusted CIDR with zone":   {ProxyConfig{Trusted: []string{"fe80::%eth0/64"}}, []string{"Proxy.Trusted"}},
		"trusted mapped CIDR":      {ProxyConfig{Trusted: []string{"::ffff:10.0.0.0/95"}}, []string{"Proxy.Trusted"}},
		"trusted UNIX":             {ProxyConfig{Trusted: []string{"UNIX"}}, []string{"Proxy.Trusted"}},
		"two bad proxies":          {ProxyConfig{Trusted: []string{"*", "10.0.0.1", "x"}}, []string{"Proxy.Trusted", "Proxy.Trusted"}},
		"header for":               {ProxyConfig{Trusted: []string{"::1"}, Headers: []string{"X-Forwarded-For"}}, []string{"Proxy.Headers"}},
		"header blank":             {ProxyConfig{Trusted: []string{"::1"}, Headers: []string{""}}, []string{"Proxy.Headers"}},
		"header with blank":        {ProxyConfig{Trusted: []string{"::1"}, Headers: []string{"Forwarded "}}, []string{"Proxy.Headers"}},
		"Forwarded beside proto":   {ProxyConfig{Trusted: []string{"::1"}, Headers: []string{"X-Forwarded-Proto", "forwarded"}}, []string{"Proxy.Headers"}},
		"Forwarded beside host":    {ProxyConfig{Trusted: []string{"::1"}, Headers: []string{"Forwarded", "X-Forwarded-Host"}}, []string{"Proxy.Headers"}},
		"Forwarded beside port":    {ProxyConfig{Trusted: []string{"::1"}, Headers: []string{"Forwarded", "X-Forwarded-Port"}}, []string{"Proxy.Headers"}},
		"Forwarded and prefix":     {ProxyConfig{Trusted: []string{"::1"}, Headers: []string{"Forwarded", "X-Forwarded-Prefix"}}, []string{"Proxy.Headers"}},
		"headers of nobody":        {ProxyConfig{Headers: []string{"X-Forwarded-Proto"}}, []string{"Proxy.Headers"}},
		"host with path":           {ProxyConfig{AllowedHosts: []string{"api.example/"}}, []string{"Proxy.AllowedHosts"}},
		"host with scheme":         {ProxyConfig{AllowedHosts: []string{"https://api.example"}}, []string{"Proxy.AllowedHosts"}},
		"host blank":               {ProxyConfig{AllowedHosts: []string{""}}, []string{"Proxy.AllowedHosts"}},
		"host with star":           {ProxyConfig{AllowedHosts: []string{"*.example"}}, []string{"Proxy.AllowedHosts"}},
		"host with bad port":       {ProxyConfig{AllowedHosts: []string{"api.example:http"}}, []string{"Proxy.AllowedHosts"}},
		"hosts beside base":        {ProxyConfig{BaseURL: "https://api.example", AllowedHosts: []string{"api.example"}}, []string{"Proxy.AllowedHosts"}},
		"everything at once": {
			ProxyConfig{BaseURL: "x", Headers: []string{"Forwarded", "X-Forwarded-Host", "Via"}, AllowedHosts: []string{"/"}},
			[]string{"Proxy.BaseURL", "Proxy.Headers", "Proxy.Headers", "Proxy.Headers", "Proxy.AllowedHosts", "Proxy.AllowedHosts"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if fields := fieldsOf(t, func(found *problems) { test.cfg.validate(found) }); !slices.Equal(fields, test.fields) {
				t.Errorf("fields %q, want %q", fields, test.fields)
			}
		})
	}
}

// fieldsOf returns what a validation finds, which must never show a secret.
func fieldsOf(t *testing.T, validate func(*problems)) []string {
	t.Helper()
	var found problems
	validate(&found)
	var fields []string
	for _, problem := range found {
		var mistake *ConfigError
		if !errors.As(problem, &mistake) || mistake.Problem == "" {
			t.Fatalf("%v is no useful ConfigError", problem)
		}
		if strings.Contains(mistake.Problem, "hunter2") {
			t.Errorf("a password in %q", mistake.Problem)
		}
		fields = append(fields, mistake.Field)
	}
	return fields
}

// The text has to help: it names what may not be there, not what followed of it.
func TestProblemsOfABaseURLSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"api.example":             "must be an absolute http or https URL without user info, query and fragment",
		"https://ada@api.example": "must be an absolute http or https URL without user info, query and fragment",
		"https://api.example?x":   "must be an absolute http or https URL without user info, query and fragment",
		"https://api.example/#x":  "must be an absolute http or https URL without user info, query and fragment",
		"https://api..example":    "has a malformed host or port",
		"https://api.example//":   "has a path that has an empty or a dot segment",
		"https://api.example/a:b": "has a path that has a byte or an escape that does not belong there",
	} {
		var found problems
		ProxyConfig{BaseURL: text}.validate(&found)
		if err := errors.Join(found...); err == nil || err.Error() != "ginauth0api: Proxy.BaseURL "+want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
