package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Somebody logs in to a browser by saying yes on a telephone (OpenID Connect CIBA), at a provider that others wrote.
func TestProviderAsksByTelephone(t *testing.T) {
	t.Parallel()
	a := newStrictApps(t, "PS256")[0]
	a.start(t)
	v := a.visitor(t)
	want := func(target string, status int, body string) {
		t.Helper()
		answer, _ := v.open(target)
		answer.want(t, status, "")
		if !strings.Contains(answer.body, body) {
			t.Errorf("%s answers %s, want %s", target, answer.body, body)
		}
	}

	const message = "Table 7"
	ask := "/ask?message=" + url.QueryEscape(message) + "&login="
	want(ask+"ada", http.StatusOK, "")
	want("/poll", http.StatusBadRequest, `"authorization_pending"`)
	want("/poll", http.StatusBadRequest, `"authorization_pending"`)
	if cookies := v.cookies(); cookies != "" {
		t.Errorf("before the answer the browser has the cookies %q", cookies)
	}
	if shown := a.answerOnPhone(t, "ada", "approve"); shown != message {
		t.Errorf("the telephone shows %q, want %q", shown, message)
	}
	want("/poll", http.StatusOK, "ada of the provider")
	want("/token?force=1", http.StatusOK, `"type":"DPoP"`)
	want("/me", http.StatusOK, `"sub":"ada"`)

	want(ask+"grace", http.StatusOK, "")
	a.answerOnPhone(t, "grace", "deny")
	want("/poll", http.StatusForbidden, `"access_denied"`)
	want("/ask?login=grace", http.StatusBadRequest, `"login_failed"`) // without a message for the telephone
	want("/me", http.StatusOK, `"sub":"ada"`)                         // nobody else has come between

	want(ask+"grace", http.StatusOK, "")
	a.answerOnPhone(t, "grace", "approve")
	want("/poll", http.StatusOK, "grace of the provider")
	want("/me", http.StatusOK, `"sub":"grace"`)
	want("/poll", http.StatusBadRequest, `"login_failed"`) // an answer counts once
	want("/token", http.StatusOK, "")                      // and leaves the session as it is
}

// answerOnPhone is a person who reads what the telephone shows, and answers.
func (a *strictApp) answerOnPhone(t *testing.T, login, answer string) (shown string) {
	t.Helper()
	query := url.Values{"login": {login}, "answer": {answer}}
	response, err := http.Post(a.provider.domain()+"/device?"+query.Encode(), "", http.NoBody)
	said := readReply(t, response, err)
	if said.status != http.StatusOK {
		t.Fatalf("the telephone of %s: %d %s", login, said.status, said.body)
	}
	return said.body
}
