package exchange

import "strconv"

// Problem is an argument that is not sent. It shows no value.
type Problem struct {
	Name   string // of the parameter, as it goes over the wire
	Reason Reason
}

// Reason is what is wrong with an argument.
type Reason int

// The reasons.
const (
	Missing  Reason = iota + 1
	Blank           // a token of nothing but space
	Padded          // a token with space around it
	Scheme          // a token with the scheme of a header before it
	Nameless        // an extra
	Reserved        // an extra whose name belongs to the protocol
	TooMany         // an extra with more than maxValues values
)

// String says what is wrong; the name of the argument goes before it.
func (r Reason) String() string {
	switch r {
	case Missing:
		return "is missing"
	case Blank:
		return "is blank"
	case Padded:
		return "has space around it"
	case Scheme:
		return "begins with Bearer; the token alone is wanted"
	case Nameless:
		return "has no name"
	case Reserved:
		return "is reserved"
	case TooMany:
		return "has more than " + strconv.Itoa(maxValues) + " values"
	}
	return "cannot be sent"
}
