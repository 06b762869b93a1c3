package e2e_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// edge is a real nginx in front of the examples, as its clients see it: it answers to every host name of its
// configuration, by https with a certificate of its own and by http.
type edge struct {
	dir     string                  // with its configuration and logs
	clients map[string]*http.Client // by the protocol that they speak if they can
}

// startEdge starts nginx with these server blocks. They listen on what $LISTEN stands for, or on $TLS or $PLAIN alone.
func startEdge(t *testing.T, servers string) *edge {
	t.Helper()
	return startEdgeAt(t, freePort(t), servers)
}

// startEdgeAt starts nginx with a known port for http.
func startEdgeAt(t *testing.T, plain int, servers string) *edge {
	t.Helper()
	dir := t.TempDir()
	trusted := writeCertificate(t, dir)
	encrypted := freePort(t)
	configuration := edgeConfiguration + servers + "}\n"
	if !strings.Contains(servers, "access_log") {
		configuration = strings.Replace(configuration, "$LOG", "access_log off;", 1)
	}
	configuration = strings.NewReplacer("$LOG", "",
		"$LISTEN", fmt.Sprintf("listen 127.0.0.1:%d ssl http2; listen 127.0.0.1:%d;", encrypted, plain),
		"$TLS", fmt.Sprintf("listen 127.0.0.1:%d ssl http2;", encrypted),
		"$PLAIN", fmt.Sprintf("listen 127.0.0.1:%d;", plain),
		"$READY", fmt.Sprintf("listen 127.0.0.1:%d default_server;", plain),
	).Replace(configuration)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, "nginx", nil, "/usr/sbin/nginx", "-e", "stderr", "-p", dir, "-c", file)
	t.Cleanup(func() {
		p.stop(t)
		if !p.cmd.ProcessState.Success() {
			t.Errorf("nginx ends on SIGTERM with %v", p.cmd.ProcessState)
		}
	})
	p.awaitServing(t, fmt.Sprintf("http://127.0.0.1:%d/ready", plain))

	return &edge{dir: dir, clients: edgeClients(t, trusted, map[string]int{"443": encrypted, "80": plain})}
}

// edgeClients come to 127.0.0.1 when they ask for one of these ports of any host; a tenant has another port.
func edgeClients(t *testing.T, trusted *x509.CertPool, ports map[string]int) map[string]*http.Client {
	t.Helper()
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if ours, ok := ports[port]; ok {
			address = fmt.Sprintf("127.0.0.1:%d", ours)
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	clients := map[string]*http.Client{}
	for protocol, second := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: second, DialContext: dial,
		}
		t.Cleanup(transport.CloseIdleConnections)
		clients[protocol] = &http.Client{Transport: transport, Timeout: patience}
	}
	return clients
}

// edgeConfiguration is one process that needs no rights and writes to no place but its own directory.
const edgeConfiguration = `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events { worker_connections 2048; }
http {
	$LOG
	client_body_temp_path body;
	proxy_temp_path       proxy;
	fastcgi_temp_path     fastcgi;
	uwsgi_temp_path       uwsgi;
	scgi_temp_path        scgi;

	ssl_certificate     edge.pem;
	ssl_certificate_key edge.key;

	server {
		$READY
		location = /ready { return 200; }
		location / { return 421; }
	}
`

// writeCertificate makes a key and a certificate for every name under example.test, and those of our pages, and returns who
// trusts it.
func writeCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"*.example.test", "*.example.com", "*.example.org"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"edge.pem": {Type: "CERTIFICATE", Bytes: certificate},
		"edge.key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return pool
}
