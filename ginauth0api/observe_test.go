package ginauth0api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// logbook collects JSON log lines.
type logbook struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(line)
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

func (l *logbook) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(l.text()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fields)
	}
	return lines
}

func TestRefusalsAreLoggedOncePerSecondAndCode(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log logbook
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	now := time.Now()
	ginauth0api.SetClock(guard, func() time.Time { return now })
	a := serve(t, func(r gin.IRouter) { r.GET("/items/:id", guard.RequireAuth("x"), subject) })
	ask := func(authorization string) {
		a.do(http.MethodGet, "/items/7?access_token=query-secret", http.Header{"Authorization": {authorization}, "Cookie": {"session=cookie-secret"}})
	}
	for range 5 {
		ask("Bearer garbage")
		ask("")
	}
	ask("Bearer " + i.token(nil))
	now = now.Add(time.Second)
	ask("Bearer garbage")

	lines := log.lines(t)
	want := []struct {
		code, scheme string
		status       float64
		suppressed   float64
	}{{"token_malformed", "Bearer", 401, 0}, {"credentials_missing", "", 401, 0}, {"insufficient_scope", "Bearer", 403, 0}, {"token_malformed", "Bearer", 401, 4}}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), log.text())
	}
	for n, w := range want {
		line := lines[n]
		if line["level"] != "INFO" || line["error_code"] != w.code || line["status"] != w.status || line["scheme"] != w.scheme ||
			line["suppressed"] != w.suppressed || line["method"] != "GET" || line["route"] != "/items/:id" {
			t.Errorf("line %d: %v, want %+v", n, line, w)
		}
	}
	for _, secret := range []string{"garbage", "secret", "access_token", "items/7", "eyJ"} {
		if strings.Contains(log.text(), secret) {
			t.Errorf("%q in the log:\n%s", secret, log.text())
		}
	}
}

func TestUntrustedTextIsCutAndEscapedInTheLog(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log logbook
	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	a := protect(t, guard.RequireAuth())
	a.bearer(i.token(claims{"iss": "https://evil.example/\n\x1b[31m\u202e" + strings.Repeat("x", 500)}))
	text := log.text()
	if strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\x1b\u202e") || strings.Contains(text, strings.Repeat("x", 64)) {
		t.Errorf("log: %q", text)
	}
	if !strings.Contains(text, "https://evil.example/") {
		t.Errorf("log does not name the issuer: %q", text)
	}
}

// What the client is not told, the operator needs: which value came, and what was
// expected of it.
func TestCausesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	i, client := newIssuer(t), newProver()
	i.publish(jose.JSONWebKey{Key: issuerKey().Public(), KeyID: "k1"}, jose.JSONWebKey{Key: strangerKey().Public(), KeyID: "k2"})
	now := time.Now().Truncate(time.Second)
	after := func(seconds int64) int64 { return now.Unix() + seconds }
	const noAudience = "no aud, or one that is neither a string nor a list of strings"
	for _, test := range []struct{ token, code, cause string }{
		{i.token(claims{"aud": "other\n"}), "invalid_audience", `aud "other\n"`},
		{i.token(claims{"aud": []string{"a", "b"}}), "invalid_audience", `aud "a", "b"`},
		{i.token(claims{"aud": strings.Split("abcde", "")}), "invalid_audience", `aud "a", "b", "c", …`},
		{i.token(claims{"aud": strings.Repeat("x", 65)}), "invalid_audience", `aud "` + strings.Repeat("x", 64) + `"`},
		{i.token(claims{"aud": nil}), "invalid_audience", noAudience},
		{i.token(claims{"aud": []string{}}), "invalid_audience", noAudience},
		{i.token(claims{"aud": []any{"a", 1}}), "invalid_audience", noAudience},
		{i.token(claims{"org_id": 1}), "invalid_claims", "the claim org_id is of the wrong type"},
		{i.token(claims{"auth_time": "x"}), "invalid_claims", "the claim auth_time is of the wrong type"},
		{i.token(claims{"nbf": "x"}), "invalid_claims", "the claim nbf is of the wrong type"},
		{i.token(claims{"exp": nil}), "invalid_claims", "the claim exp is missing"},
		{i.token(claims{"exp": after(-63)}), "token_expired", "exp was 1m3s ago"},
		{i.token(claims{"nbf": after(45)}), "token_not_yet_valid", "nbf is 45s ahead"},
		{i.token(claims{"iat": after(7200)}), "token_not_yet_valid", "iat is 2h0m0s ahead"},
		{i.tokenWithHeader(`{"alg":"RS256","kid":"k3\n"}`, nil), "jwks_key_not_found", `kid "k3\n": oidc: signing key not known`},
		{i.tokenWithHeader(`{"alg":"RS256"}`, nil), "jwks_key_not_found", "no kid, and not exactly one key that fits: oidc: signing key not known"},
		{i.token(client.bound()), "dpop_htu_mismatch", `dpop: made for another URL: the request came to "https://api.example/v1"`},
	} {
		var log logbook
		guard := newGuard(t, i, func(cfg *ginauth0api.Config) {
			cfg.Logger, cfg.Proxy.BaseURL = slog.New(slog.NewJSONHandler(&log, nil)), "https://api.example:443/v1"
		})
		ginauth0api.SetClock(guard, func() time.Time { return now })
		a := protect(t, guard.RequireAuth())
		if test.code == "dpop_htu_mismatch" {
			a.dpop(http.MethodGet, "/", test.token, client.proof(http.MethodGet, "https://api.example/other", test.token, nil))
		} else {
			a.bearer(test.token)
		}
		if lines := log.lines(t); len(lines) != 1 || lines[0]["error_code"] != test.code || lines[0]["cause"] != test.cause {
			t.Errorf("%s, %s: log %s", test.code, test.cause, log.text())
		}
	}
}

