package ginauth0

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

func use(used, brought string, at int64, tokens ...recordToken) *refreshed {
	return &refreshed{Used: refreshTokenHash(used), RefreshToken: brought, At: at, Tokens: tokens}
}

func TestTheNewerRefreshTokenWins(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		record record
		result *refreshed
		want   string
	}{
		"the next one":                              {record{RefreshToken: "0"}, use("0", "1", 100), "1"},
		"the next one, by a clock behind":           {record{RefreshToken: "1", Refreshed: 200}, use("1", "2", 150), "2"},
		"one that the record has":                   {record{RefreshToken: "1", Refreshed: 100}, use("0", "1", 100), "1"},
		"one from before":                           {record{RefreshToken: "2", Refreshed: 200}, use("0", "1", 100), "2"},
		"several later":                             {record{RefreshToken: "0"}, use("4", "5", 500), "5"},
		"that stays":                                {record{RefreshToken: "0", Refreshed: 100}, use("0", "0", 200), "0"},
		"refused":                                   {record{RefreshToken: "0"}, use("0", "", 100), ""},
		"another one was refused":                   {record{RefreshToken: "1", Refreshed: 50}, use("0", "", 100), "1"},
		"one from before it was revoked or refused": {record{RefreshToken: "", Refreshed: 200}, use("0", "1", 100), ""},
	} {
		r := test.record
		refreshes{test.result}.apply(&r)
		if r.RefreshToken != test.want {
			t.Errorf("%s: %q, want %q", name, r.RefreshToken, test.want)
		}
		again := r
		refreshes{test.result}.apply(&again)
		if again.RefreshToken != r.RefreshToken || again.Refreshed != r.Refreshed || len(again.Tokens) != len(r.Tokens) {
			t.Errorf("%s: applied twice it is %+v", name, again)
		}
	}
}

func TestMergingTokens(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	token := func(text, audience string, expiry int64, scopes ...string) recordToken {
		return recordToken{Audience: audience, Requested: scopes, Granted: scopes, Token: text, Expiry: expiry * 1000}
	}
	held := []recordToken{token("a", "api", 2000, "x"), token("b", "api", 1030, "x", "y"), token("c", "other", 900, "x"), token("d", "api", 900, "z")}
	texts := func(r record) string {
		s := ""
		for _, t := range r.Tokens {
			s += t.Token
		}
		return s
	}
	for name, test := range map[string]struct {
		result *refreshed
		want   string
	}{
		"from the same request":              {use("0", "1", 1_000_000, token("n", "api", 3000, "x")), "cdn"},
		"of the same scopes in other order":  {use("0", "1", 1_000_000, token("n", "api", 3000, "y", "x")), "acdn"},
		"for another audience":               {use("0", "1", 1_000_000, token("n", "third", 3000, "x")), "abcdn"},
		"what is old brings nothing over":    {use("9", "1", 10, token("n", "api", 3000, "x")), "abcd"},
		"what is old fills a gap all right":  {use("9", "1", 10, token("n", "third", 3000, "x")), "abcdn"},
		"a wider one leaves the narrow ones": {use("0", "1", 1_000_000, token("n", "api", 3000, "x", "y", "z")), "abcdn"},
	} {
		r := record{RefreshToken: "0", Refreshed: 20, Tokens: slices.Clone(held)}
		before := slices.Clone(r.Tokens)
		shared := r
		test.result.apply(&r)
		if texts(r) != test.want {
			t.Errorf("%s: %s, want %s", name, texts(r), test.want)
		}
		if !slices.EqualFunc(shared.Tokens, before, func(a, b recordToken) bool { return a.Token == b.Token }) {
			t.Errorf("%s: a copy of the record changed", name)
		}
	}
	r := record{RefreshToken: "0"}
	for i := range 100 {
		r.addToken(token(string(rune('A'+i)), "api", 5000, string(rune('A'+i))), at)
	}
	if len(r.Tokens) != maxRecordTokens || r.Tokens[maxRecordTokens-1].Token != string(rune('A'+99)) {
		t.Errorf("%d tokens", len(r.Tokens))
	}
}

func TestClaimsAndIDTokenComeWithTheNewerRefresh(t *testing.T) {
	t.Parallel()
	held := record{RefreshToken: "0", Refreshed: 50, IDToken: "old", User: json.RawMessage(`{"sub":"a"}`)}
	newer := use("0", "1", 100)
	newer.IDToken, newer.User = "new", json.RawMessage(`{"sub":"a","b":1}`)
	r := held
	newer.apply(&r)
	if r.IDToken != "new" || string(r.User) != `{"sub":"a","b":1}` {
		t.Errorf("%+v", r)
	}
	use("1", "2", 200).apply(&r) // without an ID token
	if r.IDToken != "new" || string(r.User) != `{"sub":"a","b":1}` || r.RefreshToken != "2" {
		t.Errorf("%+v", r)
	}
	newer.apply(&r)
	if r.RefreshToken != "2" {
		t.Errorf("%+v", r)
	}
	older := record{RefreshToken: "5", Refreshed: 500, IDToken: "newest"}
	newer.apply(&older)
	if older.IDToken != "newest" || older.User != nil {
		t.Errorf("%+v", older)
	}
}
