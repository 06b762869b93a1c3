package slots_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/slots"
)

func TestGetReturnsWhatWasPut(t *testing.T) {
	t.Parallel()
	c := slots.New[int](100)
	if c.Get("a") != nil || c.GetBytes([]byte("a")) != nil {
		t.Error("an empty cache knows a key")
	}
	if c.Put("a", 1) != nil {
		t.Error("something was displaced from an empty cache")
	}
	if e := c.Get("a"); e == nil || e.Key != "a" || e.Value != 1 {
		t.Errorf("Get: %+v", e)
	}
	if e := c.GetBytes([]byte("a")); e == nil || e.Value != 1 {
		t.Errorf("GetBytes: %+v", e)
	}
	if old := c.Put("a", 2); old == nil || old.Value != 1 {
		t.Errorf("the older value of the same key was not displaced: %+v", old)
	}
	if e := c.Get("a"); e == nil || e.Value != 2 {
		t.Errorf("Get after a second Put: %+v", e)
	}
	if c.Get("b") != nil {
		t.Error("another key gives a value")
	}
}

func TestSizeIsBounded(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 0, 1, 2, 3, 4, 5, 8, 100, 1000} {
		c := slots.New[int](n)
		displaced := 0
		const puts = 5000
		for i := range puts {
			if c.Put(strconv.Itoa(i), i) != nil {
				displaced++
			}
		}
		held := 0
		for e := range c.Entries {
			if got := c.Get(e.Key); got != e {
				t.Errorf("size %d: an entry that is there is not found", n)
			}
			held++
		}
		if held > max(n, 1) || held == 0 {
			t.Errorf("size %d holds %d entries", n, held)
		}
		if held+displaced != puts {
			t.Errorf("size %d: %d held and %d displaced of %d", n, held, displaced, puts)
		}
	}
}

// The last one in is never the one that goes.
func TestLatestStays(t *testing.T) {
	t.Parallel()
	c := slots.New[int](1)
	for i := range 10 {
		c.Put(strconv.Itoa(i), i)
		if e := c.Get(strconv.Itoa(i)); e == nil || e.Value != i {
			t.Errorf("%d is gone at once", i)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	c := slots.New[int](10)
	c.Put("a", 1)
	old := c.Get("a")
	c.Put("a", 2)
	if c.Remove(old) {
		t.Error("an entry that was replaced was removed")
	}
	if e := c.Get("a"); e == nil || !c.Remove(e) || c.Get("a") != nil {
		t.Error("the entry is still there")
	}
}

func TestEntriesStopsWhenTold(t *testing.T) {
	t.Parallel()
	c := slots.New[int](10)
	for i := range 10 {
		c.Put(strconv.Itoa(i), i)
	}
	seen := 0
	for range c.Entries {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("%d entries were yielded", seen)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := slots.New[string](16)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 2000 {
				key := strconv.Itoa(i % 40)
				if e := c.Get(key); e != nil && e.Value != "value "+key {
					t.Errorf("%s gives %s", key, e.Value)
				} else if e == nil {
					c.Put(key, "value "+key)
				} else if i%7 == 0 {
					c.Remove(e)
				}
			}
		})
	}
	group.Wait()
}
