package ginauth0_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// sharedPlace is where instances keep marks, locks and results together. It is small
// and right, and fails when it is told to.
type sharedPlace struct {
	now func() time.Time

	mu         sync.Mutex
	marks      map[string]time.Time
	results    map[string]sharedResult
	locks      map[string]chan struct{}
	failKeeps  int // this many fail
	failLocks  bool
	failKepts  bool
	calls      map[string]int
	beforeKept func() // called without the lock
}

type sharedResult struct {
	sealed []byte
	ends   time.Time
}

func newSharedPlace() *sharedPlace {
	return &sharedPlace{
		marks: map[string]time.Time{}, results: map[string]sharedResult{}, locks: map[string]chan struct{}{}, calls: map[string]int{},
	}
}

var errPlace = errors.New("the place is out of reach")

func (p *sharedPlace) enter(call string) func() {
	p.mu.Lock()
	p.calls[call]++
	return p.mu.Unlock
}

func (p *sharedPlace) Mark(_ context.Context, key string, before time.Time, _ time.Duration) error {
	defer p.enter("Mark")()
	if before.After(p.marks[key]) {
		p.marks[key] = before
	}
	return nil
}

func (p *sharedPlace) Marked(_ context.Context, keys ...string) ([]time.Time, error) {
	defer p.enter("Marked")()
	return p.marked(keys), nil
}

func (p *sharedPlace) marked(keys []string) []time.Time {
	marks := make([]time.Time, len(keys))
	for i, key := range keys {
		marks[i] = p.marks[key]
	}
	return marks
}

func (p *sharedPlace) Remember(context.Context, string, time.Duration) (bool, error) {
	return true, nil
}

func (p *sharedPlace) Lock(ctx context.Context, key string, _ time.Duration) (func(), error) {
	unlock := p.enter("Lock")
	if len(key) > 64 {
		panic("the key is too long")
	}
	if p.failLocks {
		unlock()
		return nil, errPlace
	}
	if p.locks[key] == nil {
		p.locks[key] = make(chan struct{}, 1)
	}
	lock := p.locks[key]
	unlock()
	select {
	case lock <- struct{}{}:
		return sync.OnceFunc(func() { <-lock }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *sharedPlace) Keep(_ context.Context, key string, sealed []byte, ttl time.Duration) error {
	defer p.enter("Keep")()
	if len(key) > 64 {
		panic("the key is too long")
	}
	if p.failKeeps > 0 {
		p.failKeeps--
		return errPlace
	}
	p.results[key] = sharedResult{sealed, p.now().Add(ttl)}
	return nil
}

func (p *sharedPlace) Kept(_ context.Context, key string) ([]byte, bool, error) {
	if p.beforeKept != nil {
		p.beforeKept()
	}
	defer p.enter("Kept")()
	if p.failKepts {
		return nil, false, errPlace
	}
	sealed, found := p.kept(key)
	return sealed, found, nil
}

func (p *sharedPlace) kept(key string) ([]byte, bool) {
	result, found := p.results[key]
	return result.sealed, found && p.now().Before(result.ends)
}

func (p *sharedPlace) snapshot() map[string]sharedResult {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.results)
}

func (p *sharedPlace) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *sharedPlace) count(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[call]
}

// lookingPlace looks marks and results up in one call.
type lookingPlace struct{ *sharedPlace }

func (p lookingPlace) Beside(lock any) bool { return lock == ginauth0.RefreshLock(p) }

func (p lookingPlace) Look(_ context.Context, keys []string, kept string) ([]time.Time, []byte, bool, error) {
	defer p.enter("Look")()
	sealed, found := p.kept(kept)
	return p.marked(keys), sealed, found, nil
}

// rowStore keeps sessions in rows, as a store of this module does.
type rowStore struct {
	mu      sync.Mutex
	rows    map[string]rowOf
	updates int
	tries   int // to update
	fail    int // this many updates fail
	before  func()
}

type rowOf struct {
	record  []byte
	version int
}

func newRowStore() *rowStore { return &rowStore{rows: map[string]rowOf{}} }

var errNoStore = errors.New("not a store for applications")

func (s *rowStore) Get(*http.Request, string) (*gorilla.Session, error) { return nil, errNoStore }
func (s *rowStore) New(*http.Request, string) (*gorilla.Session, error) { return nil, errNoStore }
func (s *rowStore) Save(*http.Request, http.ResponseWriter, *gorilla.Session) error {
	return errNoStore
}
func (s *rowStore) Options(sessions.Options) {}

func (s *rowStore) found(id string) rows.Found {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[id]
	if !ok {
		return rows.Found{Handle: rows.Handle{ID: id}}
	}
	return rows.Found{Record: row.record, Handle: rows.Handle{ID: id, Version: strconv.Itoa(row.version)}}
}

func (s *rowStore) Find(r *http.Request, name string) (rows.Found, error) {
	cookie, err := r.Cookie(name)
	if err != nil {
		return rows.Found{}, nil
	}
	return s.found(cookie.Value), nil
}

func (s *rowStore) Reread(ctx context.Context, h rows.Handle) (rows.Found, error) {
	return s.found(h.ID), ctx.Err()
}

func (s *rowStore) Insert(_ *http.Request, header http.Header, name string, row rows.Row) (rows.Handle, error) {
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[id] = rowOf{row.Record, 1}
	setRowCookie(header, name, id, row.Cookie)
	return rows.Handle{ID: id, Version: "1"}, nil
}

func setRowCookie(header http.Header, name, id string, cookie http.Cookie) {
	if header == nil {
		return
	}
	cookie.Name, cookie.Value = name, id
	header.Add("Set-Cookie", cookie.String())
}

func (s *rowStore) Update(r *http.Request, header http.Header, name string, h rows.Handle, row rows.Row) (rows.Handle, error) {
	if s.before != nil {
		s.before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	old, ok := s.rows[h.ID]
	switch {
	case r.Context().Err() != nil:
		return h, r.Context().Err()
	case s.fail > 0:
		s.fail--
		return h, errPlace
	case !ok:
		return h, rows.ErrGone
	case strconv.Itoa(old.version) != h.Version:
		return h, rows.ErrConflict
	}
	s.updates++
	s.rows[h.ID] = rowOf{row.Record, old.version + 1}
	setRowCookie(header, name, h.ID, row.Cookie)
	return rows.Handle{ID: h.ID, Version: strconv.Itoa(old.version + 1)}, nil
}

func (s *rowStore) Remove(_ context.Context, h rows.Handle) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, h.ID)
	return nil
}

// Rows makes it a store that has rows.
func (s *rowStore) Rows() rows.Store { return s }

var _ rows.Source = (*rowStore)(nil)

// secondNode adds another instance of the application to the paths below /2: it
// knows of the first one what both keep in common.
func secondNode(t testing.TB, place *sharedPlace, edits ...func(*ginauth0.Config)) func(*setup) {
	return func(s *setup) {
		place.now = s.tenant.Now
		if s.config.LogoutStore == nil {
			s.config.LogoutStore, s.config.RefreshLock = place, place
		}
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			cfg := s.config
			for _, edit := range edits {
				edit(&cfg)
			}
			second, err := ginauth0.NewAt(t.Context(), cfg, s.tenant.Now)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(second.Close)
			router.GET("/2/token", func(c *gin.Context) { showToken(c, second) })
			router.GET("/2/logout", func(c *gin.Context) { second.Fail(c, second.Logout(c, ginauth0.LogoutOptions{})) })
		}
	}
}
