package ginauth0

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// noStore keeps an answer out of every cache.
func noStore(h http.Header) { h.Set("Cache-Control", "private, no-store") }

// cannotWrite reports whether cookies cannot be set any more.
func cannotWrite(c *gin.Context) bool { return c.Writer.Written() }

// nothing answers a speculative request: 204, nothing changed.
func nothing(c *gin.Context) {
	noStore(c.Writer.Header())
	c.AbortWithStatus(http.StatusNoContent)
}

// redirect answers 302 and ends the chain.
func redirect(c *gin.Context, target string) {
	noStore(c.Writer.Header())
	c.Writer.Header().Set("Location", target)
	c.AbortWithStatus(http.StatusFound)
}
