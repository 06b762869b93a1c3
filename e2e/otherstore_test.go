package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	ginredis "github.com/gin-contrib/sessions/redis"
	gorilla "github.com/gorilla/sessions"
)

var storeKey = []byte("the key of the store, 32 bytes..")

// otherStore is a session store that others wrote, and what is known of it.
type otherStore struct {
	sessions.Store
	ids     bool                          // keeps sessions in rows
	limited bool                          // refuses what is long
	small   bool                          // so much so that an ID token is too much
	empty   func(t *testing.T)            // deletes all rows; nil: cannot be done
	content func(t *testing.T) (_ string) // all that is readable in it; nil: cannot be read
}

// fileStore is gorilla's store for files, as one of gin-contrib.
type fileStore struct{ *gorilla.FilesystemStore }

func (f fileStore) Options(o sessions.Options) { f.FilesystemStore.Options = o.ToGorillaOptions() }

func openFiles(t *testing.T, lifted bool) *otherStore {
	t.Helper()
	directory := t.TempDir()
	store := gorilla.NewFilesystemStore(directory, storeKey)
	if lifted {
		store.MaxLength(0)
	}
	names := func(t *testing.T) []string {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(directory, "session_*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	return &otherStore{
		Store: fileStore{store}, ids: true, limited: !lifted, small: !lifted,
		empty: func(t *testing.T) {
			for _, name := range names(t) {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		},
		content: func(t *testing.T) string {
			var all strings.Builder
			for _, name := range names(t) {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(text)
			}
			return all.String()
		},
	}
}

func openRedis(t *testing.T, server *redisServer, lifted bool) *otherStore {
	t.Helper()
	store, err := ginredis.NewStore(10, "tcp", server.address, "", "", storeKey)
	if err != nil {
		t.Fatal(err)
	}
	redistore, err := ginredis.GetRedisStore(store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redistore.Close() })
	if lifted {
		redistore.SetMaxLength(0)
	}
	client := server.client(t)
	return &otherStore{
		Store: store, ids: true, limited: !lifted,
		empty: func(t *testing.T) {
			if err := client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		},
		content: func(t *testing.T) string {
			keys, err := client.Keys(t.Context(), "*").Result()
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(keys, "\n")
			for _, key := range keys {
				all += "\n" + client.Get(t.Context(), key).Val()
			}
			return all
		},
	}
}

// eachOtherStore runs a test on every store.
func eachOtherStore(t *testing.T, test func(t *testing.T, store *otherStore)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) *otherStore{
		"memory": func(*testing.T) *otherStore { return &otherStore{Store: memstore.NewStore(storeKey), ids: true} },
		"cookie": func(*testing.T) *otherStore {
			return &otherStore{Store: cookie.NewStore(storeKey), limited: true, small: true}
		},
		"files":        func(t *testing.T) *otherStore { return openFiles(t, false) },
		"files lifted": func(t *testing.T) *otherStore { return openFiles(t, true) },
		"redis":        func(t *testing.T) *otherStore { return openRedis(t, startRedis(t), false) },
		"redis lifted": func(t *testing.T) *otherStore { return openRedis(t, startRedis(t), true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}
