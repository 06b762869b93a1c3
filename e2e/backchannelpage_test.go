package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The test that docs/backchannel-logout.md shows passes for whoever copies it.
func TestBackchannelPagePasses(t *testing.T) {
	t.Parallel()
	dir := newModule(t)
	for _, files := range goPackages(t, "../docs/backchannel-logout.md") {
		for file, text := range files {
			writeFile(t, filepath.Join(dir, file), text)
		}
	}
	run := exec.CommandContext(t.Context(), "go", "test", "-v", ".")
	run.Dir = dir
	out, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestBackchannelLogout") {
		t.Errorf("%v:\n%s", err, out)
	}
}
