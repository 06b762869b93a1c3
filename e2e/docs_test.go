package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a page shows in Go are values and declarations that compile. (What observability.md shows is the package metrics.)
func TestPagesCompile(t *testing.T) {
	t.Parallel()
	const module = "github.com/gin-auth0/gin-auth0/"
	for page, imports := range map[string][]string{
		"proxies.md": {module + "ginauth0api"},
		"domains.md": {"fmt", "net/http", module + "ginauth0"},
		"tokens.md":  {"net/http", "github.com/gin-gonic/gin", module + "ginauth0"},
		"logins.md":  {"context", "encoding/json", "errors", "github.com/gin-gonic/gin", module + "ginauth0"},
		"sessions.md": {
			"context", "testing", "time", "github.com/redis/go-redis/v9", module + "ginauth0", module + "redisstore", module + "storetest",
		},
	} {
		text, err := os.ReadFile("../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		var source strings.Builder
		source.WriteString("package pages\n")
		for _, path := range imports {
			source.WriteString("\nimport \"" + path + "\"")
		}
		source.WriteString("\n\n")
		declaration := regexp.MustCompile("^(//|func|type|var|const)")
		blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(text, -1)
		for _, block := range blocks {
			if !declaration.Match(block[1]) {
				source.WriteString("var _ = ")
			}
			source.WriteString(string(block[1]))
		}
		if len(blocks) == 0 {
			t.Fatalf("%s shows nothing", page)
		}
		file := filepath.Join(t.TempDir(), "pages.go")
		if err := os.WriteFile(file, []byte(source.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("go", "vet", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v:\n%s\n%s", page, err, out, source.String())
		}
	}
}
