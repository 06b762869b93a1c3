package ginauth0_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// An endpoint that accepts and says nothing is left after HTTPTimeout, and nobody is
// signed in.
func TestGrantsThatTakeTooLong(t *testing.T) {
	t.Parallel()
	d := newDoor(t, config(func(c *ginauth0.Config) { c.HTTPTimeout = 200 * time.Millisecond }))
	d.tenant.Break("/oauth/token", auth0test.Hang)
	d.tenant.Break("/bc-authorize", auth0test.Hang)
	request := ginauth0.BackchannelRequest{
		ID: "r", Subject: "auth0|grace", Issuer: d.tenant.Issuer(), Domain: d.tenant.Issuer(), ExpiresAt: d.clock.Now().Add(time.Minute),
	}
	b := d.browser(t)
	for name, call := range map[string]func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error){
		"exchange": func(c *gin.Context, auth *ginauth0.Auth) (*ginauth0.Session, error) {
			_, err := auth.ExchangeToken(c.Request.Context(), graceOptions())
			return nil, err
		},
		"session transfer": func(c *gin.Context, auth *ginauth0.Auth) (*ginauth0.Session, error) {
			_, err := auth.SessionTransferToken(c, ginauth0.SessionTransferOptions{
				SubjectToken: legacyGrace, SubjectTokenType: legacyType, ActorToken: partyAlan, ActorTokenType: partyType,
			})
			return nil, err
		},
		"CIBA start": func(c *gin.Context, auth *ginauth0.Auth) (*ginauth0.Session, error) {
			_, err := auth.StartBackchannelLogin(c.Request.Context(), ginauth0.BackchannelOptions{Subject: "auth0|grace"})
			return nil, err
		},
		"login by exchange": exchanging(graceOptions()),
		"CIBA poll":         polling(request),
	} {
		d.set(call)
		r := b.do(http.MethodPost, "/door")
		wantError(t, r, http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`)
		wantNoCookie(t, name, r)
		if !errors.Is(d.last(), ginauth0.ErrUpstream) {
			t.Errorf("%s: %v", name, d.last())
		}
	}
	if asked := d.tenant.Requests("/oauth/token") + d.tenant.Requests("/bc-authorize"); asked != 5 {
		t.Errorf("%d requests, want one for each", asked)
	}
}
