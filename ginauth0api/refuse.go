package ginauth0api

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// body is the JSON of every refusal: these members and no others.
type body struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Code        string `json:"error_code"`
}

// Refuse answers the request with err and lets no later handler run: an [Error]
// as it is, anything else as an internal failure (500) that shows nothing of
// err. It is what the handlers of the Guard call, for those who decide with
// [Guard.Check]. The caller returns after it.
func (g *Guard) Refuse(c *gin.Context, err error) {
	g.refuse(c, asError(err))
}

// refuse is the one place that turns an error into a response. The order is part
// of the contract: the chain has ended before the application's hook runs, and
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
	header.Set("Cache-Control", "no-store")
	for _, challenge := range g.challenges(e) {
		header.Add("WWW-Authenticate", challenge)
	}
	if e.Status == http.StatusServiceUnavailable {
		header.Set("Retry-After", retryAfter(e.retryAfter))
	}
	if e.nonce != "" {
		header.Set(nonceHeader, e.nonce)
	}
	// Set, because Gin keeps the type that another middleware has set.
	header.Set("Content-Type", "application/json; charset=utf-8")
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
	c.AbortWithStatusJSON(e.Status, body{e.Kind, e.Description, e.Code})
}

// retryAfter writes whole seconds (RFC 9110 section 10.2.3), rounded up: asking
// again a moment too early would be answered with the same refusal.
func retryAfter(wait time.Duration) string {
	if wait <= 0 {
		wait = 5 * time.Second
	}
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}
