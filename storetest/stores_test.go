package storetest_test

import (
	"testing"

	"github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/storetest"
)

var key = []byte("a signing key of thirty-two bytes")

// files is gorilla's store for files, as one of gin-contrib.
type files struct{ *gorilla.FilesystemStore }

func (f files) Options(o sessions.Options) { f.FilesystemStore.Options = o.ToGorillaOptions() }

func TestFilesystemStoreWithItsLimit(t *testing.T) {
	t.Parallel()
	storetest.Sessions(t, func(t testing.TB) sessions.Store {
		return files{gorilla.NewFilesystemStore(t.TempDir(), key)}
	})
}

func TestFilesystemStoreWithoutLimit(t *testing.T) {
	t.Parallel()
	storetest.Sessions(t, func(t testing.TB) sessions.Store {
		store := gorilla.NewFilesystemStore(t.TempDir(), key)
		store.MaxLength(0)
		return files{store}
	})
}

func TestCookieStore(t *testing.T) {
	t.Parallel()
	storetest.Sessions(t, openSessions)
}
