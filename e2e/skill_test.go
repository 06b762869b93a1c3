package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Assistants choose a skill by its front matter, which the Agent Skills format bounds, and then read all of it.
func TestSkillsHaveTheirForm(t *testing.T) {
	t.Parallel()
	skills, err := filepath.Glob("../skills/*/SKILL.md")
	if err != nil || len(skills) == 0 {
		t.Fatal(skills, err)
	}
	for _, skill := range skills {
		text, err := os.ReadFile(skill)
		if err != nil {
			t.Fatal(err)
		}
		parts := regexp.MustCompile(`(?s)^---\nname: ([a-z0-9]+(?:-[a-z0-9]+)*)\ndescription: ([^\n]+)\n---\n`).FindStringSubmatch(string(text))
		if parts == nil {
			t.Errorf("%s does not begin with name and description", skill)
			continue
		}
		if folder := filepath.Base(filepath.Dir(skill)); parts[1] != folder || len(parts[1]) > 64 {
			t.Errorf("%s is called %s", skill, parts[1])
		}
		// A colon followed by a space would end the text in YAML.
		if len(parts[2]) > 1024 || strings.Contains(parts[2], ": ") || !strings.Contains(parts[2], "Use when") {
			t.Errorf("%s: the description is too long, no plain YAML, or does not say when to use it", skill)
		}
		if lines := strings.Count(string(text), "\n"); lines > 125 {
			t.Errorf("%s has %d lines: it takes the room of what it is needed for", skill, lines)
		}
	}
}
