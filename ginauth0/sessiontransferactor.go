package ginauth0

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// actorOfSession is the ID token of the session of a request. One that has expired is
// renewed.
func (a *Auth) actorOfSession(c *gin.Context, provider *oidc.Provider) (string, error) {
	v := a.load(c)
	for renewed := false; ; renewed = true {
		found, err := a.liveSession(v)
		switch {
		case errors.Is(err, ErrNoSession):
			return "", fmt.Errorf("%w: nobody is signed in", ErrNoActor)
		case err != nil:
			return "", err
		case found.record.IDToken == "":
			return "", ErrNoActor
		}
		usable, err := a.mayAct(c.Request.Context(), provider, found.record)
		switch {
		case err != nil:
			return "", err
		case usable:
			return found.record.IDToken, nil
		case renewed:
			return "", ErrNoActor
		}
		if err := a.renewIDToken(c, found.record.IDToken); errors.Is(err, ErrNoRefreshToken) {
			return "", fmt.Errorf("%w: the ID token has expired, and there is no refresh token", ErrNoActor)
		} else if err != nil {
			return "", err
		}
	}
}

// renewIDToken gets another ID token for the session of a request than one that is of no
// use any more, unless somebody else was faster. Whether there is one then, the session
// knows.
func (a *Auth) renewIDToken(c *gin.Context, stale string) error {
	_, err := a.fulfil(c, func(r *record) (wish, error) {
		want, err := a.settings.wanted(TokenOptions{ForceRefresh: true}, r)
		return wantedIDToken{want, stale}, err
	})
	return err
}

// wantedIDToken is another ID token than a stale one. It is a wish.
type wantedIDToken struct {
	wantedToken // what comes along
	stale       string
}

// idTokenRun stands where other refreshes say their scopes; no scope looks like it.
const idTokenRun = "\x00id_token"

func (wantedIDToken) key() runKey { return runKey{scopes: idTokenRun} }

// choose is content with any other ID token.
func (w wantedIDToken) choose(r *record, _ time.Time) (t recordToken, found bool, err error) {
	switch {
	case r.IDToken != w.stale:
		return recordToken{}, true, nil
	case r.RefreshToken == "":
		return recordToken{}, false, ErrNoRefreshToken
	}
	return recordToken{}, false, nil
}

// mayAct verifies the ID token of a session. It is false for one that has expired, or
// that nobody can verify any more.
func (a *Auth) mayAct(ctx context.Context, provider *oidc.Provider, session *record) (bool, error) {
	if oidc.IDTokenExpired(session.IDToken, a.now()) {
		return false, nil
	}
	// It need not agree with the login: a link brings one of its own.
	_, err := a.verify(ctx, provider, session.IDToken, oidc.IDTokenRules{
		Subject: session.subject(), Session: &oidc.KnownSession{Issuer: session.Issuer},
	})
	if errors.Is(err, oidc.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, tenantError(err, opSessionTransfer)
}
