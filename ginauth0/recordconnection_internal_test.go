package ginauth0

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func heldConnection(connection, hint, token string, expiry int64) recordConnection {
	return recordConnection{Connection: connection, LoginHint: hint, Token: token, Expiry: expiry}
}

func connectionTokens(r *record) string {
	texts := make([]string, len(r.Connections))
	for i, t := range r.Connections {
		texts[i] = t.Token
	}
	return strings.Join(texts, " ")
}

// Tokens of both kinds that are over go first, then connection tokens before access
// tokens, each oldest first, then the ID token.
func TestWhatARecordWithConnectionTokensDrops(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	at := func(d time.Duration) int64 { return now.Add(d).UnixMilli() }
	r := &record{
		User: []byte(`{"sub":"s"}`), IDToken: "id", RefreshToken: "refresh",
		Tokens: []recordToken{
			{Token: "access", Expiry: at(time.Hour)}, {Token: "expired access", Expiry: at(-time.Second)}, {Token: "newer access", Expiry: at(time.Hour)},
		},
		Connections: []recordConnection{
			heldConnection("a", "", "oldest", at(time.Hour)), heldConnection("b", "", "obtained", at(time.Hour)),
			heldConnection("c", "", "expired", at(-time.Second)), heldConnection("d", "", "newest", at(time.Hour)),
			heldConnection("e", "", "due", at(30*time.Second)),
		},
	}
	before := slices.Clone(r.Connections)
	shared := *r
	var dropped []string
	had := func() []string {
		texts := []string{r.IDToken}
		for _, t := range r.Tokens {
			texts = append(texts, t.Token)
		}
		for _, t := range r.Connections {
			texts = append(texts, t.Token)
		}
		return texts
	}
	for {
		held := had()
		if !r.dropOne("obtained", now) {
			break
		}
		for _, text := range held {
			if !slices.Contains(had(), text) {
				dropped = append(dropped, text)
			}
		}
	}
	if got, want := strings.Join(dropped, ", "), "expired access, expired, due, oldest, newest, access, newer access, id"; got != want {
		t.Errorf("dropped %s; want %s", got, want)
	}
	if connectionTokens(r) != "obtained" || r.RefreshToken != "refresh" || len(r.User) == 0 {
		t.Errorf("left %+v", r)
	}
	if !slices.Equal(shared.Connections, before) {
		t.Error("the tokens of the session from before were changed")
	}
}

func TestSweepingConnectionTokens(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	at := func(d time.Duration) int64 { return now.Add(d).UnixMilli() }
	r := &record{Connections: []recordConnection{
		heldConnection("a", "", "good", at(30*time.Second+time.Millisecond)), heldConnection("b", "", "due", at(30*time.Second)),
		heldConnection("c", "", "expired", at(-time.Hour)), heldConnection("d", "", "of no expiry", 0),
	}}
	shared := *r
	r.sweep(now)
	if connectionTokens(r) != "good" || connectionTokens(&shared) != "good due expired of no expiry" {
		t.Errorf("left %q, before %q", connectionTokens(r), connectionTokens(&shared))
	}
	r.dropConnections()
	if len(r.Connections) != 0 {
		t.Errorf("left %q", connectionTokens(r))
	}
}

// By connection and login hint; a later one takes the place of an earlier one.
func TestMergingConnectionTokens(t *testing.T) {
	t.Parallel()
	held := []recordConnection{heldConnection("a", "", "1", 1), heldConnection("a", "x", "2", 1), heldConnection("b", "", "3", 1)}
	bringing := func(at int64, tokens ...recordConnection) *refreshed {
		result := use("0", "0", at)
		result.Connections = tokens
		return result
	}
	for name, test := range map[string]struct {
		result *refreshed
		want   string
	}{
		"for the same account":            {bringing(100, heldConnection("a", "", "n", 2)), "2 3 n"},
		"for another account":             {bringing(100, heldConnection("a", "y", "n", 2)), "1 2 3 n"},
		"for another connection":          {bringing(100, heldConnection("c", "x", "n", 2)), "1 2 3 n"},
		"several":                         {bringing(100, heldConnection("b", "", "n", 2), heldConnection("a", "x", "m", 2)), "1 n m"},
		"what is old brings nothing over": {bringing(10, heldConnection("a", "", "n", 2)), "1 2 3"},
		"what is old fills a gap":         {bringing(10, heldConnection("c", "", "n", 2)), "1 2 3 n"},
		"a refresh leaves them":           {use("0", "1", 100), "1 2 3"},
	} {
		r := record{RefreshToken: "0", Refreshed: 20, Connections: slices.Clone(held)}
		shared := r
		test.result.apply(&r)
		if connectionTokens(&r) != test.want || connectionTokens(&shared) != "1 2 3" {
			t.Errorf("%s: %q, want %q; a copy has %q", name, connectionTokens(&r), test.want, connectionTokens(&shared))
		}
		again := r
		test.result.apply(&again)
		if connectionTokens(&again) != connectionTokens(&r) || again.RefreshToken != r.RefreshToken {
			t.Errorf("%s: applied twice it is %+v", name, again)
		}
	}
	r := record{}
	for i := range 100 {
		r.addConnection(heldConnection("a", string(rune('A'+i)), string(rune('A'+i)), 1))
	}
	if len(r.Connections) != maxRecordTokens || r.Connections[maxRecordTokens-1].Token != string(rune('A'+99)) {
		t.Errorf("%d tokens", len(r.Connections))
	}
}

// The next result is kept in the place of this one, so it has all that this one had.
func TestACompleteResult(t *testing.T) {
	t.Parallel()
	state := &record{
		RefreshToken: "0", Refreshed: 50, IDToken: "id", User: []byte(`{"sub":"s"}`),
		Tokens: []recordToken{{Audience: "api", Token: "t"}}, Connections: []recordConnection{heldConnection("a", "", "1", 1)},
	}
	stays := use("0", "0", 100)
	stays.Connections = []recordConnection{heldConnection("b", "", "2", 1)}
	stays.complete(state)
	got := &record{RefreshToken: "0"}
	stays.apply(got)
	if connectionTokens(got) != "1 2" || len(got.Tokens) != 1 || got.IDToken != "id" || string(got.User) != `{"sub":"s"}` || got.RefreshToken != "0" {
		t.Errorf("%+v", got)
	}
	rotated := use("0", "1", 200, recordToken{Audience: "other", Token: "o"})
	rotated.complete(state)
	got = &record{RefreshToken: "0"}
	rotated.apply(got)
	if connectionTokens(got) != "1" || len(got.Tokens) != 1 || got.RefreshToken != "1" {
		t.Errorf("%+v", got)
	}
}
