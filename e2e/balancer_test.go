package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// publicHost is the name of a web app behind a balancer for those who come by https.
const publicHost = "app.example.test"

// balancing is nginx in front of several instances of one web app: each request goes to the next instance, whoever
// signed in where. An instance that does not answer is left out for a second, and what can be asked again is asked at
// another one. When nobody is there people read 503, and not that there is a gateway.
const balancing = `
	upstream webapp {
%s		keepalive 64;
	}
	server {
		$LISTEN
		server_name localhost ` + publicHost + `;
		location / {
			proxy_pass http://webapp;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			proxy_connect_timeout 2s;
			proxy_read_timeout    20s;
			error_page 502 504 =503 @nobody;
		}
		location @nobody {
			add_header Retry-After 1 always;
			add_header ` + answeredBy + ` nginx always;
			return 503;
		}
	}
`

// answeredBy is the header by which the tests tell the balancer's own answers from those of the web app.
const answeredBy = "X-Answered-By"

// startBalancer starts nginx in front of the instances at these ports, which need not run yet.
func startBalancer(t *testing.T, port int, instances ...int) *edge {
	t.Helper()
	var servers strings.Builder
	for _, instance := range instances {
		fmt.Fprintf(&servers, "\t\tserver 127.0.0.1:%d max_fails=1 fail_timeout=1s;\n", instance)
	}
	return startEdgeAt(t, port, fmt.Sprintf(balancing, servers.String()))
}

// Each instance gets its share, the other one gets all while one is away, and nobody reads of a bad gateway.
func TestBalancerTakesTurns(t *testing.T) {
	t.Parallel()
	s := &site{tenant: startDevTenant(t, "http://localhost:3999"), known: newSecrets(), webappPort: freePort(t)}
	ports := [2]int{freePort(t), freePort(t)}
	instances := [2]*program{s.startInstance(t, ports[0]), s.startInstance(t, ports[1])}
	startBalancer(t, s.webappPort, ports[:]...)
	wantServed := func(want [2]int) {
		t.Helper()
		for range 10 {
			get(t, s.webapp()+"/api/me").want(t, http.StatusUnauthorized, signedOut)
		}
		for i, instance := range instances {
			// The answer may be there before the line in the log.
			served := func() int { return strings.Count(instance.output.String(), "path=/api/me") }
			for deadline := time.Now().Add(patience); served() < want[i] && time.Now().Before(deadline); {
				time.Sleep(10 * time.Millisecond)
			}
			if count := served(); count != want[i] {
				t.Errorf("instance %d has served %d requests, want %d", i, count, want[i])
			}
		}
	}
	wantServed([2]int{5, 5})
	instances[0].stop(t)
	wantServed([2]int{5, 15})
	instances[1].stop(t)
	answer := get(t, s.webapp()+"/api/me")
	if answer.want(t, http.StatusServiceUnavailable, ""); answer.header.Get(answeredBy) != "nginx" {
		t.Errorf("nobody is there, and the header is %v", answer.header)
	}
}
