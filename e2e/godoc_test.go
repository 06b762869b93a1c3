package e2e_test

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// manuals are the packages whose pages strangers read.
var manuals = []string{"ginauth0", "ginauth0api", "redisstore", "storetest", "auth0test"}

func TestGodoc(t *testing.T) {
	t.Parallel()
	for _, name := range manuals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := loadManual(t, name)
			t.Run("every name has a comment", m.hasComments)
			t.Run("every name is shown in an example", m.hasExamples)
			t.Run("every example runs", m.runsExamples)
			t.Run("every link leads to a name", m.hasLinks)
		})
	}
}

// Go's convention: the comment of a package, type, function, method, constant or variable begins with its name, that
// of a type perhaps with an article before it. A group of constants or variables may share a comment.
func (m *manual) hasComments(t *testing.T) {
	if !strings.HasPrefix(m.page.Doc, "Package "+m.page.Name+" ") {
		t.Errorf("package %s: its comment does not begin with its name", m.page.Name)
	}
	for _, n := range m.names() {
		switch {
		case n.comment == "" && n.group == "":
			t.Errorf("%s: %s has no comment", m.place(n.pos), n.name)
		case n.comment != "" && n.begins != "" && !begins(n.comment, n.begins):
			t.Errorf("%s: the comment of %s does not begin with its name", m.place(n.pos), n.name)
		}
	}
}

func begins(comment, name string) bool {
	for _, article := range []string{"A ", "An ", "The "} {
		comment = strings.TrimPrefix(comment, article)
	}
	rest, ok := strings.CutPrefix(comment, name)
	return ok && rest != "" && strings.ContainsAny(rest[:1], " ,:.\n")
}

// Every function, method, type and error, and every field that a program fills in, stands in the code of an Example.
func (m *manual) hasExamples(t *testing.T) {
	// An example that calls one of these would teach a bad habit.
	called := map[string]string{
		"Error": "errors", "Unwrap": "errors", "Is": "errors",
		"String": "fmt", "GoString": "fmt", "Format": "fmt", "LogValue": "slog", "MarshalText": "json", "MarshalJSON": "json",
		"Get": "gin-contrib/sessions", "New": "gin-contrib/sessions", "Save": "gin-contrib/sessions",
		"Rows": "ginauth0", "Remember": "ginauth0api",
	}
	shown, wanted := m.shown(t)
	for _, n := range m.names() {
		_, method, _ := strings.Cut(n.name, ".")
		if wanted[n.name] && !shown[n.name] && called[method] == "" {
			t.Errorf("%s: no example shows %s", m.place(n.pos), n.name)
		}
	}
}

// onlyCompiled are the examples that no test can run, and why.
var onlyCompiled = map[string]string{
	"ginauth0.":                   "serves until it is interrupted",
	"auth0test.New":               "serves until it is interrupted",
	"auth0test.Start":             "is a test",
	"redisstore.New":              "wants a Redis",
	"redisstore.New_logins":       "wants a Redis, and settings in the environment",
	"redisstore.ReplayStore":      "wants a Redis",
	"storetest.Sessions":          "is a test",
	"storetest.LogoutStore":       "is a test",
	"storetest.LogoutStore_clock": "is a test",
	"storetest.RefreshLock":       "is a test",
}

// go test runs an example only if it says what it prints. One that is only compiled may be wrong.
func (m *manual) runsExamples(t *testing.T) {
	for _, example := range doc.Examples(m.tests...) {
		name := m.page.Name + "." + example.Name
		runs := example.Output != "" || example.EmptyOutput
		if reason := onlyCompiled[name]; !runs && reason == "" {
			t.Errorf("%s: Example%s has no output", m.place(example.Code.Pos()), example.Name)
		} else if runs && reason != "" {
			t.Errorf("%s: Example%s has an output, but is listed as one that %s", m.place(example.Code.Pos()), example.Name, reason)
		}
	}
}

// linkShaped is what is meant as a link to a name: [Config], [Auth.Login], [redisstore.New], [net/http.Client].
var linkShaped = regexp.MustCompile(`(?:^|\W)(\[\*?(?:[a-z][\w./-]*\.)?[A-Z]\w*(?:\.[A-Z]\w*)?\])`)

