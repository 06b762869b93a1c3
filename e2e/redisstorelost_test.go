package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// breaks makes connections that break after Redis has done what it was asked and before the client hears of it:
// once after each call of arm.
type breaks struct {
	armed atomic.Bool
	count atomic.Int32
}

func (b *breaks) arm() { b.armed.Store(true) }

func (b *breaks) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := new(net.Dialer).DialContext(ctx, network, address)
	return &breakingConn{Conn: connection, breaks: b}, err
}

type breakingConn struct {
	net.Conn
	breaks *breaks
	lose   bool
}

func (c *breakingConn) Write(p []byte) (int, error) {
	introduction := bytes.Contains(bytes.ToLower(p), []byte("hello")) || bytes.Contains(bytes.ToLower(p), []byte("setinfo"))
	c.lose = !introduction && c.breaks.armed.CompareAndSwap(true, false)
	return c.Conn.Write(p)
}

func (c *breakingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.lose && err == nil {
		c.breaks.count.Add(1)
		_ = c.Conn.Close()
		return 0, io.EOF
	}
	return n, err
}

// go-redis sends a command again when the connection breaks. What was done twice must look as if done once.
func TestRedisAnswersThatGetLost(t *testing.T) {
	t.Parallel()
	server, b := startRedis(t), new(breaks)
	lossy := redisStore(t, server.client(t, punctual, func(o *redis.Options) { o.Dialer = b.dial }))
	marks, lock := lossy.LogoutStore(), lossy.RefreshLock()
	lost := int32(0)
	want := func(call string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", call, err)
		}
		if lost++; b.count.Load() != lost {
			t.Fatalf("%s: no answer was lost", call)
		}
		b.arm()
	}
	b.arm()
	cookies := http.Header{}
	handle, err := lossy.Rows().Insert(visit(t, nil), cookies, rowCookie, rowOf("one", time.Hour, "sub:ada"))
	want("Insert", err)
	handle, err = lossy.Rows().Update(visit(t, cookies), cookies, rowCookie, handle, rowOf("two", time.Hour, "sub:ada"))
	want("Update", err)
	found, err := lossy.Rows().Find(visit(t, cookies), rowCookie)
	want("Find", err)
	if string(found.Record) != "two" || found.Handle != handle {
		t.Errorf("found %+v, want two at %+v", found, handle)
	}
	fresh, err := marks.Remember(t.Context(), "jti", time.Minute)
	want("Remember", err)
	if !fresh {
		t.Error("our own first try is taken for another")
	}
	unlock, err := lock.Lock(t.Context(), "session", time.Minute)
	want("Lock", err)
	unlock()
	want("unlock", nil)
	unlock, err = lock.Lock(t.Context(), "session", time.Minute)
	want("Lock", err)
	defer unlock()
	want("Mark", marks.Mark(t.Context(), "sub:ada", rowBirth, time.Minute))
	found, err = lossy.Rows().Find(visit(t, cookies), rowCookie)
	want("Find", err)
	if found.Record != nil {
		t.Errorf("found %q after its end", found.Record)
	}

	cart := session(t, lossy, visit(t, nil))
	header := save(t, lossy, visit(t, nil), cart)
	want("saving a new session", nil)
	save(t, lossy, visit(t, header), cart)
	want("saving a session again", nil)
	cart.Options.MaxAge = -1
	save(t, lossy, visit(t, header), cart)
	want("deleting a session", nil)
}

// Answers get lost while many write: still one update of a version counts, and its writer knows.
func TestRedisRowsUpdatedAtOnceWithLostAnswers(t *testing.T) {
	t.Parallel()
	server, b := startRedis(t), new(breaks)
	store := redisStore(t, server.client(t, punctual))
	lossy := redisStore(t, server.client(t, punctual, func(o *redis.Options) { o.Dialer = b.dial }))
	cookies, handle := insert(t, store, rowOf("start", time.Hour, "sub:ada"))
	for round := range 20 {
		var (
			wait    sync.WaitGroup
			mu      sync.Mutex
			writers []string
			next    rows.Handle
		)
		for i := range 10 {
			wait.Go(func() {
				if i%5 == 0 { // less often than the client tries again
					b.arm()
				}
				name := fmt.Sprint(round, "-", i)
				written, err := lossy.Rows().Update(visit(t, cookies), nil, rowCookie, handle, rowOf(name, time.Hour, "sub:ada"))
				if err != nil && !errors.Is(err, rows.ErrConflict) {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					writers, next = append(writers, name), written
				}
			})
		}
		wait.Wait()
		found := find(t, store, cookies)
		if len(writers) != 1 || string(found.Record) != writers[0] || found.Handle != next {
			t.Fatalf("%v believe to have written, Redis has %q", writers, found.Record)
		}
		handle = next
	}
	if b.count.Load() == 0 {
		t.Error("no answer was lost")
	}
}
