package ginauth0

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"

	"github.com/gin-gonic/gin"
)

const failStyle = `:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;font:1rem/1.5 system-ui,sans-serif;background:#f6f7f9;color:#1c2430}` +
	`main{max-width:26rem;margin:1.5rem;padding:2rem;border-radius:1rem;background:#fff;box-shadow:0 1px 3px #0002,0 8px 24px #0001}` +
	`h1{margin:0 0 .75rem;font-size:1.25rem}p{margin:0 0 1rem}a{color:#1f5fbf}code{opacity:.6;font-size:.85rem}` +
	`@media(prefers-color-scheme:dark){body{background:#12161c;color:#e6eaf0}main{background:#1b212a}a{color:#8ab8ff}}`

var failTemplate = template.Must(template.New("fail").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Sentence}}</title>
<style>` + failStyle + `</style>
<main>
<h1>{{.Sentence}}</h1>
{{with .Login}}<p><a href="{{.}}">Log in</a></p>
{{end}}<p><code>{{.Code}}</code></p>
</main>
</html>
`))

// failPolicy lets the page have its own style and nothing else.
var failPolicy = func() string {
	sum := sha256.Sum256([]byte(failStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// failPage is the answer for a person.
func (a *Auth) failPage(c *gin.Context, answer answer) {
	login := ""
	if m := a.routes.Load(); m != nil && m.login != "" {
		login = m.login
		if base, err := a.settings.baseOf(c.Request); err == nil {
			login = base.prefix + m.login
		}
	}
	var page bytes.Buffer
	err := failTemplate.Execute(&page, struct{ Sentence, Code, Login string }{answer.sentence, answer.code, login})
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
