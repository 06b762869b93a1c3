package e2e_test

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The page about logs has every message that the packages log, at its level, and no other.
func TestObservabilityKnowsEveryLogLine(t *testing.T) {
	t.Parallel()
	for heading, dir := range map[string]string{"Log lines of the web app": "../ginauth0", "Log lines of the API": "../ginauth0api"} {
		said := append(logLines(t, dir), logLines(t, "../internal/oidc")...)
		shown := logRows(t, "../docs/observability.md", heading)
		for _, line := range said {
			if !slices.ContainsFunc(shown, line.isShownAs) {
				t.Errorf("%s: no row has %q at %q", heading, line.text, line.level)
			}
		}
		for _, row := range shown {
			texts := map[string]bool{}
			for _, line := range said {
				if line.isShownAs(row) {
					texts[line.text] = true
				}
			}
			if len(texts) != 1 {
				t.Errorf("%s: %q at %s stands for %d messages of the code", heading, row.text, row.level, len(texts))
			}
		}
		if len(said) < 4 {
			t.Errorf("%s: only %d messages were found: they are logged in another way", heading, len(said))
		}
	}
}

// logLine is a message and its level, empty if the level is a matter of the call.
type logLine struct{ level, text string }

// isShownAs reports whether a row of the page shows the line. What ends in … is its beginning.
func (l logLine) isShownAs(row logLine) bool {
	beginning, cut := strings.CutSuffix(row.text, "…")
	if !cut && l.text != row.text || !strings.HasPrefix(l.text, beginning) {
		return false
	}
	return l.level == "" || l.level == row.level
}

// logRows are the messages of a table of the page.
func logRows(t *testing.T, page, heading string) []logLine {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %s", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []logLine
	for _, row := range regexp.MustCompile(`(?m)^\| ([A-Z][a-z]+) \| ([^|]+) \|`).FindAllStringSubmatch(section, -1) {
		for _, message := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1) {
			rows = append(rows, logLine{row[1], message[1]})
		}
	}
	return rows
}

var logMethod = regexp.MustCompile(`^(Log|LogAttrs|(Debug|Info|Warn|Error)(Context)?)$`)

// logLines are the messages that a package logs. Of a message that is put together it is the beginning.
func logLines(t *testing.T, dir string) []logLine {
	t.Helper()
	files := parsePackage(t, dir)
	var lines []logLine
	for _, file := range files {
		for _, declaration := range file.Decls {
			function, _ := declaration.(*ast.FuncDecl)
			if function == nil {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				call, method := logCall(n)
				if call == nil {
					return true
				}
				message := slices.IndexFunc(call.Args, func(a ast.Expr) bool { return len(messages(files, function, a)) > 0 })
				if message < 0 {
					t.Errorf("%s: %s logs a message that cannot be read off", dir, function.Name.Name)
					return true
				}
				for _, text := range messages(files, function, call.Args[message]) {
					lines = append(lines, logLine{levelIn(method, call.Args[:message]), text})
				}
				return true
			})
		}
	}
	return lines
}

// logCall is a call of a *slog.Logger, which every package names so.
func logCall(n ast.Node) (call *ast.CallExpr, method string) {
	call, _ = n.(*ast.CallExpr)
	if call == nil {
		return nil, ""
	}
	selector, _ := call.Fun.(*ast.SelectorExpr)
	if selector == nil || !logMethod.MatchString(selector.Sel.Name) {
		return nil, ""
	}
	of := ""
	switch x := selector.X.(type) {
	case *ast.SelectorExpr:
		of = x.Sel.Name
	case *ast.Ident:
		of = x.Name
	}
	if !strings.EqualFold(of, "logger") && of != "slog" {
		return nil, ""
	}
	return call, selector.Sel.Name
}

// messages are the texts that an argument may have: a literal, the beginning of a sum, or what the callers of the function
// pass on.
func messages(files []*ast.File, function *ast.FuncDecl, argument ast.Expr) []string {
	switch x := argument.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(x.Value); err == nil && x.Kind == token.STRING {
			return []string{text}
		}
	case *ast.BinaryExpr:
		return messages(files, function, x.X)
	case *ast.Ident:
		if place := parameterPlace(function, x.Name); place >= 0 {
			return passed(files, function.Name.Name, place)
		}
	}
	return nil
}

// parameterPlace is where a function has the parameter, -1 if it has none of the name that is a string.
func parameterPlace(function *ast.FuncDecl, name string) int {
	place := 0
	for _, field := range function.Type.Params.List {
		kind, _ := field.Type.(*ast.Ident)
		for _, parameter := range field.Names {
			if parameter.Name == name && kind != nil && kind.Name == "string" {
				return place
			}
			place++
		}
	}
	return -1
}

// passed are the literals at a place of the calls of a method.
func passed(files []*ast.File, method string, place int) []string {
	var texts []string
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, _ := n.(*ast.CallExpr)
			if call == nil || len(call.Args) <= place {
				return true
			}
			if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == method {
				texts = append(texts, stringsIn(call.Args[place])...)
			}
			return true
		})
	}
	return texts
}

// levelIn is the level that a call names.
func levelIn(method string, before []ast.Expr) string {
	if level := strings.TrimSuffix(method, "Context"); !strings.HasPrefix(level, "Log") {
		return level
	}
	level := ""
	for _, argument := range before {
		ast.Inspect(argument, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(selector.Sel.Name, "Level") {
				level = strings.TrimPrefix(selector.Sel.Name, "Level")
			}
			return true
		})
	}
	return level
}
