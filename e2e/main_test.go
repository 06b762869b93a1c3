package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gin-gonic/gin"
)

// examples are the programs under test, by name. TestMain builds them once, with the race detector in them.
var examples = map[string]string{"webapp": "", "api": ""}

// loadapp is the program of the load tests, built likewise.
var loadapp string

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
	gin.SetMode(gin.ReleaseMode)
	build := func(name, module, place string) (path string, err error) {
		path = filepath.Join(dir, name)
		command := exec.Command("go", "build", "-race", "-buildvcs=false", "-o", path, place)
		command.Dir = module
		if out, err := command.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", place, err, out)
		}
		return path, nil
	}
	for name := range examples {
		if examples[name], err = build(name, "..", "./examples/"+name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if loadapp, err = build("loadapp", ".", "./loadapp"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := m.Run()
	if err := chromium.close(); err != nil {
		fmt.Fprintln(os.Stderr, "closing Chromium:", err)
		return 1
	}
	return status
}
