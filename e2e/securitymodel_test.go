package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The tests that pages name are there.
func TestPagesNameTestsThatExist(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".") && path != ".."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				tests[function.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`)
	count := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		shown := regexp.MustCompile("(?s)\n```.*?\n```").ReplaceAllString(string(text), "") // what a reader writes has names of its own
		for _, name := range named.FindAllString(shown, -1) {
			count++
			if !tests[name] {
				t.Errorf("%s names %s, which is no test", page, name)
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d tests are named: security-model.md has more", count)
	}
}

// The page knows every purpose that something is sealed for, and no other.
func TestSecurityModelKnowsEveryPurpose(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/security-model.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\|[^|]+\\|[^|]+\\| `([a-z-]+)` \\|[^|]+\\|[^|]+\\|$").FindAllStringSubmatch(string(text), -1) {
		shown[row[1]] = true
	}
	purposes := map[string]bool{}
	for _, dir := range []string{"../ginauth0", "../ginauth0api", "../redisstore"} {
		for _, file := range parsePackage(t, dir) {
			ast.Inspect(file, func(n ast.Node) bool {
				if purpose := purposeOf(n, file); purpose != "" {
					purposes[purpose] = true
				}
				return true
			})
		}
	}
	if len(purposes) == 0 {
		t.Fatal("no purpose was found")
	}
	for purpose := range purposes {
		if !shown[purpose] {
			t.Errorf("%q is not on the page", purpose)
		}
	}
	for purpose := range shown {
		if !purposes[purpose] {
			t.Errorf("nothing is sealed for %q", purpose)
		}
	}
}

// purposeOf is what a call of Ring.Box names, by itself or by a constant of the same file.
func purposeOf(n ast.Node, file *ast.File) string {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return ""
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); !ok || method.Sel.Name != "Box" {
		return ""
	}
	var argument ast.Node = call.Args[0]
	if name, ok := argument.(*ast.Ident); ok {
		ast.Inspect(file, func(n ast.Node) bool {
			if constant, ok := n.(*ast.ValueSpec); ok && constant.Names[0].Name == name.Name {
				argument = constant
			}
			return true
		})
	}
	for _, text := range stringsIn(argument) {
		return text
	}
	return "a purpose that cannot be read"
}
