package devtenant_test

import (
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/examples/internal/devtenant"
)

func TestAllowedOnThisMachine(t *testing.T) {
	for _, host := range []string{"localhost", "LocalHost", "127.0.0.1", "127.8.9.10", "::1"} {
		if err := devtenant.Allowed(host, "APP_BASE_URL"); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := devtenant.Allowed("localhost", "APP_BASE_URL", "http://localhost:3000", "https://127.0.0.1", "http://[::1]:3000/app"); err != nil {
		t.Error(err)
	}
}

func TestAllowedRefusesWhatOthersCanReach(t *testing.T) {
	const start = "is not set. Set it to your tenant"
	for _, host := range []string{
		"", "0.0.0.0", "::", "*", "192.168.0.2", "app.example.test", "localhost.example.test", "127.0.0.1.example.test",
		"127.1", "localhost:3000", "[::1]", "::ffff:192.168.0.2",
	} {
		err := devtenant.Allowed(host, "APP_BASE_URL")
		if err == nil || !strings.HasPrefix(err.Error(), start) || !strings.Contains(err.Error(), "when HOST is") {
			t.Errorf("host %q: %v", host, err)
		}
	}
	for _, url := range []string{
		"https://app.example.test", "http://0.0.0.0:3000", "http://localhost.example.test", "http://localhost@example.test",
		"localhost:3000", "//", "", "http://local host", "https://app.example.test#@localhost",
	} {
		err := devtenant.Allowed("localhost", "APP_BASE_URL", "http://localhost:3000", url)
		if err == nil || !strings.HasPrefix(err.Error(), start) || !strings.Contains(err.Error(), "when the host of APP_BASE_URL is") {
			t.Errorf("URL %q: %v", url, err)
		}
	}
}
