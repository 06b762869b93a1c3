package auth0test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault answers in place of an endpoint. It may look at the request, write any answer, or call next for
// the endpoint's own. [Down], [Garbage] and [Hang] are faults; [Slow], [Oversized] and [Redirect] make one.
// A fault is called by several requests at a time, and must return once the request's context is done.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// fault is a Fault in force; healed closes when it ends.
type fault struct {
	run    Fault
	healed chan struct{}
}

type healedKey struct{}

// Down is the fault of a tenant that is down: 503 without content.
func Down(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.WriteHeader(http.StatusServiceUnavailable)
}

// Garbage is the fault of something else that answers: 200 with a page of HTML.
func Garbage(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set(headerContent, "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>Welcome</title><p>This is not what you asked for.\n")
}

// Hang is the fault of an endpoint that accepts and then says nothing. It lasts until the endpoint is
// healed, which lets the request through, or until the client leaves or the tenant closes.
func Hang(w http.ResponseWriter, r *http.Request, next http.Handler) {
	healed, _ := r.Context().Value(healedKey{}).(chan struct{})
	select {
	case <-healed:
		next.ServeHTTP(w, r)
	case <-r.Context().Done():
		panic(http.ErrAbortHandler) // no answer, not even an empty one
	}
}

// Slow makes a fault that waits and then answers as usual. It waits by the wall clock, not by Config.Now.
func Slow(wait time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// Oversized makes a fault that answers with a JSON object of at least so many bytes, without announcing
// its length.
func Oversized(size int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set(headerContent, contentTypeJSON)
		_, _ = io.WriteString(w, `{"padding":"`)
		piece := strings.Repeat("a", 8<<10)
		for sent := 0; sent < size && r.Context().Err() == nil; sent += len(piece) {
			if _, err := io.WriteString(w, piece); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, `"}`)
	}
}

// Redirect makes a fault that sends clients elsewhere with 307, so that a careless one repeats its POST there.
func Redirect(target string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set(headerLocation, target)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// Break puts a fault in front of one path, such as "/oauth/token", or of all with "*"; the fault of a path
// goes before that of "*". It replaces an earlier fault of the same path. A path that is no endpoint works
// as well, so that a test can add one.
func (t *Tenant) Break(path string, f Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heal(path)
	t.faults[path] = &fault{run: f, healed: make(chan struct{})}
}

// Heal ends the fault of a path; requests that hang in it are served. The path "*" ends all faults.
func (t *Tenant) Heal(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if path != everyPath {
		t.heal(path)
		return
	}
	for path := range t.faults {
		t.heal(path)
	}
}

func (t *Tenant) heal(path string) {
	if f, ok := t.faults[path]; ok {
		close(f.healed)
		delete(t.faults, path)
	}
}

func (t *Tenant) fault(path string) *fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, ok := t.faults[path]; ok {
		return f
	}
	return t.faults[everyPath]
}

// serveFault lets the fault of the path, if there is one, answer in place of next.
func (t *Tenant) serveFault(w http.ResponseWriter, r *http.Request, next http.Handler) {
	f := t.fault(r.URL.Path)
	if f == nil {
		next.ServeHTTP(w, r)
		return
	}
	// net/http notices that a client has left only once the body is read.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody+1))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), healedKey{}, f.healed))
	defer cancel()
	stop := context.AfterFunc(t.ended, cancel)
	defer stop()
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.run(w, r, next)
}
