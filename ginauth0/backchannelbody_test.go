package ginauth0_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestBackchannelLogoutReadsRequests(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	form := func(token string) string { return url.Values{"logout_token": {token}}.Encode() }
	asJSON := func(token string) string { return `{"logout_token":"` + token + `"}` }
	for name, test := range map[string]struct {
		body    string
		headers []string
	}{
		"a form":                      {form(a.tenant.LogoutToken(nil)), []string{"Content-Type: " + formType}},
		"a form with a charset":       {form(a.tenant.LogoutToken(nil)), []string{"Content-Type: " + formType + "; charset=UTF-8"}},
		"a form in capitals":          {form(a.tenant.LogoutToken(nil)), []string{"Content-Type: Application/X-WWW-Form-URLEncoded"}},
		"a form with a parameter":     {"other=1&" + form(a.tenant.LogoutToken(nil)), []string{"Content-Type: " + formType}},
		"a form for a page":           {form(a.tenant.LogoutToken(nil)), []string{"Content-Type: " + formType, "Accept: text/html"}},
		"JSON":                        {asJSON(a.tenant.LogoutToken(nil)), []string{"Content-Type: application/json"}},
		"JSON with a charset":         {asJSON(a.tenant.LogoutToken(nil)), []string{"Content-Type: application/json; charset=utf-8"}},
		"JSON with a member":          {`{"a":{"logout_token":"x"},"logout_token":"` + a.tenant.LogoutToken(nil) + `"}`, []string{"Content-Type: application/json"}},
		"a form as large as allowed":  {padded(form(a.tenant.LogoutToken(nil)) + "&pad="), []string{"Content-Type: " + formType}},
		"cookies that mean something": {form(a.tenant.LogoutToken(nil)), []string{"Content-Type: " + formType, "Cookie: _a0_session=x"}},
	} {
		wantAnswer(t, name, tell(t, a, strings.NewReader(test.body), test.headers...), http.StatusNoContent, "")
	}
}

// padded fills a body up to 64 KiB.
func padded(body string) string { return body + strings.Repeat("p", 64<<10-len(body)) }

