package ginauth0

import (
	"context"
	"reflect"
	"time"
)

// LogoutStore keeps marks: "what this key names and was created at or before
// that time is logged out". Sessions in cookies cannot be taken back by other
// means. Keys are opaque, at most 64 bytes. It must be safe for concurrent use.
//
// Package redisstore has one for several instances; package storetest tests one
// of your own.
type LogoutStore interface {
	// Mark keeps a mark for ttl. Of two marks on a key the later time counts and
	// the longer life.
	Mark(ctx context.Context, key string, before time.Time, ttl time.Duration) error
	// Marked returns the time of the mark on each key, in milliseconds at least;
	// the zero time is no mark.
	Marked(ctx context.Context, keys ...string) ([]time.Time, error)
	// Remember keeps a key for ttl and reports whether it was not there before:
	// of concurrent calls exactly one is fresh.
	Remember(ctx context.Context, key string, ttl time.Duration) (fresh bool, err error)
}

// RefreshLock lets several instances refresh a session one at a time, and hands
// on what came of it. Keys are opaque, at most 64 bytes, and a lock and a result
// of one key know nothing of each other. It must be safe for concurrent use.
//
// Package redisstore has one; package storetest tests one of your own.
type RefreshLock interface {
	// Lock waits until nobody else has the lock, or ctx is done. It lapses after
	// ttl. The lock is kept when ctx ends, and unlock works after that. It may be
	// called more than once, and gives back nothing but this lock: not one that
	// somebody else has got after it lapsed.
	Lock(ctx context.Context, key string, ttl time.Duration) (unlock func(), err error)
	// Keep keeps a result for ttl, in place of an earlier one.
	Keep(ctx context.Context, key string, sealed []byte, ttl time.Duration) error
	// Kept returns the result of a key.
	Kept(ctx context.Context, key string) (sealed []byte, found bool, err error)
}

// companion is a session store that brings the two others.
type companion interface {
	LogoutStore() LogoutStore
	RefreshLock() RefreshLock
}

// judgeStores looks for pointers that are nil, and takes from the session store
// what it brings.
func (s *settings) judgeStores(p *problems) {
	for _, store := range []struct {
		field string
		value any
	}{{"Session.Store", s.Session.Store}, {"LogoutStore", s.LogoutStore}, {"RefreshLock", s.RefreshLock}} {
		if v := reflect.ValueOf(store.value); v.Kind() == reflect.Pointer && v.IsNil() {
			p.add(store.field, "is a nil pointer: the error of the function that makes it tells why")
			return
		}
	}
	store, ok := s.Session.Store.(companion)
	if !ok {
		return
	}
	if s.LogoutStore == nil {
		s.LogoutStore = store.LogoutStore()
	}
	if s.RefreshLock == nil {
		s.RefreshLock = store.RefreshLock()
	}
}
