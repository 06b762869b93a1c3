package ginauth0

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// mountedRoutes are the paths of our routes as Gin knows them, group and prefix
// included. An empty one is left out.
type mountedRoutes struct {
	login, callback, logout           string
	backchannel, profile, accessToken string
	connect, connectCallback          string
	unconnect, unconnectCallback      string
}

// own returns the public paths of the routes that no return path may name: where
// no page is, and where the browser would go around in circles.
func (m *mountedRoutes) own(base baseURL) []string {
	return base.publicPaths(m.login, m.callback, m.logout, m.backchannel, m.connect, m.connectCallback, m.unconnect, m.unconnectCallback)
}

// all returns the public paths of all routes.
func (m *mountedRoutes) all(base baseURL) []string {
	return append(m.own(base), base.publicPaths(m.profile, m.accessToken)...)
}

// mountedAt reports whether the route of a request is one of ours.
func (a *Auth) mountedAt(c *gin.Context) bool {
	m := a.routes.Load()
	return m != nil && slices.Contains(m.all(baseURL{}), c.FullPath()) // as Gin knows it: without a prefix of the base URL
}

// Mount registers the routes on an engine or group: /auth/login,
// /auth/callback, /auth/logout and /auth/backchannel-logout unless Config.Routes
// says otherwise, and those that it enables. The callback URL to register at the
// tenant is base URL + path of the group + /auth/callback; with Routes.EnableLinking
// also those with /auth/connect/callback and /auth/unconnect/callback. Config.Logger gets
// all addresses to register. Other methods on these paths are answered 405.
//
// It is called once, before the first request, and panics on a second call, if
// the group's path has a parameter, or if a route would be outside
// Session.Path.
func (a *Auth) Mount(router gin.IRouter) {
	group := strings.TrimSuffix(router.Group("").BasePath(), "/")
	if strings.ContainsAny(group, ":*") {
		panic("ginauth0: Mount: the group's path has a parameter, which would go into redirect_uri")
	}
	r := &a.settings.Routes
	path := func(route string) string {
		if route == off {
			return ""
		}
		return group + r.Prefix + route
	}
	m := &mountedRoutes{
		login: path(r.Login), callback: path(r.Callback), logout: path(r.Logout), backchannel: path(r.BackchannelLogout),
	}
	if r.EnableProfile {
		m.profile = path(r.Profile)
	}
	if r.EnableAccessToken {
		m.accessToken = path(r.AccessToken)
	}
	connect := a.handleConnect
	switch {
	case r.EnableConnectedAccounts:
		m.connect = path(r.Connect)
	case r.EnableLinking:
		m.connect, m.connectCallback = path(r.Connect), path(r.ConnectCallback)
		m.unconnect, m.unconnectCallback = path(r.Unconnect), path(r.UnconnectCallback)
		connect = a.handleLink
	}
	for _, base := range a.settings.bases {
		for _, public := range m.all(base) {
			if !underPath(public, a.settings.Session.Path) {
				panic(fmt.Sprintf("ginauth0: Mount: %s is not under Session.Path %s", public, a.settings.Session.Path))
			}
		}
	}
	if !a.routes.CompareAndSwap(nil, m) {
		panic("ginauth0: Mount: called twice")
	}
	logoutMethod := http.MethodGet
	if a.settings.Logout.PostOnly {
		logoutMethod = http.MethodPost
	}
	for _, route := range []struct {
		path, method string
		handler      gin.HandlerFunc
	}{
		{m.login, http.MethodGet, a.handleLogin},
		{m.callback, http.MethodGet, a.callbackRoute(kindLogin, kindConnect)},
		{m.logout, logoutMethod, a.handleLogout},
		{m.backchannel, http.MethodPost, a.handleBackchannelLogout},
		{m.profile, http.MethodGet, a.handleProfile},
		{m.accessToken, http.MethodGet, a.handleAccessToken},
		{m.connect, http.MethodGet, a.connectRoute(connect)},
		{m.connectCallback, http.MethodGet, a.callbackRoute(kindLink)},
		{m.unconnect, http.MethodGet, a.connectRoute(a.handleUnlink)},
		{m.unconnectCallback, http.MethodGet, a.callbackRoute(kindUnlink)},
	} {
		if route.path != "" {
			a.handle(router, strings.TrimPrefix(route.path, group), route.method, route.handler)
		}
	}
	a.logAddresses(m)
}

// underPath follows the path-match of RFC 6265 section 5.1.4.
func underPath(path, cookiePath string) bool {
	return path == cookiePath || strings.HasPrefix(path, strings.TrimSuffix(cookiePath, "/")+"/")
}

var standardMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

var errMethod = errors.New("ginauth0: method not allowed")

// handle registers a route and answers the other methods of its path, which Gin
// alone would answer with 404.
func (a *Auth) handle(router gin.IRoutes, path, method string, handler gin.HandlerFunc) {
	router.Handle(method, path, handler)
	for _, other := range standardMethods {
		if other == method {
			continue
		}
		router.Handle(other, path, func(c *gin.Context) {
			c.Writer.Header().Set("Allow", method)
			a.Fail(c, errMethod)
		})
	}
}

// What to do about [ErrNotMounted].
var (
	errMountFirst = fmt.Errorf("%w: call Mount", ErrNotMounted)
	errRouteOff   = fmt.Errorf("%w: Config.Routes leaves out the one that the browser would come back to", ErrNotMounted)
)

// mounted returns the routes, or [ErrNotMounted].
func (a *Auth) mounted() (*mountedRoutes, error) {
	m := a.routes.Load()
	if m == nil {
		return nil, errMountFirst
	}
	return m, nil
}
