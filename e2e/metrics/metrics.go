// Package metrics counts what both packages do, for Prometheus. Every label comes from a closed set: no request can make a
// new time series.
package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// Web makes a hook for ginauth0.Config.OnEvent.
func Web(registry prometheus.Registerer) func(context.Context, ginauth0.Event) {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "web_auth_events_total",
		Help: "Logins, sessions and refreshes of the web app, by event, error code and tenant.",
	}, []string{"event", "code", "issuer"})
	registry.MustRegister(events)

	return func(_ context.Context, e ginauth0.Event) { events.WithLabelValues(e.Name, e.Code, e.Issuer).Inc() }
}

// API makes a hook for ginauth0api.Config.OnEvent.
func API(registry prometheus.Registerer) func(context.Context, ginauth0api.Event) {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "api_auth_events_total",
		Help: "What the guard of the API did, by event, error code and trusted issuer.",
	}, []string{"event", "code", "issuer"})
	calls := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "api_auth_call_seconds",
		Help:    "How long the issuer took to answer the guard.",
		Buckets: []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
	}, []string{"event", "issuer"})
	registry.MustRegister(events, calls)

	return func(_ context.Context, e ginauth0api.Event) {
		events.WithLabelValues(e.Name, e.Code, e.Issuer).Inc()
		if e.Duration > 0 {
			calls.WithLabelValues(e.Name, e.Issuer).Observe(e.Duration.Seconds())
		}
	}
}
