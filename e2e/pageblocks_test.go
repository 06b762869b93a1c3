package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are the texts of the project that people read: the README, how-to pages and skills.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../examples/*.md", "../skills/*/*.md", "../.github/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < 2 {
		t.Fatal("there are no pages")
	}
	return all
}

// block is a fenced block of a page: what stands between two lines of backticks.
type block struct {
	language string
	line     int // of its first line of text
	text     string
	before   string // the last line above it that is not empty
}

var (
	fence      = regexp.MustCompile("^( *)```([a-z]*)(.*)$")
	otherFence = regexp.MustCompile("^\\s*~~~|^ *\t\\s*```")
)

// readBlocks takes a page apart. A fence that is not closed, or that says more than a language, is a mistake of the page.
func readBlocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var (
		blocks       []block
		open         *block
		indent, last string
	)
	for i, line := range strings.Split(string(text), "\n") {
		parts := fence.FindStringSubmatch(line)
		switch {
		case otherFence.MatchString(line):
			t.Errorf("%s:%d: a fence that is not of backticks behind spaces", page, i+1)
		case parts != nil && parts[3] != "":
			t.Errorf("%s:%d: a fence says more than a language: %s", page, i+1, line)
		case parts != nil && open == nil:
			open, indent = &block{language: parts[2], line: i + 2, before: last}, parts[1]
		case parts != nil:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		case strings.TrimSpace(line) != "":
			last = strings.TrimSpace(line)
		}
	}
	if open != nil {
		t.Errorf("%s:%d: the block does not end", page, open.line)
	}
	return blocks
}

// importPaths are what blocks may use without naming it, beside the modules own packages.
var importPaths = func() map[string]string {
	paths := map[string]string{
		"gin": "github.com/gin-gonic/gin", "sessions": "github.com/gin-contrib/sessions", "redis": "github.com/redis/go-redis/v9",
		"ginauth0": module + "ginauth0", "ginauth0api": module + "ginauth0api", "redisstore": module + "redisstore",
		"storetest": module + "storetest", "auth0test": module + "auth0test",
	}
	for _, path := range []string{
		"bytes", "context", "crypto", "crypto/rand", "encoding/json", "errors", "fmt", "html/template", "io", "log", "log/slog", "maps", "net",
		"net/http", "net/http/cookiejar", "net/http/httptest", "net/url", "os", "os/signal", "regexp", "slices", "strconv", "strings", "sync",
		"syscall", "testing", "time",
	} {
		paths[path[strings.LastIndex(path, "/")+1:]] = path
	}
	return paths
}()

const module = "github.com/gin-auth0/gin-auth0/"

// Kinds of blocks of Go, by how they begin.
var (
	wholeFile   = regexp.MustCompile(`^(//.*\n)*package `)
	declaration = regexp.MustCompile(`^(//.*\n)*(func|type|var|const)\b`)
	expression  = regexp.MustCompile(`^\w+\.\w+\{`)
	testFile    = regexp.MustCompile(`(?m)^func Test`)
)

// What statements find around them.
const statementScope = `func _(
	ctx context.Context, router *gin.Engine, group *gin.RouterGroup, c *gin.Context, auth *ginauth0.Auth, cfg *ginauth0.Config,
	guard *ginauth0api.Guard, api *ginauth0api.Config, tenant *auth0test.Tenant, t *testing.T, client *http.Client, err error,
)`

// goPackages makes packages of the Go of a page that a compiler understands, by the names of their files: one for each block
// that is a file, with the tests that follow it, and one for all others, in which values, declarations and statements stand
// where Go has a place for them.
func goPackages(t *testing.T, page string) []map[string]string {
	t.Helper()
	var packages []map[string]string
	var rest strings.Builder
	for _, b := range readBlocks(t, page) {
		switch {
		case b.language != "go":
		case wholeFile.MatchString(b.text) && testFile.MatchString(b.text) && len(packages) > 0:
			if packages[len(packages)-1]["page_test.go"] != "" {
				t.Errorf("%s:%d: a second file of tests after one program", page, b.line)
			}
			packages[len(packages)-1]["page_test.go"] = b.text
		case wholeFile.MatchString(b.text):
			packages = append(packages, map[string]string{fileName(b.text): b.text})
		case declaration.MatchString(b.text):
			rest.WriteString(b.text + "\n")
		case expression.MatchString(b.text):
			rest.WriteString("var _ = " + b.text + "\n")
		default:
			rest.WriteString(statements(t, page, b))
		}
	}
	if text := rest.String(); text != "" {
		packages = append(packages, map[string]string{fileName(text): withImports(t, page, text)})
	}
	return packages
}

func fileName(text string) string {
	if testFile.MatchString(text) {
		return "page_test.go"
	}
	return "page.go"
}

// statements puts a block into a function of its own. What it declares counts as used.
func statements(t *testing.T, page string, b block) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", "package pages\nfunc _() {\n"+b.text+"}\n", 0)
	if err != nil {
		t.Fatalf("%s:%d: %v", page, b.line, err)
	}
	body, result := file.Decls[0].(*ast.FuncDecl).Body.List, ""
	after := ""
	for _, s := range body {
		if define, ok := s.(*ast.AssignStmt); ok && define.Tok == token.DEFINE {
			for _, left := range define.Lhs {
				if name := left.(*ast.Ident).Name; name != "_" {
					after += "_ = " + name + "\n"
				}
			}
		}
	}
	if regexp.MustCompile(`(?m)^\t*return \S`).MatchString(b.text) {
		result, after = " error", after+"return nil\n"
		if _, ends := body[len(body)-1].(*ast.ReturnStmt); ends {
			after = ""
		}
	}
	return statementScope + result + " {\n{\n" + b.text + after + "}\n}\n\n"
}

// withImports finds out what a file uses.
func withImports(t *testing.T, page, text string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", "package pages\n"+text, 0)
	if err != nil {
		t.Fatalf("%s: %v\n%s", page, err, text)
	}
	used := map[string]bool{}
	for _, name := range file.Unresolved {
		if path := importPaths[name.Name]; path != "" {
			used[path] = true
		}
	}
	var source strings.Builder
	source.WriteString("package pages\n\n")
	for _, path := range slices.Sorted(maps.Keys(used)) {
		source.WriteString("import \"" + path + "\"\n")
	}
	return source.String() + "\n" + text
}
