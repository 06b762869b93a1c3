package redisstore_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-auth0/gin-auth0/ginauth0"
	"github.com/gin-auth0/gin-auth0/internal/rows"
	"github.com/gin-auth0/gin-auth0/internal/seal"
	"github.com/gin-auth0/gin-auth0/redisstore"
)

const secret = ginauth0.Secret("32 bytes and more of a secret for tests")

func newSessionStore(t *testing.T, client redis.UniversalClient, timeout time.Duration) *redisstore.Store {
	t.Helper()
	t.Cleanup(func() { _ = client.Close() })
	store, err := redisstore.New(client, redisstore.Config{Secrets: []ginauth0.Secret{secret}, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	return r
}

func TestAllProblemsOfAConfigAtOnce(t *testing.T) {
	t.Parallel()
	good := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { _ = good.Close() })
	secrets := []ginauth0.Secret{secret}
	for _, test := range []struct {
		client redis.UniversalClient
		cfg    redisstore.Config
		want   []string
	}{
		{nil, redisstore.Config{Timeout: -1}, []string{"redisstore: client must not be nil", "redisstore: Secrets: seal: no secret", "redisstore: Timeout must not be negative"}},
		{(*redis.Client)(nil), redisstore.Config{Secrets: secrets}, []string{"redisstore: client must not be nil"}},
		{(*redis.ClusterClient)(nil), redisstore.Config{Secrets: secrets}, []string{"redisstore: client must not be nil"}},
		{(*redis.Ring)(nil), redisstore.Config{Secrets: secrets}, []string{"redisstore: client must not be nil"}},
		{good, redisstore.Config{Secrets: []ginauth0.Secret{secret, "too short"}}, []string{"redisstore: Secrets: seal: a secret is shorter than 32 bytes"}},
		{good, redisstore.Config{Secrets: []ginauth0.Secret{secret, secret}}, []string{"redisstore: Secrets: seal: two secrets are alike"}},
		{good, redisstore.Config{Secrets: secrets, Timeout: -time.Second}, []string{"redisstore: Timeout must not be negative"}},
		{good, redisstore.Config{Secrets: secrets}, nil}, // nobody listens there: nothing is asked
	} {
		store, err := redisstore.New(test.client, test.cfg)
		if text := fmt.Sprint(err); test.want != nil && text != strings.Join(test.want, "\n") || (store == nil) != (err != nil) || (err == nil) != (test.want == nil) {
			t.Errorf("%T, %+v: got %v and the error %q, want %q", test.client, test.cfg, store, err, test.want)
		}
	}
}

// prepared is a server that holds a session, and its cookie.
func prepared(t *testing.T) (*server, *http.Cookie) {
	t.Helper()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	session, err := store.New(request(), "cart")
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	if err := store.Save(request(), answer, session); err != nil {
		t.Fatal(err)
	}
	s.asked()
	return s, answer.Result().Cookies()[0]
}

// Cookies that do not open and handles of no row cost no round trip.
func TestNothingIsAskedInVain(t *testing.T) {
	t.Parallel()
	s, cookie := prepared(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	forged, moved := *cookie, *cookie
	forged.Value = strings.Repeat("A", len(cookie.Value))
	moved.Name = "another"
	for name, test := range map[string]struct {
		r    *http.Request
		name string
	}{
		"none":                    {request(), "cart"},
		"forged":                  {request(&forged), "cart"},
		"under another name":      {request(&moved), "another"},
		"beside the name we want": {request(cookie), "another"},
	} {
		if found, err := store.Rows().Find(test.r, test.name); err != nil || found.Record != nil || found.Handle != (rows.Handle{}) {
			t.Errorf("%s: found %+v, error %v", name, found, err)
		}
		if session, err := store.New(test.r, test.name); err != nil || !session.IsNew || session.ID != "" {
			t.Errorf("%s: session %+v, error %v", name, session, err)
		}
	}
	for _, handle := range []rows.Handle{{}, {ID: "short", Version: strings.Repeat("A", 24)}} {
		if found, err := store.Rows().Reread(t.Context(), handle); err != nil || found.Record != nil {
			t.Errorf("%+v: found %+v, error %v", handle, found, err)
		}
		if err := store.Rows().Remove(t.Context(), handle); err != nil {
			t.Errorf("%+v: the error is %v", handle, err)
		}
	}
	// Without a version an update would be a new row.
	for _, handle := range []rows.Handle{{}, {ID: "short", Version: strings.Repeat("A", 24)}, {ID: strings.Repeat("A", 43)}} {
		if _, err := store.Rows().Update(request(), http.Header{}, "cart", handle, rows.Row{}); !errors.Is(err, rows.ErrGone) {
			t.Errorf("%+v: the error is %v", handle, err)
		}
	}
	if marks, err := store.LogoutStore().Marked(t.Context()); err != nil || len(marks) != 0 {
		t.Errorf("marks %v, error %v", marks, err)
	}
	if asked := s.asked(); len(asked) != 0 {
		t.Errorf("Redis was asked %q", asked)
	}
}

// A row goes with its indexes, the indexes first, each script with one key.
func TestWritingARowOnTheWire(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	store := newSessionStore(t, redis.NewClient(&redis.Options{Addr: s.address}), 0)
	s.answers(func([]string, string) string { return "$7\r\nwritten\r\n" })
	header := http.Header{}
	created := time.UnixMilli(1_800_000_000_123)
	handle, err := store.Rows().Insert(request(), header, "sid", rows.Row{
		Record: []byte("record"), Created: created, Marks: []string{"sub:a", "sid:b"}, Expiry: time.Now().Add(time.Hour),
		Cookie: http.Cookie{Path: "/", HttpOnly: true},
	})
	if err != nil || len(header["Set-Cookie"]) != 1 || strings.Contains(header.Get("Set-Cookie"), handle.ID) {
		t.Fatalf("header %v, error %v", header, err)
	}
	asked := s.asked()
	if len(asked) != 3 {
		t.Fatalf("Redis was asked %q", asked)
	}
	hash := strings.TrimPrefix(asked[2][3], "a0:row:")
	for i, want := range []string{"a0:index:sub:a", "a0:index:sid:b", "a0:row:" + hash} {
		if got := asked[i]; got[0] != "eval" || got[2] != "1" || got[3] != want {
			t.Errorf("command %d is %q, want a script on %s alone", i, got, want)
		}
	}
	if got := asked[0][4]; got != "1800000000123:"+hash || strings.Contains(fmt.Sprint(asked), handle.ID) {
		t.Errorf("the member of the index is %q", got)
	}
	if version := asked[2][4]; version != "" || !strings.HasPrefix(asked[2][5], handle.Version) || len(handle.Version) != 24 {
		t.Errorf("a row at version %q is written as %q, handle %+v", version, asked[2][5], handle)
	}
	for _, got := range []string{asked[0][5], asked[1][5], asked[2][6]} {
		if got > "3600000" || got < "3590000" || len(got) != 7 {
			t.Errorf("the life is %s ms", got)
		}
	}
	if strings.Contains(fmt.Sprint(asked), "record") {
		t.Error("the record can be read")
	}
	// Purposes and names of the seals, by which a later version still opens them.
	ring, err := seal.NewRing([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := ring.Box("row").Open(asked[2][3], asked[2][5], time.Now()); err != nil || !bytes.HasSuffix(opened.Payload, []byte("record")) {
		t.Errorf("the row holds %q, error %v", opened.Payload, err)
	}
	cookie := (&http.Response{Header: header}).Cookies()[0]
	opened, err := ring.Box("session-id").Open("sid", cookie.Value, time.Now())
	if sum := sha256.Sum256(opened.Payload); err != nil || len(opened.Payload) != 32 || base64.RawURLEncoding.EncodeToString(sum[:]) != hash {
		t.Errorf("the cookie holds %d bytes, error %v; their hash is not in the key %s", len(opened.Payload), err, asked[2][3])
	}

	s.answers(func([]string, string) string { return "$8\r\nconflict\r\n" })
	update := rows.Row{Record: []byte("other"), Expiry: time.Now().Add(time.Hour)}
	if _, err := store.Rows().Update(request(), nil, "sid", handle, update); !errors.Is(err, rows.ErrConflict) {
		t.Errorf("the error is %v", err)
	}
	if asked := s.asked(); len(asked) != 1 || asked[0][4] != handle.Version || !slices.Equal(asked[0][2:4], []string{"1", "a0:row:" + hash}) {
		t.Errorf("Redis was asked %q", asked)
	}
}
