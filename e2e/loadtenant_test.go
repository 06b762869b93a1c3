package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// watchedTenant is a tenant that rotates refresh tokens, revokes a login whose refresh token is used twice, and keeps a
// list of the uses. Its access tokens are due for a new one five seconds after they were issued.
type watchedTenant struct {
	*auth0test.Tenant

	mu       sync.Mutex
	delay    time.Duration // between the use of a refresh token and the answer
	uses     []refreshUse
	refusals []string // error codes
}

// refreshUse is one use of a refresh token. The tenant has rotated it at the beginning; the answer has left, or nobody
// waits for it any more, at the end.
type refreshUse struct {
	subject      string
	begun, ended time.Time
}

func startWatchedTenant(t *testing.T, publicURL string) *watchedTenant {
	t.Helper()
	w := &watchedTenant{Tenant: auth0test.Start(t, auth0test.Config{
		AccessTokenLifetime: 35 * time.Second,
		Clients: []auth0test.Client{{
			ID: clientID, Secret: clientSecret,
			RedirectURIs: []string{publicURL + "/auth/callback"}, LogoutURIs: []string{publicURL},
		}},
	})}
	w.Break("/oauth/token", w.serveToken)
	return w
}

// slowDown holds answers back, so that there are always some on their way.
func (w *watchedTenant) slowDown(delay time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delay = delay
}

func (w *watchedTenant) serveToken(out http.ResponseWriter, r *http.Request, next http.Handler) {
	body, _ := io.ReadAll(r.Body) // it is in memory
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("grant_type") != "refresh_token" {
		next.ServeHTTP(out, r)
		return
	}
	answer := httptest.NewRecorder()
	begun := time.Now()
	next.ServeHTTP(answer, r)
	use, delay := w.note(begun, answer)
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
	}
	w.end(use)
	for name, values := range answer.Header() {
		out.Header()[name] = values
	}
	out.WriteHeader(answer.Code)
	_, _ = out.Write(answer.Body.Bytes())
}

// note keeps what a use came to. The number is that of a use that was accepted.
func (w *watchedTenant) note(begun time.Time, answer *httptest.ResponseRecorder) (use int, delay time.Duration) {
	var said struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	_ = json.Unmarshal(answer.Body.Bytes(), &said) // our own JSON
	w.mu.Lock()
	defer w.mu.Unlock()
	if answer.Code != http.StatusOK {
		w.refusals = append(w.refusals, said.Error)
		return -1, 0
	}
	w.uses = append(w.uses, refreshUse{subject: tokenSubject(said.Token), begun: begun})
	return len(w.uses) - 1, w.delay
}

func (w *watchedTenant) end(use int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if use >= 0 {
		w.uses[use].ended = time.Now()
	}
}

// onTheirWay counts the answers that have not left yet.
func (w *watchedTenant) onTheirWay() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	count := 0
	for _, use := range w.uses {
		if use.ended.IsZero() {
			count++
		}
	}
	return count
}

// underWay are the people of whom an answer was on its way at some moment, or had left less than two seconds before: the
// web app may not have kept it yet. A request that it sent before may reach the tenant a little later, if the machine is busy.
func (w *watchedTenant) underWay(moment time.Time) map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := map[string]bool{}
	for _, use := range w.uses {
		if use.begun.Before(moment.Add(time.Second)) && (use.ended.IsZero() || use.ended.After(moment.Add(-2*time.Second))) {
			found[use.subject] = true
		}
	}
	return found
}

// counts are how many uses were accepted, and how many refused.
func (w *watchedTenant) counts() (accepted, refused int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.uses), len(w.refusals)
}

// tokenSubject reads whose token a JWT is; empty if it is none.
func tokenSubject(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	_ = json.Unmarshal(text, &claims) // then there is no subject
	return claims.Subject
}
