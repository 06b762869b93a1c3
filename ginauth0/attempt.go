package ginauth0

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/cookies"
	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// Limits of attempts.
const (
	attemptLifetime = time.Hour
	attemptBudget   = 3500 // bytes of name=value of all attempt cookies
	stateChars      = 43   // 32 bytes in base64url
	stateNameChars  = 16   // of the state, in the cookie's name
	maxAppState     = 1024 // bytes
)

// attempt is one login in progress. Each has a cookie of its own, so that
// logins in several tabs do not disturb each other. It holds everything that
// the callback must enforce or use.
type attempt struct {
	State        string   `json:"state"`
	Nonce        string   `json:"nonce"`
	Verifier     string   `json:"verifier"` // PKCE, RFC 7636
	Kind         string   `json:"kind"`
	RedirectURI  string   `json:"redirect_uri"`
	ReturnTo     string   `json:"return_to"`
	Domain       string   `json:"domain"`
	Issuer       string   `json:"issuer"`
	Organization string   `json:"organization,omitempty"`
	MaxAge       *int64   `json:"max_age,omitempty"` // seconds
	ACRValues    []string `json:"acr_values,omitempty"`
	PromptNone   bool     `json:"prompt_none,omitempty"`
	Audience     string   `json:"audience,omitempty"`
	Scopes       []string `json:"scopes"`
	DPoPKey      string   `json:"dpop_key,omitempty"`     // of the session to be
	RID          string   `json:"rid,omitempty"`          // of the session that it is about, unless it opens one
	AuthSession  string   `json:"auth_session,omitempty"` // of an account to be connected
	AppState     []byte   `json:"app_state,omitempty"`    // base64 in JSON: as long for every text, and every byte survives
	Created      int64    `json:"created"`                // Unix ms
}

// What an attempt can be for.
const (
	kindLogin   = "login"   // ends in a session
	kindConnect = "connect" // connects an account
	kindLink    = "link"    // links an identity
	kindUnlink  = "unlink"  // unlinks one
)

func checkAppState(state string) error {
	if len(state) > maxAppState {
		return badRequest("AppState is longer than %d bytes", maxAppState)
	}
	return nil
}

// randomText returns 32 random bytes in base64url.
func randomText() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// isOf checks that an attempt was started in this session: what somebody else began
// must not end in it.
func (a *attempt) isOf(session *record) error {
	if a.RID != session.RID {
		return fmt.Errorf("%w: it was started in another session", ErrBadCallback)
	}
	return nil
}

// attempts writes, opens and deletes the cookies of attempts.
type attempts struct {
	prefix     string
	box        *seal.Box
	attributes http.Cookie // without name, value and life
}

func (s attempts) name(state string) string { return s.prefix + state[:stateNameChars] }

// carriedAttempt is an attempt cookie of a request. written is zero if it does
// not open.
type carriedAttempt struct {
	name    string
	bytes   int
	written time.Time
}

// carried lists the attempt cookies of a request.
func (s attempts) carried(r *http.Request, now time.Time) []carriedAttempt {
	var list []carriedAttempt
	for _, cookie := range r.Cookies() {
		if !strings.HasPrefix(cookie.Name, s.prefix) {
			continue
		}
		a := carriedAttempt{name: cookie.Name, bytes: len(cookie.Name) + 1 + len(cookie.Value)}
		if opened, err := s.box.Open(cookie.Name, cookie.Value, now); err == nil {
			a.written = opened.Written
		}
		list = append(list, a)
	}
	return list
}

// write seals an attempt into its cookie and evicts others as far as the
// budget asks for: first those that do not open, then the oldest. It does not fit,
// and nothing is written, if one line is too short for it.
func (s attempts) write(h http.Header, r *http.Request, a *attempt, now time.Time) (evicted int, fits bool) {
	var payload bytes.Buffer
	encoder := json.NewEncoder(&payload)
	encoder.SetEscapeHTML(false) // or each & of a return path takes six bytes
	if encoder.Encode(a) != nil {
		return 0, false // strings and numbers: cannot happen
	}
	cookie := s.attributes
	cookie.Name = s.name(a.State)
	cookie.Value = s.box.Seal(cookie.Name, now, now.Add(attemptLifetime), payload.Bytes())
	cookie.MaxAge = int(attemptLifetime / time.Second)
	cookie.Expires = now.Add(attemptLifetime)
	if len(cookie.String()) > cookies.MaxLine {
		return 0, false
	}
	others := s.carried(r, now)
	sum := len(cookie.Name) + 1 + len(cookie.Value)
	for _, other := range others {
		sum += other.bytes
	}
	slices.SortStableFunc(others, func(a, b carriedAttempt) int {
		return cmp.Compare(a.written.UnixMilli(), b.written.UnixMilli())
	})
	for _, other := range others {
		if sum <= attemptBudget {
			break
		}
		sum -= other.bytes
		cookies.Delete(h, other.name, s.attributes)
		evicted++
	}
	cookies.Set(h, &cookie)
	return evicted, true
}

// open returns the attempt that state names, or nil: unknown, expired, forged,
// or renamed from another.
func (s attempts) open(r *http.Request, state string, now time.Time) *attempt {
	name := s.name(state)
	for i, cookie := range r.CookiesNamed(name) {
		if i == cookies.MaxCandidates {
			break
		}
		opened, err := s.box.Open(name, cookie.Value, now)
		if err != nil {
			continue
		}
		a := new(attempt)
		if json.Unmarshal(opened.Payload, a) == nil && subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) == 1 {
			return a
		}
	}
	return nil
}

// isState reports whether text has the form of a state of ours.
func isState(text string) bool {
	if len(text) != stateChars {
		return false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && !strings.ContainsAny(text, "\r\n")
}

// delete makes the browser forget one attempt.
func (s attempts) delete(h http.Header, state string) {
	cookies.Delete(h, s.name(state), s.attributes)
}

// clear makes the browser forget every attempt that the request carries.
func (s attempts) clear(h http.Header, r *http.Request) {
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, s.prefix) {
			cookies.Delete(h, cookie.Name, s.attributes)
		}
	}
}
