package ginauth0

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// oneResult is a RefreshLock that has one result.
type oneResult struct {
	RefreshLock
	key    string
	sealed []byte
	asked  int
}

func (o *oneResult) Kept(_ context.Context, key string) ([]byte, bool, error) {
	o.asked++
	return o.sealed, o.sealed != nil && key == o.key, nil
}

// Of a result of this process and one of another the later one counts, however they
// are looked up.
func TestTheLaterOfTwoKeptResultsCounts(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	ring, err := seal.NewRing([]byte("a secret of at least thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	r := &record{RID: "rid", RefreshToken: "0"}
	key := resultKeyOf(r.RID, r.RefreshToken)
	for name, test := range map[string]struct {
		own, shared *refreshed
		sealed      []byte // in place of shared
		want        int64
	}{
		"none":                        {nil, nil, nil, 0},
		"own only":                    {use("0", "0", 1), nil, nil, 1},
		"shared only":                 {nil, use("0", "0", 2), nil, 2},
		"the shared one is later":     {use("0", "0", 1), use("0", "0", 2), nil, 2},
		"the own one is later":        {use("0", "0", 3), use("0", "0", 2), nil, 3},
		"shared is an empty one":      {use("0", "0", 3), nil, []byte{}, 3},
		"shared does not open":        {use("0", "0", 3), nil, []byte("junk"), 3},
		"nothing but an empty one":    {nil, nil, []byte{}, 0},
		"nothing but one that is not": {nil, nil, []byte("junk"), 0},
	} {
		lock := &oneResult{key: key.text(), sealed: test.sealed}
		f := &refresher{lock: lock, box: ring.Box("refresh"), kept: newKeptResults(), now: func() time.Time { return now }, logger: slog.New(slog.DiscardHandler)}
		if test.own != nil {
			f.keep(r, test.own)
		}
		if test.shared != nil {
			text, err := json.Marshal(test.shared)
			if err != nil {
				t.Fatal(err)
			}
			lock.sealed = []byte(f.box.Seal(lock.key, now, now.Add(time.Minute), text))
		}
		check := func(how string, results refreshes, err error) {
			t.Helper()
			at := int64(0)
			for _, result := range results {
				at = result.At
			}
			if err != nil || at != test.want {
				t.Errorf("%s, %s: result of %d, %v; want %d", name, how, at, err, test.want)
			}
		}
		results, err := f.newest(t.Context(), r)
		check("alone", results, err)
		marks, results, err := f.newestWith(t.Context(), r, func(asked string) ([]time.Time, []byte, bool, error) {
			sealed, found, err := lock.Kept(t.Context(), asked)
			return []time.Time{now}, sealed, found, err
		})
		check("with marks", results, err)
		if len(marks) != 1 {
			t.Errorf("%s: marks %v", name, marks)
		}
	}
	// A token that was used up here brings nothing more elsewhere.
	lock := &oneResult{}
	f := &refresher{lock: lock, box: ring.Box("refresh"), kept: newKeptResults(), now: func() time.Time { return now }, logger: slog.New(slog.DiscardHandler)}
	f.keep(r, use("0", "1", 1))
	if _, err := f.newest(t.Context(), r); err != nil || lock.asked != 1 { // for the next one
		t.Errorf("%d look-ups, %v", lock.asked, err)
	}
}

// A chain without end is no reason to use an old token.
func TestTooManyResultsToFollow(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	f := &refresher{kept: newKeptResults(), now: func() time.Time { return now }, logger: slog.New(slog.DiscardHandler)}
	name := func(i int) string { return string(rune('a' + i)) }
	for i := range maxHops + 1 {
		f.keep(&record{RID: "rid", RefreshToken: name(i)}, use(name(i), name(i+1), int64(i+1)))
	}
	if results, err := f.newest(t.Context(), &record{RID: "rid", RefreshToken: name(0)}); err == nil {
		t.Errorf("%d results", len(results))
	}
	if results, err := f.newest(t.Context(), &record{RID: "rid", RefreshToken: name(1)}); err != nil || len(results) != maxHops {
		t.Errorf("%d results, %v", len(results), err)
	}
	// Tokens that come back, as no tenant should do, lead nowhere twice.
	f = &refresher{kept: newKeptResults(), now: func() time.Time { return now }, logger: slog.New(slog.DiscardHandler)}
	f.keep(&record{RID: "rid", RefreshToken: "0"}, use("0", "1", 1))
	f.keep(&record{RID: "rid", RefreshToken: "1"}, use("1", "0", 2))
	if results, err := f.newest(t.Context(), &record{RID: "rid", RefreshToken: "0"}); err != nil || len(results) != 2 {
		t.Errorf("in a circle: %d results, %v", len(results), err)
	}
}
