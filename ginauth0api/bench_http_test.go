package ginauth0api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

// benchServer is set for the process that BenchmarkHTTP measures: the key set of
// its issuer.
const benchServer = "GINAUTH0API_BENCH_SERVER"

// serveBench is that process. It ends with its standard input.
func serveBench(keys string) error {
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain: "https://t.example/", Audience: []string{audience}, Keys: ginauth0api.KeysConfig{Static: []byte(keys)},
	})
	if err != nil {
		return err
	}
	answer := func(c *gin.Context) { c.String(http.StatusOK, "hello") }
	router := gin.New()
	router.GET("/open", answer)
	router.GET("/guarded", guard.RequireAuth("read:messages"), answer)
	router.GET("/used", func(c *gin.Context) { c.String(http.StatusOK, strconv.FormatInt(int64(ratio.ProcessorTime()), 10)) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	go func() { _ = http.Serve(listener, router) }()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// BenchmarkHTTP prints the processor time of a server for a guarded route as a
// multiple of that for one without a guard, for tokens that are known.
func BenchmarkHTTP(b *testing.B) {
	server := exec.Command(os.Args[0], "-test.run=^$")
	server.Env = append(os.Environ(), benchServer+"="+string(staticKeys(b)))
	input, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = input.Close()
		_ = server.Wait()
	}()
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	client := &benchClient{b: b, address: strings.TrimSpace(address)}
	for n := range rotation {
		payload := marshal(claimsOf("https://t.example/", benchClaims(n)))
		client.tokens = append(client.tokens, sign(issuerKey(), `{"alg":"RS256","typ":"JWT","kid":"k1"}`, payload))
	}
	client.turn("/guarded") // from here on the tokens are known
	var ratios []float64
	for b.Loop() {
		open := client.turn("/open")
		guarded := client.turn("/guarded") + client.turn("/guarded")
		open += client.turn("/open")
		ratios = append(ratios, float64(guarded)/float64(open))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-open")
	b.ReportMetric(0, "ns/op")
}

// benchClient asks over one connection.
type benchClient struct {
	b       *testing.B
	address string
	tokens  []string
}

// turn returns the processor time that the server spends on a few hundred
// requests.
func (c *benchClient) turn(path string) time.Duration {
	before := c.used()
	for n := range 10 * rotation {
		c.ask(path, c.tokens[n%rotation])
	}
	return c.used() - before
}

func (c *benchClient) used() time.Duration {
	n, err := strconv.ParseInt(c.ask("/used", ""), 10, 64)
	if err != nil {
		c.b.Fatal(err)
	}
	return time.Duration(n)
}

func (c *benchClient) ask(path, token string) string {
	request, err := http.NewRequestWithContext(c.b.Context(), http.MethodGet, c.address+path, nil)
	if err != nil {
		c.b.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		c.b.Fatal(path, response.Status, err)
	}
	return string(body)
}
