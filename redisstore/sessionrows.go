package redisstore

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// sessionRows are the sessions of ginauth0 in a Store.
type sessionRows struct{ *Store }

// Rows is for ginauth0: its sessions are written under conditions, which the
// interface of gin-contrib/sessions does not know.
func (s *Store) Rows() rows.Store { return sessionRows{s} }

// Find reads the session that the cookies of a request name.
func (s sessionRows) Find(r *http.Request, name string) (rows.Found, error) {
	id, old, ok := s.carriedID(r, name)
	if !ok {
		return rows.Found{}, nil
	}
	found, err := s.findRow(r.Context(), id)
	found.Old = found.Old || old && found.Record != nil
	return found, err
}

// Reread reads the session again.
func (s sessionRows) Reread(ctx context.Context, h rows.Handle) (rows.Found, error) {
	id, ok := parseSessionID(h.ID)
	if !ok {
		return rows.Found{}, nil
	}
	return s.findRow(ctx, id)
}

func (s *Store) findRow(ctx context.Context, id sessionID) (rows.Found, error) {
	row, ok, err := s.readRow(ctx, id)
	if !ok || err != nil {
		return rows.Found{}, err
	}
	record, ok := payload.Record(row.payload)
	if !ok {
		return rows.Found{}, nil
	}
	return rows.Found{Record: record, Handle: rows.Handle{ID: id.text(), Version: row.version}, Old: row.old}, nil
}

// Insert writes a new session, under a new id.
func (s sessionRows) Insert(r *http.Request, header http.Header, name string, row rows.Row) (rows.Handle, error) {
	return s.put(r, header, name, newSessionID(), "", &row)
}

// Update writes the session if it is at the version of the handle.
func (s sessionRows) Update(r *http.Request, header http.Header, name string, h rows.Handle, row rows.Row) (rows.Handle, error) {
	id, ok := parseSessionID(h.ID)
	if !ok || h.Version == "" {
		return rows.Handle{}, rows.ErrGone
	}
	return s.put(r, header, name, id, h.Version, &row)
}

func (s sessionRows) put(r *http.Request, header http.Header, name string, id sessionID, version string, row *rows.Row) (rows.Handle, error) {
	written, err := s.writeRow(r.Context(), id, version, payload.OfRecord(row.Record), row)
	if err != nil {
		return rows.Handle{}, err
	}
	if header != nil {
		text := s.ids.Seal(name, s.now(), nextSecond(row.Expiry), id[:])
		if err := cookies.Write(header, cookies.Under(r, name), text, row.Cookie); err != nil {
			return rows.Handle{}, fmt.Errorf("redisstore: %w", err)
		}
	}
	return rows.Handle{ID: id.text(), Version: written}, nil
}

// Remove deletes the session.
func (s sessionRows) Remove(ctx context.Context, h rows.Handle) error {
	id, ok := parseSessionID(h.ID)
	if !ok {
		return nil
	}
	return s.deleteRow(ctx, id)
}
