package payload_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/payload"
)

type unknown struct{ A int }

func TestARecordAloneIsWrittenAsItIs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", `{"v":1}`, "\x00\xff", strings.Repeat("é", 5000)} {
		encoded, err := payload.Encode(map[any]any{payload.RecordKey: text})
		if err != nil {
			t.Fatal(err)
		}
		if want := payload.OfRecord([]byte(text)); !bytes.Equal(encoded, want) || len(encoded) != len(text)+payload.Overhead {
			t.Errorf("%d bytes are written as %d", len(text), len(encoded))
		}
		if got, ok := payload.Record(encoded); !ok || string(got) != text {
			t.Errorf("record %.20q, %v", got, ok)
		}
		if values, err := payload.Decode(encoded); err != nil || len(values) != 1 || values[payload.RecordKey] != text {
			t.Errorf("%v, %v", values, err)
		}
	}
}

func TestOtherValuesComeBack(t *testing.T) {
	t.Parallel()
	gob.Register(time.Time{})
	for name, values := range map[string]map[any]any{
		"none":                       {},
		"several":                    {"a": "b", 1: 2, true: []byte("c"), "t": time.Unix(1, 0).UTC()},
		"a record beside a value":    {payload.RecordKey: "record", "a": "b"},
		"a record that is no string": {payload.RecordKey: 7},
		"the record as a key":        {"a": payload.RecordKey},
	} {
		encoded, err := payload.Encode(values)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := payload.Record(encoded); ok {
			t.Errorf("%s: taken for a record", name)
		}
		if got, err := payload.Decode(encoded); err != nil || !reflect.DeepEqual(got, values) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestAValueThatGobDoesNotKnow(t *testing.T) {
	t.Parallel()
	if encoded, err := payload.Encode(map[any]any{"a": unknown{1}}); err == nil || encoded != nil {
		t.Errorf("%q, %v", encoded, err)
	}
}

func TestWhatIsNoPayloadIsUnreadable(t *testing.T) {
	t.Parallel()
	whole, err := payload.Encode(map[any]any{"a": "b", 1: 2})
	if err != nil {
		t.Fatal(err)
	}
	for name, junk := range map[string][]byte{
		"nothing": nil, "no tag": []byte("text"), "an unknown tag": append([]byte{3}, whole[1:]...), "a tag alone": {2}, "cut off": whole[:len(whole)-1], "the rest of it": whole[1:],
	} {
		if values, err := payload.Decode(junk); !errors.Is(err, payload.ErrUnreadable) || values != nil {
			t.Errorf("%s: %v, %v", name, values, err)
		}
	}
}

// Gob reads nothing but what was authentic, and still must not panic.
func FuzzDecode(f *testing.F) {
	whole, err := payload.Encode(map[any]any{"a": "b", 1: []byte("c")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(payload.OfRecord([]byte("record")))
	f.Add([]byte{2, 255, 255, 255})
	f.Fuzz(func(t *testing.T, junk []byte) {
		values, err := payload.Decode(junk)
		if (err == nil) != (values != nil) {
			t.Fatalf("%v, %v", values, err)
		}
		if text, ok := payload.Record(junk); ok && values[payload.RecordKey] != string(text) {
			t.Fatalf("%v is not the record %q", values, text)
		}
	})
}
