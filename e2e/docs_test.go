package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The settings that a page shows are Go values that compile. (What observability.md shows is the package metrics.)
func TestPagesCompile(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/proxies.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	source.WriteString("package pages\n\nimport \"github.com/gin-auth0/gin-auth0/ginauth0api\"\n")
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(page, -1)
	for _, block := range blocks {
		source.WriteString("\nvar _ = " + string(block[1]))
	}
	if len(blocks) == 0 {
		t.Fatal("the page shows nothing")
	}
	file := filepath.Join(t.TempDir(), "pages.go")
	if err := os.WriteFile(file, []byte(source.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s\n%s", err, out, source.String())
	}
}
