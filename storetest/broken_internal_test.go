package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// wantRefusal runs one check on a store that must not pass it.
func wantRefusal[S any](t *testing.T, checks []check[S], name string, store S, wait func(time.Duration)) {
	t.Helper()
	at := slices.IndexFunc(checks, func(c check[S]) bool { return c.name == name })
	if at < 0 {
		t.Fatalf("there is no check %q", name)
	}
	if err := checks[at].run(&trial[S]{ctx: t.Context(), store: store, wait: wait, note: t.Logf}); err == nil {
		t.Errorf("%q passes", name)
	}
}

var errBroken = errors.New("broken")

func isText(session *sessions.Session, text string) bool { return session.Values[recordKey] == text }

func TestBrokenSessionStoresAreFound(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]struct {
		store func() *rows
		want  string
	}{
		"none is new": {
			func() *rows { return &rows{onNew: func(s *sessions.Session) error { s.IsNew = false; return nil }} },
			"a request without a cookie has a new session",
		},
		"the id is always the same": {
			func() *rows {
				return &rows{onSave: func(s *sessions.Session) (bool, error) { s.ID = "one"; return true, nil }}
			},
			"a blank id makes a session of its own",
		},
		"what is long is cut off": {
			func() *rows {
				return &rows{onSave: func(s *sessions.Session) (bool, error) {
					if text, _ := s.Values[recordKey].(string); len(text) > 4096 {
						s.Values[recordKey] = text[:4096]
					}
					return true, nil
				}}
			},
			"a long string comes back whole or is refused",
		},
		"what is long is not kept, without an error": {
			func() *rows {
				return &rows{onSave: func(s *sessions.Session) (bool, error) {
					text, _ := s.Values[recordKey].(string)
					return len(text) < 4096, nil
				}}
			},
			"a long string comes back whole or is refused",
		},
		"not even 2000 bytes are taken": {
			func() *rows {
				return &rows{onSave: func(s *sessions.Session) (bool, error) {
					if text, _ := s.Values[recordKey].(string); len(text) > 1000 {
						return false, errBroken
					}
					return true, nil
				}}
			},
			"a long string comes back whole or is refused",
		},
		"an update is lost": {
			func() *rows {
				return &rows{onSave: func(s *sessions.Session) (bool, error) { return !isText(s, "after"), nil }}
			},
			"a session that was written again is read as it is now",
		},
		"the cookie is not Secure": {
			func() *rows {
				return &rows{onSave: func(s *sessions.Session) (bool, error) { s.Options.Secure = false; return true, nil }}
			},
			"the cookie has the attributes of the session",
		},
		"the cookie has no life": {
			func() *rows {
				return &rows{onSave: func(s *sessions.Session) (bool, error) { s.Options.MaxAge = 0; return true, nil }}
			},
			"the cookie has the attributes of the session",
		},
		"nothing is deleted": {
			func() *rows { return &rows{onDelete: func(*sessions.Session) (bool, error) { return false, nil }} },
			"a deleted session is gone",
		},
		"deleting fails": {
			func() *rows { return &rows{onDelete: func(*sessions.Session) (bool, error) { return true, errBroken }} },
			"deleting what is not there is no error",
		},
		"an unknown id is a failure": {
			func() *rows {
				return &rows{onNew: func(s *sessions.Session) error {
					if s.IsNew {
						return errBroken
					}
					return nil
				}}
			},
			"a forged cookie opens nothing and breaks nothing",
		},
		"anything opens": {
			func() *rows {
				return &rows{onNew: func(s *sessions.Session) error { s.IsNew = false; return nil }}
			},
			"a forged cookie opens nothing and breaks nothing",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal[ginsessions.Store](t, sessionChecks, broken.want, broken.store(), nil)
		})
	}
}

// brokenMarks is memory with a fault.
type brokenMarks struct {
	*memory
	mark     func(m *memory, key string, before time.Time, ttl time.Duration)
	marked   func(marks []time.Time) []time.Time
	remember func(m *memory, key string, ttl time.Duration) bool
	key      func(string) string
}

func (b *brokenMarks) keyOf(key string) string {
	if b.key != nil {
		return b.key(key)
	}
	return key
}

func (b *brokenMarks) Mark(ctx context.Context, key string, before time.Time, ttl time.Duration) error {
	if b.mark != nil {
		b.memory.mu.Lock()
		defer b.memory.mu.Unlock()
		b.mark(b.memory, "mark "+b.keyOf(key), before, ttl)
		return nil
	}
	return b.memory.Mark(ctx, b.keyOf(key), before, ttl)
}

