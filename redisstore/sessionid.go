package redisstore

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
)

// sessionID is the random id of a session. Redis knows its hash only: whoever
// reads the keys there has no cookie.
type sessionID [32]byte

var idEncoding = base64.RawURLEncoding.Strict()

func newSessionID() (id sessionID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

// parseSessionID reads what text has written.
func parseSessionID(text string) (id sessionID, ok bool) {
	raw, err := idEncoding.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		return sessionID{}, false
	}
	return sessionID(raw), true
}

func (id sessionID) text() string { return idEncoding.EncodeToString(id[:]) }

// hash names the row of the session.
func (id sessionID) hash() string {
	sum := sha256.Sum256(id[:])
	return idEncoding.EncodeToString(sum[:])
}

// carriedID returns the id in the cookies of a request. old says that another
// secret than the first opened it.
func (s *Store) carriedID(r *http.Request, name string) (id sessionID, old, ok bool) {
	opened, ok := cookies.Under(r, name).Open(s.ids, s.now())
	if !ok || len(opened.Payload) != len(id) {
		return sessionID{}, false, false
	}
	return sessionID(opened.Payload), opened.Old, true
}
