package ginauth0

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// What is believed has everything that is needed.
func FuzzAccountAnswers(f *testing.F) {
	for _, body := range []string{
		`{"auth_session":"s","connect_uri":"https://t.example/connect","connect_params":{"ticket":"t"},"expires_in":300}`,
		`{"id":"cac_1","connection":"github","access_type":"offline","scopes":["repo"],"created_at":"2026-02-03T04:05:06.789Z","expires_at":null}`,
		`{"name":"github","strategy":"oauth2","scopes":null}`, `{"connect_params":[]}`, `{"id":"a","id":"b","connection":"c"}`, `[]`, ``,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in := readAccount(strictjson.Object(body))
		if start := in.start(); in.sound() && (start.authSession == "" || start.uri == "" || start.ticket == "") {
			t.Errorf("%q: a start without %+v", body, start)
		}
		in = readAccount(strictjson.Object(body))
		if account := in.account(); in.sound() && (account.ID == "" || account.Connection == "") {
			t.Errorf("%q: an account %+v", body, account)
		}
		in = readAccount(strictjson.Object(body))
		if connection := in.connection(); in.sound() && connection.Name == "" {
			t.Errorf("%q: a connection %+v", body, connection)
		}
	})
}

// An id is one segment, whatever it is, and the server reads the same id.
func FuzzEscapedSegment(f *testing.F) {
	for _, id := range []string{"cac_1", ".", "..", "...", "a/b", "%2e", "%", "?a=b#c", "ü", "\x00\r\n", "\\", ";", " ", "\xff", ":", "//h"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if id == "" {
			return // refused before
		}
		segment := escapeSegment(id)
		u, err := url.Parse("https://t.example/accounts/" + segment)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		if u.Path != "/accounts/"+id || u.EscapedPath() != "/accounts/"+segment || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q became %q, query %q, fragment %q", id, u.EscapedPath(), u.RawQuery, u.Fragment)
		}
		if strings.Contains(segment, "/") || segment == "." || segment == ".." {
			t.Errorf("%q became %q", id, segment)
		}
	})
}

// A query that is believed names one connection at most, and scopes that are none.
func FuzzConnectParams(f *testing.F) {
	for _, query := range []string{
		"", "connection=github&scopes=a&scopes=b+c&returnTo=/x", "connection=a&connection=b", "connection", "scopes=%20", "%zz", "a;b=c", "connection=%00",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		p, err := readConnectParams(query)
		if err != nil {
			return
		}
		values, err := url.ParseQuery(query)
		if err != nil || len(values["connection"]) > 1 || len(values["returnTo"]) > 1 {
			t.Fatalf("%q was believed", query)
		}
		if p.connection != values.Get("connection") || p.returnTo != values.Get("returnTo") {
			t.Errorf("%q was read as %+v", query, p)
		}
		for _, scope := range p.scopes {
			if scope == "" || strings.Contains(scope, " ") {
				t.Errorf("%q has the scope %q", query, scope)
			}
		}
	})
}
