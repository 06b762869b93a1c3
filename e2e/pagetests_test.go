package e2e_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// Tests that other tests run: the quickstarts as they go, and a page of whole files under the race detector.
var pagesRunElsewhere = []string{"../docs/quickstart-webapp.md", "../docs/quickstart-api.md", "../docs/testing.md"}

// The tests that pages show pass for whoever copies them.
func TestPagesShowTestsThatPass(t *testing.T) {
	t.Parallel()
	dir, shown := newModule(t), 0
	for i, page := range pages(t) {
		if slices.Contains(pagesRunElsewhere, page) {
			continue
		}
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
	}
	if shown < 3 { // of the README, of a page and of the skill
		t.Errorf("the pages show %d tests", shown)
	}
	run := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "./...")
	run.Dir = dir
	out, err := run.CombinedOutput()
	if passed := len(regexp.MustCompile(`(?m)^--- PASS`).FindAll(out, -1)); err != nil || passed != shown {
		t.Errorf("%d of %d tests pass, %v:\n%s", passed, shown, err, out)
	}
}
