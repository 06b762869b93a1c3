package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Whoever has an error code finds it on the page, as a heading with the status of the answer, and the page knows no code
// that nobody gets to see.
func TestTroubleshootingKnowsEveryErrorCode(t *testing.T) {
	t.Parallel()
	known := webCodes(t)
	maps.Copy(known, apiCodes(t, known))
	shown := codeHeadings(t, "../docs/troubleshooting.md")
	for code, statuses := range known {
		entry, found := shown[code]
		if !found {
			t.Errorf("no heading %s", code)
			continue
		}
		for _, status := range statuses {
			if !regexp.MustCompile(`\b` + strconv.Itoa(status) + `\b`).MatchString(entry) {
				t.Errorf("%s does not say that it is answered %d: %s", code, status, entry)
			}
		}
	}
	for code := range shown {
		if _, found := known[code]; !found {
			t.Errorf("the page explains %s, and there is no such code", code)
		}
	}
}

// What the page quotes of a log line or a cause is what the packages say.
func TestTroubleshootingQuotesWhatIsSaid(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, dir := range []string{"../ginauth0", "../ginauth0api", "../internal/oidc"} {
		for _, file := range parsePackage(t, dir) {
			said.WriteString(strings.Join(stringsIn(file), "\n") + "\n")
		}
	}
	prose := strings.ReplaceAll(withoutBlocks(string(text)), "\n", " ")
	quotes := regexp.MustCompile("`([A-Za-z]+,?(?: [A-Za-z]+,?)+)`").FindAllStringSubmatch(prose, -1)
	said.WriteString("upstream sent too big header\n")       // by nginx
	said.WriteString("Request Header Or Cookie Too Large\n") // by nginx
	said.WriteString("Authorization, DPoP\n")                // by whoever sets up CORS
	said.WriteString("address already in use\n")             // by the operating system
	for _, quote := range quotes {
		if !strings.Contains(said.String(), quote[1]) {
			t.Errorf("nobody says %q", quote[1])
		}
	}
	if len(quotes) < 5 {
		t.Errorf("the page quotes %d texts", len(quotes))
	}
}

// codeHeadings are the codes that a page explains, each with what stands below its heading.
func codeHeadings(t *testing.T, page string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, codes, found := strings.Cut(string(text), "\n## Codes of ")
	if !found {
		t.Fatal("the page has no codes")
	}
	entries := map[string]string{}
	for _, part := range strings.Split(codes, "\n### ")[1:] {
		heading, entry, _ := strings.Cut(part, "\n")
		if _, twice := entries[heading]; twice {
			t.Errorf("%s is explained twice: its second heading has another anchor", heading)
		}
		entry, _, _ = strings.Cut(entry, "\n## ")
		entries[heading] = entry
	}
	return entries
}

// webCodes are the codes that Fail answers with, and their statuses: those of its table and of its other answers, and
// those of the tenant that it passes on.
func webCodes(t *testing.T) map[string][]int {
	t.Helper()
	codes := map[string][]int{}
	for _, file := range parsePackage(t, "../ginauth0") {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				addAnswer(codes, n, "answer")
			case *ast.ValueSpec:
				if n.Names[0].Name == "registeredCodes" {
					for _, code := range stringsIn(n.Values[0]) {
						addCode(codes, code)
					}
				}
			case *ast.FuncDecl:
				if n.Name.Name == "registeredCode" {
					for _, code := range stringsIn(n.Body) {
						addCode(codes, code)
					}
				}
			}
			return true
		})
	}
	if len(codes) < 40 {
		t.Fatalf("only %d codes were found: the answers are written in another way", len(codes))
	}
	return codes
}

// apiCodes are the codes of the API, the values of its member error, and the codes of token-endpoint calls, beside what
// is known. A value of error has the status of several codes, so it has none here.
func apiCodes(t *testing.T, known map[string][]int) map[string][]int {
	t.Helper()
	codes := map[string][]int{}
	for _, file := range parsePackage(t, "../ginauth0api") {
		for _, declaration := range file.Decls {
			group, _ := declaration.(*ast.GenDecl)
			if group == nil || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				constant, _ := spec.(*ast.ValueSpec)
				if !regexp.MustCompile(`^(kind|code)[A-Z]`).MatchString(constant.Names[0].Name) {
					continue
				}
				for _, code := range stringsIn(constant) {
					codes[code] = known[code]
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok {
				addAnswer(codes, literal, "refusal")
			}
			return true
		})
	}
	if len(codes) < 60 {
		t.Fatalf("only %d codes were found: the refusals are written in another way", len(codes))
	}
	return codes
}

// addAnswer adds the code of a literal of a type, whose text comes first that is one, with its status.
func addAnswer(codes map[string][]int, literal *ast.CompositeLit, name string) {
	if of, ok := literal.Type.(*ast.Ident); !ok || of.Name != name {
		return
	}
	for _, code := range stringsIn(literal) {
		if isCode.MatchString(code) {
			addCode(codes, code, statusesIn(literal)...)
			return
		}
	}
}

func addCode(codes map[string][]int, code string, statuses ...int) {
	codes[code] = append(codes[code], statuses...)
}

var isCode = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

func stringsIn(n ast.Node) []string {
	var texts []string
	ast.Inspect(n, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			if err == nil {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}

func statusesIn(n ast.Node) []int {
	var statuses []int
	ast.Inspect(n, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if status := statusNamed(selector.Sel.Name); status != 0 {
				statuses = append(statuses, status)
			}
		}
		return true
	})
	return statuses
}

// statusNamed is the status of a constant such as StatusBadRequest, 0 if it is none.
func statusNamed(name string) int {
	for status := 400; status < 600; status++ {
		text := strings.ReplaceAll(http.StatusText(status), " ", "")
		if text != "" && name == "Status"+text {
			return status
		}
	}
	return 0
}

// parsePackage reads the files of a package that are no tests.
func parsePackage(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range slices.Sorted(slices.Values(names)) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}
