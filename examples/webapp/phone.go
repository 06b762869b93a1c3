package main

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// question is a login that waits for its person to confirm it on a device of their own (OpenID Connect CIBA).
type question struct {
	request ginauth0.BackchannelRequest
	due     time.Time // for the next look at the answer
	message string    // on both screens, so that the person sees that they belong together
}

// questions are those of everybody, by subject. Whoever looks at the answer becomes the person, so nobody can but who is
// that person already. An app of several instances keeps them where all find them.
type questions struct {
	mu sync.Mutex
	of map[string]question
}

// next returns the question of somebody. due is true once in each interval.
func (q *questions) next(subject string) (open question, found, due bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	open, found = q.of[subject]
	if now := time.Now(); found && !now.Before(open.due) {
		due = true
		open.due = now.Add(open.request.Interval)
		q.of[subject] = open
	}
	return open, found, due
}

func (q *questions) put(open question) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(q.of, func(_ string, old question) bool { return now.After(old.request.ExpiresAt) })
	open.due = now.Add(open.request.Interval)
	q.of[open.request.Subject] = open
}

func (q *questions) drop(subject string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.of, subject)
}

// phoneView is what the page knows.
type phoneView struct {
	Message string // empty: nothing has been asked
	Answer  string // to the last question; empty: it was not no
	Missing bool   // the tenant has no such login, or not for this app
}

// askPhone has the tenant ask the person who is signed in. Never ask somebody whom you only have the name of: people say yes.
func (s site) askPhone(c *gin.Context) {
	user, _ := ginauth0.UserFrom(c)
	message := rand.Text()[:4]
	request, err := s.auth.StartBackchannelLogin(c.Request.Context(), ginauth0.BackchannelOptions{Subject: user.Subject, BindingMessage: message})
	var refused *ginauth0.ProviderError
	switch {
	case errors.Is(err, ginauth0.ErrConfig), errors.As(err, &refused) && !errors.Is(err, ginauth0.ErrUpstream):
		slog.Info("no login on the phone", "cause", err)
		s.showPhone(c, phoneView{Missing: true}, "")
	case err != nil:
		s.auth.Fail(c, err)
	default:
		s.questions.put(question{request: request, message: message})
		c.Redirect(http.StatusSeeOther, s.base+"/phone")
	}
}

// phone looks for the answer. As long as there is none the page loads itself again.
func (s site) phone(c *gin.Context) {
	user, _ := ginauth0.UserFrom(c)
	open, found, due := s.questions.next(user.Subject)
	switch {
	case !found:
		s.showPhone(c, phoneView{}, "")
		return
	case !due:
		s.wait(c, open)
		return
	}
	_, err := s.auth.PollBackchannelLogin(c, open.request) // asks once, and does not wait
	var pending *ginauth0.PendingError
	switch {
	case errors.As(err, &pending):
		open.request = pending.Next // which may want to be asked less often
		s.questions.put(open)
		s.wait(c, open)
		return
	case errors.Is(err, ginauth0.ErrUpstream): // the question is still open
		s.auth.Fail(c, err)
		return
	}
	s.questions.drop(user.Subject)
	var refused *ginauth0.ProviderError
	switch {
	case err == nil:
		c.Redirect(http.StatusSeeOther, s.base+"/profile?note=confirmed")
	case errors.As(err, &refused) && answers[refused.Code] != "":
		s.showPhone(c, phoneView{Answer: answers[refused.Code]}, "")
	default:
		s.auth.Fail(c, err)
	}
}

// answers are what can come of a question other than a yes.
var answers = map[string]string{
	"access_denied": "You said no. Nothing has changed.",
	"expired_token": "There was no answer in time. Nothing has changed.",
}

func (s site) wait(c *gin.Context, open question) {
	s.showPhone(c, phoneView{Message: open.message}, strconv.Itoa(int(open.request.Interval/time.Second)))
}

func (s site) showPhone(c *gin.Context, view phoneView, refresh string) {
	s.show(c, http.StatusOK, "phone.html", page{Title: "Phone", Phone: &view, Refresh: refresh})
}
