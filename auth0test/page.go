package auth0test

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the pages
	"encoding/base64"
	"html/template"
	"net/http"
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
	Path    string // of the issuer, for links that work under every name of the machine
	Problem string

	Client string
	State  string
	Hint   string
	People []person

	Connection string // that the person is to connect

	User string // who connects it, or confirms a second factor

	Home home
}

// policy lets a page be nothing but HTML with this one style sheet. It has no form-action: browsers hold
// that against the redirect after the form as well, and the form leads to the address of the client.
var policy = func() string {
	sum := sha256.Sum256([]byte(styleSheet))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
}()

func (t *Tenant) show(w http.ResponseWriter, status int, name string, p page) {
	p.Issuer, p.Path = t.Issuer(), t.path()
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
	h.Set("Referrer-Policy", "same-origin") // with no-referrer a form has no Origin either
	h.Set(headerCache, cacheNothing)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// showError tells the person, where the client must not be told or cannot be.
func (t *Tenant) showError(w http.ResponseWriter, refusal *oauthError) {
	t.show(w, refusal.status, "error", page{Title: "That did not work", Problem: refusal.description})
}
