package ginauth0

import "github.com/gin-gonic/gin"

// handleAccessToken is the access-token route.
func (a *Auth) handleAccessToken(c *gin.Context) {}
