// Package server is how the examples serve: a Gin engine that keeps secrets out of its logs, and an end that lets requests
// finish. It is as much there to be copied as they are.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// New is gin.New with an access log and recovery that print no query string, no header and no body.
func New() *gin.Engine {
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil) // nobody's headers say who a client is; an empty list has no mistakes
	engine.Use(logAccess, recoverPanic)
	return engine
}

// logAccess leaves query strings and headers out, since they carry codes, states, cookies and tokens.
func logAccess(c *gin.Context) {
	start := time.Now()
	c.Next()
	slog.Info("request", "method", c.Request.Method, "path", c.Request.URL.Path,
		"status", c.Writer.Status(), "duration", time.Since(start).Round(time.Microsecond))
}

// recoverPanic does what gin.Recovery does, without printing the request.
func recoverPanic(c *gin.Context) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler: // net/http knows what to do
			panic(p)
		default:
			slog.Error("panic", "value", p)
			debug.PrintStack()
			c.AbortWithStatus(http.StatusInternalServerError)
		}
	}()
	c.Next()
}

// Serve serves until ctx is done, and then lets the requests that are running finish.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
