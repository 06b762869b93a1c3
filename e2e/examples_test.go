package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// examples are the programs under test, by name. TestMain builds them once, with the race detector in them.
var examples = map[string]string{"webapp": "", "api": ""}

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
	for name := range examples {
		path := filepath.Join(dir, name)
		build := exec.Command("go", "build", "-race", "-buildvcs=false", "-o", path, "./examples/"+name)
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building examples/%s: %v\n%s", name, err, out)
			return 1
		}
		examples[name] = path
	}
	return m.Run()
}
