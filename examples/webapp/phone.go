package main

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// phoneView is what the page knows.
type phoneView struct {
	Message      string // empty: nothing has been asked
	Answer       string // to the last question; empty: it was not no
	Missing      bool   // the tenant has no such login, or not for this app
	Organization bool   // the session is for one, and the new one would be for none
}

// askPhone has the tenant ask the person who is signed in. Never ask somebody whom you only have the name of: people say yes.
func (s site) askPhone(c *gin.Context) {
	user, _ := ginauth0.UserFrom(c)
	switch {
	case s.forOrganization(user):
		s.showPhone(c, phoneView{Organization: true}, "")
		return
	case s.questions.open(questionID(c), user.Subject): // one is enough for a second click
		c.Redirect(http.StatusSeeOther, s.base+"/phone")
		return
	}
	message := rand.Text()[:4]
	request, err := s.auth.StartBackchannelLogin(c.Request.Context(), ginauth0.BackchannelOptions{Subject: user.Subject, BindingMessage: message})
	switch {
	case notOnPhones(err):
		slog.Info("no login on the phone", "cause", err)
		s.showPhone(c, phoneView{Missing: true}, "")
	case err != nil:
		s.failForm(c, "/phone", err)
	default:
		s.keepQuestion(c, s.questions.add(request, message), request.ExpiresAt)
		c.Redirect(http.StatusSeeOther, s.base+"/phone")
	}
}

// notOnPhones reports whether the tenant has no such login, or not for this app.
func notOnPhones(err error) bool {
	var refused *ginauth0.ProviderError
	if errors.As(err, &refused) {
		return refused.Code == "unauthorized_client"
	}
	return errors.Is(err, ginauth0.ErrConfig) // the tenant has no endpoint for it
}

// forOrganization reports whether logins of this person are for an organization. A login on the phone cannot name one: it
// would be refused, or lead to a session for none.
func (s site) forOrganization(user *ginauth0.User) bool {
	return s.pinned != "" || user.OrganizationID != ""
}

// questionCookie has the id of the question that this browser has asked.
const questionCookie = "phone_question"

// keepQuestion leaves the id in this browser, a little longer than the question, so that the page can say that it is too late.
func (s site) keepQuestion(c *gin.Context, id string, until time.Time) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: questionCookie, Value: id, Path: s.base + "/phone", MaxAge: int((time.Until(until) + time.Minute) / time.Second),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
}

// questionID is empty in a browser that has asked nothing.
func questionID(c *gin.Context) string {
	id, _ := c.Cookie(questionCookie)
	return id
}

// phone looks for the answer. As long as there is none the page loads itself again.
func (s site) phone(c *gin.Context) {
	user, _ := ginauth0.UserFrom(c)
	if s.forOrganization(user) {
		s.showPhone(c, phoneView{Organization: true}, "")
		return
	}
	id := questionID(c)
	asked, found, due := s.questions.next(id, user.Subject)
	switch {
	case !found:
		s.showPhone(c, phoneView{}, "")
		return
	case !due:
		s.wait(c, asked.message, asked.request.Interval)
		return
	}
	_, err := s.auth.PollBackchannelLogin(c, asked.request) // asks once, and does not wait
	var pending *ginauth0.PendingError
	switch {
	case errors.As(err, &pending):
		s.questions.wait(id, asked.request, pending.Next) // which may want to be asked less often
		s.wait(c, asked.message, pending.Next.Interval)
		return
	case errors.Is(err, ginauth0.ErrUpstream): // the question is still open
		s.auth.Fail(c, err)
		return
	}
	s.questions.drop(id, asked.request)
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

func (s site) wait(c *gin.Context, message string, interval time.Duration) {
	s.showPhone(c, phoneView{Message: message}, strconv.Itoa(int(interval/time.Second)))
}

func (s site) showPhone(c *gin.Context, view phoneView, refresh string) {
	s.show(c, http.StatusOK, "phone.html", page{Title: "Phone", Note: notes[c.Query("note")], Phone: &view, Refresh: refresh})
}
