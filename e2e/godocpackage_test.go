package e2e_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// manual is a public package as go doc shows it.
type manual struct {
	files    *token.FileSet
	page     *doc.Package
	tests    []*ast.File // of the external test package, where the examples are
	compiled types.Importer
}

// loadManual reads one of the packages beside this module.
func loadManual(t *testing.T, name string) *manual {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,XTestGoFiles,Export", "-export", "-test", "-deps", "./"+name)
	command.Dir, command.Stderr = "..", os.Stderr
	listed, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	m := &manual{files: token.NewFileSet()}
	exports := map[string]string{}
	var files []*ast.File
	var path string
	for decoder := json.NewDecoder(strings.NewReader(string(listed))); ; {
		var p struct {
			ImportPath, Dir, Export string
			GoFiles, XTestGoFiles   []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		// "a [b.test]" is a as the tests of b see it.
		imported, forTest, _ := strings.Cut(p.ImportPath, " ")
		if exports[imported] == "" || forTest != "" {
			exports[imported] = p.Export
		}
		if forTest != "" || !strings.HasSuffix(p.ImportPath, "/"+name) {
			continue
		}
		path = p.ImportPath
		for i, file := range append(p.GoFiles, p.XTestGoFiles...) {
			parsed, err := parser.ParseFile(m.files, filepath.Join(p.Dir, file), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, parsed)
			if i >= len(p.GoFiles) {
				m.tests = append(m.tests, parsed)
			}
		}
	}
	if m.page, err = doc.NewFromFiles(m.files, files, path, doc.PreserveAST); err != nil {
		t.Fatal(err)
	}
	m.compiled = importer.ForCompiler(m.files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	return m
}

func (m *manual) place(pos token.Pos) string {
	position := m.files.Position(pos)
	position.Filename, position.Column = filepath.Base(position.Filename), 0
	return position.String()
}

// exists reports whether a link to another package leads to something there.
func (m *manual) exists(link *comment.DocLink) bool {
	other, err := m.compiled.Import(link.ImportPath)
	if err != nil {
		return false
	}
	if link.Recv == "" {
		return link.Name == "" || other.Scope().Lookup(link.Name) != nil
	}
	typ := other.Scope().Lookup(link.Recv)
	if typ == nil {
		return false
	}
	found, _, _ := types.LookupFieldOrMethod(typ.Type(), true, other, link.Name)
	return found != nil
}

// shown is the set of names that stand in the code of examples, as go doc shows it. The compiler's view decides whose
// Close it is. A type is shown as well by something that belongs to it, or is a constant of it. wanted is the set of those
// that should be there.
func (m *manual) shown(t *testing.T) (shown, wanted map[string]bool) {
	t.Helper()
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	if _, err := (&types.Config{Importer: m.compiled}).Check(m.page.ImportPath+"_test", m.files, m.tests, info); err != nil {
		t.Fatal(err)
	}
	compiled, err := m.compiled.Import(m.page.ImportPath)
	if err != nil {
		t.Fatal(err)
	}
	names, wanted := namesOf(compiled)
	shown = map[string]bool{}
	for _, example := range doc.Examples(m.tests...) {
		ast.Inspect(example.Code, func(n ast.Node) bool {
			ident, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			name := names[info.Uses[ident]]
			typ, _, _ := strings.Cut(name, ".")
			shown[name], shown[typ] = true, true
			if constant, ok := info.Uses[ident].(*types.Const); ok {
				if named, ok := constant.Type().(*types.Named); ok {
					shown[names[named.Obj()]] = true
				}
			}
			return true
		})
	}
	return shown, wanted
}

// namesOf names what a package exports. Of the fields those are wanted in an example that a program fills in: those of
// structs that a function takes. The methods of an interface are for others to have.
func namesOf(p *types.Package) (names map[types.Object]string, wanted map[string]bool) {
	names, wanted = map[types.Object]string{}, map[string]bool{}
	add := func(object types.Object, name string) {
		names[object] = name
		wanted[name] = true
	}
	var taken func(typ types.Type)
	taken = func(typ types.Type) {
		switch typ := typ.(type) {
		case *types.Slice:
			taken(typ.Elem())
		case *types.Named:
			body, ok := typ.Underlying().(*types.Struct)
			if !ok || typ.Obj().Pkg() != p {
				return
			}
			for field := range body.Fields() {
				wanted[typ.Obj().Name()+"."+field.Name()] = true
				taken(field.Type())
			}
		}
	}
	parameters := func(f *types.Func) {
		for parameter := range f.Signature().Params().Variables() {
			if f.Exported() {
				taken(parameter.Type())
			}
		}
	}
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		add(object, name)
		if f, ok := object.(*types.Func); ok {
			parameters(f)
		}
		named, ok := object.Type().(*types.Named)
		if _, isType := object.(*types.TypeName); !isType || !ok {
			continue
		}
		for method := range named.Methods() {
			add(method, name+"."+method.Name())
			parameters(method)
		}
		if body, ok := named.Underlying().(*types.Struct); ok {
			for field := range body.Fields() {
				names[field] = name + "." + field.Name()
			}
		}
	}
	return names, wanted
}
