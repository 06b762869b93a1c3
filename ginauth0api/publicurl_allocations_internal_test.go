//go:build !race

package ginauth0api

import "testing"

func TestAllocationsOfThePublicURL(t *testing.T) {
	for name, test := range map[string]struct {
		cfg   ProxyConfig
		lines []string
	}{
		"connection":          {ProxyConfig{}, everyForwardingLine},
		"base URL":            {ProxyConfig{BaseURL: "https://api.example/v1"}, everyForwardingLine},
		"stranger":            {ProxyConfig{Trusted: []string{"192.0.2.0/24", "::1"}}, everyForwardingLine},
		"proto":               {ProxyConfig{Trusted: []string{"192.0.2.0/24", "10.0.0.0/8"}}, everyForwardingLine},
		"allowed host":        {ProxyConfig{Trusted: []string{"10.0.0.0/8"}, AllowedHosts: []string{"b.example", "api.example:8443"}}, nil},
		"proto, host, prefix": {ProxyConfig{Trusted: []string{"10.0.0.0/8"}, Headers: []string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"}}, everyForwardingLine},
		"Forwarded":           {ProxyConfig{Trusted: []string{"10.0.0.0/8"}, Headers: []string{"Forwarded"}}, everyForwardingLine},
	} {
		address := proxied(t, test.cfg)
		r := received(t, "/messages/42", "api.example:8443", proxyPeer, test.lines...)
		var failed error
		allocations := testing.AllocsPerRun(100, func() {
			_, failed = address.of(r)
		})
		if allocations != 0 || failed != nil {
			t.Errorf("%s: %v allocations, want none; %v", name, allocations, failed)
		}
	}
}
