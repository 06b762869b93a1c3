package ginauth0

import (
	"net/http"
	"net/url"
	"slices"
)

// exit is a link on the page of an error.
type exit struct{ Text, Path string }

// wayOf decides what the person can do. The callback of an account's connection goes back
// to where the person is signed in; a login would not help.
func wayOf(answer answer, e *ending) way {
	if e != nil && e.attempt != nil && e.attempt.Kind != kindLogin && e.target != "" &&
		answer.status != http.StatusUnauthorized && answer.way != wayOperator {
		return wayReturn
	}
	return answer.way
}

// adviceOf is what the page says. It advises no login where no link leads to one.
func adviceOf(w way, exits []exit) string {
	login := slices.ContainsFunc(exits, func(e exit) bool { return e.Text != textStart })
	if !login && (w == wayLogin || w == wayDenied || w == wayOther) {
		w = wayStart
	}
	return advice[w]
}

// exits are the links of a page. All lead to paths of this application: the configured
// ones, and those of the request and of a login in progress once [resolveReturnTo] has
// found them to be ours.
func (a *Auth) exits(r *http.Request, w way, e *ending) []exit {
	m := a.routes.Load()
	base, err := a.settings.baseOf(r)
	if err != nil {
		base = a.settings.bases[0] // of which the path alone is used
	}
	if err != nil || m == nil {
		m = new(mountedRoutes) // they would refuse this host as well
	}
	goal := a.goalOf(r, base, m, e)
	start, login := exit{textStart, a.defaultPath(base)}, ""
	if m.login != "" {
		login = base.prefix + m.login
	}
	var list []exit
	switch {
	case w == wayRetry:
		list = appendExit(list, textRetry, a.retryPath(r, base, m, loginPath(login, "", goal)))
	case w == wayReturn:
		list = appendExit(list, textReturn, goal)
	case w == wayFirst:
		list = appendExit(list, textFirst, loginPath(login, "", goal))
	case w == wayLogin, w == wayDenied:
		list = appendExit(list, textLogin, loginPath(login, "", goal))
	}
	if len(list) == 0 {
		list = append(list, start)
	}
	if (w == wayOther || w == wayDenied) && slices.Contains(a.settings.ForwardParams, "prompt") {
		list = appendExit(list, textOther, loginPath(login, "login", goal))
	}
	return list
}

// appendExit leaves a link out that leads nowhere.
func appendExit(list []exit, text, path string) []exit {
	if path == "" {
		return list
	}
	return append(list, exit{text, path})
}

// loginPath is the login route with what it is to be told, empty if it is off.
func loginPath(login, prompt, goal string) string {
	query := url.Values{}
	if prompt != "" {
		query.Set("prompt", prompt)
	}
	if goal != "" {
		query.Set("returnTo", goal)
	}
	if login == "" || len(query) == 0 {
		return login
	}
	return login + "?" + query.Encode()
}

// goalOf is where the person was going: where a callback would have led, otherwise the
// page that was asked for, or what our own route was told. Empty is the default.
func (a *Auth) goalOf(r *http.Request, base baseURL, m *mountedRoutes, e *ending) string {
	goal := ""
	if e != nil {
		goal = e.target // never the callback's own address, which holds a code
	} else if here, ok := resolveReturnTo(base.addressOf(r), base, m.own(base)); ok {
		goal = here
	} else if params, err := queryParams(r.URL.RawQuery, "returnTo"); err == nil {
		goal, _ = resolveReturnTo(params["returnTo"], base, m.own(base))
	}
	if goal == a.defaultPath(base) {
		return ""
	}
	return goal
}

// retryPath repeats the request, empty if that is not possible. A callback is repeated
// from its beginning, the login, since its code is of use only once.
func (a *Auth) retryPath(r *http.Request, base baseURL, m *mountedRoutes, login string) string {
	callbacks := base.publicPaths(m.callback, m.connectCallback, m.unconnectCallback)
	if slices.Contains(callbacks, base.publicPath(r)) {
		return login
	}
	here, _ := resolveReturnTo(base.addressOf(r), base, callbacks)
	return here
}
