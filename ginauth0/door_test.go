package ginauth0_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// Subject tokens that the tenant of these tests takes.
const (
	legacyType  = "urn:example:legacy"
	legacyAda   = "legacy-token-of-ada"
	legacyGrace = "legacy-token-of-grace"
	partyType   = "urn:example:party"
	partyAlan   = "party-token-of-alan"
)

// door is an application with one more way to sign in, at POST /door, and a page /me that
// tells about the session.
type door struct {
	*app

	mu      sync.Mutex
	enter   func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error)
	err     error // of the last call
	counted counted
}

func newDoor(t testing.TB, edits ...func(*setup)) *door {
	t.Helper()
	d := &door{}
	d.app = newApp(t, append([]func(*setup){func(s *setup) {
		s.config.Scopes = []string{"openid", "profile", "offline_access"}
		s.config.OnEvent = d.counted.count
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.POST("/door", d.serve(auth))
			router.GET("/me", auth.RequireSession(), tellSession(auth))
		}
	}}, edits...)...)
	d.tenant.AcceptSubjectToken(legacyType, legacyAda, "ada")
	d.tenant.AcceptSubjectToken(legacyType, legacyGrace, "grace")
	d.tenant.AcceptSubjectToken(partyType, partyAlan, "alan")
	return d
}

// set says what the next calls do.
func (d *door) set(enter func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.enter = enter
}

// last is the error of the last call.
func (d *door) last() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (d *door) serve(auth *ginauth0.Auth) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Query("late") != "" {
			c.String(http.StatusOK, "begun")
		}
		d.mu.Lock()
		enter := d.enter
		d.mu.Unlock()
		session, err := enter(c, auth)
		d.mu.Lock()
		d.err = err
		d.mu.Unlock()
		if err != nil {
			auth.Fail(c, err)
			return
		}
		if from, ok := ginauth0.SessionFrom(c); !ok || from != session {
			c.String(http.StatusOK, "another session than SessionFrom")
			return
		}
		c.String(http.StatusOK, "hello %s", session.User().Subject)
	}
}

// me is what /me tells about a session.
type me struct {
	Subject, SID, Organization string
	Name                       any
	Refresh, IDToken           bool
	Tokens                     []ginauth0.TokenInfo
	Access                     string // the access token that the session has
	Created                    time.Time
}

func tellSession(auth *ginauth0.Auth) gin.HandlerFunc {
	return func(c *gin.Context) {
		session, _ := ginauth0.SessionFrom(c)
		token, err := auth.AccessToken(c, ginauth0.TokenOptions{})
		if err != nil {
			auth.Fail(c, err)
			return
		}
		name, _ := session.User().Claim("name")
		c.JSON(http.StatusOK, me{
			session.User().Subject, session.ID(), session.User().OrganizationID, name, session.HasRefreshToken(), session.HasIDToken(),
			session.Tokens(), string(token.Token), session.CreatedAt(),
		})
	}
}

func (b *browser) me() me {
	b.t.Helper()
	r := b.get("/me", asJSON)
	var told me
	if err := json.Unmarshal([]byte(r.body), &told); err != nil || r.status != http.StatusOK {
		b.t.Errorf("/me: %d %s", r.status, r.body)
	}
	return told
}

func exchanging(o ginauth0.ExchangeOptions) func(*gin.Context, *ginauth0.Auth) (*ginauth0.Session, error) {
	return func(c *gin.Context, auth *ginauth0.Auth) (*ginauth0.Session, error) {
		return auth.LoginWithTokenExchange(c, o)
	}
}

func graceOptions() ginauth0.ExchangeOptions {
	return ginauth0.ExchangeOptions{SubjectToken: legacyGrace, SubjectTokenType: legacyType}
}

// canceled is a context that is over.
func canceled(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
