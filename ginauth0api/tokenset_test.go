package ginauth0api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

const fullAnswer = `{"access_token":"` + issuedAccess + `","id_token":"` + issuedID + `","refresh_token":"` + issuedRefresh + `",
	"token_type":"Bearer","issued_token_type":"` + accessType + `","scope":"read:a","expires_in":60,"more":[{}]}`

func TestTokenSetHoldsTheAnswer(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	full := ginauth0api.TokenSet{
		AccessToken: issuedAccess, IDToken: issuedID, RefreshToken: issuedRefresh,
		TokenType: "Bearer", IssuedTokenType: accessType, Scope: "read:a", ExpiresAt: now.Add(time.Minute),
	}
	ofConnection, behalf := full, full
	ofConnection.Connection, ofConnection.LoginHint = "c", "ada"
	behalf.IDToken, behalf.RefreshToken = "", ""
	for name, test := range map[string]struct {
		call exchangeCall
		want ginauth0api.TokenSet
	}{
		"connection":   {forConnection(ginauth0api.ConnectionRequest{SubjectToken: "s", Connection: "c", LoginHint: "ada"}), ofConnection},
		"exchange":     {exchanging(ginauth0api.ExchangeRequest{SubjectToken: "s", SubjectTokenType: "t"}), full},
		"on behalf of": {onBehalfOf(ginauth0api.OnBehalfOfRequest{SubjectToken: "s", Audience: "a"}), behalf},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTokenServer(t, nil)
			s.reply(http.StatusOK, "application/json", fullAnswer)
			guard := newClient(t, s, nil)
			ginauth0api.SetClock(guard, func() time.Time { return now })
			set, err := test.call(t.Context(), guard)
			if err != nil || *set != test.want {
				t.Errorf("%+v, %v", set, err)
			}
		})
	}
}

func TestExpiresAt(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newTokenServer(t, nil)
	guard := newClient(t, s, nil)
	ginauth0api.SetClock(guard, func() time.Time { return now })
	for member, want := range map[string]time.Time{
		"":                      {},
		`,"expires_in":3600`:    now.Add(time.Hour),
		`,"expires_in":"3600"`:  now.Add(time.Hour),
		`,"expires_in":"03600"`: now.Add(time.Hour),
		`,"expires_in":0`:       now,
	} {
		s.reply(http.StatusOK, "application/json", `{"access_token":"a"`+member+`}`)
		set, err := guard.ExchangeToken(t.Context(), ginauth0api.ExchangeRequest{SubjectToken: "s", SubjectTokenType: "t"})
		if err != nil || !set.ExpiresAt.Equal(want) || set.ExpiresAt.IsZero() != want.IsZero() {
			t.Errorf("%s: %+v, %v", member, set, err)
		}
	}
}

func TestRequestsAndTokenSetsPrintNoToken(t *testing.T) {
	t.Parallel()
	for _, value := range []any{
		ginauth0api.TokenSet{AccessToken: "hunter2", IDToken: "hunter2", RefreshToken: "hunter2"},
		&ginauth0api.TokenSet{AccessToken: "hunter2", IDToken: "hunter2", RefreshToken: "hunter2"},
		ginauth0api.ConnectionRequest{SubjectToken: "hunter2"},
		ginauth0api.ExchangeRequest{SubjectToken: "hunter2", ActorToken: "hunter2"},
		ginauth0api.OnBehalfOfRequest{SubjectToken: "hunter2", ActorToken: "hunter2"},
		ginauth0api.ClientConfig{Secret: "hunter2"},
	} {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		document, err := json.Marshal(value)
		if err != nil {
			t.Error(err)
		}
		text := fmt.Sprintf("%v %+v %#v %s %q", value, value, value, value, value) + log.String() + string(document)
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74") {
			t.Errorf("%T prints %s", value, text)
		}
	}
}
