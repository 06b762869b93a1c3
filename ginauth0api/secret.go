package ginauth0api

import (
	"fmt"
	"log/slog"
)

// redacted is what stands in the place of every secret that is printed.
const redacted = "[redacted]"

// Secret is a text that must not be seen: it prints, logs and marshals as a
// redaction mark. string(s) is the text itself; the zero Secret is empty.
type Secret string

// String returns the redaction mark.
func (Secret) String() string { return redacted }

// GoString returns the redaction mark.
func (Secret) GoString() string { return redacted }

// Format writes the redaction mark for every verb, so that %x and %q do not
// show the text either.
func (Secret) Format(f fmt.State, _ rune) { writeRedacted(f) }

// MarshalText returns the redaction mark; JSON, XML and YAML use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns the redaction mark.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// writeRedacted answers a formatting verb. A failing writer has nobody to be
// told about it here: the fmt package reports it itself.
func writeRedacted(f fmt.State) { _, _ = f.Write([]byte(redacted)) }
