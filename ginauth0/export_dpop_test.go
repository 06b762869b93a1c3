package ginauth0

import "github.com/gin-gonic/gin"

// ProofKeyOf is the private key of the session of a request, as text.
func (a *Auth) ProofKeyOf(c *gin.Context) string {
	found, err := a.liveSession(a.load(c))
	if err != nil {
		return ""
	}
	return found.record.DPoPKey
}
