package ginauth0api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

var exchangeLeast = exchanging(ginauth0api.ExchangeRequest{SubjectToken: "subject", SubjectTokenType: "t"})

func leastForm() url.Values {
	return url.Values{"grant_type": {exchangeGrant}, "subject_token": {"subject"}, "subject_token_type": {"t"}, "client_id": {clientID}}
}

func wantEndpointError(t *testing.T, err error, code string, status int) {
	t.Helper()
	_ = endpointErrorOf(t, err, code, status)
}

// endpointErrorOf returns the typed error, which must have this code and status.
func endpointErrorOf(t *testing.T, err error, code string, status int) *ginauth0api.TokenEndpointError {
	t.Helper()
	var failure *ginauth0api.TokenEndpointError
	if !errors.As(err, &failure) || failure.Code != code || failure.Status != status {
		t.Fatalf("error %v, want %s with status %d", err, code, status)
	}
	return failure
}

// Every reply that brings no token. None of them is asked for twice, and nothing
// of them is in a text.
func TestTokenEndpointReplies(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	document := `{"error":"invalid_grant","error_description":"bad ` + secret + `"}`
	sound := func(members string) string {
		return `{"access_token":"` + secret + `","token_type":"Bearer",` + members + `}`
	}
	for name, test := range map[string]struct {
		status            int
		contentType, body string
		code              string
		wantStatus        int
	}{
		"400":                       {400, "application/json", document, "invalid_grant", 400},
		"401":                       {401, "application/json; charset=utf-8", document, "invalid_grant", 401},
		"403, problem document":     {403, "application/problem+json", document, "invalid_grant", 403},
		"429":                       {429, "application/json", `{"error":"too_many_requests"}`, "too_many_requests", 429},
		"503":                       {503, "application/json", document, "invalid_grant", 503},
		"201":                       {201, "application/json", document, "invalid_grant", 201},
		"400, code not a code":      {400, "application/json", `{"error":"` + secret + `.x"}`, secret + ".x", 400},
		"400, code of 65 letters":   {400, "application/json", `{"error":"` + strings.Repeat(secret, 10) + `"}`, strings.Repeat(secret, 10), 400},
		"400, no code":              {400, "application/json", `{"error_description":"` + secret + `"}`, "token_exchange_error", 400},
		"400, code a number":        {400, "application/json", `{"error":1}`, "token_exchange_error", 400},
		"400, code empty":           {400, "application/json", `{"error":""}`, "token_exchange_error", 400},
		"400, unreadable":           {400, "application/json", `{"error":"` + secret, "token_exchange_error", 400},
		"400, empty":                {400, "application/json", ``, "token_exchange_error", 400},
		"400, array":                {400, "application/json", `[]`, "token_exchange_error", 400},
		"500, HTML":                 {500, "text/html", secret, "token_exchange_error", 500},
		"502, JSON that is text":    {502, "text/plain", document, "token_exchange_error", 502},
		"401, no content type":      {401, "", document, "token_exchange_error", 401},
		"204":                       {204, "", "", "token_exchange_error", 204},
		"201 with a token":          {201, "application/json", sound(`"x":1`), "token_exchange_error", 201},
		"400 above 1 MiB":           {400, "application/json", `{"error":"invalid_grant","x":"` + strings.Repeat("x", 1<<20) + `"}`, "token_exchange_error", 400},
		"HTML":                      {200, "text/html", "<html>" + secret, "invalid_json", 502},
		"empty":                     {200, "application/json", "", "invalid_json", 502},
		"cut off":                   {200, "application/json", `{"access_token":"` + secret, "invalid_json", 502},
		"something behind":          {200, "application/json", sound(`"x":1`) + secret, "invalid_json", 502},
		"array":                     {200, "application/json", `["` + secret + `"]`, "invalid_response", 502},
		"null":                      {200, "application/json", `null`, "invalid_response", 502},
		"no access token":           {200, "application/json", `{"token_type":"Bearer","id_token":"` + secret + `"}`, "invalid_response", 502},
		"error with status 200":     {200, "application/json", document, "invalid_response", 502},
		"access token empty":        {200, "application/json", `{"access_token":""}`, "invalid_response", 502},
		"access token blank":        {200, "application/json", `{"access_token":" \t"}`, "invalid_response", 502},
		"access token a number":     {200, "application/json", `{"access_token":1}`, "invalid_response", 502},
		"access token null":         {200, "application/json", `{"access_token":null}`, "invalid_response", 502},
		"access token twice":        {200, "application/json", sound(`"access_token":"b"`), "invalid_response", 502},
		"Access_Token":              {200, "application/json", `{"Access_Token":"` + secret + `"}`, "invalid_response", 502},
		"expires_in negative":       {200, "application/json", sound(`"expires_in":-1`), "invalid_response", 502},
		"expires_in fraction":       {200, "application/json", sound(`"expires_in":1.5`), "invalid_response", 502},
		"expires_in with exponent":  {200, "application/json", sound(`"expires_in":1e3`), "invalid_response", 502},
		"expires_in other text":     {200, "application/json", sound(`"expires_in":"soon"`), "invalid_response", 502},
		"expires_in negative text":  {200, "application/json", sound(`"expires_in":"-1"`), "invalid_response", 502},
		"expires_in text and space": {200, "application/json", sound(`"expires_in":" 1"`), "invalid_response", 502},
		"expires_in empty text":     {200, "application/json", sound(`"expires_in":""`), "invalid_response", 502},
		"expires_in null":           {200, "application/json", sound(`"expires_in":null`), "invalid_response", 502},
		"expires_in true":           {200, "application/json", sound(`"expires_in":true`), "invalid_response", 502},
		"expires_in array":          {200, "application/json", sound(`"expires_in":[1]`), "invalid_response", 502},
		"refresh token a number":    {200, "application/json", sound(`"refresh_token":1`), "invalid_response", 502},
		"above 1 MiB, announced":    {200, "application/json", sound(`"x":"` + strings.Repeat("x", 1<<20) + `"`), "invalid_response", 502},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTokenServer(t, nil)
			s.reply(test.status, test.contentType, test.body)
			_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
			failure := endpointErrorOf(t, err, test.code, test.wantStatus)
			s.one()
			if strings.HasPrefix(test.body, document) && test.code == "invalid_grant" && failure.Description != "bad "+secret {
				t.Errorf("description %q", failure.Description)
			}
			wantSilent(t, err, secret, clientSecret, "subject")
		})
	}
}

