package e2e_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// building bounds a step of a quickstart: with an empty cache it downloads modules and builds them.
const building = 5 * time.Minute

// terminal is a shell into which a test pastes the blocks of a page, one after the other.
type terminal struct {
	*program
	in     io.Writer
	folder string // where the shell was after the last block that has ended
	pasted int
}

// openTerminal starts a shell with the folder above as its home. The shell and what runs in it end with the test, as when the
// window is closed.
func openTerminal(t *testing.T, name, folder string, env []string) *terminal {
	t.Helper()
	p := &program{name: "the " + name + " terminal", cmd: exec.Command("bash", "--norc", "--noprofile", "-e"), stopped: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = folder, env
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what it runs can be told too
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // comes back when everything that it runs has ended
		close(p.stopped)
	}()
	t.Cleanup(func() {
		p.close(t)
		if t.Failed() {
			t.Logf("%s shows:\n%s", p.name, p.output.String())
		}
	})
	return &terminal{program: p, in: in, folder: folder}
}

// close ends a shell and all that runs in it.
func (p *program) close(t *testing.T) {
	t.Helper()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = syscall.Kill(-p.cmd.Process.Pid, signal) // fails only if all have ended
		select {
		case <-p.stopped:
			return
		case <-time.After(patience):
			t.Errorf("%s does not end on %v", p.name, signal)
		}
	}
}

// paste types a block, waits until it is done, or until what it starts is there, and looks at what it prints.
func (p *terminal) paste(t *testing.T, page string, s step) {
	t.Helper()
	p.pasted++
	script := filepath.Join(t.TempDir(), "block.sh")
	if err := os.WriteFile(script, []byte(s.text), 0o600); err != nil {
		t.Fatal(err)
	}
	from, done := len(p.output.String()), fmt.Sprintf("\nblock %d is done in ", p.pasted)
	if _, err := fmt.Fprintf(p.in, ". '%s' </dev/null\nprintf '%%s%%s\\n' '%s' \"$PWD\"\n", script, done); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(building); ; time.Sleep(20 * time.Millisecond) {
		output, rest, _ := strings.Cut(p.output.String()[from:], done)
		folder, _, ended := strings.Cut(rest, "\n")
		if s.stays && printed(s.prints, false).MatchString(plainOutput(output)) {
			return
		}
		if ended {
			p.folder = folder
			if s.stays || s.prints != "" && !printed(s.prints, true).MatchString(plainOutput(output)) {
				t.Fatalf("%s:%d: %s shows\n%s\nand should show\n%s", page, s.line, p.name, output, s.prints)
			}
			return
		}
		select {
		case <-p.stopped:
			t.Fatalf("%s:%d: this fails:\n%s\n%s", page, s.line, s.text, p.output.String()[from:])
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s:%d: this does not end, or does not show what it should:\n%s\n%s", page, s.line, s.text, output)
		}
	}
}
