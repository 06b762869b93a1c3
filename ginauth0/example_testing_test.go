package ginauth0_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// newShop is the application under test, which is told where it is before it is built.
func newShop(issuer, baseURL string) (http.Handler, *ginauth0.Auth, error) {
	auth, err := ginauth0.New(context.Background(), ginauth0.Config{
		Domain: issuer, BaseURL: baseURL,
		ClientID: auth0test.DefaultClientID, ClientSecret: auth0test.DefaultClientSecret,
		Secrets: []ginauth0.Secret{"a secret of the tests, of 32 bytes or more"},
	})
	if err != nil {
		return nil, nil, err
	}
	router := gin.New()
	auth.Mount(router)
	router.GET("/profile", auth.RequireSession(), func(c *gin.Context) {
		user, _ := ginauth0.UserFrom(c)
		c.String(http.StatusOK, "Hello %s", user.Name)
	})
	return router, auth, nil
}

// A test of a page without a login page: the client is signed in at the tenant, so that the
// login route leads there and straight back. t is a *testing.T.
func testProfile(t auth0test.TB) {
	tenant := auth0test.Start(t)
	server := httptest.NewUnstartedServer(nil) // has an address already
	app, auth, err := newShop(tenant.Issuer(), "http://"+server.Listener.Addr().String())
	if err != nil {
		t.Fatalf("the shop does not open: %v", err)
	}
	t.Cleanup(auth.Close)
	server.Config.Handler = app
	server.Start()
	t.Cleanup(server.Close)

	client := &http.Client{}
	tenant.Login(t, client, "ada")
	response, err := client.Get(server.URL + "/auth/login?returnTo=/profile")
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("no whole answer: %v", err)
	}
	fmt.Println(response.StatusCode, string(body))
}

// What a test of an application looks like.
func Example_testing() {
	t := &fakeT{}
	defer t.end()
	testProfile(t)
	// Output: 200 Hello Ada Lovelace
}

// fakeT stands in for a *testing.T, which an example has not.
type fakeT struct{ cleanups []func() }

func (*fakeT) Helper()                           {}
func (t *fakeT) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }
func (*fakeT) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

func (t *fakeT) end() {
	for _, cleanup := range slices.Backward(t.cleanups) {
		cleanup()
	}
}
