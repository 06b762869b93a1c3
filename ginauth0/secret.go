package ginauth0

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is text that must not be seen: a client secret, a sealing secret. It
// prints as [redacted] under every fmt verb, in JSON, as text and through
// slog; string(s) is the value. The zero value is empty and means unset.
type Secret string

// String returns the redaction mark.
func (Secret) String() string { return redacted }

// Format writes the redaction mark for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText returns the redaction mark; encoding/json uses it too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns the redaction mark.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
