package e2e_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// The tests that these pages show pass for whoever copies them.
func TestPagesShowTestsThatPass(t *testing.T) {
	t.Parallel()
	dir, shown := newModule(t), 0
	for i, page := range []string{"../docs/backchannel-logout.md", "../skills/gin-auth0/SKILL.md"} {
		before := shown
		for j, files := range goPackages(t, page) {
			count := 0
			for _, text := range files {
				count += len(testFile.FindAllString(text, -1))
			}
			if count == 0 {
				continue // TestPagesCompile compiles it
			}
			for name, text := range files {
				writeFile(t, filepath.Join(dir, fmt.Sprint("page", i), fmt.Sprint("part", j), name), text)
			}
			shown += count
		}
		if shown == before {
			t.Errorf("%s shows no test", page)
		}
	}
	run := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "./...")
	run.Dir = dir
	out, err := run.CombinedOutput()
	if passed := len(regexp.MustCompile(`(?m)^--- PASS`).FindAll(out, -1)); err != nil || passed != shown {
		t.Errorf("%d of %d tests pass, %v:\n%s", passed, shown, err, out)
	}
}