func (b *brokenMarks) Marked(ctx context.Context, keys ...string) ([]time.Time, error) {
	for i := range keys {
		keys[i] = b.keyOf(keys[i])
	}
	marks, err := b.memory.Marked(ctx, keys...)
	if b.marked != nil {
		marks = b.marked(marks)
	}
	return marks, err
}

func (b *brokenMarks) Remember(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	if b.remember != nil {
		return b.remember(b.memory, "seen "+b.keyOf(key), ttl), nil
	}
	return b.memory.Remember(ctx, b.keyOf(key), ttl)
}

func TestBrokenLogoutStoresAreFound(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]struct {
		store brokenMarks
		want  string
	}{
		"the last time counts": {brokenMarks{mark: func(m *memory, key string, before time.Time, ttl time.Duration) {
			m.held[key] = &entry{before: before, ends: m.ends(ttl)}
		}}, "the later of two times counts"},
		"the first time counts": {brokenMarks{mark: func(m *memory, key string, before time.Time, ttl time.Duration) {
			if m.live(key) == nil {
				m.held[key] = &entry{before: before, ends: m.ends(ttl)}
			}
		}}, "the later of two times counts"},
		"the last life counts": {brokenMarks{mark: func(m *memory, key string, before time.Time, ttl time.Duration) {
			if e := m.live(key); e != nil && e.before.After(before) {
				before = e.before
			}
			m.held[key] = &entry{before: before, ends: m.ends(ttl)}
		}}, "the longer of two lives counts"},
		"an earlier time with a longer life is left out": {brokenMarks{mark: func(m *memory, key string, before time.Time, ttl time.Duration) {
			if e := m.live(key); e == nil || before.After(e.before) {
				ends := m.ends(ttl)
				if e != nil && e.ends.After(ends) {
					ends = e.ends
				}
				m.held[key] = &entry{before: before, ends: ends}
			}
		}}, "the longer of two lives counts"},
		"marks never end": {brokenMarks{mark: func(m *memory, key string, before time.Time, _ time.Duration) {
			if e := m.live(key); e == nil || before.After(e.before) {
				m.held[key] = &entry{before: before, ends: m.ends(1000 * time.Hour)}
			}
		}}, "the longer of two lives counts"},
		"whole seconds": {brokenMarks{marked: func(marks []time.Time) []time.Time {
			for i := range marks {
				if !marks[i].IsZero() {
					marks[i] = marks[i].Truncate(time.Second)
				}
			}
			return marks
		}}, "a mark keeps its time to the millisecond"},
		"1970 for no mark": {brokenMarks{marked: func(marks []time.Time) []time.Time {
			for i := range marks {
				if marks[i].IsZero() {
					marks[i] = time.UnixMilli(0)
				}
			}
			return marks
		}}, "a key without a mark has the zero time"},
		"only the marks that are there": {brokenMarks{marked: func(marks []time.Time) []time.Time {
			return slices.DeleteFunc(marks, time.Time.IsZero)
		}}, "there is one answer for each key, in order"},
		"marks in another order": {brokenMarks{marked: func(marks []time.Time) []time.Time {
			slices.SortFunc(marks, time.Time.Compare)
			return marks
		}}, "there is one answer for each key, in order"},
		"always fresh": {brokenMarks{remember: func(*memory, string, time.Duration) bool { return true }}, "of a hundred at once exactly one is fresh"},
		"never fresh":  {brokenMarks{remember: func(*memory, string, time.Duration) bool { return false }}, "a key is remembered once"},
		"remembers for ever": {brokenMarks{remember: func(m *memory, key string, _ time.Duration) bool {
			m.mu.Lock()
			defer m.mu.Unlock()
			fresh := m.held[key] == nil
			m.held[key] = &entry{}
			return fresh
		}}, "the longer of two lives counts"},
		"without case":     {brokenMarks{key: toLower}, "keys of 64 bytes are told apart byte by byte"},
		"63 bytes of keys": {brokenMarks{key: func(key string) string { return key[:min(len(key), 63)] }}, "keys of 64 bytes are told apart byte by byte"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			broken.store.memory = newMemory(c)
			wantRefusal[ginauth0.LogoutStore](t, logoutChecks, broken.want, &broken.store, c.advance)
		})
	}
}

func toLower(key string) string {
	b := []byte(key)
	for i := range b {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
