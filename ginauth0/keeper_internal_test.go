package ginauth0

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What a record above its budget gives up, and in which order. The refresh token, the
// user and what was just obtained stay.
func TestWhatARecordAboveItsBudgetDrops(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	at := func(d time.Duration) int64 { return now.Add(d).UnixMilli() }
	tokens := []recordToken{
		{Token: "oldest", Expiry: at(time.Hour)},
		{Token: "expired", Expiry: at(-time.Second)},
		{Token: "obtained", Expiry: at(-time.Hour)},
		{Token: "unknown expiry"},
		{Token: "expires now", Expiry: at(0)},
		{Token: "newest", Expiry: at(time.Minute)},
	}
	r := &record{User: []byte(`{"sub":"s"}`), IDToken: "id", RefreshToken: "refresh", Tokens: tokens}
	before := slices.Clone(tokens)
	var dropped []string
	for {
		had := slices.Clone(r.Tokens)
		idToken := r.IDToken
		if !r.dropOne("obtained", now) {
			break
		}
		for _, token := range had {
			if !slices.ContainsFunc(r.Tokens, func(left recordToken) bool { return left.Token == token.Token }) {
				dropped = append(dropped, token.Token)
			}
		}
		if r.IDToken != idToken {
			dropped = append(dropped, "ID token")
		}
	}
	if got, want := strings.Join(dropped, ", "), "expired, expires now, oldest, unknown expiry, newest, ID token"; got != want {
		t.Errorf("dropped %s; want %s", got, want)
	}
	if len(r.Tokens) != 1 || r.Tokens[0].Token != "obtained" || r.RefreshToken != "refresh" || len(r.User) == 0 {
		t.Errorf("left %d tokens, refresh token %q, user %s", len(r.Tokens), r.RefreshToken, r.User)
	}
	for i := range before {
		if tokens[i].Token != before[i].Token {
			t.Fatal("the tokens of the session from before were changed")
		}
	}
}
