package e2e_test

import (
	"fmt"
	"regexp"
	"strings"
)

// step is one thing that a quickstart tells its reader to do, with what the line above the block says about it:
//
//	`main.go`:                                      save this file
//	In a third terminal, in the same folder:        type it there; without a terminal, in the first one
//	Start the app and leave it running:             it does not end
type step struct {
	block
	file       string // to save the block as; empty: type it
	terminal   string // first, second or third
	sameFolder bool   // a new terminal is in the folder of the first one, and not in the one above
	stays      bool
	prints     string // the block of text that follows; empty: not said
}

var (
	fileAbove     = regexp.MustCompile("(?:^|\\s)`([\\w.-]+)`:$")
	terminalAbove = regexp.MustCompile(`\b(first|second|third) terminal\b`)
)

// toSteps understands every block, or says which one it does not.
func toSteps(blocks []block) ([]step, error) {
	var steps []step
	taken := map[string]bool{}
	for _, b := range blocks {
		switch b.language {
		case "go", "dotenv":
			file := fileAbove.FindStringSubmatch(b.before)
			if file == nil {
				return nil, fmt.Errorf("%d: the line above names no file to save this in", b.line)
			}
			steps = append(steps, step{block: b, file: file[1]})
		case "sh":
			s := step{
				block: b, terminal: "first",
				stays: strings.HasSuffix(b.before, "leave it running:"), sameFolder: strings.Contains(b.before, "in the same folder"),
			}
			if found := terminalAbove.FindString(b.before); found != "" {
				s.terminal, _, _ = strings.Cut(found, " ")
			}
			if taken[s.terminal] {
				return nil, fmt.Errorf("%d: the %s terminal is taken", b.line, s.terminal)
			}
			taken[s.terminal] = s.stays
			steps = append(steps, s)
		case "text":
			if len(steps) == 0 || steps[len(steps)-1].file != "" || steps[len(steps)-1].prints != "" {
				return nil, fmt.Errorf("%d: nothing printed this", b.line)
			}
			steps[len(steps)-1].prints = b.text
		default:
			return nil, fmt.Errorf("%d: what is a reader to do with a block of the language %q", b.line, b.language)
		}
	}
	for _, s := range steps {
		if s.stays && s.prints == "" {
			return nil, fmt.Errorf("%d: how does a reader see that it is there", s.line)
		}
	}
	return steps, nil
}

// printed matches output that looks like a block of text, in which … is anything within a line, or any lines. A program that has
// not ended may print more.
func printed(text string, ended bool) *regexp.Regexp {
	var pattern strings.Builder
	pattern.WriteString("^")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "…" {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + `\n`)
	}
	if ended {
		pattern.WriteString("$")
	}
	return regexp.MustCompile(pattern.String())
}

var goProgress = regexp.MustCompile(`(?m)^go: .*\n`)

// plainOutput is output without what `go` tells of its downloads, which differs from machine to machine.
func plainOutput(output string) string {
	output = strings.TrimRight(strings.ReplaceAll(output, "\r\n", "\n"), "\n") + "\n"
	return goProgress.ReplaceAllString(output, "")
}
