package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/examples/internal/server"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

// logged is what the program logs during a test.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var text bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&text, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &text
}

func TestAccessLogLeavesSecretsOut(t *testing.T) {
	log := logged(t)
	engine := server.New()
	engine.POST("/callback", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	request := httptest.NewRequest(http.MethodPost, "/callback?code=secret&state=secret", strings.NewReader("secret"))
	request.Header.Set("Cookie", "session=secret")
	request.Header.Set("Authorization", "Bearer secret")
	engine.ServeHTTP(httptest.NewRecorder(), request)
	if text := log.String(); strings.Contains(text, "secret") ||
		!strings.Contains(text, "method=POST path=/callback status=204 duration=") {
		t.Error(text)
	}
}

func TestAccessLogIsOneLine(t *testing.T) {
	log := logged(t)
	server.New().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/%0Atime=forged%20level=ERROR", nil))
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `path="/\ntime=forged level=ERROR"`) {
		t.Errorf("%q", text)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	log := logged(t)
	engine := server.New()
	engine.GET("/", func(*gin.Context) { panic("a mistake") })
	request := httptest.NewRequest(http.MethodGet, "/?code=secret", nil)
	request.Header.Set("Cookie", "session=secret")
	response := httptest.NewRecorder()
	engine.ServeHTTP(response, request)
	if response.Code != http.StatusInternalServerError || response.Body.Len() > 0 {
		t.Errorf("%d %s, want 500 and nothing", response.Code, response.Body)
	}
	if text := log.String(); strings.Contains(text, "secret") || !strings.Contains(text, `"a mistake"`) || !strings.Contains(text, "status=500") {
		t.Error(text)
	}
}

func TestAbortedAnswerIsCutOff(t *testing.T) {
	logged(t)
	engine := server.New()
	engine.GET("/", func(*gin.Context) { panic(http.ErrAbortHandler) })
	s := httptest.NewServer(engine)
	defer s.Close()
	if response, err := http.Get(s.URL); err == nil {
		_ = response.Body.Close()
		t.Errorf("status %d, want a closed connection", response.StatusCode)
	}
}

func TestServeLetsRequestsFinish(t *testing.T) {
	logged(t)
	ctx, cancel := context.WithCancel(t.Context())
	engine := server.New()
	engine.GET("/", func(c *gin.Context) {
		cancel() // the program is told to end while it answers
		for {    // until it no longer listens
			conn, err := net.Dial("tcp", c.Request.Host)
			if err != nil {
				break
			}
			_ = conn.Close()
		}
		c.String(http.StatusOK, "finished")
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener, engine) }()
	response, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || string(text) != "finished" {
		t.Errorf("%q, %v", text, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeReportsADeadListener(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	if err := server.Serve(t.Context(), listener, server.New()); err == nil {
		t.Error("no error")
	}
}
