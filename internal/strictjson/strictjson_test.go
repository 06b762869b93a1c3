package strictjson_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// read returns the members of an object by name.
func read(text string) (map[string]strictjson.Value, error) {
	members := map[string]strictjson.Value{}
	s := strictjson.Object([]byte(text))
	for s.Next() {
		members[string(s.Name())] = s.Value()
	}
	return members, s.Err()
}

func TestScannerReadsEveryKind(t *testing.T) {
	t.Parallel()
	m, err := read(` {"s":"a\u00e9\ud83d\ude00\n","n":-12.5e1,"i":1516239022,"t":true,"f":false,"z":null,
		"a":["x","y"],"e":[],"o":{"p":{"q":[1,{"r":2}]}},"":"empty name"} `)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := m["s"].Text(); !ok || got != "aé😀\n" {
		t.Errorf("text = %q, %v", got, ok)
	}
	if got, ok := m["n"].Float(); !ok || got != -125 {
		t.Errorf("number = %v, %v", got, ok)
	}
	if got, ok := m["i"].Integer(); !ok || got != 1516239022 {
		t.Errorf("integer = %v, %v", got, ok)
	}
	if _, ok := m["n"].Integer(); ok {
		t.Error("a number with fraction was read as an integer")
	}
	if got, ok := m["t"].Bool(); !ok || !got {
		t.Errorf("true = %v, %v", got, ok)
	}
	if got, ok := m["f"].Bool(); !ok || got {
		t.Errorf("false = %v, %v", got, ok)
	}
	if m["z"].Kind != strictjson.Null {
		t.Errorf("null has kind %v", m["z"].Kind)
	}
	if got, ok := m["a"].Strings(); !ok || !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("array = %q, %v", got, ok)
	}
	if got, ok := m["e"].Strings(); !ok || got == nil || len(got) != 0 {
		t.Errorf("empty array = %#v, %v", got, ok)
	}
	if string(m["o"].Raw) != `{"p":{"q":[1,{"r":2}]}}` {
		t.Errorf("object = %s", m["o"].Raw)
	}
	inner := m["o"].Members()
	if !inner.Next() || string(inner.Name()) != "p" || inner.Next() || inner.Err() != nil {
		t.Error("the members of the inner object were not read")
	}
	if got, ok := m[""].Text(); !ok || got != "empty name" {
		t.Errorf("member with an empty name = %q, %v", got, ok)
	}
}

