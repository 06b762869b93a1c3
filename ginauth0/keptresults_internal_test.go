package ginauth0

import (
	"fmt"
	"testing"
	"time"
)

func TestKeptResultsAreBounded(t *testing.T) {
	t.Parallel()
	k, now := newKeptResults(), time.Unix(1_700_000_000, 0)
	key := func(i int) resultKey { return resultKeyOf("rid", fmt.Sprint(i)) }
	for i := range maxResults + 3 {
		k.keep(key(i), "rid", &refreshed{At: int64(i)}, now)
	}
	for i, want := range map[int]bool{0: false, 2: false, 3: true, maxResults + 2: true} {
		if got := k.find(key(i), now); (got != nil) != want {
			t.Errorf("result %d: %v, want %v", i, got != nil, want)
		}
	}
	// Kept again it is the newest.
	k.keep(key(3), "rid", &refreshed{At: -1}, now)
	k.keep(key(-1), "rid", &refreshed{}, now)
	if got := k.find(key(3), now); got == nil || got.At != -1 || k.find(key(4), now) != nil {
		t.Error("the oldest stayed, or the newest went")
	}
	if len(k.byKey) != maxResults || k.order.Len() != maxResults {
		t.Errorf("%d and %d results", len(k.byKey), k.order.Len())
	}
}

func TestKeptResultsLapse(t *testing.T) {
	t.Parallel()
	k, now := newKeptResults(), time.Unix(1_700_000_000, 0)
	k.keep(resultKeyOf("a", "1"), "a", &refreshed{}, now)
	k.keep(resultKeyOf("b", "1"), "b", &refreshed{}, now.Add(time.Minute))
	if k.find(resultKeyOf("a", "1"), now.Add(15*time.Minute-1)) == nil {
		t.Error("lapsed within 15 minutes")
	}
	if k.find(resultKeyOf("a", "1"), now.Add(15*time.Minute)) != nil {
		t.Error("there after 15 minutes")
	}
	k.keep(resultKeyOf("c", "1"), "c", &refreshed{}, now.Add(15*time.Minute))
	if len(k.byKey) != 2 {
		t.Errorf("%d results take room", len(k.byKey))
	}
	k.forget("b")
	if k.find(resultKeyOf("b", "1"), now) != nil || k.find(resultKeyOf("c", "1"), now) == nil || k.order.Len() != 1 {
		t.Error("another session was forgotten")
	}
}

func TestKeysOfResultsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, key := range []string{
		resultKeyOf("a", "1").text(), resultKeyOf("a", "2").text(), resultKeyOf("b", "1").text(), resultKeyOf("", "a1").text(), lockKey("a"), lockKey("b"),
	} {
		if seen[key] || len(key) > 64 {
			t.Errorf("key %s", key)
		}
		seen[key] = true
	}
}
