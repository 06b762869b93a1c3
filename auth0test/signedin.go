package auth0test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// Login signs a user in at the tenant in the browser that the client is, without a page and without a request: the
// next login of this client goes straight through, at whatever application it comes to.
//
//	tenant.Login(t, client, "ada")
//	response, err := client.Get(app.URL + "/auth/login?returnTo=/profile")
//
// The user is named by name, subject or email; an unknown name becomes a user, as for [Tenant.SetAutoApprove], which
// changes nothing for this client from now on. Clients with jars of their own are different people at the same time.
// A second call signs somebody else in; a session that the application has meanwhile goes on until its logout. A logout
// at the tenant ends what Login has begun, and prompt=login shows the login page as ever.
//
// A nil Jar becomes a new one, so a request of the client must not be running. Login ends the test if the client is nil or
// [http.DefaultClient], which other tests have too, if nobody could have the name, and if the tenant has no issuer yet.
func (t *Tenant) Login(tb TB, client *http.Client, user string) {
	tb.Helper()
	address, err := url.Parse(t.Issuer())
	switch {
	case client == nil || client == http.DefaultClient:
		tb.Fatalf("auth0test: Login needs an http.Client of the test's own, as &http.Client{} is one")
		return
	case !validName(user):
		tb.Fatalf("auth0test: Login cannot sign in %q: nobody can have this name", user)
		return
	case err != nil || address.Host == "":
		tb.Fatalf("auth0test: Login comes after Listen, or needs Config.Issuer: the tenant has no address yet")
		return
	}
	if client.Jar == nil {
		client.Jar, _ = cookiejar.New(nil) // has no error to return
	}
	var earlier string
	for _, cookie := range client.Jar.Cookies(address) {
		if cookie.Name == t.cookieName(sessionCookie) {
			earlier = cookie.Value
		}
	}
	_, secret := t.openSession(earlier, session{user: t.user(user), chosen: true})
	client.Jar.SetCookies(address, []*http.Cookie{t.newCookie(sessionCookie, secret)})
}