func TestBackchannelLogoutRefusesRequests(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	token := a.tenant.LogoutToken(nil)
	form := "logout_token=" + token
	html := "Accept: text/html"
	for name, test := range map[string]struct {
		body    string
		headers []string
	}{
		"no body":                      {"", []string{"Content-Type: " + formType}},
		"no body as JSON":              {"", []string{"Content-Type: application/json"}},
		"no body for a page":           {"", []string{"Content-Type: " + formType, html}},
		"no token":                     {"token=" + token, []string{"Content-Type: " + formType}},
		"an empty token":               {"logout_token=", []string{"Content-Type: " + formType}},
		"two tokens":                   {form + "&" + form, []string{"Content-Type: " + formType}},
		"two tokens, one empty":        {form + "&logout_token=", []string{"Content-Type: " + formType}},
		"two tokens, one escaped":      {form + "&logout%5Ftoken=x", []string{"Content-Type: " + formType}},
		"a malformed form":             {form + "&a=%zz", []string{"Content-Type: " + formType}},
		"a semicolon":                  {form + ";a=b", []string{"Content-Type: " + formType}},
		"JSON for a form":              {`{"logout_token":"` + token + `"}`, []string{"Content-Type: " + formType}},
		"a form for JSON":              {form, []string{"Content-Type: application/json"}},
		"two members":                  {`{"logout_token":"` + token + `","logout_token":"` + token + `"}`, []string{"Content-Type: application/json"}},
		"two members, one escaped":     {`{"logout_token":"` + token + `","logout\u005ftoken":"x"}`, []string{"Content-Type: application/json"}},
		"two other members":            {`{"logout_token":"` + token + `","a":1,"a":1}`, []string{"Content-Type: application/json"}},
		"a member in another case":     {`{"Logout_Token":"` + token + `"}`, []string{"Content-Type: application/json"}},
		"a number":                     {`{"logout_token":1}`, []string{"Content-Type: application/json"}},
		"null":                         {`{"logout_token":null}`, []string{"Content-Type: application/json"}},
		"an array":                     {`{"logout_token":["` + token + `"]}`, []string{"Content-Type: application/json"}},
		"a token in quotes":            {`"` + token + `"`, []string{"Content-Type: application/json"}},
		"JSON with something behind":   {`{"logout_token":"` + token + `"}{}`, []string{"Content-Type: application/json"}},
		"no type":                      {form, nil},
		"no type for a page":           {form, []string{html}},
		"two types":                    {form, []string{"Content-Type: " + formType, "Content-Type: application/json"}},
		"an empty type":                {form, []string{"Content-Type: "}},
		"a malformed type":             {form, []string{"Content-Type: " + formType + "; ="}},
		"text/plain":                   {form, []string{"Content-Type: text/plain"}},
		"the type of a logout token":   {token, []string{"Content-Type: application/logout+jwt"}},
		"a type that begins like JSON": {`{"logout_token":"` + token + `"}`, []string{"Content-Type: application/json-seq"}},
		"multipart/form-data": {
			"--b\r\nContent-Disposition: form-data; name=\"logout_token\"\r\n\r\n" + token + "\r\n--b--\r\n",
			[]string{"Content-Type: multipart/form-data; boundary=b"},
		},
	} {
		wantAnswer(t, name, tell(t, a, strings.NewReader(test.body), test.headers...), http.StatusBadRequest, bodyBadRequest)
	}
	// Nothing of all that used the token up, or was obeyed.
	b := a.browser(t)
	b.login("/auth/login")
	response, err := http.Post(a.url+backchannelPath+"?logout_token="+token, formType, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusBadRequest || !b.signedIn() {
		t.Errorf("a token in the query: %d, signed in %v", response.StatusCode, b.signedIn())
	}
}

func TestBackchannelLogoutBoundsTheBody(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	body := padded("logout_token="+a.tenant.LogoutToken(nil)+"&pad=") + "p"
	wantAnswer(t, "announced", tell(t, a, strings.NewReader(body), "Content-Type: "+formType), http.StatusRequestEntityTooLarge, bodyTooLarge)
	chunked := io.MultiReader(strings.NewReader(body)) // of a length that net/http does not know
	wantAnswer(t, "in pieces", tell(t, a, chunked, "Content-Type: "+formType), http.StatusRequestEntityTooLarge, bodyTooLarge)
	wantAnswer(t, "for a page", tell(t, a, strings.NewReader(body), "Content-Type: "+formType, "Accept: text/html"),
		http.StatusRequestEntityTooLarge, bodyTooLarge)
}

// sendRaw sends a request to the route byte by byte, and says no more if it is
// the end. headers are those after Host and Content-Type.
func sendRaw(t *testing.T, a *app, headers, body string, end bool) answer {
	t.Helper()
	var dialer net.Dialer
	connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil { // not to wait for ever if the server does
		t.Fatal(err)
	}
	text := "POST " + backchannelPath + " HTTP/1.1\r\nHost: a.test\r\nContent-Type: " + formType + "\r\n" + headers + "\r\n" + body
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
	if tcp, ok := connection.(*net.TCPConn); ok && end {
		if err := tcp.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !response.Close && !end {
		t.Error("the connection goes on, with what is left of the body in it")
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(got)}
}

// A body that is announced and does not come, or comes without an end, must not
// hold the answer back.
func TestBackchannelLogoutReadsNoFurtherThanTheBound(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	wantAnswer(t, "announced", sendRaw(t, a, "Content-Length: 65537\r\n", "", false), http.StatusRequestEntityTooLarge, bodyTooLarge)
	pieces := "10001\r\n" + strings.Repeat("p", 64<<10+1)
	wantAnswer(t, "in pieces", sendRaw(t, a, "Transfer-Encoding: chunked\r\n", pieces, false), http.StatusRequestEntityTooLarge, bodyTooLarge)
}

func TestBackchannelLogoutRefusesHalfABody(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	body := "logout_token=" + a.tenant.LogoutToken(nil)
	wantAnswer(t, "cut off", sendRaw(t, a, "Content-Length: 5000\r\n", body, true), http.StatusBadRequest, bodyBadRequest)
}

func TestBackchannelLogoutTakesPostOnly(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
		got := a.browser(t).do(method, backchannelPath+"?logout_token="+a.tenant.LogoutToken(nil), "Accept: text/html")
		wantAnswer(t, method, got, http.StatusMethodNotAllowed, bodyMethod)
		if allow := got.header.Get("Allow"); allow != http.MethodPost {
			t.Errorf("%s: Allow %q", method, allow)
		}
	}
	if got := a.browser(t).do(http.MethodHead, backchannelPath); got.status != http.StatusMethodNotAllowed || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("HEAD: %d %v", got.status, got.header)
	}
}
