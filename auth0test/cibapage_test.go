package auth0test_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

var waitingLogin = regexp.MustCompile(`name="login" value="([^"]+)"`)

// waiting are the numbers of the logins that the page offers, oldest first.
func waiting(b *browser) []string {
	b.t.Helper()
	var numbers []string
	for _, found := range waitingLogin.FindAllStringSubmatch(b.get(b.tenant.URL()+"/").body, -1) {
		numbers = append(numbers, found[1])
	}
	return numbers
}

// decide sends the form of the page.
func decide(b *browser, login, answer string) page {
	b.t.Helper()
	return b.post(b.tenant.URL()+"/u/backchannel", url.Values{"login": {login}, "answer": {answer}})
}

func TestHomeDecidesBackchannelLogins(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	b := newBrowser(t, tenant)
	if got := home(b); !strings.Contains(got, "None. An application that starts a login by CIBA") {
		t.Errorf("the page does not say that nothing waits:\n%s", got)
	}
	approved := startedBackchannel(t, tenant, url.Values{
		"binding_message": {"Order 17: yes, #3.50"}, "audience": {auth0test.DefaultAudience}, "scope": {"openid read:messages"},
	})
	denied := startedBackchannel(t, tenant, url.Values{"binding_message": {"Order 18"}})

	got := home(b)
	for _, want := range []string{
		"dev-client asks whether Ada Lovelace signs in. Order 17: yes, #3.50 For https://api.example.test, with openid read:messages Approve",
		"Order 18 With openid profile Approve",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
	for _, secret := range []string{approved, denied} {
		if strings.Contains(b.get(tenant.URL()+"/").body, secret) {
			t.Error("the page shows an auth_req_id, which is the client's")
		}
	}

	logins := waiting(b)
	after := decide(b, logins[0], "approve")
	if after.status != http.StatusOK || after.url.String() != tenant.URL()+"/" || strings.Contains(after.body, "Order 17") {
		t.Errorf("status %d at %s, want the page without the login", after.status, after.url)
	}
	decide(b, logins[1], "deny")
	if left := waiting(b); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
	clock.advance(5 * time.Second)
	if scope := granted(t, tenant, pollForm(approved, nil))["scope"]; scope != "openid read:messages" {
		t.Errorf("scope %v", scope)
	}
	wantRefusal(t, token(t, tenant, pollForm(denied, nil)), http.StatusBadRequest, "access_denied")
}

// The answer to a form is a redirect, so that nobody sends it twice by looking again.
func TestHomeFormIsAnsweredByARedirect(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	startedBackchannel(t, tenant, nil)
	login := waiting(b)[0]
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	got := decide(b, login, "approve")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, Location %q", got.status, got.header.Get("Location"))
	}
}

func TestHomeFormIsReadStrictly(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	startedBackchannel(t, tenant, nil)
	login := waiting(b)[0]
	const form = "application/x-www-form-urlencoded"
	for _, test := range []struct {
		name, contentType, body string
		status                  int
	}{
		{"nothing", form, "", http.StatusBadRequest},
		{"no login", form, "answer=approve", http.StatusBadRequest},
		{"no answer", form, "login=" + login, http.StatusBadRequest},
		{"another answer", form, "answer=perhaps&login=" + login, http.StatusBadRequest},
		{"an answer in capitals", form, "answer=Approve&login=" + login, http.StatusBadRequest},
		{"both answers", form, "answer=deny&answer=approve&login=" + login, http.StatusBadRequest},
		{"two logins", form, "answer=approve&login=" + login + "&login=" + login, http.StatusBadRequest},
		{"a sign", form, "answer=approve&login=%2B" + login, http.StatusBadRequest},
		{"a leading zero", form, "answer=approve&login=0" + login, http.StatusBadRequest},
		{"a space", form, "answer=approve&login=+" + login, http.StatusBadRequest},
		{"no number", form, "answer=approve&login=x", http.StatusBadRequest},
		{"a number too large", form, "answer=approve&login=99999999999999999999", http.StatusBadRequest},
		{"the number of nothing", form, "answer=approve&login=99", http.StatusConflict},
		{"a parameter more", form, "answer=approve&user=ada&login=" + login, http.StatusBadRequest},
		{"a form that cannot be read", form, "answer=approve;login=" + login, http.StatusBadRequest},
		{"JSON", "application/json", `{"answer":"approve","login":"` + login + `"}`, http.StatusBadRequest},
		{"a large form", form, "answer=approve&login=" + login + "&x=" + strings.Repeat("x", 1<<20), http.StatusRequestEntityTooLarge},
	} {
		response, err := b.http.Post(tenant.URL()+"/u/backchannel", test.contentType, strings.NewReader(test.body))
		if got := read(t, response, err); got.status != test.status || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s: status %d, want %d and what is wrong", test.name, got.status, test.status)
		}
	}
	if got := b.get(tenant.URL() + "/u/backchannel?answer=approve&login=" + login); got.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d, want 405", got.status)
	}
	if len(tenant.BackchannelLogins()) != 1 {
		t.Error("the login was decided")
	}
}

