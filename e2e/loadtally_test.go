package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

const (
	// longestAnswer is how long a request may take, whatever is being restarted.
	longestAnswer = 20 * time.Second
	// afterglow is how long after a disturbance 503 is still an answer.
	afterglow = 5 * time.Second
)

// span is a time in which something was out of order.
type span struct {
	what     string
	from, to time.Time // to is zero while it lasts
}

// covers reports whether the span and the time between two moments have something in common.
func (s span) covers(from, to time.Time, afterglow time.Duration) bool {
	return to.After(s.from) && (s.to.IsZero() || from.Before(s.to.Add(afterglow)))
}

// tally is what all people of a load test have seen.
type tally struct {
	mu                                sync.Mutex
	requests, logins, logouts, tokens int
	repeatedLogins, uncheckedLogouts  int
	longest                           time.Duration
	longestPath                       string
	unavailable                       map[string]int    // 503 by who answered
	cut                               map[string]string // people whose session lost its refresh token, and how they knew
	spans                             []span
	wrong                             []string
}

func newTally() *tally { return &tally{unavailable: map[string]int{}, cut: map[string]string{}} }

func (y *tally) count(what *int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	*what++
}

// fault keeps something that must not happen.
func (y *tally) fault(format string, args ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.wrong = append(y.wrong, fmt.Sprintf(format, args...))
}

// cutOff keeps whose session has lost its refresh token.
func (y *tally) cutOff(subject, code string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.cut[subject] = code
}

// during runs something that disturbs the web app.
func (y *tally) during(what string, do func()) {
	y.mu.Lock()
	number := len(y.spans)
	y.spans = append(y.spans, span{what: what, from: time.Now()})
	y.mu.Unlock()
	do()
	y.mu.Lock()
	defer y.mu.Unlock()
	y.spans[number].to = time.Now()
}

// disturbed reports whether something of this name, or anything at all, was out of order then.
func (y *tally) disturbed(what string, from, to time.Time) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.disturbedNow(what, from, to)
}

func (y *tally) disturbedNow(what string, from, to time.Time) bool {
	for _, s := range y.spans {
		if (what == "" || s.what == what) && s.covers(from, to, afterglow) {
			return true
		}
	}
	return false
}

// answered judges the answer to one request by its status and its time.
func (y *tally) answered(path string, begun time.Time, response *http.Response) {
	y.mu.Lock()
	defer y.mu.Unlock()
	now := time.Now()
	y.requests++
	if took := now.Sub(begun); took > y.longest {
		y.longest, y.longestPath = took, path
	}
	if took := now.Sub(begun); took > longestAnswer {
		y.wrong = append(y.wrong, fmt.Sprintf("%s took %v", path, took))
	}
	switch status := response.StatusCode; {
	case status == http.StatusServiceUnavailable:
		by := response.Header.Get(answeredBy)
		if by == "" {
			by = "the app"
		}
		y.unavailable[by]++
		if !y.disturbedNow("", begun, now) {
			y.wrong = append(y.wrong, fmt.Sprintf("%s is unavailable although all is well, says %s", path, by))
		}
	case status >= http.StatusInternalServerError:
		y.wrong = append(y.wrong, fmt.Sprintf("%s answers %d", path, status))
	}
}

// report fails the test for what must not have happened, and says how much there was.
func (y *tally) report(t *testing.T, tenant *watchedTenant) {
	t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	for i, what := range y.wrong {
		if i == 20 {
			t.Errorf("and %d more", len(y.wrong)-i)
			break
		}
		t.Error(what)
	}
	accepted, refused := tenant.counts()
	t.Logf("%d requests, %d logins (%d tried again), %d logouts (%d while Redis was away), %d access tokens, %d refreshes, %d refused",
		y.requests, y.logins, y.repeatedLogins, y.logouts, y.uncheckedLogouts, y.tokens, accepted, refused)
	t.Logf("503 by %v; %d sessions lost their refresh token; longest answer %v, %s", y.unavailable, len(y.cut), y.longest, y.longestPath)
	for _, s := range y.spans {
		t.Logf("%s: %v", s.what, s.to.Sub(s.from).Round(time.Millisecond))
	}
}

// clocked is how a person reaches the web app and the tenant. What the web app answers is counted.
type clocked struct {
	next  http.RoundTripper
	tally *tally
}

func (c clocked) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	response, err := c.next.RoundTrip(r)
	if err == nil && r.URL.Hostname() == publicHost {
		c.tally.answered(r.URL.Path, begun, response)
	}
	return response, err
}
