package auth0test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// backchannelPatience bounds how long a logout waits for the clients that it tells, all together.
const backchannelPatience = 2 * time.Second

// tellClients posts a logout token to every client of a session that has ended and that wants to know (OpenID Connect
// Back-Channel Logout section 2.5). What comes of it is the clients' own affair: the person is signed out here in
// any case. The session may be nil.
func (t *Tenant) tellClients(ended *session) {
	clients := t.clientsToTell(ended)
	if len(clients) == 0 {
		return
	}
	// Not the context of the browser, who may leave.
	ctx, cancel := context.WithTimeout(t.ended, backchannelPatience)
	defer cancel()
	// No connection is kept, so that nothing is left behind when the tenant closes.
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	caller := &http.Client{
		Transport: transport,
		// A token that goes on to another address is in the wrong hands.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var told sync.WaitGroup
	for _, client := range clients {
		token := t.issue("JWT", t.logoutClaims(client, ended.user.Subject, ended.sid), t.edit().logoutToken)
		told.Go(func() { deliver(ctx, caller, client.BackchannelLogoutURI, token) })
	}
	told.Wait()
}

// clientsToTell are those, in the order of the configuration.
func (t *Tenant) clientsToTell(ended *session) []*Client {
	if ended == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var clients []*Client
	for i := range t.cfg.Clients {
		if client := &t.cfg.Clients[i]; client.BackchannelLogoutURI != "" && ended.clients[client] {
			clients = append(clients, client)
		}
	}
	return clients
}

// deliver posts one logout token.
func deliver(ctx context.Context, caller *http.Client, address, token string) {
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return // validate has read the address: cannot happen
	}
	request.Header.Set(headerContent, contentTypeForm)
	response, err := caller.Do(request)
	if err != nil {
		return
	}
	_ = response.Body.Close()
}
