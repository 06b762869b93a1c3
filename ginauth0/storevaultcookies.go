package ginauth0

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/payload"
)

// cautiousBytes is the length of a sealed record from which on a store that
// refuses it is taken to find it too long: encoded once more it is near the 4096
// bytes that many stores allow.
const cautiousBytes = 2000

// save writes a session. It returns the cookies that the store sets, with the
// attributes and the life that ginauth0 decides, and the sealed record.
func (v *storeVault) save(r *http.Request, session *sessions.Session, w writing) (lines []*http.Cookie, text string, err error) {
	text = v.box.Seal(recordName, w.now, w.expiry, w.text)
	session.Values = map[any]any{payload.RecordKey: text}
	session.Options = optionsOf(w.cookie)
	answer := scratch{}
	if err := v.store.Save(r, answer, session); err != nil {
		return nil, "", refusal(err, len(text), w.record)
	}
	lines = v.dress((&http.Response{Header: http.Header(answer)}).Cookies(), w)
	for _, line := range lines {
		// No browser has to keep more (RFC 6265 section 6.1).
		if len(line.String()) > cookies.MaxLine {
			return nil, "", &SessionTooLargeError{Size: len(text), Fields: w.record.fieldSizes()}
		}
	}
	return lines, text, nil
}

// dress gives the cookies of a store the attributes of ours.
func (v *storeVault) dress(lines []*http.Cookie, w writing) []*http.Cookie {
	dressed := make([]*http.Cookie, len(lines))
	for i, line := range lines {
		cookie := w.cookie
		cookie.Name, cookie.Value, cookie.Quoted = line.Name, line.Value, line.Quoted
		if isDeletion(line) {
			cookie.Value, cookie.MaxAge, cookie.Expires = "", -1, time.Unix(1, 0)
		}
		dressed[i] = &cookie
	}
	return dressed
}

func isDeletion(line *http.Cookie) bool { return line.MaxAge < 0 || line.Value == "" }

// refusal gives the error of a store that does not take a session its name.
// Stores tell nobody that they found it too long, but then it is long; what says
// that the store is out of reach is believed.
func refusal(err error, size int, r *record) error {
	var network net.Error
	switch {
	case err == nil, size <= cautiousBytes, errors.As(err, &network),
		errors.Is(err, context.Canceled), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return &SessionTooLargeError{Size: size, Fields: r.fieldSizes(), Err: err}
}

// optionsOf writes attributes and life of a cookie as gorilla does. A life of 0
// seconds is none that stores agree on.
func optionsOf(cookie http.Cookie) *sessions.Options {
	return &sessions.Options{
		Path: cookie.Path, Domain: cookie.Domain, MaxAge: max(cookie.MaxAge, 1),
		Secure: cookie.Secure, HttpOnly: cookie.HttpOnly, SameSite: cookie.SameSite,
	}
}

// replace sets cookies in place of those that the request carries or an earlier
// write in the same response had set.
func (v *storeVault) replace(r *http.Request, h http.Header, lines []*http.Cookie) {
	v.clear(r, h)
	for _, line := range lines {
		cookies.Set(h, line)
	}
}

// carried returns the cookies under the name of the session, one for each time
// that it occurs, without what nobody's store has set: one that is empty, or too
// long for a cookie, which securecookie takes for a failure of its own.
func (v *storeVault) carried(r *http.Request) []*http.Cookie {
	return slices.DeleteFunc(r.CookiesNamed(v.name), func(c *http.Cookie) bool {
		return c.Value == "" || len(c.Name)+len(c.Value) > cookies.MaxLine
	})
}

// withCookies returns a copy of a request whose session cookies are these.
func (v *storeVault) withCookies(r *http.Request, lines ...*http.Cookie) *http.Request {
	copied := *r
	copied.Header = r.Header.Clone()
	copied.Header.Del("Cookie")
	for _, cookie := range r.Cookies() {
		if cookie.Name != v.name && !strings.HasPrefix(cookie.Name, v.name+".") {
			copied.AddCookie(cookie)
		}
	}
	for _, line := range lines {
		if !isDeletion(line) {
			copied.AddCookie(&http.Cookie{Name: line.Name, Value: line.Value, Quoted: line.Quoted})
		}
	}
	return &copied
}

// scratch is an answer of which nothing but the header is of interest.
type scratch http.Header

func (s scratch) Header() http.Header            { return http.Header(s) }
func (s scratch) Write(body []byte) (int, error) { return len(body), nil }
func (s scratch) WriteHeader(int)                {}
