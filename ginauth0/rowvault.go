package ginauth0

import (
	"net/http"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/rows"
)

// rowVault keeps sessions in the rows of a store of this module. The cookie
// holds nothing but a sealed id.
type rowVault struct {
	name       string
	store      rows.Store
	attributes http.Cookie
}

func (v *rowVault) read(r *http.Request) (kept, error) {
	if cookies.Under(r, v.name).Empty() {
		return kept{}, nil
	}
	found, err := v.store.Find(r, v.name)
	return keptOf(found), err
}

func (v *rowVault) reread(r *http.Request, k kept) (kept, error) {
	handle, ok := handleOf(k)
	if !ok {
		return kept{present: true}, nil
	}
	found, err := v.store.Reread(r.Context(), handle)
	return keptOf(found), err
}

// handleOf returns the row of a session, and false if it has none.
func handleOf(k kept) (rows.Handle, bool) {
	handle, _ := k.place.(rows.Handle)
	return handle, handle != rows.Handle{}
}

func keptOf(found rows.Found) kept {
	k := kept{present: true, old: found.Old, place: found.Handle}
	if found.Record != nil {
		k.record = parseRecord(found.Record)
	}
	return k
}

func (v *rowVault) insert(r *http.Request, h http.Header, old kept, w writing) (kept, error) {
	handle, err := v.store.Insert(r, h, v.name, v.row(w))
	if err != nil {
		return old, err
	}
	return kept{present: true, record: w.record, place: handle}, nil
}

func (v *rowVault) update(r *http.Request, h http.Header, k kept, w writing) (kept, error) {
	handle, ok := handleOf(k)
	if !ok {
		return k, errGone
	}
	handle, err := v.store.Update(r, h, v.name, handle, v.row(w))
	if err != nil {
		return k, err
	}
	return kept{present: true, record: w.record, place: handle}, nil
}

func (v *rowVault) row(w writing) rows.Row {
	return rows.Row{
		Record: w.text, Created: time.UnixMilli(w.record.Created), Marks: w.record.tenantMarks(), Expiry: w.expiry, Cookie: w.cookie,
	}
}

func (v *rowVault) remove(r *http.Request, k kept) error {
	handle, ok := handleOf(k)
	if !ok {
		return nil
	}
	return v.store.Remove(r.Context(), handle)
}

func (v *rowVault) clear(r *http.Request, h http.Header) {
	cookies.Clear(h, cookies.Under(r, v.name), v.attributes)
}

func (v *rowVault) size(n int) (size, limit int) { return n, 0 }

func (v *rowVault) rowAlone() bool { return true }

func (v *rowVault) hasRow(k kept) bool {
	_, ok := handleOf(k)
	return ok
}
