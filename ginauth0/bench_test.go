package ginauth0_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// loadBench serves a page that loads a session of about 3 KB.
type loadBench struct {
	handler http.Handler
	request *http.Request
	reached int
}

func newLoadBench(tb testing.TB) *loadBench {
	tb.Helper()
	bench := &loadBench{}
	a := newApp(tb, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/bare", auth.Session(), func(c *gin.Context) {
				if _, ok := ginauth0.SessionFrom(c); ok {
					bench.reached++
				}
			})
		}
	})
	claimsOf(a, 160)
	b := a.browser(tb)
	b.login("/auth/login")
	bench.handler = a.server.Config.Handler
	bench.request = httptest.NewRequest(http.MethodGet, "/bare", nil)
	size := 0
	for _, c := range b.sessionCookies() {
		size += len(c.Value)
		bench.request.AddCookie(c)
	}
	if size < 2700 || size > 3300 {
		tb.Fatalf("the session has %d bytes instead of about 3 KB", size)
	}
	return bench
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header          { return d.header }
func (discard) Write(body []byte) (int, error) { return len(body), nil }
func (discard) WriteHeader(int)                {}

// candidate serves one request.
func (l *loadBench) candidate(int) {
	r := *l.request // loading replaces its context
	l.handler.ServeHTTP(discard{http.Header{}}, &r)
}

// floor is what no load can do without: to open the sealed text and to decode
// the JSON in it once.
func floorOf(tb testing.TB, size int) func(int) {
	tb.Helper()
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		tb.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		tb.Fatal(err)
	}
	type token struct {
		Audience, Token, Type string
		Requested, Granted    []string
		Expiry                int64
	}
	type stored struct {
		V                        int
		RID, Issuer, Domain, SID string
		Created, Updated, End    int64
		User                     json.RawMessage
		IDToken, RefreshToken    string
		Tokens                   []token
	}
	text, err := json.Marshal(stored{
		V: 1, RID: "rid", Issuer: "https://tenant.example/", Domain: "https://tenant.example/", SID: "sid", Created: 1e12, Updated: 1e12, End: 2e12,
		User: json.RawMessage(`{"sub":"auth0|ada","name":"Ada Lovelace","blob":"` + strings.Repeat("x", 500) + `"}`), IDToken: strings.Repeat("i", size-1000),
		Tokens: []token{{Token: strings.Repeat("t", 43), Type: "Bearer", Requested: []string{"openid", "profile", "email"}, Granted: []string{"openid", "profile", "email"}, Expiry: 1e12}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	sealed := base64.RawURLEncoding.EncodeToString(gcm.Seal(nil, make([]byte, 12), text, nil))
	return func(int) {
		raw, err := base64.RawURLEncoding.DecodeString(sealed)
		if err != nil {
			panic(err)
		}
		plain, err := gcm.Open(nil, make([]byte, 12), raw, nil)
		if err != nil {
			panic(err)
		}
		var s stored
		if err := json.Unmarshal(plain, &s); err != nil {
			panic(err)
		}
	}
}

// BenchmarkLoad prints how many times its floor it costs to load a session of
// 3 KB, request and response around it included.
func BenchmarkLoad(b *testing.B) {
	bench := newLoadBench(b)
	ratio.Report(b, bench.candidate, floorOf(b, 2200))
	if bench.reached == 0 {
		b.Fatal("no session was loaded")
	}
}
