package ginauth0

import "github.com/gin-gonic/gin"

// IDToken returns the ID token of the session of the request, the newest one that a
// login or a refresh has brought. It says who the person is, to this application; an API
// wants an access token. It is as it came: it was verified then, and may have expired
// since.
//
// Errors: [ErrNoSession]; [ErrSessionExpired]; [ErrNoIDToken]; [ErrStore]; [ErrConfig]
// (DomainResolver failed).
func (a *Auth) IDToken(c *gin.Context) (Secret, error) {
	found, err := a.liveSession(a.load(c))
	switch {
	case err != nil:
		return "", err
	case found.record.IDToken == "":
		return "", ErrNoIDToken
	}
	return Secret(found.record.IDToken), nil
}
