package auth0test

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	contentTypeForm  = "application/x-www-form-urlencoded"
	contentTypeJSON  = "application/json; charset=utf-8"
	headerCache      = "Cache-Control"
	headerChallenge  = "WWW-Authenticate"
	headerLocation   = "Location"
	headerContent    = "Content-Type"
	cacheNothing     = "no-store"
	cachePublicBrief = "public, max-age=15, stale-while-revalidate=15, stale-if-error=86400"
)

// oauthError is an error answer of RFC 6749 sections 4.1.2.1 and 5.2. The description is for developers
// and holds nothing that was secret.
type oauthError struct {
	status      int // of the token endpoint; the authorization endpoint redirects
	code        string
	description string
	members     map[string]any // of the body, beside error and error_description
	retryAfter  time.Duration  // the header, in whole seconds; zero for none
}

func refuse(code, format string, args ...any) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: code, description: printable(fmt.Sprintf(format, args...))}
}

// printable keeps to the characters that RFC 6749 allows in error_description.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, text)
}

func (e *oauthError) with(status int) *oauthError {
	e.status = status
	return e
}

// codeOr is the code, for an error that has one.
func (e *oauthError) codeOr(fallback string) string {
	if e.code == "" {
		return fallback
	}
	return e.code
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	writeJSONAs(w, contentTypeJSON, status, value)
}

func writeJSONAs(w http.ResponseWriter, contentType string, status int, value any) {
	text, err := encodeJSON(value)
	if err != nil {
		// Only an edit of a test can put something here that JSON cannot hold.
		http.Error(w, "auth0test: this answer cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set(headerContent, contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) //nolint:gosec // JSON that no browser takes for a page
}

// forbidStoring is RFC 6749 section 5.1, which asks for both headers.
func forbidStoring(w http.ResponseWriter) {
	w.Header().Set(headerCache, cacheNothing)
	w.Header().Set("Pragma", "no-cache")
}
