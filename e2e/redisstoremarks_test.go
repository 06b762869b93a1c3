package e2e_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

func mark(t *testing.T, store ginauth0.LogoutStore, key string, before time.Time, ttl time.Duration) {
	t.Helper()
	if err := store.Mark(t.Context(), key, before, ttl); err != nil {
		t.Fatal(err)
	}
}

func wantMarks(t *testing.T, store ginauth0.LogoutStore, keys []string, want ...time.Time) {
	t.Helper()
	got, err := store.Marked(t.Context(), keys...)
	if err != nil || !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("the marks on %q are %v, error %v, want %v", keys, got, err, want)
	}
}

func TestRedisMarks(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := redisStore(t, client).LogoutStore()
		wantLife := func(want time.Duration) {
			t.Helper()
			if life := client.PTTL(t.Context(), "a0:mark:sub:ada").Val(); life > want || life < want-patience {
				t.Errorf("the mark lives %v, want %v", life, want)
			}
		}
		keys := []string{"sub:ada", "sid:1", "rid:1"}
		wantMarks(t, store, nil)
		wantMarks(t, store, keys, time.Time{}, time.Time{}, time.Time{})

		mark(t, store, "sub:ada", rowBirth.Add(999*time.Microsecond), time.Hour) // a whole millisecond is what counts
		wantMarks(t, store, keys, rowBirth, time.Time{}, time.Time{})
		wantLife(time.Hour)
		// An earlier time, a longer life.
		mark(t, store, "sub:ada", rowBirth.Add(-time.Millisecond), 2*time.Hour)
		wantMarks(t, store, keys, rowBirth, time.Time{}, time.Time{})
		wantLife(2 * time.Hour)
		// A later time, a shorter life.
		mark(t, store, "sub:ada", rowBirth.Add(time.Millisecond), time.Minute)
		mark(t, store, "rid:1", rowBirth, time.Minute)
		wantMarks(t, store, keys, rowBirth.Add(time.Millisecond), time.Time{}, rowBirth)
		wantLife(2 * time.Hour)

		mark(t, store, "short", rowBirth, -1)
		for deadline := time.Now().Add(patience); client.Exists(t.Context(), "a0:mark:short").Val() == 1; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("a mark never ends")
			}
		}
	})
}

