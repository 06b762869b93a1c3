package ginauth0

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// accessTokenBody is the answer of the access-token route. Times are in seconds, 0
// if they are not known.
type accessTokenBody struct {
	Token     string `json:"token"`
	Scope     string `json:"scope"`
	ExpiresAt int64  `json:"expires_at"`
	ExpiresIn int64  `json:"expires_in"`
	TokenType string `json:"token_type"`
}

// handleAccessToken is the access-token route. Scripts of our own pages may ask, and only
// for the APIs that are configured.
func (a *Auth) handleAccessToken(c *gin.Context) {
	if speculative(c.Request) {
		nothing(c)
		return
	}
	o, err := a.accessTokenOptions(c.Request)
	var token AccessToken
	if err == nil {
		token, err = a.AccessToken(c, o)
	}
	if err != nil {
		a.Fail(c, err)
		return
	}
	body := accessTokenBody{Token: string(token.Token), Scope: strings.Join(token.Scopes, " "), TokenType: token.Type}
	if !token.ExpiresAt.IsZero() {
		body.ExpiresAt = token.ExpiresAt.Unix()
		body.ExpiresIn = max(body.ExpiresAt-a.now().Unix(), 0)
	}
	noStore(c.Writer.Header())
	c.AbortWithStatusJSON(http.StatusOK, body)
}

// accessTokenOptions reads what a request asks for.
func (a *Auth) accessTokenOptions(r *http.Request) (TokenOptions, error) {
	base, err := a.settings.baseOf(r)
	if err != nil {
		return TokenOptions{}, err
	}
	if crossSite(r, base) {
		return TokenOptions{}, ErrCrossSite
	}
	params, err := queryParams(r.URL.RawQuery, "audience", "scope", "mergeScopes")
	if err != nil {
		return TokenOptions{}, err
	}
	o := TokenOptions{Audience: params["audience"], Scopes: strings.Fields(params["scope"])}
	if _, configured := a.settings.AudienceScopes[o.Audience]; o.Audience != "" && o.Audience != a.settings.Audience && !configured {
		return TokenOptions{}, badRequest("audience is not configured")
	}
	if text := params["mergeScopes"]; text != "" {
		merge, err := strconv.ParseBool(text)
		if err != nil {
			return TokenOptions{}, badRequest("mergeScopes is neither true nor false")
		}
		o.NoMerge = !merge
	}
	return o, nil
}