// A page elsewhere posts the form for its visitor.
func TestHomeFormOfAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	startedBackchannel(t, tenant, nil)
	login := waiting(b)[0]
	for _, test := range []struct {
		name, header, value string
		status              int
	}{
		{"another site", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		{"another port of this host", "Sec-Fetch-Site", "same-site", http.StatusForbidden},
		{"another site, an older browser", "Origin", "https://evil.example.test", http.StatusForbidden},
		{"a page without an origin", "Origin", "null", http.StatusForbidden},
		{"another port, an older browser", "Origin", "http://127.0.0.1:1", http.StatusForbidden},
		{"the page itself, an older browser", "Origin", tenant.URL(), http.StatusSeeOther},
		{"the page itself", "Sec-Fetch-Site", "same-origin", http.StatusConflict}, // decided by now
	} {
		r := httptest.NewRequest(http.MethodPost, tenant.URL()+"/u/backchannel", strings.NewReader("answer=approve&login="+login))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(test.header, test.value)
		answer := httptest.NewRecorder()
		tenant.ServeHTTP(answer, r)
		if answer.Code != test.status || test.status == http.StatusForbidden && len(tenant.BackchannelLogins()) != 1 {
			t.Errorf("%s: status %d, want %d; %d logins wait", test.name, answer.Code, test.status, len(tenant.BackchannelLogins()))
		}
	}
}

func TestHomeAnswersOnce(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now})
	b := newBrowser(t, tenant)
	startedBackchannel(t, tenant, nil)
	startedBackchannel(t, tenant, nil)
	logins := waiting(b)
	decide(b, logins[0], "deny")
	clock.advance(2 * time.Minute)
	for name, login := range map[string]string{"decided": logins[0], "expired": logins[1]} {
		if got := decide(b, login, "approve"); got.status != http.StatusConflict || !strings.Contains(got.body, "not waiting any more") {
			t.Errorf("%s: status %d, want 409", name, got.status)
		}
	}
}

// AutoApprove speaks for the one whom it names.
func TestAutoApproveAndBackchannelLogins(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, AutoApprove: "ada"})
	of := func(name string) url.Values {
		return url.Values{"login_hint": {loginHint(t, map[string]any{"format": "iss_sub", "iss": tenant.Issuer(), "sub": "auth0|" + name})}}
	}
	ada, denied, grace := startedBackchannel(t, tenant, of("ada")), startedBackchannel(t, tenant, of("ada")), startedBackchannel(t, tenant, of("grace"))
	if n := len(tenant.BackchannelLogins()); n != 3 {
		t.Errorf("%d logins wait before the first poll, want 3", n)
	}
	if err := tenant.DenyBackchannelLogin(denied); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, token(t, tenant, pollForm(ada, nil)), http.StatusBadRequest, "slow_down") // no poll that counts
	clock.advance(10 * time.Second)
	wantRefusal(t, token(t, tenant, pollForm(denied, nil)), http.StatusBadRequest, "access_denied")
	wantRefusal(t, token(t, tenant, pollForm(grace, nil)), http.StatusBadRequest, "authorization_pending")
	all := claims(t, tenant, auth0test.DefaultClientID, text(t, granted(t, tenant, pollForm(ada, nil)), "id_token"))
	if all["sub"] != "auth0|ada" || all["auth_time"] != float64(clock.Now().Unix()) {
		t.Errorf("claims %v", all)
	}
	tenant.SetAutoApprove("grace") // from now on
	clock.advance(10 * time.Second)
	granted(t, tenant, pollForm(grace, nil))
}

// Only the two buttons of the page decide anything, whatever else is posted.
func FuzzHomeForm(f *testing.F) {
	clock := newClock()
	tenant, err := auth0test.New(auth0test.Config{Issuer: "https://tenant.example.test/", Now: clock.Now})
	if err != nil {
		f.Fatal(err)
	}
	defer tenant.Close()
	for _, body := range []string{
		"login=1&answer=approve", "answer=deny&login=1", "login=%31&answer=approve", "login=1&answer=approve&login=1", "login=+1&answer=deny",
		"login=0&answer=approve", "login=-1&answer=approve", "login=1;answer=approve", "", "%zz", "login=1&answer=approve&", "login[]=1&answer=approve",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		hint := `{"format":"iss_sub","iss":"https://tenant.example.test/","sub":"auth0|ada"}`
		if len(tenant.BackchannelLogins()) == 0 {
			served(tenant, http.MethodPost, "/bc-authorize", url.Values{
				"client_id": {auth0test.DefaultClientID}, "client_secret": {auth0test.DefaultClientSecret}, "scope": {"openid"}, "login_hint": {hint},
			}.Encode())
		}
		number := waitingLogin.FindStringSubmatch(served(tenant, http.MethodGet, "/", "").Body.String())
		if number == nil {
			t.Fatal("no login waits")
		}
		answer := served(tenant, http.MethodPost, "/u/backchannel", body)
		form, err := url.ParseQuery(body)
		good := err == nil && len(form) == 2 && len(form["login"]) == 1 && len(form["answer"]) == 1 &&
			form.Get("login") == number[1] && (form.Get("answer") == "approve" || form.Get("answer") == "deny")
		decided := len(tenant.BackchannelLogins()) == 0
		if decided != good || (answer.Code == http.StatusSeeOther) != good || answer.Code >= http.StatusInternalServerError {
			t.Errorf("status %d, decided %t, want %t", answer.Code, decided, good)
		}
		if target := answer.Header().Get("Location"); good && target != "/" {
			t.Errorf("Location %q", target)
		}
	})
}
