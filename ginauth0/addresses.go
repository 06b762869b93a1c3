package ginauth0

import (
	"context"
	"log/slog"
	"strings"
)

// logAddresses says what the tenant must know of this application: forgotten ones are
// what most first logins fail for.
func (a *Auth) logAddresses(m *mountedRoutes) {
	var callbacks, logouts, backchannel []string
	for _, base := range a.settings.bases {
		for _, path := range base.publicPaths(m.callback, m.connectCallback, m.unconnectCallback) {
			callbacks = append(callbacks, base.origin()+path)
		}
		for _, path := range base.publicPaths(m.backchannel) {
			backchannel = append(backchannel, base.origin()+path)
		}
		logouts = append(logouts, base.String())
	}
	logouts = append(logouts, a.settings.Logout.ReturnTo...)
	if a.settings.Logout.Strategy == LogoutLocal || m.logout == "" {
		logouts = nil
	}
	var attributes []slog.Attr
	for _, list := range []struct {
		name      string
		addresses []string
	}{{"callback_urls", callbacks}, {"logout_urls", logouts}, {"backchannel_logout_url", backchannel}} {
		if len(list.addresses) > 0 {
			attributes = append(attributes, slog.String(list.name, strings.Join(list.addresses, ", ")))
		}
	}
	a.settings.Logger.LogAttrs(context.Background(), slog.LevelInfo, "addresses to register at the tenant", attributes...)
}
