package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// sources are the programs under test: their names, the folder of their module, and where in it they are.
var sources = []struct{ name, module, place string }{
	{"webapp", "..", "./examples/webapp"},
	{"api", "..", "./examples/api"},
	{"loadapp", ".", "./loadapp"},
}

// examples are the built programs by name. TestMain builds them once, with the race detector in them.
var examples = map[string]string{}

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gin-auth0-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, source := range sources {
		path := filepath.Join(dir, source.name)
		build := exec.Command("go", "build", "-race", "-buildvcs=false", "-o", path, source.place)
		build.Dir = source.module
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", source.place, err, out)
			return 1
		}
		examples[source.name] = path
	}
	return m.Run()
}
