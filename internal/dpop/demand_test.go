package dpop_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// demanded is DemandedNonce for an answer with the nonce "n1".
func demanded(status int, lines ...string) string {
	return dpop.DemandedNonce(&http.Response{StatusCode: status, Header: http.Header{"Www-Authenticate": lines, "Dpop-Nonce": {"n1"}}})
}

func TestDemandsForANonce(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"of RFC 9449 section 9":         {`DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"`},
		"alone":                         {`DPoP error="use_dpop_nonce"`},
		"as a token":                    {`DPoP error=use_dpop_nonce`},
		"with spaces around the sign":   {"DPoP error =\t \"use_dpop_nonce\""},
		"scheme and name in other case": {`dpop ERROR="use_dpop_nonce"`},
		"with escapes":                  {`DPoP error="use\_dpop_nonce"`},
		"behind a realm":                {`DPoP realm="a, Bearer error=\"x\"", algs="ES256 PS256", error="use_dpop_nonce"`},
		"behind a Bearer challenge":     {`Bearer realm="api", DPoP error="use_dpop_nonce"`},
		"before a Bearer challenge":     {`DPoP error="use_dpop_nonce", Bearer realm="api", error="invalid_token"`},
		"on the second line":            {`Bearer realm="api"`, `DPoP algs="ES256", error="use_dpop_nonce"`},
		"behind a scheme alone":         {`Negotiate, DPoP error="use_dpop_nonce"`},
		"behind a token68":              {`Negotiate YII/+a0==, DPoP error="use_dpop_nonce"`},
		"behind empty elements":         {`, ,DPoP error="use_dpop_nonce",`},
		"behind an empty parameter":     {`DPoP realm="", error="use_dpop_nonce"`},
		"before something malformed":    {`DPoP error="use_dpop_nonce", realm="`},
		"on a line behind a bad one":    {`DPoP realm="`, `DPoP error="use_dpop_nonce"`},
		"of the second DPoP challenge":  {`DPoP error="invalid_token", DPoP error="use_dpop_nonce"`},
	} {
		if got := demanded(http.StatusUnauthorized, lines...); got != "n1" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestNoDemandForANonce(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"no challenge":                nil,
		"an empty one":                {""},
		"another error":               {`DPoP error="invalid_token"`},
		"another case":                {`DPoP error="USE_DPOP_NONCE"`},
		"a longer code":               {`DPoP error="use_dpop_nonce2"`},
		"a Bearer challenge":          {`Bearer error="use_dpop_nonce"`},
		"of the next challenge":       {`DPoP algs="ES256", Bearer error="use_dpop_nonce"`},
		"in a description":            {`DPoP error="invalid_token", error_description="use_dpop_nonce"`},
		"quoted":                      {`Bearer realm="DPoP error=\"use_dpop_nonce\""`},
		"quoted, of a DPoP challenge": {`DPoP realm="a\", error=\"use_dpop_nonce"`},
		"a scheme that ends alike":    {`XDPoP error="use_dpop_nonce"`},
		"without scheme":              {`error="use_dpop_nonce"`},
		"behind something malformed":  {`DPoP realm=, error="use_dpop_nonce"`},
		"a quote without end":         {`DPoP error="use_dpop_nonce`},
		"an escape without end":       {`DPoP error="use_dpop_nonce\`},
		"a colon for a sign":          {`DPoP error:"use_dpop_nonce"`},
		"nothing but the code":        {`use_dpop_nonce`},
		"as a token68":                {`DPoP use_dpop_nonce`},
	} {
		if got := demanded(http.StatusUnauthorized, lines...); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestADemandNeeds401AndOneNonce(t *testing.T) {
	t.Parallel()
	const demand = `DPoP error="use_dpop_nonce"`
	for _, status := range []int{200, 302, 400, 402, 403, 503} {
		if got := demanded(status, demand); got != "" {
			t.Errorf("status %d: %q", status, got)
		}
	}
	for name, nonces := range map[string][]string{
		"none": nil, "an empty one": {""}, "two": {"a", "b"}, "a space": {"a b"}, "a quote": {`a"`}, "a backslash": {`a\`},
		"a line break": {"a\r\nX: y"}, "beyond ASCII": {"é"}, "DEL": {"a\x7f"},
	} {
		response := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {demand}, "Dpop-Nonce": nonces}}
		if got := dpop.DemandedNonce(response); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := dpop.DemandedNonce(&http.Response{StatusCode: 401}); got != "" {
		t.Errorf("no header: %q", got)
	}
	all := "!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~" // NQCHAR, RFC 6749 appendix A
	response := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {demand}, "Dpop-Nonce": {all}}}
	if got := dpop.DemandedNonce(response); got != all {
		t.Errorf("%q", got)
	}
}

// Whatever a server answers: no panic, and never a nonce without the words for it. A
// challenge in front changes nothing.
func FuzzDemandedNonce(f *testing.F) {
	for _, line := range []string{
		``, `DPoP error="use_dpop_nonce"`, `Bearer realm="a\"b", DPoP error=use_dpop_nonce`, `Negotiate abc==, DPoP a=b`, `=,"`, `DPoP error="`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := demanded(http.StatusUnauthorized, line)
		if got != "" && got != "n1" {
			t.Fatalf("nonce %q", got)
		}
		lower := strings.ToLower(line)
		plain := strings.ReplaceAll(lower, `\`, "")
		if got != "" && (!strings.Contains(lower, "dpop") || !strings.Contains(plain, "use_dpop_nonce")) {
			t.Errorf("a demand in %q", line)
		}
		if front := demanded(http.StatusUnauthorized, `Bearer realm="a\"b", Negotiate aa==, `+line); front != got && line != "" && !slices.Contains([]byte(" \t=\""), line[0]) {
			t.Errorf("%q: alone %q, behind others %q", line, got, front)
		}
	})
}
