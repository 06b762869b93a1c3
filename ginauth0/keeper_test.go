package ginauth0_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// faultyRows is a store with rows and faults.
type faultyRows struct {
	*rowStore
	tries          int
	insert, remove error
	find           error
}

func newFaultyRows() *faultyRows { return &faultyRows{rowStore: newRowStore()} }

func (s *faultyRows) Rows() rows.Store { return s }

func (s *faultyRows) Find(r *http.Request, name string) (rows.Found, error) {
	if s.find != nil {
		return rows.Found{}, s.find
	}
	return s.rowStore.Find(r, name)
}

func (s *faultyRows) Insert(r *http.Request, header http.Header, name string, row rows.Row) (rows.Handle, error) {
	if s.insert != nil {
		return rows.Handle{}, s.insert
	}
	return s.rowStore.Insert(r, header, name, row)
}

func (s *faultyRows) Update(r *http.Request, header http.Header, name string, h rows.Handle, row rows.Row) (rows.Handle, error) {
	s.tries++
	return s.rowStore.Update(r, header, name, h, row)
}

func (s *faultyRows) Remove(ctx context.Context, h rows.Handle) error {
	if s.remove != nil {
		return s.remove
	}
	return s.rowStore.Remove(ctx, h)
}

// only returns the id of the only row, and its record.
func (s *faultyRows) only(t testing.TB) (id string, record map[string]any) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rows) != 1 {
		t.Fatalf("%d rows", len(s.rows))
	}
	for key, row := range s.rows {
		if err := json.Unmarshal(row.record, &record); err != nil {
			t.Fatal(err)
		}
		id = key
	}
	return id, record
}

// write lets somebody else write the only row.
func (s *faultyRows) write(t testing.TB, change func(record map[string]any)) {
	t.Helper()
	id, record := s.only(t)
	change(record)
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[id] = rowOf{text, s.rows[id].version + 1}
}

// dueRow is a session in a row that is due to be rolled.
func dueRow(t *testing.T) (*faultyRows, *app, *browser) {
	t.Helper()
	store := newFaultyRows()
	a := newApp(t, storedIn(store))
	b := a.browser(t)
	b.login("/auth/login")
	a.clock.advance(time.Hour)
	return store, a, b
}

func TestAChangeIsMadeOnTopOfWhatOthersWrote(t *testing.T) {
	t.Parallel()
	for _, conflicts := range []int{1, 2, 3} {
		store, a, b := dueRow(t)
		store.before = func() {
			if store.tries <= conflicts {
				store.write(t, func(record map[string]any) { record["sid"] = "of another request" })
			}
		}
		r := b.get("/")
		if c := r.cookies("_a0_session"); r.body != "hello Ada Lovelace" || len(c) != 1 || c[0].MaxAge < 86390 {
			t.Errorf("%d conflicts: %s %v", conflicts, r.body, r.header["Set-Cookie"])
		}
		_, record := store.only(t)
		if record["sid"] != "of another request" || record["updated"] != float64(a.clock.Now().UnixMilli()) || store.tries != 1+conflicts {
			t.Errorf("%d conflicts, %d tries: the row holds sid %v, updated %.0f", conflicts, store.tries, record["sid"], record["updated"])
		}
	}
}

func TestAChangeGivesUpAfterThreeConflicts(t *testing.T) {
	t.Parallel()
	store, a, b := dueRow(t)
	store.before = func() { store.write(t, func(record map[string]any) { record["sid"] = "of another request" }) }
	r := b.get("/")
	if r.body != "hello Ada Lovelace" || len(r.header.Values("Set-Cookie")) != 0 || r.header.Get("Cache-Control") != "" {
		t.Errorf("%s %v", r.body, r.header)
	}
	_, record := store.only(t)
	if record["updated"] == float64(a.clock.Now().UnixMilli()) || store.tries != 4 {
		t.Errorf("%d tries, want 4", store.tries)
	}
	if log := a.log.String(); !strings.Contains(log, ginauth0.ErrConflict.Error()) {
		t.Errorf("log %s", log)
	}
}