func TestValueRefusesAnotherKind(t *testing.T) {
	t.Parallel()
	m, err := read(`{"s":"1","n":1,"mixed":["a",1],"big":1e999}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m["n"].Text(); ok {
		t.Error("a number was read as text")
	}
	if _, ok := m["s"].Float(); ok {
		t.Error("a string was read as a number")
	}
	if _, ok := m["mixed"].Strings(); ok {
		t.Error("a mixed array was read as strings")
	}
	if _, ok := m["s"].Strings(); ok {
		t.Error("a string was read as an array")
	}
	if _, ok := m["big"].Float(); ok {
		t.Error("a number beyond float64 was read")
	}
	if s := m["s"].Members(); s.Next() || s.Err() == nil {
		t.Error("a string has members")
	}
	if m["absent"].Kind != strictjson.Invalid {
		t.Error("an absent member has a kind")
	}
}

func TestScannerRefuses(t *testing.T) {
	t.Parallel()
	many := func(last string) string {
		var b strings.Builder
		for i := range 500 {
			fmt.Fprintf(&b, `"m%d":0,`, i)
		}
		return "{" + b.String() + last + "}"
	}
	nested := func(depth int) string {
		return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}"
	}
	if _, err := read(nested(strictjson.MaxDepth)); err != nil {
		t.Errorf("the deepest permitted nesting: %v", err)
	}
	if _, err := read(many(`"last":0`)); err != nil {
		t.Errorf("many members: %v", err)
	}
	for name, text := range map[string]string{
		"nothing":                      ``,
		"array":                        `["a"]`,
		"string":                       `"a"`,
		"null":                         `null`,
		"open object":                  `{"a":1`,
		"trailing comma":               `{"a":1,}`,
		"leading comma":                `{,"a":1}`,
		"no colon":                     `{"a" 1}`,
		"name without quotes":          `{a:1}`,
		"value missing":                `{"a":}`,
		"second object behind it":      `{"a":1}{"a":2}`,
		"text behind it":               `{"a":1} x`,
		"NUL behind it":                "{\"a\":1}\x00",
		"byte order mark":              "\ufeff{}",
		"repeated member":              `{"alg":"RS256","alg":"none"}`,
		"repeated member, escaped":     `{"alg":"RS256","\u0061lg":"none"}`,
		"repeated escaped member":      `{"\u0061lg":"RS256","\u0061lg":"none"}`,
		"repeated inner member":        `{"cnf":{"jkt":"a","jkt":"b"}}`,
		"repeated member in an array":  `{"a":[{"b":1,"b":2}]}`,
		"repeated member behind inner": `{"a":{"b":1},"a":2}`,
		"repeated among many":          many(`"m499":0`),
		"repeated first of many":       many(`"m0":0`),
		"too deep":                     nested(strictjson.MaxDepth + 1),
		"very deep":                    nested(100_000),
		"invalid UTF-8 in a value":     "{\"a\":\"\xff\"}",
		"invalid UTF-8 in a name":      "{\"\xc3\":1}",
		"overlong UTF-8":               "{\"a\":\"\xc0\xaf\"}",
		"control character":            "{\"a\":\"\n\"}",
		"unknown escape":               `{"a":"\x41"}`,
		"short escape":                 `{"a":"\u00e"}`,
		"lone high surrogate":          `{"a":"\ud800"}`,
		"lone low surrogate":           `{"a":"\udc00"}`,
		"high surrogate twice":         `{"a":"\ud800\ud800"}`,
		"leading zero":                 `{"a":01}`,
		"plus sign":                    `{"a":+1}`,
		"bare point":                   `{"a":1.}`,
		"point first":                  `{"a":.5}`,
		"empty exponent":               `{"a":1e}`,
		"minus alone":                  `{"a":-}`,
		"hexadecimal":                  `{"a":0x10}`,
		"NaN":                          `{"a":NaN}`,
		"word":                         `{"a":True}`,
		"comment":                      `{"a":1/**/}`,
		"form feed as white space":     "{\f\"a\":1}",
		"single quotes":                `{'a':1}`,
	} {
		if _, err := read(text); !errors.Is(err, strictjson.ErrMalformed) {
			t.Errorf("%s: error = %v, want ErrMalformed", name, err)
		}
	}
}

func TestErrIsSetUntilAllIsRead(t *testing.T) {
	t.Parallel()
	s := strictjson.Object([]byte(`{"a":1,"a":2}`))
	if !s.Next() {
		t.Fatal("no first member")
	}
	if s.Err() == nil {
		t.Error("Err is nil before the end: the repeated member was not seen yet")
	}
	if s.Next() {
		t.Error("the repeated member was handed out")
	}
}

func TestScannerAllocatesNothingForOrdinaryInput(t *testing.T) {
	payload := []byte(`{"iss":"https://t.example/","sub":"auth0|1","aud":["api","https://t.example/userinfo"],"iat":1700000000,"exp":1700086400,"scope":"openid read:a","azp":"client","permissions":["read:a"]}`)
	allocs := testing.AllocsPerRun(100, func() {
		s := strictjson.Object(payload)
		for s.Next() {
			for e := range s.Value().Elements() {
				if e.Kind != strictjson.String {
					t.Error("not a string")
				}
			}
		}
		if s.Err() != nil {
			t.Error(s.Err())
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
}

// What the scanner accepts, encoding/json accepts with the same values.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, `{"a":"\u00e9\ud83d\ude00","b":[1,2,{"c":null}],"d":-0.5e-7}`, `{"\u0061":1,"a":2}`,
		`{"a":{"b":{"c":[[[]]]}}}`, `{"exp":1700000000,"aud":["x","y"]}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		theirs := json.Unmarshal(data, &want)
		got := map[string]strictjson.Value{}
		s := strictjson.Object(data)
		for s.Next() {
			got[string(s.Name())] = s.Value()
		}
		if s.Err() != nil {
			return
		}
		if theirs != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", theirs)
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, encoding/json has %d", len(got), len(want))
		}
		for name, raw := range want {
			v, ok := got[name]
			if !ok {
				t.Fatalf("member %q is missing", name)
			}
			if string(v.Raw) != string(raw) {
				t.Fatalf("member %q is %s, want %s", name, v.Raw, raw)
			}
			var text string
			if ours, ok := v.Text(); ok && (json.Unmarshal(raw, &text) != nil || ours != text) {
				t.Fatalf("text %q, want %q", ours, text)
			}
			var number float64
			if ours, ok := v.Float(); ok && (json.Unmarshal(raw, &number) != nil || ours != number) {
				t.Fatalf("number %v, want %v", ours, number)
			}
			if v.Kind == strictjson.Array {
				var list []json.RawMessage
				if err := json.Unmarshal(raw, &list); err != nil {
					t.Fatal(err)
				}
				i := 0
				for e := range v.Elements() {
					if string(e.Raw) != string(list[i]) {
						t.Fatalf("element %d is %s, want %s", i, e.Raw, list[i])
					}
					i++
				}
				if i != len(list) {
					t.Fatalf("%d elements, want %d", i, len(list))
				}
			}
		}
	})
}

func BenchmarkObject(b *testing.B) {
	payload := []byte(`{"iss":"https://tenant.eu.auth0.com/","sub":"auth0|65f0c1","aud":["https://api.example.test","https://tenant.eu.auth0.com/userinfo"],"iat":1700000000,"exp":1700086400,"scope":"openid profile email read:messages","azp":"a0clientid","permissions":["read:messages"]}`)
	b.ReportAllocs()
	for b.Loop() {
		s := strictjson.Object(payload)
		for s.Next() {
		}
		if s.Err() != nil {
			b.Fatal(s.Err())
		}
	}
}
