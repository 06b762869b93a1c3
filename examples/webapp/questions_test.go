package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// An older session of the same person in another browser must not get the new one.
func TestPhoneInAnotherBrowserOfThePerson(t *testing.T) {
	t.Parallel()
	a := startPhone(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := *a
	other.browser = &http.Client{Jar: jar}
	other.get("/profile").want(t, 200, "/profile", "Ada Lovelace")

	login := a.ask()
	if err := a.tenant.ApproveBackchannelLogin(login.ID); err != nil {
		t.Fatal(err)
	}
	before := a.tenant.Requests("/oauth/token")
	due := time.Now().Add(1500 * time.Millisecond) // by then the question may be polled
	for time.Now().Before(due) {
		r := other.get("/phone")
		r.want(t, 200, "/phone", ">Ask me<")
		if strings.Contains(r.body, login.BindingMessage) {
			t.Fatalf("the other browser sees the question:\n%s", r.body)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if got := a.tenant.Requests("/oauth/token"); got != before {
		t.Errorf("the other browser polled %d times", got-before)
	}
	a.answer().want(t, 200, "/profile", "You confirmed it on your phone.")
}

// The cookie is for one page, and for nobody's script.
func TestPhoneCookie(t *testing.T) {
	t.Parallel()
	for base, secure := range map[string]bool{"http://localhost:3000": false, "https://example.test/app": true, "HTTPS://example.test/app": true} {
		recorder := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(recorder)
		site := newSite(nil, settings{auth: ginauth0.Config{BaseURL: base}})
		site.keepQuestion(c, "an id", time.Now().Add(2*time.Minute))
		cookies := recorder.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: %v", base, cookies)
		}
		if got := cookies[0]; !got.HttpOnly || got.Secure != secure || got.SameSite != http.SameSiteLaxMode || got.Path != site.base+"/phone" ||
			got.MaxAge < 120 || got.MaxAge > 180 {
			t.Errorf("%s: %v", base, got)
		}
	}
}

// A second click does not make the phone ring again.
func TestPhoneIsAskedOnce(t *testing.T) {
	t.Parallel()
	a := startPhone(t)
	login := a.ask()
	a.submit("/phone", nil).want(t, 200, "/phone", ">"+login.BindingMessage+"<")
	if got := a.tenant.Requests("/bc-authorize"); got != 1 {
		t.Errorf("the phone rang %d times", got)
	}
}

// A look at the answer that comes back late changes neither a newer question nor brings an ended one back.
func TestLateLookChangesNothing(t *testing.T) {
	t.Parallel()
	request := func(id ginauth0.Secret) ginauth0.BackchannelRequest {
		return ginauth0.BackchannelRequest{ID: id, Subject: "ada", Interval: time.Hour, ExpiresAt: time.Now().Add(time.Hour)}
	}
	q := questions{of: map[string]question{}}
	id := q.add(request("new"), "WORD")
	slower := request("old")
	slower.Interval = 2 * time.Hour
	q.wait(id, request("old"), slower)
	q.drop(id, request("old"))
	if asked, found, _ := q.next(id, "ada"); !found || asked.request.ID != "new" || asked.request.Interval != time.Hour || asked.message != "WORD" {
		t.Error("a look for another request has changed the question")
	}

	slower = request("new")
	slower.Interval = 2 * time.Hour
	q.wait(id, request("new"), slower)
	if asked, found, _ := q.next(id, "ada"); !found || asked.request.Interval != 2*time.Hour {
		t.Error("the question is not asked less often")
	}
	if _, found, _ := q.next(id, "grace"); found || q.open(id, "grace") || q.open("", "ada") || !q.open(id, "ada") {
		t.Error("the question is not that of one person in one browser")
	}

	q.drop(id, request("new"))
	q.wait(id, request("new"), slower)
	if _, found, _ := q.next(id, "ada"); found || q.open(id, "ada") {
		t.Error("the question is there again")
	}

	late := request("late")
	late.ExpiresAt = time.Now()
	if id = q.add(late, "LATE"); q.open(id, "ada") {
		t.Error("a question that is too old keeps a new one from being asked")
	}
}
