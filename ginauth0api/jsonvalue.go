package ginauth0api

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// jsonValue is a JSON value that claims are compared with, read once for all
// requests.
type jsonValue struct {
	kind     strictjson.Kind
	truth    bool
	text     string
	number   decimal
	elements []jsonValue
	members  map[string]jsonValue
}

var (
	errNotStrict = errors.New("its JSON repeats a member or nests too deeply")
	errNumber    = errors.New("its JSON has a number beyond every range")
)

func newJSONValue(value any) (jsonValue, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return jsonValue{}, err
	}
	s := strictjson.Object(slices.Concat([]byte(`{"value":`), text, []byte("}")))
	s.Next()
	v := s.Value()
	if s.Next() || s.Err() != nil {
		return jsonValue{}, errNotStrict
	}
	return readJSONValue(v)
}

func readJSONValue(v strictjson.Value) (jsonValue, error) {
	j := jsonValue{kind: v.Kind}
	switch v.Kind {
	case strictjson.Bool:
		j.truth, _ = v.Bool()
	case strictjson.String:
		j.text, _ = v.Text()
	case strictjson.Number:
		var ok bool
		if j.number, ok = readDecimal(v.Raw); !ok {
			return jsonValue{}, errNumber
		}
	case strictjson.Array:
		for element := range v.Elements() {
			e, err := readJSONValue(element)
			if err != nil {
				return jsonValue{}, err
			}
			j.elements = append(j.elements, e)
		}
	case strictjson.ObjectKind:
		j.members = map[string]jsonValue{}
		for s := v.Members(); s.Next(); {
			m, err := readJSONValue(s.Value())
			if err != nil {
				return jsonValue{}, err
			}
			j.members[string(s.Name())] = m
		}
	}
	return j, nil
}

// equals compares with a value of a token, in which no member stands twice.
func (j *jsonValue) equals(v strictjson.Value) bool {
	if v.Kind != j.kind {
		return false
	}
	switch j.kind {
	case strictjson.Bool:
		truth, _ := v.Bool()
		return truth == j.truth
	case strictjson.String:
		return equals(v, j.text)
	case strictjson.Number:
		number, ok := readDecimal(v.Raw)
		return ok && number == j.number
	case strictjson.Array:
		return j.equalElements(v)
	case strictjson.ObjectKind:
		return j.equalMembers(v)
	}
	return true // null
}

func (j *jsonValue) equalElements(v strictjson.Value) bool {
	n := 0
	for element := range v.Elements() {
		if n == len(j.elements) || !j.elements[n].equals(element) {
			return false
		}
		n++
	}
	return n == len(j.elements)
}

func (j *jsonValue) equalMembers(v strictjson.Value) bool {
	n := 0
	for s := v.Members(); s.Next(); n++ {
		member, ok := j.members[string(s.Name())]
		if !ok || !member.equals(s.Value()) {
			return false
		}
	}
	return n == len(j.members)
}

// decimal is a JSON number without rounding: ±0.digits × 10^exponent, without
// zeros at either end of the digits. Equal numbers are equal decimals; zero is
// the zero decimal.
type decimal struct {
	negative bool
	digits   string
	exponent int64
}

// readDecimal reads a number that follows the grammar of RFC 8259 section 6. It
// reports false when the exponent has more than 32 bits.
func readDecimal(raw []byte) (decimal, bool) {
	mantissa, power := raw, []byte("0")
	if i := bytes.IndexAny(raw, "eE"); i >= 0 {
		mantissa, power = raw[:i], raw[i+1:]
	}
	whole, negative := strings.CutPrefix(string(mantissa), "-")
	whole, fraction, _ := strings.Cut(whole, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return decimal{}, true
	}
	exponent, err := strconv.ParseInt(string(power), 10, 32)
	if err != nil {
		return decimal{}, false
	}
	exponent += int64(len(digits)) - int64(len(fraction))
	return decimal{negative, strings.TrimRight(digits, "0"), exponent}, true
}