// wantSilent looks for secrets in everything that prints an error.
func wantSilent(t *testing.T, err error, secrets ...string) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "cause", err)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "cause", err)
	text := fmt.Sprintf("%v %+v %s %q", err, err, err, err) + log.String()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		text += fmt.Sprintf(" %v %+v", cause, cause)
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}

func TestLargestReply(t *testing.T) {
	t.Parallel()
	body := `{"access_token":"a","x":""}`
	body = strings.Replace(body, `""`, `"`+strings.Repeat("x", 1<<20-len(body))+`"`, 1)
	s := newTokenServer(t, nil)
	s.reply(http.StatusOK, "application/json", body)
	guard := newClient(t, s, nil)
	if _, err := exchangeLeast(t.Context(), guard); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
	// Streamed, so that no length is announced.
	s.replyBy(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, body[:1000])
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, body[1000:]+" ")
	})
	_, err := exchangeLeast(t.Context(), guard)
	wantEndpointError(t, err, "invalid_response", http.StatusBadGateway)
	// Announced, and never sent.
	s.replyBy(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1048577")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err = exchangeLeast(ctx, guard)
	wantEndpointError(t, err, "invalid_response", http.StatusBadGateway)
}

// The endpoint fails the test if a cookie comes along.
func TestCookiesOfTheClientStayHere(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, nil)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(s.URL + "/token")
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(address, []*http.Cookie{{Name: "session", Value: "hunter2"}})
	guard := newClient(t, s, func(cfg *ginauth0api.Config) { cfg.HTTPClient = &http.Client{Jar: jar} })
	if _, err := exchangeLeast(t.Context(), guard); err != nil {
		t.Error(err)
	}
	s.one()
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s, other := newTokenServer(t, nil), newTokenServer(t, nil)
		s.replyBy(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/token", status) })
		_, err := exchangeLeast(t.Context(), newClient(t, s, nil))
		wantEndpointError(t, err, "token_exchange_error", status)
		s.one()
		if other.count() != 0 {
			t.Errorf("%d was followed", status)
		}
	}
}

func TestTokenEndpointCallsAreCounted(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var events []ginauth0api.Event
	s := newTokenServer(t, nil)
	guard := newClient(t, s, func(cfg *ginauth0api.Config) {
		cfg.OnEvent = func(_ context.Context, e ginauth0api.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		}
	})
	now := time.Now()
	ginauth0api.SetClock(guard, func() time.Time { now = now.Add(time.Second); return now })
	_, _ = exchangeLeast(t.Context(), guard)
	for _, body := range []string{`{"error":"invalid_grant"}`, `{"error":"made_up"}`, `{}`} {
		s.reply(http.StatusBadRequest, "application/json", body)
		_, _ = exchangeLeast(t.Context(), guard)
	}
	_, _ = guard.ExchangeToken(t.Context(), ginauth0api.ExchangeRequest{}) // no call
	var want []ginauth0api.Event
	for _, code := range []string{"", "invalid_grant", "other", "token_exchange_error"} {
		want = append(want, ginauth0api.Event{Name: "token_endpoint_call", Code: code, Issuer: s.name(), Duration: time.Second})
	}
	if !reflect.DeepEqual(events, want) {
		t.Errorf("events %+v\nwant %+v", events, want)
	}
}

// A view of the Guard is the same client.
func TestViewsExchangeTokens(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t, nil)
	if _, err := exchangeLeast(t.Context(), newClient(t, s, nil).WithDPoP(ginauth0api.DPoPRequired)); err != nil {
		t.Error(err)
	}
	s.one()
}
