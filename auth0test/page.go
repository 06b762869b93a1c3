package auth0test

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the pages
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed pages/style.css
var styleSheet string

//go:embed pages/pages.html
var pageTexts string

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(styleSheet) }, //nolint:gosec // our own file, no input in it
}).Parse(pageTexts))

// page is what the templates read; each takes what it needs.
type page struct {
	Title   string
	Issuer  string
	Base    string
	Problem string

	Client string
	State  string
	Hint   string
	People []person

	Connection string // that the person is to connect

	User    string
	Links   []link
	Clients []string
	APIs    []API
}

type person struct {
	Subject, Display, Email, Initial string
	Hinted                           bool
}

type link struct{ Label, URL string }

// policy lets a page be nothing but HTML with this one style sheet. It has no form-action: browsers hold
// that against the redirect after the form as well, and the form leads to the address of the client.
var policy = func() string {
	sum := sha256.Sum256([]byte(styleSheet))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
}()

func (t *Tenant) show(w http.ResponseWriter, status int, name string, p page) {
	p.Issuer, p.Base = t.Issuer(), t.URL()
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, p); err != nil {
		http.Error(w, "auth0test: this page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set(headerContent, "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set(headerCache, cacheNothing)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// showError tells the person, where the client must not be told or cannot be.
func (t *Tenant) showError(w http.ResponseWriter, refusal *oauthError) {
	t.show(w, refusal.status, "error", page{Title: "That did not work", Problem: refusal.description})
}

// home says what this is, to whoever finds it running.
func (t *Tenant) home(w http.ResponseWriter, r *http.Request) {
	p := page{Title: "Development tenant", People: t.people(""), APIs: t.cfg.APIs, Links: []link{
		{"Discovery", t.URL() + pathDiscovery},
		{"Keys", t.URL() + pathKeys},
	}}
	for _, client := range t.cfg.Clients {
		p.Clients = append(p.Clients, client.ID)
	}
	if s := t.session(r); s != nil {
		p.User = s.user.displayName()
	}
	t.show(w, http.StatusOK, "home", p)
}

// people are the users as the pages show them; hint marks the one whom the client expects.
func (t *Tenant) people(hint string) []person {
	var people []person
	for _, u := range t.cfg.Users {
		display := u.displayName()
		first, _ := utf8.DecodeRuneInString(display)
		people = append(people, person{
			Subject: u.Subject, Display: display, Email: u.Email, Initial: string(unicode.ToUpper(first)),
			Hinted: hint != "" && (hint == u.Name || hint == u.Subject || strings.EqualFold(hint, u.Email)),
		})
	}
	return people
}
