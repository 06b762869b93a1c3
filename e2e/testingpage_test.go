package e2e_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The tests that docs/testing.md shows pass for whoever copies them.
func TestTestingPagePasses(t *testing.T) {
	t.Parallel()
	dir := newModule(t)
	tested := 0
	for i, files := range goPackages(t, "../docs/testing.md") {
		if !strings.Contains(files["page_test.go"], "\nfunc Test") {
			continue // no tests: TestPagesCompile compiles it
		}
		tested++
		for file, text := range files {
			writeFile(t, filepath.Join(dir, fmt.Sprint("package", i), file), text)
		}
	}
	if tested != 2 {
		t.Fatalf("%d packages with tests, want those of a web app and of an API", tested)
	}
	run := exec.CommandContext(t.Context(), "go", "test", "-race", "-v", "./...")
	run.Dir = dir
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if strings.Contains(string(out), "no tests to run") || !strings.Contains(string(out), "--- PASS: TestProfile/grace") {
		t.Errorf("not every test was run:\n%s", out)
	}
}
