package oidc

import (
	"context"
	"net/http"
)

// NewClient makes a client for requests to issuers. All Providers of an
// application share one: a transport of its own for each would keep connections
// that nobody else can use. Idle connections have goroutines of their own; they
// are closed when ctx is done, and closeIdle closes those that became idle since.
func NewClient(ctx context.Context) (client *http.Client, closeIdle func()) {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // the program has put another one there, and means it
		return &http.Client{}, func() {}
	}
	transport := shared.Clone()
	context.AfterFunc(ctx, transport.CloseIdleConnections)
	return &http.Client{Transport: transport}, transport.CloseIdleConnections
}
