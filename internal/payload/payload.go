// Package payload writes the values of a session as bytes, and reads them. The
// record of ginauth0, alone in its session, is written as it is; anything else
// takes gob, as gin-contrib's stores do.
package payload

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
)

// RecordKey is the one key under which a session of ginauth0 holds its record.
const RecordKey = "ginauth0"

// The first byte says how the values are written.
const (
	tagRecord byte = 1 // the record alone
	tagGob    byte = 2 // any values
)

// ErrUnreadable says that bytes are no payload.
var ErrUnreadable = errors.New("payload: unreadable session")

// Overhead is how many bytes a payload is longer than its record.
const Overhead = 1

// OfRecord returns the payload of a record.
func OfRecord(text []byte) []byte {
	return append(append(make([]byte, 0, Overhead+len(text)), tagRecord), text...)
}

// Record returns the record of a payload, if it is one of a record alone. The
// bytes are those of the payload.
func Record(payload []byte) (text []byte, ok bool) {
	if len(payload) == 0 || payload[0] != tagRecord {
		return nil, false
	}
	return payload[1:], true
}

// Encode writes the values of a session. It fails for those that gob does not
// know.
func Encode(values map[any]any) ([]byte, error) {
	if text, ok := values[RecordKey].(string); ok && len(values) == 1 {
		return OfRecord([]byte(text)), nil
	}
	var b bytes.Buffer
	b.WriteByte(tagGob)
	if err := gob.NewEncoder(&b).Encode(values); err != nil {
		return nil, fmt.Errorf("payload: the session holds a value that gob does not know: %w", err)
	}
	return b.Bytes(), nil
}

// Decode reads the values of a session. The error is [ErrUnreadable].
func Decode(payload []byte) (map[any]any, error) {
	if text, ok := Record(payload); ok {
		return map[any]any{RecordKey: string(text)}, nil
	}
	values := map[any]any{}
	if len(payload) == 0 || payload[0] != tagGob || gob.NewDecoder(bytes.NewReader(payload[1:])).Decode(&values) != nil {
		return nil, ErrUnreadable
	}
	return values, nil
}
