// Package jsonvalue compares claims with a value by what they mean, not by how
// they are written.
package jsonvalue

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Value is a JSON value that claims are compared with, read once for all
// requests. It shares no memory with what it was made from. The zero Value
// equals nothing that exists.
type Value struct {
	kind     strictjson.Kind
	truth    bool
	text     string
	number   decimal
	elements []Value
	members  map[string]Value
}

var (
	errNotStrict = errors.New("its JSON repeats a member or nests too deeply")
	errNumber    = errors.New("its JSON has a number beyond every range")
)

// New reads what encoding/json makes of value. It is an error if that is
// nothing, or nothing that a strict reader would take.
func New(value any) (Value, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return Value{}, err
	}
	s := strictjson.Object(slices.Concat([]byte(`{"value":`), text, []byte("}")))
	s.Next()
	v := s.Value()
	if s.Next() || s.Err() != nil {
		return Value{}, errNotStrict
	}
	return read(v)
}

func read(v strictjson.Value) (Value, error) {
	j := Value{kind: v.Kind}
	switch v.Kind {
	case strictjson.Bool:
		j.truth, _ = v.Bool()
	case strictjson.String:
		j.text, _ = v.Text()
	case strictjson.Number:
		var ok bool
		if j.number, ok = readDecimal(v.Raw); !ok {
			return Value{}, errNumber
		}
	case strictjson.Array:
		for element := range v.Elements() {
			e, err := read(element)
			if err != nil {
				return Value{}, err
			}
			j.elements = append(j.elements, e)
		}
	case strictjson.ObjectKind:
		j.members = map[string]Value{}
		for s := v.Members(); s.Next(); {
			m, err := read(s.Value())
			if err != nil {
				return Value{}, err
			}
			j.members[string(s.Name())] = m
		}
	}
	return j, nil
}

// Equals compares with a strictly read claim: numbers by their exact value,
// objects without regard to the order of members, arrays with regard to that of
// elements. A claim that does not exist equals nothing, not even null.
func (j *Value) Equals(v strictjson.Value) bool {
	if v.Kind != j.kind {
		return false
	}
	switch j.kind {
	case strictjson.Null:
		return true
	case strictjson.Bool:
		truth, _ := v.Bool()
		return truth == j.truth
	case strictjson.String:
		text, ok := v.Bytes()
		return ok && string(text) == j.text
	case strictjson.Number:
		number, ok := readDecimal(v.Raw)
		return ok && number == j.number
	case strictjson.Array:
		return j.equalElements(v)
	case strictjson.ObjectKind:
		return j.equalMembers(v)
	}
	return false
}

func (j *Value) equalElements(v strictjson.Value) bool {
	n := 0
	for element := range v.Elements() {
		if n == len(j.elements) || !j.elements[n].Equals(element) {
			return false
		}
		n++
	}
	return n == len(j.elements)
}

func (j *Value) equalMembers(v strictjson.Value) bool {
	n := 0
	for s := v.Members(); s.Next(); n++ {
		member, ok := j.members[string(s.Name())]
		if !ok || !member.Equals(s.Value()) {
			return false
		}
	}
	return n == len(j.members)
}
