package ginauth0

import "github.com/gin-gonic/gin"

// handleBackchannelLogout is the back-channel logout route.
func (a *Auth) handleBackchannelLogout(c *gin.Context) {}