func TestRedisMarksAtOnce(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	one, two := redisStore(t, server.client(t, punctual)).LogoutStore(), redisStore(t, server.client(t)).LogoutStore()
	for round := range 20 {
		key := fmt.Sprint("sub:", round)
		var wait sync.WaitGroup
		for i := range 20 {
			wait.Go(func() {
				if err := []ginauth0.LogoutStore{one, two}[i%2].Mark(t.Context(), key, rowBirth.Add(time.Duration(i)*time.Millisecond), time.Minute); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		wantMarks(t, one, []string{key}, rowBirth.Add(19*time.Millisecond))
	}
}

// born is a row of a session that was created so long after the others.
func born(record string, after time.Duration, marks ...string) rows.Row {
	row := rowOf(record, time.Hour, marks...)
	row.Created = rowBirth.Add(after)
	return row
}

func TestRedisMarkDeletesTheRowsItCovers(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := redisStore(t, client)
		marks := store.LogoutStore()
		before, _ := insert(t, store, born("before", -time.Millisecond, "sub:ada", "sid:1"))
		then, _ := insert(t, store, born("then", 0, "sub:ada", "sid:2"))
		later, _ := insert(t, store, born("later", time.Millisecond, "sub:ada", "sid:3"))
		other, _ := insert(t, store, born("other", -time.Hour, "sub:grace", "sid:4"))

		mark(t, marks, "sub:ada", rowBirth, time.Hour)
		wantRecord(t, store, before, "")
		wantRecord(t, store, then, "")
		wantRecord(t, store, later, "later")
		wantRecord(t, store, other, "other")
		if count := client.ZCard(t.Context(), "a0:index:sub:ada").Val(); count != 1 {
			t.Errorf("the index has %d rows, want 1", count)
		}
		mark(t, marks, "sub:ada", rowBirth.Add(-time.Second), time.Hour) // an earlier time ends nothing more
		wantRecord(t, store, later, "later")
		mark(t, marks, "sid:3", rowBirth.Add(time.Millisecond), time.Hour)
		wantRecord(t, store, later, "")
		mark(t, marks, "sid:unknown", rowBirth, time.Hour)
		wantRecord(t, store, other, "other")
	})
}

// A row that could not be deleted is deleted by the next mark, be its own time an earlier one.
func TestRedisMarkIsCompletedLater(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	client := server.client(t, punctual)
	store := redisStore(t, client)
	cookies, _ := insert(t, store, rowOf("one", time.Hour, "sub:ada"))
	if err := client.Do(t.Context(), "acl", "setuser", "weak", "on", ">weak", "~*", "+@all", "-del").Err(); err != nil {
		t.Fatal(err)
	}
	weak := redisStore(t, server.client(t, func(o *redis.Options) { o.Username, o.Password = "weak", "weak" })).LogoutStore()
	if err := weak.Mark(t.Context(), "sub:ada", rowBirth, time.Hour); err == nil || err.Error() != "redisstore: Redis refuses with NOPERM" {
		t.Errorf("the error is %v", err)
	}
	wantMarks(t, store.LogoutStore(), []string{"sub:ada"}, rowBirth)
	wantRecord(t, store, cookies, "one")
	mark(t, store.LogoutStore(), "sub:ada", rowBirth.Add(-time.Hour), time.Hour)
	wantRecord(t, store, cookies, "")
}

func TestRedisRemembersOnce(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	stores := []ginauth0.LogoutStore{redisStore(t, server.client(t, punctual)).LogoutStore(), redisStore(t, server.client(t)).LogoutStore()}
	for round := range 10 {
		key := fmt.Sprint("jti", round)
		fresh := make(chan bool, 100)
		var wait sync.WaitGroup
		for i := range cap(fresh) {
			wait.Go(func() {
				got, err := stores[i%2].Remember(t.Context(), key, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if got {
					fresh <- true
				}
			})
		}
		wait.Wait()
		if len(fresh) != 1 {
			t.Errorf("%d of %d were fresh, want 1", len(fresh), cap(fresh))
		}
	}
	if fresh, err := stores[0].Remember(t.Context(), "short", time.Millisecond); !fresh || err != nil {
		t.Errorf("fresh %v, error %v", fresh, err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if fresh, err := stores[1].Remember(t.Context(), "short", time.Minute); fresh && err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing is ever forgotten")
		}
	}
}

func TestRedisLooksUpMarksAndResultTogether(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := redisStore(t, client)
		marks, lock := store.LogoutStore(), store.RefreshLock()
		lookup := marks.(rows.Lookup)
		if other := redisStore(t, client); !lookup.Beside(lock) || !lookup.Beside(store.RefreshLock()) || lookup.Beside(other.RefreshLock()) || lookup.Beside(nil) || lookup.Beside(marks) {
			t.Error("what lies beside is taken for another")
		}
		mark(t, marks, "sid:1", rowBirth, time.Minute)
		times, sealed, found, err := lookup.Look(t.Context(), []string{"sub:ada", "sid:1"}, "token")
		if err != nil || found || sealed != nil || len(times) != 2 || !times[0].IsZero() || !times[1].Equal(rowBirth) {
			t.Errorf("got %v, %q, %v, error %v", times, sealed, found, err)
		}
		for _, result := range []string{"sealed \x00 result", ""} {
			if err := lock.Keep(t.Context(), "token", []byte(result), time.Minute); err != nil {
				t.Fatal(err)
			}
			times, sealed, found, err = lookup.Look(t.Context(), []string{"sid:1"}, "token")
			if err != nil || !found || string(sealed) != result || len(times) != 1 || !times[0].Equal(rowBirth) {
				t.Errorf("got %v, %q, %v, error %v", times, sealed, found, err)
			}
			if sealed, found, err = lock.Kept(t.Context(), "token"); err != nil || !found || string(sealed) != result {
				t.Errorf("kept %q, %v, error %v", sealed, found, err)
			}
		}
		if sealed, found, err = lock.Kept(t.Context(), "another"); err != nil || found || sealed != nil {
			t.Errorf("kept %q, %v, error %v", sealed, found, err)
		}
		if times, _, found, err = lookup.Look(t.Context(), nil, ""); err != nil || found || len(times) != 0 {
			t.Errorf("got %v, %v, error %v", times, found, err)
		}
	})
}
