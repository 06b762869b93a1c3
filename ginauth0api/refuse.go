package ginauth0api

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// challengeHeader is in the canonical form of net/http.
const challengeHeader = "Www-Authenticate"

// body is the JSON of every refusal: these members and no others.
type body struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Code        string `json:"error_code"`
}

// body returns what the client is told. That of the table is written as it is;
// an application's own may need escapes.
func (e *Error) body() []byte {
	text := make([]byte, 0, 64+len(e.Kind)+len(e.Description)+len(e.Code))
	for _, member := range [...]struct{ start, value string }{
		{`{"error":"`, e.Kind}, {`","error_description":"`, e.Description}, {`","error_code":"`, e.Code},
	} {
		if !isPlainText(member.value) {
			return e.escapedBody()
		}
		text = append(append(text, member.start...), member.value...)
	}
	return append(text, `"}`...)
}

func (e *Error) escapedBody() []byte {
	text, err := json.Marshal(body{e.Kind, e.Description, e.Code})
	if err != nil {
		panic("ginauth0api: " + err.Error()) // three strings cannot fail
	}
	return text
}

// isPlainText reports whether a text stands in JSON as it is, in that of Gin too,
// which escapes for HTML.
func isPlainText(text string) bool {
	for i := range len(text) {
		if b := text[i]; !permittedInChallenge(b) || b == '<' || b == '>' || b == '&' {
			return false
		}
	}
	return true
}

// The header values of every refusal. They are shared, as Gin does it with its
// own: whoever changes a header puts another slice there.
var (
	noStore  = []string{"no-store"}
	jsonType = []string{"application/json; charset=utf-8"}
)

// Refuse answers the request with err and lets no later handler run: an [Error]
// as it is, anything else, nil too, as an internal failure (500) that shows nothing of
// err. It is what the handlers of the Guard call, for those who decide with
// [Guard.Check]. The caller returns after it.
func (g *Guard) Refuse(c *gin.Context, err error) {
	g.refuse(c, asError(err))
}

// refuse is the one place that turns an error into a response. The order is
// promised: the chain has ended before the application's hook runs, and
// the headers are set before anything can be written.
func (g *Guard) refuse(c *gin.Context, e *Error) {
	c.Abort()
	// Wrapped here: Gin would take a gin.Error inside the cause for the error.
	_ = c.Error(&gin.Error{Err: e, Type: gin.ErrorTypePrivate})
	g.log.write(c, e, g.now())
	g.countRefused(c.Request.Context(), e)
	if c.Writer.Written() {
		return
	}
	header := c.Writer.Header()
	header["Cache-Control"] = noStore
	if lines := g.challenges(e); lines != nil {
		header[challengeHeader] = append(header[challengeHeader], lines...)
	}
	if e.Status == http.StatusServiceUnavailable {
		header.Set("Retry-After", retryAfter(e.retryAfter))
	}
	if e.nonce != "" {
		header.Set(nonceHeader, e.nonce)
	}
	header["Content-Type"] = jsonType // whatever type another middleware has set
	if g.onError != nil {
		if g.onError(c, e); c.Writer.Written() {
			return
		}
	}
	if c.Request.Method == http.MethodHead {
		c.Status(e.Status)
		c.Writer.WriteHeaderNow()
		return
	}
	c.Status(e.Status)
	_, _ = c.Writer.Write(e.body()) // a client that is gone has nobody to be told
}

// retryAfter writes whole seconds (RFC 9110 section 10.2.3), rounded up: asking
// again a moment too early would be answered with the same refusal.
func retryAfter(wait time.Duration) string {
	if wait <= 0 {
		wait = 5 * time.Second
	}
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}
