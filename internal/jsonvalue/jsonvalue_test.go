package jsonvalue_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/jsonvalue"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

func claim(t *testing.T, text string) strictjson.Value {
	t.Helper()
	s := strictjson.Object([]byte(`{"x":` + text + `}`))
	s.Next()
	v := s.Value()
	if s.Next(); s.Err() != nil {
		t.Fatal(text, s.Err())
	}
	return v
}

func TestValuesEqualByWhatTheyMean(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	type array = []any
	for text, test := range map[string]struct{ equal, other []any }{
		`1`:                            {[]any{1, 1.0, uint8(1), json.Number("1.0"), json.Number("10e-1")}, []any{"1", true, array{1}, -1, 10, 0, nil}},
		`1.0`:                          {[]any{1, 1.0}, []any{1.1}},
		`-0.0e7`:                       {[]any{0, math.Copysign(0, -1)}, []any{1}},
		`9007199254740993`:             {[]any{int64(1<<53 + 1), json.Number("9007199254740993.0")}, []any{int64(1 << 53), float64(1 << 53), int64(1<<53 + 2)}},
		`18446744073709551616`:         {[]any{json.Number("18446744073709551616")}, []any{uint64(math.MaxUint64), json.Number("18446744073709551617")}},
		`0.1`:                          {[]any{0.1, json.Number("1e-1")}, []any{json.Number("0.10000000000000000555")}},
		`1e99999999999`:                {nil, []any{1, math.MaxFloat64}},
		`7e99999999999999999999`:       {nil, []any{7}},
		`7e-99999999999999999999`:      {nil, []any{0, 7}},
		`0e99999999999999999999`:       {[]any{0}, []any{1}},
		`2500000000e-10`:               {[]any{0.25}, []any{0.025}},
		`-15e-1`:                       {[]any{-1.5}, []any{1.5, -15}},
		`18446744073709551615`:         {[]any{uint64(math.MaxUint64)}, []any{uint64(math.MaxUint64 - 1)}},
		`0.1000000000000000055`:        {nil, []any{0.1}},
		`"a"`:                          {[]any{"a", json.RawMessage(`"\u0061"`)}, []any{"A", "", "a ", array{"a"}, nil}},
		`"\u003c\u00e9\/"`:             {[]any{"<é/"}, []any{`\u003c`}},
		`""`:                           {[]any{""}, []any{nil, 0, false}},
		`null`:                         {[]any{nil, (*int)(nil)}, []any{"", 0, false, array{}, object{}, "null"}},
		`true`:                         {[]any{true}, []any{false, "true", 1}},
		`false`:                        {[]any{false}, []any{true, nil, 0}},
		`[1,"b",null]`:                 {[]any{array{1, "b", nil}, array{1.0, "b", nil}}, []any{array{"b", 1, nil}, array{1, "b"}, array{1, "b", nil, nil}, array{}}},
		`[]`:                           {[]any{array{}, []string{}}, []any{array{nil}, object{}, nil}},
		`{"b":[2.0],"\u0061":{"c":1}}`: {[]any{object{"a": object{"c": 1}, "b": array{2}}}, []any{object{"a": object{"c": 2}, "b": array{2}}, object{"b": array{2}}, object{"A": object{"c": 1}, "b": array{2}}}},
		`{}`:                           {[]any{object{}, struct{}{}}, []any{array{}, nil, object{"a": nil}}},
		`{"a":null}`:                   {[]any{object{"a": nil}}, []any{object{}, object{"a": 1}, object{"a": nil, "b": nil}}},
	} {
		for want, values := range map[bool][]any{true: test.equal, false: test.other} {
			for _, value := range values {
				v, err := jsonvalue.New(value)
				if err != nil {
					t.Errorf("%v: %v", value, err)
				} else if got := v.Equals(claim(t, text)); got != want {
					t.Errorf("%#v equals %s: %v", value, text, got)
				}
			}
		}
	}
}

func TestNothingEqualsNothing(t *testing.T) {
	t.Parallel()
	for _, value := range []any{nil, "", 0, false, []any{}, map[string]any{}} {
		if v, err := jsonvalue.New(value); err != nil || v.Equals(strictjson.Value{}) {
			t.Errorf("%#v equals a claim that does not exist, %v", value, err)
		}
	}
	var zero jsonvalue.Value
	if zero.Equals(strictjson.Value{}) || zero.Equals(claim(t, "null")) {
		t.Error("the zero Value equals something")
	}
}

func TestValuesThatNoClaimCanHave(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{
		"a channel":             make(chan int),
		"a function":            func() {},
		"not a number":          math.NaN(),
		"infinite":              []any{math.Inf(1)},
		"a member twice":        json.RawMessage(`{"b":1,"b":2}`),
		"too deep":              json.RawMessage(strings.Repeat("[", 40) + strings.Repeat("]", 40)),
		"beyond every exponent": []any{map[string]any{"a": json.Number("1e99999999999")}},
		"no JSON":               json.RawMessage(`{`),
		"two values":            json.RawMessage(`1,"x":2`),
	} {
		if _, err := jsonvalue.New(value); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAValueSharesNoMemory(t *testing.T) {
	t.Parallel()
	list := []any{"a"}
	v, err := jsonvalue.New(map[string]any{"l": list})
	list[0] = "b"
	if err != nil || !v.Equals(claim(t, `{"l":["a"]}`)) {
		t.Error("changed afterwards", err)
	}
}
