package env_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/gin-auth0/gin-auth0/examples/internal/env"
)

var (
	setting  = regexp.MustCompile(`(?m)^#([A-Z][A-Z0-9_]*=)`)
	row      = regexp.MustCompile("(?m)^\\| (`[^|]*`) \\| (both|webapp|api) \\|")
	variable = regexp.MustCompile("`([A-Z][A-Z0-9_]*)`")
)

// The table in examples/README.md and the .env.example beside each program name the same variables, and whoever takes the
// marks off the lines of such a file has one that can be read.
func TestExampleFilesNameWhatTheTableNames(t *testing.T) {
	table, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"webapp", "api"} {
		var shown []string
		for _, cells := range row.FindAllStringSubmatch(string(table), -1) {
			if cells[2] == "both" || cells[2] == program {
				for _, name := range variable.FindAllStringSubmatch(cells[1], -1) {
					shown = append(shown, name[1])
				}
			}
		}
		text, err := os.ReadFile("../../" + program + "/.env.example")
		if err != nil {
			t.Fatal(err)
		}
		values, err := env.Parse(setting.ReplaceAllString(string(text), "$1"))
		if err != nil {
			t.Errorf("%s: %v", program, err)
		}
		slices.Sort(shown)
		if listed := slices.Sorted(maps.Keys(values)); len(listed) < 10 || !slices.Equal(shown, listed) {
			t.Errorf("%s: the table names\n%q\nand .env.example\n%q", program, shown, listed)
		}
	}
}
