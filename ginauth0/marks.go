package ginauth0

import (
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// What a mark can name.
const (
	markRID     = "rid:" // one session of this application
	markSID     = "sid:" // the sessions that belong to one session at the tenant
	markSubject = "sub:" // every session of a person
)

// markGrace is added to the longest life of a session: a mark must outlive it.
const markGrace = time.Minute

// markKey is the key of a mark in the LogoutStore. It tells nobody what it names, and no
// issuer can name what belongs to another.
func markKey(kind, issuer, value string) string {
	var space [256]byte // a key is made for every request that has a session
	text := append(append(append(space[:0], issuer...), 0), value...)
	sum := sha256.Sum256(text)
	return string(base64.RawURLEncoding.AppendEncode(append(space[:0], kind...), sum[:]))
}

// markLife is how long a mark is kept.
func (s *settings) markLife() time.Duration { return s.Session.Absolute + markGrace }

// tenantMarks are the keys by which the tenant can end the session.
func (r *record) tenantMarks() []string {
	keys := append(make([]string, 0, 3), markKey(markSubject, r.Issuer, r.subject()))
	if r.SID != "" {
		keys = append(keys, markKey(markSID, r.Issuer, r.SID))
	}
	return keys
}

// marks are the keys whose marks end the session.
func (r *record) marks() []string {
	return append(r.tenantMarks(), markKey(markRID, r.Issuer, r.RID))
}

// markedBy reports whether one of the marks ends the session: it was created at
// or before that time.
func (r *record) markedBy(marks []time.Time) bool {
	created := time.UnixMilli(r.Created)
	for _, before := range marks {
		if !before.IsZero() && !created.After(before) {
			return true
		}
	}
	return false
}
