package oidc

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How long a key set counts as fresh and how long it may serve at all.
const (
	minFreshness     = 5 * time.Minute
	defaultFreshness = 10 * time.Minute
	maxFreshness     = time.Hour
	maxStale         = 24 * time.Hour
)

// freshness reads the Cache-Control of a key response (RFC 9111 section 5.2,
// RFC 5861): for how long it is fresh, and until which age it may serve while
// the issuer cannot be reached.
func freshness(header http.Header) (fresh, stale time.Duration) {
	fresh, stale = defaultFreshness, maxStale
	staleIfError, hasStale := time.Duration(0), false
	forbidden := false
	for _, line := range header.Values("Cache-Control") {
		for directive := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "no-store", "no-cache":
				forbidden = true
			case "max-age":
				if age, ok := seconds(value); ok {
					fresh = min(max(age, minFreshness), maxFreshness)
				}
			case "stale-if-error":
				staleIfError, hasStale = seconds(value)
			}
		}
	}
	if forbidden {
		fresh = minFreshness
	}
	if hasStale {
		stale = min(fresh+staleIfError, maxStale)
	}
	return fresh, stale
}

// seconds reads a delta-seconds value, quoted or not, up to a year.
func seconds(value string) (time.Duration, bool) {
	value = strings.Trim(strings.TrimSpace(value), `"`)
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, false
	}
	return min(time.Duration(n)*time.Second, 365*24*time.Hour), true
}
