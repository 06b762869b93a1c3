package ginauth0

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// filled returns a record without a zero in it, so that a member that is added
// one day is in the tests that day.
func filled(t *testing.T) *record {
	t.Helper()
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Interface().(type) {
		case json.RawMessage:
			v.SetBytes([]byte(`{"sub":"é","nested":{"a":[1,{"b":"\u003c"}]}}`))
			return
		case string:
			v.SetString("text \" \\ < é 😀 \u2028 \x00")
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 3, 3))
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.Int, reflect.Int64:
			v.SetInt(1_800_000_000_123)
		default:
			t.Fatalf("%s: say here how to fill it", v.Type())
		}
	}
	r := new(record)
	fill(reflect.ValueOf(r).Elem())
	r.Version = recordVersion
	return r
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryMemberOfARecordIsReadFast(t *testing.T) {
	t.Parallel()
	want := filled(t)
	text := marshal(t, want)
	var got, slow record
	if !got.read(text) {
		t.Fatalf("not read: %s", text)
	}
	if err := json.Unmarshal(text, &slow); err != nil || !reflect.DeepEqual(got, slow) {
		t.Errorf("read %+v, want %+v, %v", got, slow, err)
	}
	if parsed := parseRecord(text); !reflect.DeepEqual(parsed, &slow) {
		t.Errorf("parsed %+v", parsed)
	}
}

func TestWhatIsNotReadFastIsReadAllTheSame(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(members map[string]any){
		"a member of a later version": func(m map[string]any) { m["later"] = 1 },
		"one in a token":              func(m map[string]any) { m["tokens"].([]any)[0].(map[string]any)["later"] = 1 },
		"claims that nest deeply": func(m map[string]any) {
			m["user"] = json.RawMessage(strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40))
		},
		"one in a connection": func(m map[string]any) { m["connections"].([]any)[0].(map[string]any)["later"] = 1 },
		"null for a list":     func(m map[string]any) { m["scopes"] = nil },
	} {
		var members map[string]any
		if err := json.Unmarshal(marshal(t, filled(t)), &members); err != nil {
			t.Fatal(err)
		}
		change(members)
		text := marshal(t, members)
		var want record
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if new(record).read(text) {
			t.Errorf("%s: read fast", name)
		}
		if got := parseRecord(text); !reflect.DeepEqual(got, &want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Both ways of reading come to the same record, whatever the text.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"v":1,"rid":"r","created":1,"user":{"sub":"s"},"tokens":[{"token":"t","granted":["a"]}],"scopes":[]}`))
	f.Add([]byte(`{"v":1,"connections":[{"connection":"c","login_hint":"h","token":"t","scope":"a b","expiry":1},{"expiry":1.5}]}`))
	f.Add([]byte(`{"v":1.0,"rid":null,"tokens":{},"user":}`))
	f.Add([]byte(`{"V":1,"rid":"\ud800","rid":"r"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var fast, slow record
		if !fast.read(text) {
			return
		}
		if err := json.Unmarshal(text, &slow); err != nil {
			t.Fatalf("%s is no record for encoding/json: %v", text, err)
		}
		// An empty list is nil in one and empty in the other.
		if a, b := marshal(t, fast), marshal(t, slow); string(a) != string(b) {
			t.Fatalf("%s is read as %s, not %s", text, a, b)
		}
	})
}
