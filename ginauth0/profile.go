package ginauth0

import "github.com/gin-gonic/gin"

// handleProfile is the profile route.
func (a *Auth) handleProfile(c *gin.Context) {}
