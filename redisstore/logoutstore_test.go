package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// Marks and the kept result travel together, one GET each, since they live on different nodes of a cluster.
func TestLookOnTheWire(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	lookup := store.LogoutStore().(rows.Lookup)
	s.answers(func(command []string, usual string) string {
		switch command[1] {
		case "a0:mark:sid:1":
			return "$13\r\n1800000000123\r\n"
		case "a0:kept:token":
			return "$6\r\nsealed\r\n"
		}
		return usual
	})
	marks, sealed, found, err := lookup.Look(t.Context(), []string{"sub:1", "sid:1"}, "token")
	if err != nil || !found || string(sealed) != "sealed" || len(marks) != 2 || !marks[0].IsZero() || !marks[1].Equal(time.UnixMilli(1_800_000_000_123)) {
		t.Errorf("got %v, %q, %v, error %v", marks, sealed, found, err)
	}
	var asked []string
	for _, command := range s.asked() {
		asked = append(asked, strings.Join(command, " "))
	}
	if got := strings.Join(asked, ", "); got != "get a0:mark:sub:1, get a0:mark:sid:1, get a0:kept:token" {
		t.Errorf("Redis was asked %s", got)
	}
}

// What cannot be read may be a logout.
func TestUnreadableMarkIsAnError(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	for _, text := range []string{"$9\r\nyesterday\r\n", "$0\r\n\r\n", "$3\r\n1.5\r\n"} {
		s.answers(func([]string, string) string { return text })
		if marks, err := store.LogoutStore().Marked(t.Context(), "sid:1"); err == nil || marks != nil || err.Error() != "redisstore: a mark is unreadable" {
			t.Errorf("%q: marks %v, error %v", text, marks, err)
		}
	}
}

// The trouble of one command of a pipeline is that of all, whichever it is.
func TestTroubleInTheMiddleOfAPipeline(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a0:mark:sub:1", "a0:mark:sid:1", "a0:kept:token"} {
		for answer, want := range map[string]string{
			"-WRONGTYPE Operation against a key\r\n": "redisstore: Redis refuses with WRONGTYPE",
			"":                                       "redisstore: Redis closed the connection",
		} {
			s := startServer(t)
			s.answers(func(command []string, usual string) string {
				if command[1] == key {
					return answer
				}
				return usual
			})
			for name, client := range clients(s.address) {
				lookup := newSessionStore(t, client, 0).LogoutStore().(rows.Lookup)
				if _, _, _, err := lookup.Look(t.Context(), []string{"sub:1", "sid:1"}, "token"); err == nil || err.Error() != want {
					t.Errorf("%s, %s: the error is %v, want %s", name, key, err, want)
				}
			}
		}
	}
}

func TestPipelineThatReachesNobody(t *testing.T) {
	t.Parallel()
	for name, client := range clients("127.0.0.1:1") {
		store := newSessionStore(t, client, 0)
		if marks, err := store.LogoutStore().Marked(t.Context(), "sub:1", "sid:1"); err == nil || marks != nil || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: marks %v, error %v", name, marks, err)
		}
		if err := calls(store, nil)["Insert"](t.Context()); err == nil {
			t.Errorf("%s: a row is written to nobody", name)
		}
	}
}

// A hook that lets nothing through leaves the commands of a pipeline without an error of their own.
func TestPipelineThatAHookHolds(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	client.AddHook(&breaker{})
	lookup := newSessionStore(t, client, 0).LogoutStore().(rows.Lookup)
	if _, sealed, found, err := lookup.Look(t.Context(), nil, "token"); err == nil || found || err.Error() != "redisstore: no answer from Redis" {
		t.Errorf("got %q, %v, error %v", sealed, found, err)
	}
}

// breaker is a hook of an application that leaves Redis alone for a while.
type breaker struct{ whereabouts }

func (*breaker) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(context.Context, []redis.Cmder) error { return errors.New("the circuit is open") }
}

func TestMarkOnTheWire(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	s.answers(func(command []string, usual string) string {
		switch command[0] {
		case "eval":
			return "$13\r\n1800000000005\r\n" // the time of an earlier mark, which is later
		case "zrange":
			return "*4\r\n$15\r\n1800000000005:a\r\n$15\r\n1800000000006:b\r\n$15\r\n1799999999999:c\r\n$4\r\njunk\r\n"
		case "zrem":
			return ":2\r\n"
		}
		return usual
	})
	if err := store.LogoutStore().Mark(t.Context(), "sid:1", time.UnixMilli(1_800_000_000_000), 1500*time.Microsecond); err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, command := range s.asked() {
		if command[0] == "eval" {
			command[1] = "script"
		}
		asked = append(asked, strings.Join(command, " "))
	}
	want := "eval script 1 a0:mark:sid:1 1800000000000 2, zrange a0:index:sid:1 0 -1, " +
		"del a0:row:a, del a0:row:c, zrem a0:index:sid:1 1800000000005:a 1799999999999:c"
	if got := strings.Join(asked, ", "); got != want {
		t.Errorf("Redis was asked %s, want %s", got, want)
	}
}

func TestLostAnswerIsRememberedAsFresh(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.answers(once("set"))
	marks := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0).LogoutStore()
	for use, want := range []bool{true, false} {
		if fresh, err := marks.Remember(t.Context(), "jti", time.Minute); fresh != want || err != nil {
			t.Errorf("use %d: got %v and the error %v, want %v", use, fresh, err, want)
		}
	}
	if asked := s.asked(); asked[0][1] != "a0:seen:jti" {
		t.Errorf("Redis was asked %q", asked)
	}
}
