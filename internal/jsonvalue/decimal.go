package jsonvalue

import (
	"bytes"
	"strconv"
	"strings"
)

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
