package ginauth0

import "strings"

func (s *settings) judgeRoutes(p *problems) {
	r := &s.Routes
	switch r.Prefix {
	case "":
		r.Prefix = defaultPrefix
	case "/":
		r.Prefix = ""
	}
	for _, route := range []struct {
		field, fallback string
		path            *string
	}{
		{"Routes.Login", "/login", &r.Login},
		{"Routes.Callback", "/callback", &r.Callback},
		{"Routes.Logout", "/logout", &r.Logout},
		{"Routes.BackchannelLogout", "/backchannel-logout", &r.BackchannelLogout},
		{"Routes.Profile", "/profile", &r.Profile},
		{"Routes.AccessToken", "/access-token", &r.AccessToken},
		{"Routes.Connect", "/connect", &r.Connect},
		{"Routes.ConnectCallback", "/connect/callback", &r.ConnectCallback},
		{"Routes.Unconnect", "/unconnect", &r.Unconnect},
		{"Routes.UnconnectCallback", "/unconnect/callback", &r.UnconnectCallback},
	} {
		if *route.path == "" {
			*route.path = route.fallback
		}
		if *route.path != off && !isPlainPath(*route.path) {
			p.add(route.field, `must be a path such as %s without parameters, or "-"`, route.fallback)
		}
	}
	if r.Prefix != "" && !isPlainPath(r.Prefix) {
		p.add("Routes.Prefix", "must be a path such as /auth without parameters and without a slash at its end")
	}
	if r.Login != off && r.Callback == off {
		p.add("Routes.Callback", "is off while the login route is on, which comes back there")
	}
	if r.EnableConnectedAccounts && r.EnableLinking {
		p.add("Routes.EnableLinking", "excludes EnableConnectedAccounts, since both are at the connect route: enable one of them")
	}
	if r.EnableLinking && r.Connect != off && r.ConnectCallback == off {
		p.add("Routes.ConnectCallback", "is off while the connect route is on, which comes back there")
	}
	if r.EnableLinking && r.Unconnect != off && r.UnconnectCallback == off {
		p.add("Routes.UnconnectCallback", "is off while the unconnect route is on, which comes back there")
	}
	if r.EnableConnectedAccounts && r.Callback == off {
		p.add("Routes.Callback", "is off while accounts can be connected, which come back there")
	}
	if r.EnableAccessToken && s.DPoP {
		p.add("Routes.EnableAccessToken", "excludes DPoP: scripts do not have the key to which tokens are bound")
	}
	if r.AfterLogin != "" && !strings.HasPrefix(r.AfterLogin, "/") {
		p.add("Routes.AfterLogin", "must be a path of the application, such as /home")
	}
}

// isPlainPath reports whether a path can stand in a route and, the same, in a
// URL: segments of unreserved characters.
func isPlainPath(path string) bool {
	if len(path) < 2 || path[0] != '/' {
		return false
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." ||
			strings.Trim(segment, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~") != "" {
			return false
		}
	}
	return true
}
