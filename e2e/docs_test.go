package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a page shows in Go compiles, and `go vet` has nothing to say about it.
func TestPagesCompile(t *testing.T) {
	t.Parallel()
	dir := newModule(t)
	shown := map[string]map[string]string{}
	for _, page := range pages(t) {
		for i, files := range goPackages(t, page) {
			name := regexp.MustCompile(`\W+`).ReplaceAllString(strings.TrimPrefix(strings.TrimSuffix(page, ".md"), "../"), "_") + fmt.Sprint("_", i)
			shown[name] = files
			for file, text := range files {
				writeFile(t, filepath.Join(dir, name, file), text)
			}
		}
	}
	vet := exec.Command("go", "vet", "./...")
	vet.Dir = dir
	out, err := vet.CombinedOutput()
	if err == nil {
		return
	}
	t.Errorf("%v:\n%s", err, out)
	for name, files := range shown {
		for file, text := range files {
			if strings.Contains(string(out), name+"/"+file) {
				t.Logf("%s/%s:\n%s", name, file, numbered(text))
			}
		}
	}
}

func numbered(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = fmt.Sprintf("%4d  %s", i+1, lines[i])
	}
	return strings.Join(lines, "\n")
}

// newModule makes a module in a folder of its own that builds with what e2e builds with.
func newModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), strings.ReplaceAll(string(text), "=> ../", "=> "+root))
	}
	return dir
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The shell of a page can be read by a shell.
func TestPagesShowShell(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, b := range readBlocks(t, page) {
			switch b.language {
			case "sh":
				check := exec.Command("bash", "-n")
				check.Stdin = strings.NewReader(b.text)
				if out, err := check.CombinedOutput(); err != nil {
					t.Errorf("%s:%d: %v: %s", page, b.line, err, out)
				}
			case "go", "text", "js", "nginx", "html", "json", "yaml", "dotenv", "hcl":
			default:
				t.Errorf("%s:%d: a block of a language that nothing checks: %q", page, b.line, b.language)
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`(?:\]\(|<img src=")([^)\s"]+)(?:\s+"[^"]*")?[)"]`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// Links from page to page lead to a file and a heading that are there.
func TestPagesLinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(withoutCode(string(text)), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			there, err := os.Stat(file)
			if err != nil {
				t.Errorf("%s links to %s, which is not there", page, found[1])
				continue
			}
			if anchor != "" && (there.IsDir() || !hasAnchor(t, file, anchor)) {
				t.Errorf("%s links to %s, where no heading is called so", page, found[1])
			}
		}
	}
}

// hasAnchor reports whether a heading of the page has the address that Markdown gives it: lower case, hyphens for spaces,
// nothing but letters, digits, hyphens and underscores.
func hasAnchor(t *testing.T, page, anchor string) bool {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heading.FindAllStringSubmatch(withoutBlocks(string(text)), -1) {
		slug := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(h[1])), " ", "-")
		if regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(slug, "") == anchor {
			return true
		}
	}
	return false
}

func withoutBlocks(text string) string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
}

// withoutCode leaves out what only looks like a link, such as a call of a generic function.
func withoutCode(text string) string {
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(withoutBlocks(text), "")
}
