package auth0test_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func listening(t *testing.T, addr string, cfg auth0test.Config) *auth0test.Tenant {
	t.Helper()
	tenant, err := auth0test.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	if err := tenant.Listen(addr); err != nil {
		t.Fatal(err)
	}
	return tenant
}

func TestListenNamesTheIssuer(t *testing.T) {
	for addr, host := range map[string]string{
		"localhost:0": "localhost", "127.0.0.1:0": "127.0.0.1", ":0": "localhost", "0.0.0.0:0": "localhost",
	} {
		tenant := listening(t, addr, auth0test.Config{})
		u, err := url.Parse(tenant.Issuer())
		if err != nil || u.Hostname() != host || u.Port() == "" || u.Path != "/" || u.Scheme != "http" {
			t.Errorf("%s: issuer %s", addr, tenant.Issuer())
		}
		if tenant.URL() != strings.TrimSuffix(tenant.Issuer(), "/") {
			t.Errorf("URL %s", tenant.URL())
		}
		if got := discovery(t, tenant).json(t)["issuer"]; got != tenant.Issuer() {
			t.Errorf("%s: discovery says %v", addr, got)
		}
	}
}

// A program whose tenant comes back at the same address with new keys must notice nothing but the keys.
func TestAddressIsFreeAfterClose(t *testing.T) {
	first := auth0test.Start(t)
	issuer := first.Issuer()
	addr := strings.TrimPrefix(first.URL(), "http://")
	for range 3 {
		discovery(t, first)
		first.Close()
		first.Close()
		first = listening(t, addr, auth0test.Config{})
		if first.Issuer() != issuer {
			t.Fatalf("issuer %s, want %s", first.Issuer(), issuer)
		}
	}
}

func TestListenIsRefused(t *testing.T) {
	tenant := auth0test.Start(t)
	if err := tenant.Listen("127.0.0.1:0"); err == nil {
		t.Error("a tenant listens twice")
	}
	other, err := auth0test.New(auth0test.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Listen("nonsense"); err == nil {
		t.Error("an address without a port is taken")
	}
	if err := other.Listen(strings.TrimPrefix(tenant.URL(), "http://")); err == nil {
		t.Error("two tenants share an address")
	}
	other.Close()
	if err := other.Listen("127.0.0.1:0"); err == nil {
		t.Error("a closed tenant listens")
	}
	tenant.Close()
	if conn, err := net.Dial("tcp", strings.TrimPrefix(tenant.URL(), "http://")); err == nil {
		_ = conn.Close()
		t.Error("a closed tenant accepts")
	}
}

func TestTenantBehindAProxy(t *testing.T) {
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://login.example.test/tenant", AutoApprove: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	front := httptest.NewServer(http.StripPrefix("/tenant", tenant))
	defer front.Close()
	response, err := http.Get(front.URL + "/tenant/.well-known/openid-configuration")
	document := read(t, response, err).json(t)
	if document["issuer"] != "https://login.example.test/tenant" ||
		document["token_endpoint"] != "https://login.example.test/tenant/oauth/token" {
		t.Errorf("issuer %v, token endpoint %v", document["issuer"], document["token_endpoint"])
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err = stay.Get(front.URL + "/tenant/authorize?" + request(nil).Encode())
	if cookies := read(t, response, err).header.Values("Set-Cookie"); len(cookies) != 1 || !strings.Contains(cookies[0], "Secure") {
		t.Errorf("cookies %v, want one that is Secure", cookies)
	}
}

func TestHandlerWithoutIssuerSaysSo(t *testing.T) {
	tenant, err := auth0test.New(auth0test.Config{})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	tenant.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if answer.Code != http.StatusInternalServerError || !strings.Contains(answer.Body.String(), "Config.Issuer") {
		t.Errorf("status %d: %s", answer.Code, answer.Body)
	}
	tenant.Close()
	answer = httptest.NewRecorder()
	tenant.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if answer.Code != http.StatusServiceUnavailable {
		t.Errorf("closed: status %d", answer.Code)
	}
}

// fakeTB records what Start complains about.
type fakeTB struct{ complaint string }

func (f *fakeTB) Helper()        {}
func (f *fakeTB) Cleanup(func()) {}
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.complaint = fmt.Sprintf(format, args...)
	panic(f)
}

func TestStartComplains(t *testing.T) {
	for want, cfg := range map[string][]auth0test.Config{
		"one Config":    {{}, {}},
		"Config.Issuer": {{Issuer: "x"}},
	} {
		tb := &fakeTB{}
		func() {
			defer func() { _ = recover() }()
			auth0test.Start(tb, cfg...)
		}()
		if !strings.Contains(tb.complaint, want) {
			t.Errorf("complaint %q, want %q", tb.complaint, want)
		}
	}
}

// Everything at a time, for the race detector.
func TestTenantIsSafeForConcurrentUse(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	for range 4 {
		t.Run("a person", func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, tenant)
			answer := granted(t, tenant, codeForm(b.login(url.Values{
				"scope": {"openid offline_access"}, "audience": {auth0test.DefaultAudience},
			}), nil))
			granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), nil))
			tenant.AccessToken(nil)
			tenant.IDToken(nil)
			keySet(t, tenant)
		})
		t.Run("a test", func(t *testing.T) {
			t.Parallel()
			tenant.RotateKeys()
			tenant.SetAutoApprove("ada")
			tenant.EditIDToken(func(_, claims map[string]any) { claims["x"] = 1 })
			tenant.EditDiscovery(func(document map[string]any) { document["x"] = 1 })
			tenant.Break("/elsewhere", auth0test.Hang)
			tenant.Heal("*")
			discovery(t, tenant)
			_ = tenant.Requests("*")
		})
	}
}
