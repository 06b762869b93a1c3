package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A quickstart works when somebody does what it says, and nothing else, in an empty folder. It has the default ports in common
// with other tests, so it is not parallel.
func TestQuickstarts(t *testing.T) {
	env := publish(t)
	t.Run("web app", func(t *testing.T) {
		needDefaultPorts(t)
		first := followQuickstart(t, "../docs/quickstart-webapp.md", env)
		useQuickstart(t, first, "http://localhost:3000")
	})
	t.Run("API", func(t *testing.T) {
		needDefaultPorts(t)
		followQuickstart(t, "../docs/quickstart-api.md", env)
	})
}

// useQuickstart does with a browser what the page says to do with one.
func useQuickstart(t *testing.T, shell *terminal, app string) {
	t.Helper()
	const people, login, logout = `button[name=user]`, `a[href^="/auth/login"]`, `a[href="/auth/logout"]`
	known := newSecrets()
	tab := newBrowser(t, known).newTab()
	tab.open(app)
	tab.follow(login)
	if who := tab.text(people + " b"); who != "Ada Lovelace" {
		t.Errorf("the tenant offers %q", who)
	}
	tab.follow(people)
	wantPlace(t, tab, app+"/profile")
	if name := tab.text("h1"); name != "Ada Lovelace" {
		t.Errorf("the profile names %q", name)
	}
	tab.cookies(app) // nothing may print them
	tab.open(app)
	if hello := tab.text("p"); !strings.Contains(hello, "Ada Lovelace") {
		t.Errorf("the first page says %q", hello)
	}
	tab.open(app + "/profile")
	tab.follow(logout)
	wantPlace(t, tab, app+"/")
	tab.await(login)
	tab.open(app + "/profile")
	tab.await(people) // of the tenant, where nobody is signed in any more
	known.check(t, "the app of the quickstart", shell.output.String())
}

// followQuickstart does what a quickstart says up to where a tenant of one's own begins. It returns the first terminal; what
// runs ends with the test.
func followQuickstart(t *testing.T, page string, env []string) *terminal {
	t.Helper()
	home := t.TempDir()
	terminals := map[string]*terminal{"first": openTerminal(t, "first", home, env)}
	first := terminals["first"]
	for _, s := range quickstartSteps(t, page) {
		if s.file != "" {
			writeFile(t, filepath.Join(first.folder, s.file), s.text)
			continue
		}
		at := terminals[s.terminal]
		if at == nil {
			folder := home
			if s.sameFolder {
				folder = first.folder
			}
			at = openTerminal(t, s.terminal, folder, env)
			terminals[s.terminal] = at
		}
		at.paste(t, page, s)
	}
	wantSameSums(t, filepath.Join(first.folder, "go.sum"))
	return first
}

// quickstartSteps are the blocks of a quickstart, up to where a tenant of one's own begins. What is below is for the reader
// alone, and has nothing but what the tests of all pages check.
func quickstartSteps(t *testing.T, page string) []step {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	above, _, found := strings.Cut(string(text), "\n## With a tenant of your own\n")
	if !found {
		t.Fatalf("%s does not say what to do with a tenant of one's own", page)
	}
	own := strings.Count(above, "\n") + 2
	var mine []block
	for _, b := range readBlocks(t, page) {
		switch {
		case b.line < own:
			mine = append(mine, b)
		case b.language == "text":
			t.Errorf("%s:%d: nothing tests that this is printed", page, b.line)
		}
	}
	steps, err := toSteps(mine)
	if err != nil {
		t.Fatalf("%s:%v", page, err)
	}
	return steps
}

// wantSameSums fails the test if a module is not the one that this module was tested with.
func wantSameSums(t *testing.T, file string) {
	t.Helper()
	theirs, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(ours)) {
		name, sum, _ := cutLast(line)
		sums[name] = sum
	}
	for line := range strings.Lines(string(theirs)) {
		if name, sum, _ := cutLast(line); sums[name] != "" && sums[name] != sum {
			t.Errorf("%s is another one than that of go.sum", name)
		}
	}
}

func cutLast(line string) (before, after string, found bool) {
	i := strings.LastIndex(line, " ")
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+1:], true
}

// What a test makes of blocks that no reader would know what to do with.
func TestQuickstartBlocksAreAllDone(t *testing.T) {
	t.Parallel()
	sh := func(before string) block { return block{language: "sh", text: "true\n", before: before} }
	text := block{language: "text", text: "done\n"}
	for name, c := range map[string]struct {
		blocks []block
		want   string
	}{
		"Go for no file":            {[]block{{language: "go", before: "Like this:"}}, "no file"},
		"settings for no file":      {[]block{{language: "dotenv", before: "The settings:"}}, "no file"},
		"another language":          {[]block{{language: "yaml", before: "`a.yaml`:"}}, "yaml"},
		"no language":               {[]block{{before: "Do this:"}}, `""`},
		"text after nothing":        {[]block{text}, "nothing printed"},
		"text after a file":         {[]block{{language: "go", before: "`main.go`:"}, text}, "nothing printed"},
		"text after text":           {[]block{sh("Do this:"), text, text}, "nothing printed"},
		"no sign of being there":    {[]block{sh("Start it, and leave it running:")}, "is there"},
		"a terminal that is taken":  {[]block{sh("Start it, and leave it running:"), text, sh("Do this:")}, "taken"},
		"a file outside the folder": {[]block{{language: "go", before: "`../main.go`:"}}, "no file"},
	} {
		t.Run(name, func(t *testing.T) {
			steps, err := toSteps(c.blocks)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v, want an error with %q", steps, err, c.want)
			}
		})
	}
}

// What stands under a block of shell is all that it prints.
func TestPrinted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, output string
		want         bool
	}{
		{"one\ntwo\n", "one\ntwo\n", true},
		{"one\ntwo\n", "one\ntwo", true},
		{"one\n", "one\ntwo\n", false},
		{"two\n", "one\ntwo\n", false},
		{"…\ntwo\n", "one\nand\ntwo\n", true},
		{"…\ntwo\n", "two\n", true},
		{"one …\n", "one and two\n", true},
		{"one …\n", "one and\ntwo\n", false},
		{"a.c\n", "abc\n", false},
		{"HTTP/1.1 401\n…\n{}\n", "HTTP/1.1 401\r\nDate: now\r\n\r\n{}", true},
		{"here\n", "go: downloading example.com/a v1.0.0\nhere\n", true},
	} {
		if got := printed(c.text, true).MatchString(plainOutput(c.output)); got != c.want {
			t.Errorf("%q for %q: %t", c.text, c.output, got)
		}
	}
	if running := printed("ready\n", false); !running.MatchString("ready\nrequest\n") || running.MatchString("not ready\n") {
		t.Error("a program that runs on may print more, but nothing else first")
	}
}
