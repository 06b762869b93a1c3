package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

//go:embed pages
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"asset": asset, "date": date, "away": away, "initials": initials,
}).ParseFS(files, "pages/*.html"))

// site makes the pages.
type site struct {
	auth        *ginauth0.Auth
	api         string // address of the API
	base        string // path of the base URL, which a proxy takes off requests and links need in front
	development bool
}

func newSite(auth *ginauth0.Auth, settings settings) site {
	return site{auth: auth, api: settings.api, base: basePath(settings.auth.BaseURL), development: settings.development}
}

// basePath is what a proxy takes off requests. New judges the URL.
func basePath(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.EscapedPath(), "/")
}

// page is what the templates know.
type page struct {
	Title, Base string
	Development bool
	User        *ginauth0.User    // nil if nobody is signed in
	Session     *ginauth0.Session // nil if nobody is signed in
	Claims      []claim
	API         *apiAnswer
	Accounts    *accountsView
}

type claim struct{ Name, Value string }

func (s site) home(c *gin.Context) { s.show(c, http.StatusOK, "home.html", page{Title: "Home"}) }

func (s site) notFound(c *gin.Context) {
	s.show(c, http.StatusNotFound, "notfound.html", page{Title: "Not found"})
}

func (s site) profile(c *gin.Context) {
	user, _ := ginauth0.UserFrom(c)
	var claims map[string]json.RawMessage
	if err := user.Claims(&claims); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p := page{Title: "Profile"}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		value := string(claims[name])
		if claims[name][0] == '"' {
			_ = json.Unmarshal(claims[name], &value) // a text without its quotes
		}
		p.Claims = append(p.Claims, claim{name, value})
	}
	s.show(c, http.StatusOK, "profile.html", p)
}

// show answers with a page. It is made in memory first, so that a mistake in it does not go out as half of a page.
func (s site) show(c *gin.Context, status int, name string, p page) {
	p.Base, p.Development = s.base, s.development
	if session, ok := ginauth0.SessionFrom(c); ok {
		p.Session, p.User = session, session.User()
	}
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, p); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.Header("Cache-Control", "private, no-store") // every page says who is signed in
	c.Data(status, "text/html; charset=utf-8", text.Bytes())
}

// setHeaders lets a page have its style sheet, its icon and its forms, and nothing else.
func setHeaders(c *gin.Context) {
	c.Header("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Referrer-Policy", "same-origin")
}

// static serves a file that every page uses. Its address has a hash of its content, so browsers may keep it.
func (s site) static(c *gin.Context) {
	content, err := files.ReadFile("pages/static/" + c.Param("file"))
	if err != nil {
		s.notFound(c)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(c.Writer, c.Request, c.Param("file"), time.Time{}, bytes.NewReader(content))
}

// asset is the address of a file below the base path.
func asset(name string) (string, error) {
	content, err := files.ReadFile("pages/static/" + name)
	sum := sha256.Sum256(content)
	return "/static/" + name + "?v=" + hex.EncodeToString(sum[:6]), err
}

func date(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// away says how far off a moment is.
func away(t time.Time) string {
	switch left := time.Until(t); {
	case left < time.Minute:
		return "now"
	case left < 2*time.Hour:
		return fmt.Sprintf("in %.0f min", left.Minutes())
	case left < 48*time.Hour:
		return fmt.Sprintf("in %.0f h", left.Hours())
	default:
		return fmt.Sprintf("in %.0f days", left.Hours()/24)
	}
}

// initials stand in for a picture, which would let another server know who looks at the page.
func initials(user *ginauth0.User) string {
	words := strings.FieldsFunc(user.Name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	if len(words) == 0 {
		return "?"
	}
	first, last := []rune(words[0])[:1], []rune{}
	if len(words) > 1 {
		last = []rune(words[len(words)-1])[:1]
	}
	return strings.ToUpper(string(first) + string(last))
}
