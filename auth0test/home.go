package auth0test

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-auth0/gin-auth0/auth0test/internal/paste"
)

// home is the page that says what this tenant is and knows.
type home struct {
	User          string // who is signed in with this browser
	Auto          string // who is signed in without a page
	Waiting       []waitingLogin
	Links         []link
	Clients       []clientEntry
	APIs          []API
	People        []person
	Connections   []Connection
	Organizations []Organization
}

type link struct{ Label, URL string }

// clientEntry is a client with what a developer copies.
type clientEntry struct {
	ID       string
	Traits   []string
	Settings string
	Token    string // a command; empty if the client gets none, or it would show a secret
	Secret   bool   // there is one, which the settings do not show
}

// home says what this is, to whoever finds it running.
func (t *Tenant) home(w http.ResponseWriter, r *http.Request) {
	t.showHome(w, r, http.StatusOK, "")
}

func (t *Tenant) showHome(w http.ResponseWriter, r *http.Request, status int, problem string) {
	h := home{
		Waiting: t.waitingLogins(),
		Links: []link{
			{"Discovery", t.URL() + pathDiscovery},
			{"Keys", t.URL() + pathKeys},
		},
		APIs: t.cfg.APIs, People: t.people(""), Connections: t.cfg.Connections, Organizations: t.cfg.Organizations,
	}
	for i := range t.cfg.Clients {
		h.Clients = append(h.Clients, t.entry(&t.cfg.Clients[i]))
	}
	if s := t.session(r); s != nil {
		h.User = s.user.displayName()
	}
	if auto := t.approver(); auto != nil {
		h.Auto = auto.displayName()
	}
	t.show(w, status, "home", page{Title: "Development tenant", Problem: problem, Home: h})
}

// entry is a client as the page shows it. A secret of somebody's own may be one that a real tenant knows, so only the
// one that everybody knows is there.
func (t *Tenant) entry(c *Client) clientEntry {
	audience, known := t.cfg.APIs[0].Audience, ""
	if c.Secret == DefaultClientSecret {
		known = c.Secret
	}
	entry := clientEntry{
		ID: c.ID, Traits: c.traits(), Secret: c.Secret != known,
		Settings: paste.Settings(t.Issuer(), c.ID, known, audience),
	}
	if known != "" {
		entry.Token = paste.Token(t.URL(), c.ID, known, audience)
	}
	return entry
}

// traits say how the client differs from one with a secret that begins its logins at /authorize.
func (c *Client) traits() []string {
	var traits []string
	for _, trait := range []struct {
		holds bool
		text  string
	}{
		{c.Public, "has no secret"},
		{len(c.Keys) > 0, "authenticates with private_key_jwt"},
		{c.RequirePAR, "has to push its authorization requests"},
		{c.BackchannelLogoutURI != "", "is told of logouts at " + c.BackchannelLogoutURI},
	} {
		if trait.holds {
			traits = append(traits, trait.text)
		}
	}
	return traits
}

// person is a user as the pages show one.
type person struct {
	Subject, Display, Email, Initial string
	Permissions                      []string
	Hinted                           bool
}

// people are the users as the pages show them; hint marks the one whom the client expects.
func (t *Tenant) people(hint string) []person {
	var people []person
	for _, u := range t.cfg.Users {
		display := u.displayName()
		first, _ := utf8.DecodeRuneInString(display)
		people = append(people, person{
			Subject: u.Subject, Display: display, Email: u.Email, Permissions: slices.Compact(slices.Sorted(slices.Values(u.Permissions))),
			Initial: string(unicode.ToUpper(first)),
			Hinted:  hint != "" && (hint == u.Name || hint == u.Subject || strings.EqualFold(hint, u.Email)),
		})
	}
	return people
}
