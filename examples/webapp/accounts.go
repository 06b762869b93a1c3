package main

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// accountsView is what the page knows of the person's accounts at other services.
type accountsView struct {
	Accounts    []ginauth0.ConnectedAccount
	Connections []ginauth0.AccountConnection // at which one can be connected
	Missing     bool                         // the tenant has no such thing, or not for this app
}

// offerAccounts mounts /auth/connect, and leads whoever changes their mind there back to the page. One token is for all that
// the page does at the tenant's My Account API: three would be a lot for cookies.
func offerAccounts(cfg *ginauth0.Config) {
	cfg.Routes.EnableConnectedAccounts = true
	issuer := strings.TrimSuffix(cfg.Domain, "/")
	if !strings.Contains(issuer, "://") {
		issuer = "https://" + issuer
	}
	cfg.AudienceScopes = map[string][]string{issuer + "/me/": {
		"read:me:connected_accounts", "create:me:connected_accounts", "delete:me:connected_accounts",
	}}
	base := basePath(cfg.BaseURL)
	cfg.OnCallback = func(_ *gin.Context, e ginauth0.CallbackEvent) string {
		var refused *ginauth0.ProviderError
		if e.Kind == "connect" && errors.As(e.Err, &refused) && refused.Code == "access_denied" {
			return base + "/accounts"
		}
		return ""
	}
}

// accounts lists the accounts that the person has connected. A link to /auth/connect connects one more.
func (s site) accounts(c *gin.Context) {
	var view accountsView
	var err error
	view.Accounts, err = s.auth.AllConnectedAccounts(c, ginauth0.ListOptions{})
	if err == nil {
		view.Connections, err = s.auth.AllAccountConnections(c, ginauth0.ListOptions{})
	}
	if notOffered(err) {
		slog.Info("no connected accounts", "cause", err)
		view, err = accountsView{Missing: true}, nil
	}
	if err != nil {
		s.auth.Fail(c, err)
		return
	}
	s.show(c, http.StatusOK, "accounts.html", page{Title: "Accounts", Note: notes[c.Query("note")], Accounts: &view})
}

// deleteAccount is the form beside an account.
func (s site) deleteAccount(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 4<<10)
	if err := s.auth.DeleteConnectedAccount(c, c.PostForm("id")); err != nil {
		s.failForm(c, "/accounts", err)
		return
	}
	c.Redirect(http.StatusSeeOther, s.base+"/accounts") // a reload does not send the form again
}

// notOffered reports whether the tenant has refused, and logging in again would not change that: it is not Auth0, or
// gives this app no tokens for its My Account API.
func notOffered(err error) bool {
	var token *ginauth0.ProviderError
	var api *ginauth0.MyAccountError
	switch {
	case errors.Is(err, ginauth0.ErrNoRefreshToken): // AUTH0_SCOPE has no offline_access
		return true
	case errors.Is(err, ginauth0.ErrUpstream), errors.Is(err, ginauth0.ErrConfig):
		return false
	case errors.As(err, &token):
		return token.Code != "invalid_grant"
	}
	refusals := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}
	return errors.As(err, &api) && slices.Contains(refusals, api.Status)
}
