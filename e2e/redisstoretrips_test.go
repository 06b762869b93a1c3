package e2e_test

import (
	"net/http"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

// What a page behind RequireSession asks of Redis: the row, then the marks and the kept result together, and the row once
// more if it is written.
func TestRedisStoreRoundTripsOfARequest(t *testing.T) {
	t.Parallel()
	hook := new(trips)
	client := startRedis(t).client(t, punctual)
	client.AddHook(hook)
	tenant := auth0test.Start(t, auth0test.Config{AutoApprove: "ada"})
	open := func(secrets ...ginauth0.Secret) *storeApp {
		store, err := redisstore.New(client, redisstore.Config{Secrets: secrets})
		if err != nil {
			t.Fatal(err)
		}
		return newStoreApp(t, &otherStore{Store: store}, tenant, secrets...)
	}
	want := func(what string, v *storeVisitor, target string, status int, trips int32) {
		t.Helper()
		hook.count.Store(0)
		response, body := v.get(target)
		if got := hook.count.Load(); response.StatusCode != status || got != trips {
			t.Errorf("%s: %d %s, %d round trips, want %d", what, response.StatusCode, body, got, trips)
		}
	}
	first := open(storeSecret).visitor(t)
	want("nobody", first, "/private", http.StatusUnauthorized, 0)
	first.login()
	want("a page", first, "/private", http.StatusOK, 2)
	want("a public page", first, "/", http.StatusOK, 2)
	want("a token that is there", first, "/token", http.StatusOK, 2)
	// An older secret has sealed the session, so that it is written.
	second := open(newStoreSecret, storeSecret).visitor(t, first.cookie())
	want("rolled", second, "/private", http.StatusOK, 3)
	want("not rolled again", second, "/private", http.StatusOK, 2)
}
