package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

//go:embed pages
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"asset": asset, "date": date, "stamp": stamp, "away": away, "initials": initials,
}).ParseFS(files, "pages/*.html"))

// site makes the pages.
type site struct {
	auth        *ginauth0.Auth
	api         string // address of the API
	base        string // path of the base URL, which a proxy takes off requests and links need in front
	pinned      string // the organization that every login is for; empty: each person chooses
	redis       bool   // that is where sessions are kept
	development bool
	secure      bool       // browsers are to send cookies over https only
	questions   *questions // that wait for an answer on a phone
}

func newSite(auth *ginauth0.Auth, settings settings) site {
	return site{
		auth: auth, api: settings.api, base: basePath(settings.auth.BaseURL), pinned: settings.auth.Organization,
		redis: settings.redis != nil, development: settings.development,
		secure: strings.HasPrefix(strings.ToLower(settings.auth.BaseURL), "https:"), questions: &questions{of: map[string]question{}},
	}
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
	Title, Base  string
	Refresh      string // what the browser loads by itself, and when; empty: nothing
	Note         note   // what has just happened
	Login        string // where a login begins that has no link of its own
	Organization string // that every login is for
	Redis        bool
	Development  bool
	User         *ginauth0.User    // nil if nobody is signed in
	Session      *ginauth0.Session // nil if nobody is signed in
	Claims       []claim
	API          *apiAnswer
	Accounts     *accountsView
	Phone        *phoneView
}

// show answers with a page. It is made in memory first, so that a mistake in it does not go out as half of a page.
func (s site) show(c *gin.Context, status int, name string, p page) {
	p.Base, p.Organization, p.Redis, p.Development = s.base, s.pinned, s.redis, s.development
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

// stamp is a moment for programs.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func date(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// away says how far off a moment is.
func away(t time.Time) string {
	left := time.Until(t)
	if left < 0 {
		return span(-left) + " ago"
	}
	return "in " + span(left)
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	default:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
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
