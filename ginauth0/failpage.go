package ginauth0

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

const failStyle = `:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1b2430;--quiet:#5c6675;--line:#e1e4e9;--accent:#1f5fbf;--on:#fff}` +
	`@media(prefers-color-scheme:dark){:root{--ground:#11151b;--card:#1a2029;--text:#e7ebf1;--quiet:#9aa5b4;--line:#2c3440;--accent:#8ab8ff;--on:#0d1a2d}}` +
	`*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;font:1rem/1.55 system-ui,sans-serif;background:var(--ground);color:var(--text);overflow-wrap:anywhere}` +
	`main{width:100%;max-width:27rem;padding:1.75rem 1.5rem 1.25rem;border:1px solid var(--line);border-radius:1rem;background:var(--card)}` +
	`h1{margin:0 0 .5rem;font-size:1.35rem;line-height:1.3;text-wrap:balance}p{margin:0 0 1.5rem}nav{display:flex;flex-wrap:wrap;gap:.75rem;margin:0 0 1.75rem}` +
	`a{padding:.55rem 1.1rem;border:1px solid var(--accent);border-radius:.6rem;color:var(--accent);text-decoration:none}a:first-child{background:var(--accent);color:var(--on)}` +
	`a:hover{text-decoration:underline}a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}` +
	`dl{display:grid;grid-template-columns:auto 1fr;gap:.15rem .75rem;margin:0;padding:1rem 0 0;border-top:1px solid var(--line);font-size:.85rem;color:var(--quiet)}dd{margin:0}code{font:inherit;font-family:ui-monospace,monospace;-webkit-user-select:all;user-select:all}`

var failTemplate = template.Must(template.New("fail").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Heading}}</title>
<style>` + failStyle + `</style>
<main>
<h1>{{.Heading}}</h1>
<p>{{.Advice}}</p>
<nav aria-label="Way back">{{range .Exits}}
<a href="{{.Path}}">{{.Text}}</a>{{end}}
</nav>
<dl>
<dt>Reference:</dt><dd><code>{{.Reference}}</code></dd>
<dt>Time:</dt><dd><time datetime="{{.Time.Format "2006-01-02T15:04:05Z"}}">{{.Time.Format "2006-01-02 15:04:05"}} UTC</time></dd>
<dt>Error:</dt><dd>{{.Code}}</dd>
</dl>
</main>
</html>
`))

// failPolicy lets the page have its own style and nothing else.
var failPolicy = func() string {
	sum := sha256.Sum256([]byte(failStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// failPage is the answer for a person.
func (a *Auth) failPage(c *gin.Context, answer answer, e *ending) {
	heading, _, more := strings.Cut(answer.sentence, ". ")
	if more {
		heading += "."
	}
	reference, _ := ReferenceFrom(c)
	way := wayOf(answer, e)
	exits := a.exits(c.Request, way, e)
	var page bytes.Buffer
	err := failTemplate.Execute(&page, struct {
		Heading, Advice, Reference, Code string
		Exits                            []exit
		Time                             time.Time
	}{heading, adviceOf(way, exits), reference, answer.code, exits, a.now().UTC()})
	if err != nil {
		c.AbortWithStatus(answer.status)
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", failPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address may hold a code
	c.Data(answer.status, "text/html; charset=utf-8", page.Bytes())
}
