package ginauth0api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// forgetful is a response whose headers go with the request.
type forgetful struct{ discard }

func (f forgetful) WriteHeader(int) { clear(f.header) }

// BenchmarkRefused prints what a bad request costs, in floors of a good one.
func BenchmarkRefused(b *testing.B) {
	bench := newBearerBench(b, cacheOff)
	i := newIssuer(b)
	good := strings.TrimPrefix(bench.requests[0].Header.Get("Authorization"), "Bearer ")
	input, signature := cutSignature(good)
	other := bench.requests[1].Header.Get("Authorization")
	_, otherSignature := cutSignature(strings.TrimPrefix(other, "Bearer "))
	unknown := i.tokenWithHeader(`{"alg":"RS256","typ":"JWT","kid":"nobody's"}`, claims{"iss": bench.issuer})
	for _, c := range []struct {
		name, authorization, code string
	}{
		{"no token", "", "credentials_missing"},
		{"garbage", "Bearer " + strings.Repeat("garbage", 140), "token_malformed"},
		{"unknown kid", "Bearer " + unknown, "jwks_key_not_found"},
		{"expired", "Bearer " + i.token(claims{"iss": bench.issuer, "exp": 1}), "token_expired"},
		{"bad signature", "Bearer " + input + "." + otherSignature, "invalid_signature"},
	} {
		b.Run(c.name, func(b *testing.B) {
			request := bearerRequest(b, "")
			if request.Header.Del("Authorization"); c.authorization != "" {
				request.Header.Set("Authorization", c.authorization)
			}
			_, _, err := bench.guard.Check(request)
			var refused *ginauth0api.Error
			if !errors.As(err, &refused) || refused.Code != c.code {
				b.Fatalf("%v, want %s", err, c.code)
			}
			response := forgetful{discard{http.Header{}}}
			ratio.Report(b, func(int) { bench.router.ServeHTTP(response, request) }, bench.floor)
		})
	}
	if signature == otherSignature {
		b.Fatal("one signature for two tokens")
	}
}
