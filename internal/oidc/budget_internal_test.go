package oidc

import (
	"strconv"
	"testing"
	"time"
)

// No input may grow memory without bound, whatever the bucket lets pass.
func TestUnknownKeyIDsAreBoundedInNumber(t *testing.T) {
	t.Parallel()
	var u unknownKeys
	now := time.Now()
	u.init(now)
	for i := range 3 * maxUnknownKeyIDs {
		u.remember(strconv.Itoa(i), now)
	}
	if len(u.until) != maxUnknownKeyIDs || !u.remembers("0", now) {
		t.Errorf("%d remembered", len(u.until))
	}
	later := now.Add(unknownLifetime)
	u.remember("new", later)
	if len(u.until) != 1 || !u.remembers("new", later) || u.remembers("0", later) {
		t.Errorf("%d remembered after their time", len(u.until))
	}
}