func TestAChangeOfASessionThatIsGoneEndsIt(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(t *testing.T, store *faultyRows){
		"at the first try": func(_ *testing.T, store *faultyRows) { clear(store.rows) },
		"between two tries": func(t *testing.T, store *faultyRows) {
			if store.tries == 1 {
				store.write(t, func(map[string]any) {})
				return
			}
			clear(store.rows)
		},
		"replaced by another login": func(t *testing.T, store *faultyRows) {
			store.write(t, func(record map[string]any) { record["rid"] = "another" })
		},
		"replaced by what is no record": func(t *testing.T, store *faultyRows) {
			store.write(t, func(record map[string]any) { record["v"] = 2 })
		},
	} {
		store, _, b := dueRow(t)
		store.before = func() { meanwhile(t, store) }
		r := b.get("/profile", asJSON)
		if r.status != http.StatusUnauthorized || len(r.cookies("_a0_session")) != 1 || len(b.sessionCookies()) != 0 {
			t.Errorf("%s: %d %v", name, r.status, r.header["Set-Cookie"])
		}
		if len(store.rows) != 0 {
			t.Errorf("%s: %d rows are left", name, len(store.rows))
		}
	}
}

func TestARollThatFailsLetsTheRequestGoOn(t *testing.T) {
	t.Parallel()
	store, a, b := dueRow(t)
	store.fail = 1
	if r := b.get("/profile"); r.status != http.StatusOK || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%d %v", r.status, r.header)
	}
	if !strings.Contains(a.log.String(), "a session could not be rolled") {
		t.Errorf("log %s", a.log)
	}
	if r := b.get("/"); len(r.cookies("_a0_session")) != 1 { // the next one tries again
		t.Errorf("%v", r.header)
	}
}

func TestRowsOutOfReach(t *testing.T) {
	t.Parallel()
	store, _, b := dueRow(t)
	callback := b.toCallback("/auth/login")
	store.find = errors.New("down")
	wantError(t, b.get("/profile", asJSON), http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	if r := b.get("/"); r.body != "hello stranger" || len(r.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%s %v", r.body, r.header)
	}
	store.find, store.insert = nil, errors.New("down")
	r := b.get(callback, asJSON)
	wantError(t, r, http.StatusServiceUnavailable, `"error":"store_unavailable"`)
	if store.insert = nil; len(r.cookies("_a0_session")) != 0 || !b.signedIn() {
		t.Errorf("the session from before the login is lost: %v", r.header["Set-Cookie"])
	}
	store.only(t)
}

// An old row that cannot be deleted is a matter for the log, and fails nobody's
// login.
func TestALoginWhoseOldRowStays(t *testing.T) {
	t.Parallel()
	store, a, b := dueRow(t)
	id, _ := store.only(t)
	store.remove = errors.New("down")
	if r := b.login("/auth/login"); len(r.cookies("_a0_session")) != 1 || r.cookies("_a0_session")[0].Value == id {
		t.Errorf("%v", r.header["Set-Cookie"])
	}
	if len(store.rows) != 2 || !strings.Contains(a.log.String(), "the row of an old session could not be deleted") {
		t.Errorf("%d rows, log %s", len(store.rows), a.log)
	}
	store.remove = nil
	b.login("/auth/login")
	b.get("/auth/logout")
	if len(store.rows) != 1 || b.signedIn() {
		t.Errorf("%d rows", len(store.rows))
	}
}

// What a cookie names that is no row is asked for once, and never written.
func TestACookieWithoutARow(t *testing.T) {
	t.Parallel()
	store, _, b := dueRow(t)
	clear(store.rows)
	if r := b.get("/"); r.body != "hello stranger" || len(r.cookies("_a0_session")) != 1 || store.tries != 0 || len(store.rows) != 0 {
		t.Errorf("%s %v, %d tries", r.body, r.header["Set-Cookie"], store.tries)
	}
}
