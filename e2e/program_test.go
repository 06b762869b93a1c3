package e2e_test

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests. It is long because the machine may be busy; nothing waits that long when
// all is well.
const patience = 30 * time.Second

// output is what a program has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// program is one running process.
type program struct {
	name    string
	url     string
	output  output
	cmd     *exec.Cmd
	stopped chan struct{} // closed when the process has ended
	killed  bool          // by us
}

// launch starts a process with this environment and no other, in an empty directory, and stops it with the test.
func launch(t *testing.T, name string, env []string, path string, args ...string) *program {
	t.Helper()
	p := &program{name: name, cmd: exec.Command(path, args...), stopped: make(chan struct{})}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = env
	if env == nil {
		p.cmd.Env = []string{} // nil would hand down our own
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	// An open standard input ends with us, whatever happens to us: a program may take it as its own end.
	if _, err := p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // the state says it all
		close(p.stopped)
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			t.Logf("%s printed:\n%s", name, p.output.String())
		}
	})
	return p
}

// startExample starts one of our examples, waits until it serves, and checks at the end what it printed.
func startExample(t *testing.T, name string, known *secrets, port int, env ...string) *program {
	t.Helper()
	return startServing(t, name, examples[name], known, port, env...)
}

// startServing does that for any program of ours.
func startServing(t *testing.T, name, path string, known *secrets, port int, env ...string) *program {
	t.Helper()
	p := launch(t, name, env, path)
	p.url = "http://localhost:" + strconv.Itoa(port)
	t.Cleanup(func() {
		p.stop(t)
		if !p.killed && !p.cmd.ProcessState.Success() {
			t.Errorf("%s ends on SIGTERM with %v", name, p.cmd.ProcessState)
		}
		known.check(t, name, withoutCurl(p.output.String()))
		if strings.Contains(p.output.String(), "DATA RACE") {
			t.Errorf("%s has a data race", name)
		}
	})
	p.awaitServing(t, p.url+"/healthz")
	return p
}

// awaitServing returns once the address answers 200.
func (p *program) awaitServing(t *testing.T, address string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		if response, err := http.Get(address); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-p.stopped:
			t.Fatalf("%s ended before it served %s:\n%s", p.name, address, p.output.String())
		case <-deadline:
			t.Fatalf("%s does not serve %s:\n%s", p.name, address, p.output.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// awaitOutput returns the first match of what the program prints. What it printed before it served may arrive after that.
func (p *program) awaitOutput(t *testing.T, pattern *regexp.Regexp) string {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if found := pattern.FindString(p.output.String()); found != "" {
			return found
		}
	}
	t.Fatalf("%s printed nothing that matches %s:\n%s", p.name, pattern, p.output.String())
	return ""
}

// alive fails the test if the process has ended.
func (p *program) alive(t *testing.T) {
	t.Helper()
	select {
	case <-p.stopped:
		t.Fatalf("%s has ended:\n%s", p.name, p.output.String())
	default:
	}
}

// stop asks the process to end, and insists after a while. Stopping twice is fine.
func (p *program) stop(t *testing.T) {
	t.Helper()
	select {
	case <-p.stopped:
		return
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only if it has just ended
	select {
	case <-p.stopped:
	case <-time.After(patience):
		t.Errorf("%s does not end on SIGTERM", p.name)
		_ = p.cmd.Process.Kill()
		<-p.stopped
	}
}

// kill ends the process at once, with all that it was about to do.
func (p *program) kill(t *testing.T) {
	t.Helper()
	p.killed = true
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatalf("killing %s: %v", p.name, err)
	}
	<-p.stopped
}

// curlLine is a line of its own, so that it works as it is copied.
var curlLine = regexp.MustCompile(`(?m)^[ \t]*curl .*\n`)

// withoutCurl leaves out the one line of examples/api that holds a token on purpose; a second one stays in.
func withoutCurl(text string) string {
	return strings.Replace(text, curlLine.FindString(text), "", 1)
}

// The ports of the programs are below those that the system gives to outgoing connections: one of these might take the port
// of a program before it starts, or while it restarts.
const (
	firstPort = 16384
	portCount = 16384
)

// portsGiven counts from a start that differs from run to run, so that two at once do not meet.
var portsGiven = func() *atomic.Int64 {
	given := new(atomic.Int64)
	given.Store(rand.Int64N(portCount))
	return given
}()

// freePort returns a port of the loopback address that nobody listens on. It returns each only once.
func freePort(t *testing.T) int {
	t.Helper()
	for range portCount {
		port := firstPort + int(portsGiven.Add(1)%portCount)
		if listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = listener.Close()
			return port
		}
	}
	t.Fatal("there is no free port")
	return 0
}
