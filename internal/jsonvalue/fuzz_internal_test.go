package jsonvalue

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Two numbers are equal exactly when math/big says so.
func FuzzDecimalAgreesWithRationals(f *testing.F) {
	for _, seed := range [][2]string{
		{"1", "1.0"},
		{"0.1", "1e-1"},
		{"-0", "0e9"},
		{"100", "1E+2"},
		{"9007199254740993", "9007199254740992"},
		{"0.00120", "12e-4"},
		{"-5", "5"},
		{"10", "1"},
		{"1e300", "1e301"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		first, okFirst := rational(a)
		second, okSecond := rational(b)
		if !okFirst || !okSecond {
			return // not what this is about
		}
		x, okX := readDecimal([]byte(a))
		y, okY := readDecimal([]byte(b))
		if !okX || !okY {
			t.Fatalf("%s or %s cannot be read", a, b)
		}
		if got, want := x == y, first.Cmp(second) == 0; got != want {
			t.Errorf("%s and %s equal: %v, want %v", a, b, got, want)
		}
	})
}

// rational reads a JSON number whose exponent math/big can bear.
func rational(text string) (*big.Rat, bool) {
	if strings.ContainsAny(text, " \t\r\n") || len(text) == 0 || !strings.ContainsRune("-0123456789", rune(text[0])) || !json.Valid([]byte(text)) {
		return nil, false
	}
	if _, power, _ := strings.Cut(strings.ToLower(text), "e"); len(strings.Trim(power, "+-")) > 3 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// A value equals itself, and what encoding/json writes after reading it: other
// white space, escapes and order of members.
func FuzzJSONValueEqualsItself(f *testing.F) {
	for _, seed := range []string{
		`null`, `true`, `"a\u0061\/"`, `-1.50e+3`, `[]`, `{}`, `[1,[2,{"a":null}]]`, `{"b":1,"a":{"d":"x","c":[false]}}`, `"\ud83d\ude00<"`, `0e99999`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, ok := strictValue([]byte(text))
		if !ok {
			return // not what this is about
		}
		want, err := New(json.RawMessage(text))
		if err != nil {
			return // not what this is about
		}
		if !want.Equals(value) {
			t.Errorf("%s does not equal itself", text)
		}
		var decoded any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&decoded); err != nil {
			t.Fatalf("%s: encoding/json: %v", text, err)
		}
		again, err := json.MarshalIndent(decoded, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		other, ok := strictValue(again)
		if !ok || !want.Equals(other) {
			t.Errorf("%s does not equal %s", text, again)
		}
		// And nothing else around it.
		for _, changed := range []string{"[" + text + "]", `{"a":` + text + `}`} {
			if v, ok := strictValue([]byte(changed)); ok && want.Equals(v) {
				t.Errorf("%s equals %s", text, changed)
			}
		}
	})
}

func strictValue(text []byte) (strictjson.Value, bool) {
	s := strictjson.Object(slices.Concat([]byte(`{"value":`), text, []byte("}")))
	ok := s.Next()
	v := s.Value()
	return v, ok && !s.Next() && s.Err() == nil && bytes.Equal(bytes.TrimSpace(text), v.Raw)
}
