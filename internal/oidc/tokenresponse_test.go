package oidc_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// Whatever an endpoint answers with 200: a typed error, or a token that another
// reader finds there too.
func FuzzTokenResponse(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"a","token_type":"Bearer","expires_in":60,"scope":"x"}`,
		`{"access_token":"a","expires_in":"0060","refresh_token":"r","id_token":"i","issued_token_type":"u"}`,
		`{"access_token":"\u0061","expires_in":99999999999999999999}`,
		`{"access_token":"a","expires_in":-0}`, `{"access_token":"a","expires_in":1e3}`, `{"access_token":"a","expires_in":"\u0031"}`,
		`{"access_token":"a","Access_Token":"b"}`, `{"access_token":"a","access_token":"b"}`, `{"access_token":" "}`,
		`[]`, `null`, ``, `<html>`, `{"access_token":"a"}x`, `{"error":"e"}`,
	} {
		f.Add([]byte(body))
	}
	n := newNetwork()
	p := newProvider(f, "t.example", n)
	f.Fuzz(func(t *testing.T, text []byte) {
		n.answer(tokenURL, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
		got, err := call(p)
		if err != nil {
			var unusable *oidc.AnswerError
			if !errors.As(err, &unusable) || unusable.Status != http.StatusOK || errors.Is(err, oidc.ErrNotJSON) == json.Valid(text) {
				t.Errorf("%s: %v", text, err)
			}
			return
		}
		// A map keeps the names exact.
		var members map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		if err := decoder.Decode(&members); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for name, value := range map[string]string{
			"access_token": got.AccessToken, "token_type": got.TokenType, "issued_token_type": got.IssuedTokenType,
			"refresh_token": got.RefreshToken, "id_token": got.IDToken, "scope": got.Scope,
		} {
			if want, present := members[name]; present && want != value || !present && value != "" {
				t.Errorf("%s: %s is %q", text, name, value)
			}
		}
		wantLifetime(t, members["expires_in"], got)
	})
}

func wantLifetime(t *testing.T, member any, got *oidc.TokenResponse) {
	t.Helper()
	digits := ""
	switch v := member.(type) {
	case nil:
		if got.HasExpiresIn || got.ExpiresIn != 0 {
			t.Errorf("a lifetime of %v from nothing", got.ExpiresIn)
		}
		return
	case json.Number:
		digits = v.String()
	case string:
		digits = v
	}
	seconds, ok := new(big.Int).SetString(digits, 10)
	if !ok || strings.HasPrefix(digits, "-") || strings.HasPrefix(digits, "+") {
		t.Fatalf("%v was accepted as a lifetime", member)
	}
	want := 10 * 365 * 24 * time.Hour
	if seconds.IsInt64() && seconds.Int64() < int64(want/time.Second) {
		want = time.Duration(seconds.Int64()) * time.Second
	}
	if !got.HasExpiresIn || got.ExpiresIn != want {
		t.Errorf("%v was read as %v", member, got.ExpiresIn)
	}
}
