package ginauth0_test

import (
	"strings"
	"testing"
)

// wantOneLinePerName checks the Set-Cookie lines of an answer (contract web 5.1).
func wantOneLinePerName(t testing.TB, r answer) {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range r.header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(line, "=")
		if seen[name] {
			t.Errorf("two lines for %s: %q", name, r.header.Values("Set-Cookie"))
		}
		seen[name] = true
		if len(line) > 4096 {
			t.Errorf("a line of %d bytes for %s", len(line), name)
		}
	}
	if len(seen) > 0 && r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("cookies in an answer with Cache-Control %q", r.header.Get("Cache-Control"))
	}
}
