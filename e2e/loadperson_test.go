package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	publicURL   = "https://" + publicHost
	sessionName = "_a0_session"

	refreshFailed = "failed_to_refresh_token"
)

// person is somebody with a browser of their own. They look at each answer: it must be theirs, and of the session that
// they have.
type person struct {
	name, subject string
	tally         *tally
	known         *secrets
	dice          *rand.Rand
	jar           http.CookieJar
	browser       *http.Client // follows redirects
	scripts       *http.Client // does not
	mayBeCut      bool         // refresh tokens may get lost

	session int64 // when it was created; 0: none
	mu      sync.Mutex
	token   string // the last one
	cut     string // the error code that told that the refresh token is lost
}

func newPerson(t *testing.T, number int, transport http.RoundTripper, tally *tally, known *secrets) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("user-%03d", number)
	through := clocked{transport, tally}
	return &person{
		name: name, subject: "auth0|" + name, tally: tally, known: known, jar: jar,
		dice:    rand.New(rand.NewPCG(4, uint64(number))),
		browser: &http.Client{Jar: jar, Transport: through, Timeout: 2 * longestAnswer},
		scripts: &http.Client{
			Jar: jar, Transport: through, Timeout: 2 * longestAnswer,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// live does what people do, until done is closed. It ends with a session.
func (p *person) live(done <-chan struct{}) {
	p.pause(done, 4*time.Second)
	p.logIn(done)
	for p.session != 0 {
		select {
		case <-done:
			return
		default:
		}
		switch roll := p.dice.IntN(100); {
		case roll < 30:
			p.browse()
		case roll < 55:
			p.takeToken()
		case roll < 97: // a page with scripts, whose requests go to both instances
			var together sync.WaitGroup
			together.Go(p.takeToken)
			together.Go(p.takeToken)
			p.browse()
			together.Wait()
		default:
			p.logOut()
			p.logIn(done)
		}
		if p.wasCut() {
			p.browse() // the session is kept
			p.logIn(done)
		}
		p.pause(done, 1500*time.Millisecond)
	}
}

func (p *person) pause(done <-chan struct{}, longest time.Duration) {
	select {
	case <-time.After(time.Duration(p.dice.Int64N(int64(longest)))):
	case <-done:
	}
}

// finish is what must work at the end: the session, and its refresh token once more.
func (p *person) finish() {
	p.browse()
	before := p.lastToken()
	p.takeToken()
	time.Sleep(6 * time.Second) // then it is due
	p.takeToken()
	if p.lastToken() == before {
		p.tally.fault("%s: the refresh token does not refresh any more", p.name)
	}
}

// logIn signs in, and tries again while the web app is not available.
func (p *person) logIn(done <-chan struct{}) {
	p.session = 0
	for begin := time.Now(); time.Since(begin) < patience; {
		session, again := p.tryToLogIn()
		if session != 0 {
			p.tally.count(&p.tally.logins)
			p.session = session
			p.mu.Lock()
			p.token, p.cut = "", ""
			p.mu.Unlock()
			return
		}
		if !again {
			return
		}
		p.tally.count(&p.tally.repeatedLogins)
		time.Sleep(200 * time.Millisecond)
	}
	p.tally.fault("%s: cannot log in", p.name)
}

// tryToLogIn returns the new session, or whether to try again.
func (p *person) tryToLogIn() (session int64, again bool) {
	begun := time.Now()
	where, status, body := p.visit(http.MethodGet, publicURL+"/auth/login?returnTo=/page", nil)
	if where != nil && where.Path == "/u/login" {
		where, status, body = p.visit(http.MethodPost, where.String(), url.Values{
			"state": {where.Query().Get("state")}, "name": {p.name},
		})
	}
	switch {
	case where == nil:
		return 0, false
	case status == http.StatusOK && where.Path == "/page":
		return p.judge(body, 0), false
	case status == http.StatusServiceUnavailable:
		return 0, true
	case where.Path == "/auth/callback" && p.mayBeCut && p.tally.disturbed("", begun, time.Now()):
		return 0, true // the code was used by an instance that is no more
	}
	p.tally.fault("%s: the login ends at %s with %d", p.name, where.Path, status)
	return 0, false
}

// judge reads an answer that says who asks. It must be this person, in this session or, if that is 0, in any.
func (p *person) judge(body []byte, session int64) int64 {
	var who struct {
		Subject string `json:"sub"`
		Name    string `json:"name"`
		Created int64  `json:"created"`
	}
	if err := json.Unmarshal(body, &who); err != nil || who.Subject != p.subject || who.Name != p.name {
		p.tally.fault("%s: is taken for %q, %v", p.name, who.Subject, err)
	}
	if session != 0 && who.Created != session {
		p.tally.fault("%s: has another session than the one from the login", p.name)
	}
	return who.Created
}

// browse looks at a page or at data, which are there for whoever is signed in.
func (p *person) browse() {
	path, accept, mode := "/page", "text/html,*/*;q=0.8", "navigate"
	if p.dice.IntN(2) == 0 {
		path, accept, mode = "/data", "application/json", "cors"
	}
	switch status, body := p.ask(path, accept, mode); status {
	case http.StatusOK:
		p.judge(body, p.session)
	case http.StatusServiceUnavailable, 0:
	default:
		p.tally.fault("%s: has lost the session: %s answers %d", p.name, path, status)
	}
}

// takeToken asks for the access token, which the web app refreshes when it is due.
func (p *person) takeToken() {
	status, body := p.ask("/auth/access-token", "application/json", "cors")
	var said struct {
		Token string `json:"token"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &said); err != nil && status == http.StatusOK {
		p.tally.fault("%s: no JSON in place of a token: %v", p.name, err)
	}
	switch {
	case status == http.StatusOK:
		p.known.add("an access token", said.Token)
		if subject := tokenSubject(said.Token); subject != p.subject {
			p.tally.fault("%s: has the token of %q", p.name, subject)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.token = said.Token
		p.tally.count(&p.tally.tokens)
	case status == http.StatusServiceUnavailable, status == 0:
	case p.mayBeCut && status == http.StatusUnauthorized &&
		(said.Error == refreshFailed || said.Error == "missing_refresh_token"):
		p.cutOff(said.Error)
	default:
		p.tally.fault("%s: gets no access token: %d %s", p.name, status, said.Error)
	}
}

func (p *person) lastToken() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.token
}

// logOut ends the session. A copy of its cookie must be worth nothing then.
func (p *person) logOut() {
	var copied []string
	home := &url.URL{Scheme: "https", Host: publicHost, Path: "/"}
	for _, cookie := range p.jar.Cookies(home) {
		copied = append(copied, cookie.Name+"="+cookie.Value)
	}
	begun := time.Now()
	for status := 0; status != http.StatusOK; {
		var where *url.URL
		if where, status, _ = p.visit(http.MethodGet, publicURL+"/auth/logout", nil); where == nil {
			return
		}
		switch {
		case status == http.StatusOK:
		case status == http.StatusServiceUnavailable && time.Since(begun) < patience:
			time.Sleep(200 * time.Millisecond)
		default:
			p.tally.fault("%s: the logout ends at %s with %d", p.name, where.Path, status)
			return
		}
	}
	p.tally.count(&p.tally.logouts)
	for _, cookie := range p.jar.Cookies(home) {
		if strings.HasPrefix(cookie.Name, sessionName) {
			p.tally.fault("%s: still has the cookie %s after the logout", p.name, cookie.Name)
		}
	}
	p.wantDead(strings.Join(copied, "; "), begun)
}

// wantDead asks with the copy of a cookie. While Redis is away a logout cannot reach what it keeps.
func (p *person) wantDead(copied string, begun time.Time) {
	request, err := http.NewRequest(http.MethodGet, publicURL+"/data", nil)
	if err != nil {
		p.tally.fault("%s: %v", p.name, err)
		return
	}
	request.Header.Set("Cookie", copied)
	response, err := p.scripts.Transport.RoundTrip(request)
	if err != nil {
		p.tally.fault("%s: no answer: %v", p.name, err)
		return
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusUnauthorized:
	case p.tally.disturbed(redisAway, begun, time.Now()):
		p.tally.count(&p.tally.uncheckedLogouts)
	default:
		p.tally.fault("%s: a copy of the cookie is answered %d after the logout", p.name, response.StatusCode)
	}
}

// cutOff keeps that the session has lost its refresh token.
func (p *person) cutOff(code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut == "" || code == refreshFailed {
		p.cut = code
	}
}

// wasCut reports whether the session has lost its refresh token, and adds it to what is counted.
func (p *person) wasCut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut != "" {
		p.tally.cutOff(p.subject, p.cut)
	}
	return p.cut != ""
}