// Links to another package lead to something there. What is meant as a link does not end up as text.
func (m *manual) hasLinks(t *testing.T) {
	parser := m.page.Parser()
	known := map[string]bool{} // older versions of Go make no links of fields
	for _, n := range m.names() {
		known["["+n.name+"]"] = true
	}
	check := func(pos token.Pos, text string) {
		eachText(parser.Parse(text).Content, func(part any) {
			switch part := part.(type) {
			case string:
				for _, found := range linkShaped.FindAllStringSubmatch(part, -1) {
					if !known[strings.Replace(found[1], "*", "", 1)] {
						t.Errorf("%s: %s leads nowhere", m.place(pos), found[1])
					}
				}
			case *comment.DocLink:
				if part.ImportPath != "" && !m.exists(part) {
					t.Errorf("%s: [%s] has no %s", m.place(pos), part.ImportPath, part.Name)
				}
			}
		})
	}
	check(token.NoPos, m.page.Doc)
	for _, n := range m.names() {
		check(n.pos, n.comment)
		check(n.pos, n.group)
	}
}

// eachText visits the links of a comment, and as strings all that is no link.
func eachText(blocks []comment.Block, visit func(part any)) {
	text := func(parts []comment.Text) {
		for _, part := range parts {
			switch part := part.(type) {
			case comment.Plain:
				visit(string(part))
			case *comment.DocLink:
				visit(part)
			}
		}
	}
	for _, block := range blocks {
		switch block := block.(type) {
		case *comment.Paragraph:
			text(block.Text)
		case *comment.Heading:
			text(block.Text)
		case *comment.Code:
			visit(block.Text)
		case *comment.List:
			for _, item := range block.Items {
				eachText(item.Content, visit)
			}
		}
	}
}

// exported is a name of a package, and what is said about it.
type exported struct {
	name    string // Name, or Type.Name
	pos     token.Pos
	comment string
	begins  string // what the comment should begin with, empty where there is no convention
	group   string // the comment of a group, which speaks of it too
}

// names lists all that is exported, methods and fields included.
func (m *manual) names() (names []exported) {
	add := func(pos token.Pos, typ, name, text string, group string, convention bool) {
		n := exported{name: name, pos: pos, comment: text, group: group}
		if convention {
			n.begins = name
		}
		if typ != "" {
			n.name = typ + "." + name
		}
		if ast.IsExported(name) {
			names = append(names, n)
		}
	}
	values := func(all []*doc.Value) {
		for _, value := range all {
			for _, spec := range value.Decl.Specs {
				spec := spec.(*ast.ValueSpec)
				text, group := spec.Doc.Text()+spec.Comment.Text(), value.Doc
				if !value.Decl.Lparen.IsValid() {
					text, group = value.Doc, ""
				}
				for _, name := range spec.Names {
					add(name.Pos(), "", name.Name, text, group, true)
				}
			}
		}
	}
	funcs := func(all []*doc.Func) {
		for _, f := range all {
			typ := strings.TrimPrefix(f.Recv, "*")
			add(f.Decl.Pos(), typ, f.Name, f.Doc, "", true)
		}
	}
	values(m.page.Consts)
	values(m.page.Vars)
	funcs(m.page.Funcs)
	for _, typ := range m.page.Types {
		add(typ.Decl.Pos(), "", typ.Name, typ.Doc, "", true)
		values(typ.Consts)
		values(typ.Vars)
		funcs(typ.Funcs)
		funcs(typ.Methods)
		for _, f := range fields(typ) {
			add(f.name.Pos(), typ.Name, f.name.Name, f.comment, f.group, false)
		}
	}
	return names
}

type field struct {
	name           *ast.Ident
	comment, group string
}

// fields lists the fields of a struct, or the methods of an interface. One without a comment of its own is spoken of if
// the comment of its group, which ends at an empty line, or that of the type names it.
func fields(typ *doc.Type) (all []field) {
	var list *ast.FieldList
	switch body := typ.Decl.Specs[0].(*ast.TypeSpec).Type.(type) {
	case *ast.StructType:
		list = body.Fields
	case *ast.InterfaceType:
		list = body.Methods
	default:
		return nil
	}
	group, last := "", token.NoPos
	for _, f := range list.List {
		if text := f.Doc.Text(); text != "" || f.Pos() > last+2 { // a line break and a tab lie between neighbours
			group = text
		}
		last = f.End()
		if f.Comment != nil {
			last = f.Comment.End()
		}
		for _, name := range f.Names {
			named := field{name: name, comment: f.Doc.Text() + f.Comment.Text()}
			for _, text := range []string{group, typ.Doc} {
				if regexp.MustCompile(`\b` + name.Name + `\b`).MatchString(text) {
					named.group = text
				}
			}
			all = append(all, named)
		}
	}
	return all
}
