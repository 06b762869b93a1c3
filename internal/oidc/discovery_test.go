package oidc_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

func TestDiscoverySettlesTheSpellingOfTheIssuer(t *testing.T) {
	t.Parallel()
	for _, stated := range []string{"https://t.example", "https://t.example/"} {
		n := newNetwork()
		n.answer(discoveryURL, discovery(map[string]any{"issuer": stated}))
		p := newProvider(t, "https://t.example", n)
		if !p.Trusts("https://t.example") || !p.Trusts("https://t.example/") {
			t.Error("not both spellings are candidates at first")
		}
		other := "https://t.example"
		if stated == other {
			other += "/"
		}
		// A token with the wrong spelling is refused as soon as that is known.
		if _, err := p.Key(t.Context(), other, "k1", true, "ES256"); !errors.Is(err, oidc.ErrIssuer) {
			t.Errorf("%s stated: a token of %s gives %v", stated, other, err)
		}
		if _, err := p.Key(t.Context(), stated, "k1", true, "ES256"); err != nil {
			t.Error(err)
		}
		if p.Trusts(other) {
			t.Errorf("%s stated: %s is still trusted", stated, other)
		}
	}
}

func TestDiscoveryRefuses(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"another issuer":             discovery(map[string]any{"issuer": "https://evil.example/"}),
		"issuer in another case":     discovery(map[string]any{"issuer": "https://T.example/"}),
		"no issuer":                  discovery(map[string]any{"issuer": nil}),
		"issuer no string":           discovery(map[string]any{"issuer": []string{issuer}}),
		"no jwks_uri":                discovery(map[string]any{"jwks_uri": nil}),
		"jwks_uri without TLS":       discovery(map[string]any{"jwks_uri": "http://t.example/keys"}),
		"jwks_uri on loopback":       discovery(map[string]any{"jwks_uri": "http://localhost/keys"}),
		"jwks_uri relative":          discovery(map[string]any{"jwks_uri": "/keys"}),
		"jwks_uri with user info":    discovery(map[string]any{"jwks_uri": "https://a:b@t.example/keys"}),
		"jwks_uri with a fragment":   discovery(map[string]any{"jwks_uri": "https://t.example/keys#x"}),
		"jwks_uri a file":            discovery(map[string]any{"jwks_uri": "file:///etc/passwd"}),
		"token_endpoint without TLS": discovery(map[string]any{"token_endpoint": "http://t.example/token"}),
		"member repeated":            body(`{"issuer":"https://t.example/","issuer":"https://t.example/","jwks_uri":"https://t.example/keys"}`),
		"member in another case":     body(`{"Issuer":"https://t.example/","jwks_uri":"https://t.example/keys"}`),
		"array":                      body(`[]`),
		"HTML":                       body(`<html>`),
		"503":                        status(http.StatusServiceUnavailable),
		"oversized":                  oversized,
		"redirect to TLS off":        redirect("http://t.example/.well-known/openid-configuration"),
		"never answers":              hang,
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			n.answer(discoveryURL, answer)
			p := newProvider(t, "t.example", n)
			var unavailable *oidc.UnavailableError
			if err := key(p, "k1"); !errors.As(err, &unavailable) {
				t.Errorf("%s: key: %v", name, err)
			}
			if _, err := p.Metadata(t.Context()); !errors.As(err, &unavailable) ||
				!strings.Contains(err.Error(), "the last try, a moment ago, failed: ") {
				t.Errorf("%s: metadata: %v", name, err)
			}
			if n.count(keysURL) != 0 || n.count("http://t.example/keys") != 0 {
				t.Errorf("%s: keys were fetched", name)
			}
			if n.count(discoveryURL) != 1 {
				t.Errorf("%s: %d discoveries inside the back-off", name, n.count(discoveryURL))
			}
			// Not remembered beyond the back-off.
			n.answer(discoveryURL, discovery(nil))
			time.Sleep(2 * time.Second)
			if err := key(p, "k1"); err != nil {
				t.Errorf("%s: after the back-off: %v", name, err)
			}
		})
	}
}

// A custom domain that is not set up, for instance: who reads the log sees whose it is.
func TestIssuerOfAnotherDocumentIsNamed(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(discoveryURL, discovery(map[string]any{"issuer": "https://other.example/\n" + strings.Repeat("x", 99)}))
	_, err := newProvider(t, "t.example", n).Metadata(t.Context())
	if want := `names another issuer: "https://other.example/?` + strings.Repeat("x", 41) + `"`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestKeysOnAnotherHostAreUsed(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(discoveryURL, discovery(map[string]any{"jwks_uri": "https://keys.example/certs"}))
	n.answer("https://keys.example/certs", redirect("https://cdn.example/certs"))
	n.answer("https://cdn.example/certs", keySet("", "k1"))
	if err := key(newProvider(t, "t.example", n), "k1"); err != nil {
		t.Error(err)
	}
}

func TestALoopbackIssuerStaysOnLoopback(t *testing.T) {
	t.Parallel()
	const local = "http://localhost:4000/"
	for name, edit := range map[string]func(*network){
		"keys elsewhere": func(n *network) {
			n.answer(local+".well-known/openid-configuration", discovery(map[string]any{
				"issuer": local, "jwks_uri": "https://keys.example/certs", "token_endpoint": nil,
			}))
		},
		"redirected elsewhere": func(n *network) {
			n.answer(local+".well-known/openid-configuration", redirect(discoveryURL))
		},
	} {
		n := newNetwork()
		edit(n)
		n.answer("https://keys.example/certs", keySet("", "k1"))
		p := newProvider(t, local, n)
		var unavailable *oidc.UnavailableError
		if _, err := p.Key(t.Context(), local, "k1", true, "ES256"); !errors.As(err, &unavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if n.total() != 1 {
			t.Errorf("%s: %d requests", name, n.total())
		}
	}
}

func TestDiscoveryIsReadAgainAfterAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		if err := key(p, "k1"); err != nil {
			t.Fatal(err)
		}
		n.answer(discoveryURL, discovery(map[string]any{"jwks_uri": "https://t.example/keys2"}))
		n.answer("https://t.example/keys2", keySet("", "k9"))
		time.Sleep(time.Hour + time.Second)
		if err := key(p, "k9"); err != nil {
			t.Error(err)
		}
		if n.count(discoveryURL) != 2 || n.count("https://t.example/keys2") != 1 {
			t.Errorf("%d discoveries", n.count(discoveryURL))
		}
	})
}

func TestMetadataServesWhileItIsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		p := newProvider(t, "t.example", n)
		m, err := p.Metadata(t.Context())
		if err != nil || m.TokenEndpoint != "https://t.example/token" {
			t.Fatalf("%+v, %v", m, err)
		}
		n.answer(discoveryURL, hang)
		time.Sleep(2 * time.Hour)
		begin := time.Now()
		if _, err := p.Metadata(t.Context()); err != nil || time.Since(begin) != 0 {
			t.Errorf("stale metadata: %v after %v", err, time.Since(begin))
		}
		time.Sleep(23 * time.Hour)
		var unavailable *oidc.UnavailableError
		if _, err := p.Metadata(t.Context()); !errors.As(err, &unavailable) {
			t.Errorf("metadata of yesterday: %v", err)
		}
	})
}

func TestFixedKeysFetchNothing(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	p := newProvider(t, "https://t.example", n, func(c *oidc.Config) {
		c.StaticKeys = []jws.Key{{ID: "k1", Public: signingKey().Public()}}
	})
	if _, err := p.Key(t.Context(), "https://t.example", "k1", true, "ES256"); err != nil {
		t.Error(err)
	}
	if p.Trusts("https://t.example/") {
		t.Error("a spelling other than the configured one is trusted")
	}
	if _, err := p.Key(t.Context(), "https://t.example", "forged", true, "ES256"); !errors.Is(err, oidc.ErrKeyNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	if err := p.Warm(t.Context()); err != nil {
		t.Error(err)
	}
	if n.total() != 0 {
		t.Errorf("%d requests", n.total())
	}
}

func TestAFixedKeySetAddressReplacesDiscovery(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	p := newProvider(t, "t.example", n, func(c *oidc.Config) { c.JWKSURI = keysURL })
	if err := key(p, "k1"); err != nil {
		t.Error(err)
	}
	if n.count(discoveryURL) != 0 || n.count(keysURL) != 1 {
		t.Errorf("%d discoveries, %d key fetches", n.count(discoveryURL), n.count(keysURL))
	}
}

// Over real HTTP: a body that never ends is given up in time, and the
// connection is not kept.
func TestABodyThatNeverEndsIsCutAtTheCap(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(" ", 32<<10))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	d, err := oidc.ParseDomain(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := oidc.New(t.Context(), oidc.Config{Domain: d})
	defer p.Close()
	var unavailable *oidc.UnavailableError
	if _, err := p.Metadata(t.Context()); !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "above 512 KiB") {
		t.Errorf("error = %v", err)
	}
}

func TestRequestsCarryTheGivenHeadersAndNoCookies(t *testing.T) {
	t.Parallel()
	var got http.Header
	n := newNetwork()
	n.answer(discoveryURL, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		discovery(nil)(w, r)
	})
	p := newProvider(t, "t.example", n, func(c *oidc.Config) { c.Header = http.Header{"User-Agent": {"gin-auth0/test"}} })
	if _, err := p.Metadata(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got.Get("User-Agent") != "gin-auth0/test" || got.Get("Accept") != "application/json" || got.Get("Cookie") != "" || got.Get("Authorization") != "" {
		t.Errorf("headers = %v", got)
	}
}

func TestMetadataNameTheEndpoints(t *testing.T) {
	t.Parallel()
	n := newNetwork()
	n.answer(discoveryURL, discovery(map[string]any{
		"pushed_authorization_request_endpoint": parURL, "backchannel_authentication_endpoint": "https://t.example/bc",
		"Pushed_Authorization_Request_Endpoint": "https://evil.example/", "require_pushed_authorization_requests": true,
	}))
	m, err := newProvider(t, "t.example", n).Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.PushedAuthorizationRequestEndpoint != parURL || m.BackchannelAuthenticationEndpoint != "https://t.example/bc" {
		t.Errorf("%+v", m)
	}
	for _, member := range []string{"pushed_authorization_request_endpoint", "backchannel_authentication_endpoint"} {
		for _, value := range []any{1, true, []string{parURL}, map[string]any{}} {
			n := newNetwork()
			n.answer(discoveryURL, discovery(map[string]any{member: value}))
			if m, err := newProvider(t, "t.example", n).Metadata(t.Context()); err == nil {
				t.Errorf("%s as %v was read as %+v", member, value, m)
			}
		}
	}
}

func TestAddressesBesideTheMetadata(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]string{
		"https://t.example/": "https://t.example/me/", "https://t.example": "https://t.example/me/", "http://localhost:4000/": "http://localhost:4000/me/",
	} {
		m := oidc.Metadata{Issuer: issuer}
		if got := m.Address("/me/"); got != want {
			t.Errorf("%s: %s, want %s", issuer, got, want)
		}
	}
}