func TestOutageIsAnErrorInTheLog(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	tenant.Break("*", auth0test.Down)
	var log logbook
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: tenant.Issuer(), Audience: []string{auth0test.DefaultAudience}, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	a := protect(t, guard.RequireAuth())
	for range 3 {
		wantUnavailable(t, a.bearer(tenant.AccessToken(nil)))
	}
	found := 0
	for _, line := range log.lines(t) {
		if line["error_code"] == "jwks_fetch_failed" && line["level"] == "ERROR" && line["status"] == 503.0 && line["cause"] != nil {
			found++
		}
	}
	if found < 1 || found > 2 {
		t.Errorf("%d lines, want 1:\n%s", found, log.text())
	}
}

func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	var mu sync.Mutex
	counts := map[ginauth0api.Event]int{}
	guard, err := ginauth0api.New(t.Context(), ginauth0api.Config{
		Domain: tenant.Issuer(), Audience: []string{auth0test.DefaultAudience},
		OnEvent: func(ctx context.Context, e ginauth0api.Event) {
			mu.Lock()
			defer mu.Unlock()
			if ctx == nil {
				t.Error("no context")
			}
			if e.Name == "jwks_fetch" && e.Duration <= 0 {
				t.Error("a fetch took no time")
			}
			e.Duration = 0
			counts[e]++
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	a := protect(t, guard.RequireAuth("read:messages"))
	own := protect(t, func(c *gin.Context) { guard.Refuse(c, &ginauth0api.Error{Status: 401, Code: c.Query("x")}) })
	for range 3 {
		token := tenant.AccessToken(nil)
		wantOK(t, a.bearer(token))
		wantOK(t, a.bearer(token))
	}
	a.get()
	a.bearer("garbage")
	a.bearer(tenant.AccessToken(auth0test.Claims{"iss": "https://evil.example/"}))
	a.bearer(tenant.AccessToken(auth0test.Claims{"scope": ""}))
	own.do(http.MethodGet, "/?x=made-up", nil)
	mu.Lock()
	defer mu.Unlock()
	issuer := tenant.Issuer()
	for event, want := range map[ginauth0api.Event]int{
		{Name: "accepted", Issuer: issuer}:             6,
		{Name: "token_cache_hit"}:                      3,
		{Name: "token_cache_miss"}:                     4,
		{Name: "jwks_fetch", Issuer: issuer}:           1,
		{Name: "refused", Code: "credentials_missing"}: 1,
		{Name: "refused", Code: "token_malformed"}:     1,
		{Name: "refused", Code: "invalid_issuer"}:      1,
		{Name: "refused", Code: "insufficient_scope"}:  1,
		{Name: "refused", Code: "other"}:               1,
	} {
		if counts[event] != want {
			t.Errorf("%+v counted %d times, want %d", event, counts[event], want)
		}
		delete(counts, event)
	}
	if len(counts) != 0 {
		t.Errorf("further events: %v", counts)
	}
}
