package devtenant_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
)

// freeAddress is one of localhost on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "localhost:" + port
}

func open(t *testing.T, cfg devtenant.Config) *devtenant.Tenant {
	t.Helper()
	tenant, err := devtenant.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	return tenant
}

func describe(tenant *devtenant.Tenant) string {
	var text bytes.Buffer
	tenant.Describe(&text, "examples/mine/.env.example")
	return text.String()
}

func TestSecondProgramUsesTheTenantOfTheFirst(t *testing.T) {
	cfg := devtenant.Config{Address: freeAddress(t)}
	first, second := open(t, cfg), open(t, cfg)
	if want := "http://" + cfg.Address + "/"; first.Issuer() != want || second.Issuer() != want {
		t.Errorf("issuers %s and %s, want %s", first.Issuer(), second.Issuer(), want)
	}
	for tenant, want := range map[*devtenant.Tenant]string{first: "runs in this program", second: "another one runs"} {
		text := describe(tenant)
		if !strings.Contains(text, want) || !strings.Contains(text, "http://"+cfg.Address+"\n") || strings.Count(text, "\n") != 3 ||
			!strings.Contains(text, " examples/mine/.env.example ") {
			t.Errorf("%q, want three lines, the address, the file of settings and %q", text, want)
		}
		if token, err := tenant.MachineToken(t.Context()); err != nil || strings.Count(token, ".") != 2 {
			t.Errorf("token of %d bytes, %v", len(token), err)
		}
	}

	second.Close() // is not the one that runs it
	if _, err := first.MachineToken(t.Context()); err != nil {
		t.Error(err)
	}
	first.Close()
	if _, err := second.MachineToken(t.Context()); err == nil {
		t.Error("the tenant goes on after its end")
	}
	open(t, cfg) // with new keys, at the same place
	if _, err := second.MachineToken(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConcurrentProgramsShareOneTenant(t *testing.T) {
	cfg := devtenant.Config{Address: freeAddress(t)}
	tenants := make([]*devtenant.Tenant, 4)
	var wait sync.WaitGroup
	for i := range tenants {
		wait.Go(func() {
			tenant, err := devtenant.Open(context.Background(), cfg)
			if err != nil {
				t.Error(err)
				return
			}
			tenants[i] = tenant
		})
	}
	wait.Wait()
	owners := 0
	for _, tenant := range tenants {
		if tenant == nil {
			continue
		}
		defer tenant.Close()
		if strings.Contains(describe(tenant), "runs in this program") {
			owners++
		}
	}
	if owners != 1 {
		t.Errorf("%d programs run the tenant, want 1", owners)
	}
}

func TestOpenRegistersWhatTheEnvironmentNames(t *testing.T) {
	tenant := open(t, devtenant.Config{Address: freeAddress(t), Audience: "https://mine.example.test"})
	if _, err := tenant.MachineToken(t.Context()); err != nil {
		t.Error(err)
	}
}

// A page behind RequireMFA can be tried there.
func TestTenantHasASecondFactor(t *testing.T) {
	tenant := open(t, devtenant.Config{Address: freeAddress(t)})
	metadata := get(t, http.DefaultClient, tenant.Issuer()+".well-known/openid-configuration")
	if want := `"acr_values_supported":["http://schemas.openid.net/pape/policies/2007/06/multi-factor"]`; !strings.Contains(metadata.body, want) {
		t.Errorf("no %s in\n%s", want, metadata.body)
	}
}

func TestOpenRefusesForeignPrograms(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"not found": http.NotFound,
		"a page":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no auth0test": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"http://` + r.Host + `/"}`))
		},
		"auth0test text": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"http://` + r.Host + `/","auth0test":"true"}`))
		},
		"auth0test off": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"http://` + r.Host + `/","auth0test":false}`))
		},
		"other issuer": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"http://localhost:1/","auth0test":true}`))
		},
		"no slash": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"http://` + r.Host + `","auth0test":true}`))
		},
		"error status": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"issuer":"http://` + r.Host + `/","auth0test":true}`))
		},
		"redirect to a real one": func() http.HandlerFunc {
			elsewhere := auth0test.Start(t)
			return func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL()+r.URL.Path, http.StatusFound)
			}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			wantForeign(t, server.Listener.Addr().String())
		})
	}
}

func TestOpenRefusesAProgramThatSpeaksNoHTTP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			_, _ = conn.Write([]byte("220 mail.example.test\r\n"))
			_ = conn.Close()
		}
	}()
	wantForeign(t, listener.Addr().String())
}

func wantForeign(t *testing.T, address string) {
	t.Helper()
	tenant, err := devtenant.Open(t.Context(), devtenant.Config{Address: address})
	if err == nil {
		tenant.Close()
		t.Fatal("the foreign program is taken for a tenant")
	}
	want := "the development tenant needs " + address + ": another program listens there; stop it, or set AUTH0_DOMAIN to your own tenant"
	if err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
