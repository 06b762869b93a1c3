package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRedisForgedAndSwappedCookies(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	store := redisStore(t, client)
	ada, _ := insert(t, store, rowOf("ada", time.Hour))
	grace, _ := insert(t, store, rowOf("grace", time.Hour))
	value := func(header http.Header) string { return visit(t, header).Cookies()[0].Value }
	with := func(name string, values ...string) *http.Request {
		r := visit(t, nil)
		for _, value := range values {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		return r
	}
	flipped := []byte(value(ada))
	flipped[40] ^= 1
	stranger, _ := insert(t, redisStore(t, client, "another secret of another application, long"), rowOf("stranger", time.Hour))
	for name, r := range map[string]*http.Request{
		"junk":                   with(rowCookie, strings.Repeat("A", 108)),
		"one bit changed":        with(rowCookie, string(flipped)),
		"cut off":                with(rowCookie, value(ada)[:107]),
		"of another session":     with("another", value(ada)),
		"of another application": with(rowCookie, value(stranger)),
	} {
		cookieName := rowCookie
		if name == "of another session" {
			cookieName = "another"
		}
		if found, err := store.Rows().Find(r, cookieName); err != nil || found.Record != nil {
			t.Errorf("%s: found %+v, error %v", name, found, err)
		}
	}
	// Beside a foreign cookie of the same name ours counts.
	if found, err := store.Rows().Find(with(rowCookie, value(stranger), value(ada)), rowCookie); err != nil || string(found.Record) != "ada" {
		t.Errorf("beside a foreign one: found %+v, error %v", found, err)
	}

	// Whoever can write into Redis cannot give one person the row of another.
	names := rowNames(t, client)
	if len(names) != 3 {
		t.Fatalf("rows %q", names)
	}
	texts := client.MGet(t.Context(), names[0], names[1], names[2]).Val()
	for i, name := range names {
		client.Set(t.Context(), name, texts[(i+1)%3], time.Hour)
	}
	for _, cookies := range []http.Header{ada, grace} {
		if found := find(t, store, cookies); found.Record != nil {
			t.Errorf("found %q in a row that was swapped", found.Record)
		}
	}
}

func TestRedisSecretsAreRotated(t *testing.T) {
	t.Parallel()
	client := startRedis(t).client(t, punctual)
	before, during, after := redisStore(t, client, oldRowSecret), redisStore(t, client, rowSecret, oldRowSecret), redisStore(t, client, rowSecret)
	cookies, _ := insert(t, before, rowOf("one", time.Hour))
	if found := find(t, after, cookies); found.Record != nil {
		t.Errorf("a secret that was taken out opens %q", found.Record)
	}
	found := wantRecord(t, during, cookies, "one")
	if !found.Old {
		t.Error("the row needs no new seal")
	}
	header := http.Header{}
	if _, err := during.Rows().Update(visit(t, cookies), header, rowCookie, found.Handle, rowOf("two", time.Hour)); err != nil {
		t.Fatal(err)
	}
	if found := wantRecord(t, after, header, "two"); found.Old {
		t.Error("the row needs another new seal")
	}
	if found := wantRecord(t, during, cookies, "two"); !found.Old { // the row is new, the cookie is not
		t.Error("the cookie needs no new seal")
	}
	// An instance that still runs with the old order writes the row, and no cookie.
	late := redisStore(t, client, oldRowSecret, rowSecret)
	if _, err := late.Rows().Update(visit(t, header), nil, rowCookie, find(t, late, header).Handle, rowOf("three", time.Hour)); err != nil {
		t.Fatal(err)
	}
	found = wantRecord(t, during, header, "three")
	if again, err := during.Rows().Reread(t.Context(), found.Handle); err != nil || !found.Old || !again.Old {
		t.Errorf("the row needs no new seal: %v, %v, error %v", found.Old, again.Old, err)
	}
}
