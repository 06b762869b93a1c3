package auth0test

import (
	"fmt"
	"net/http"
)

// oauthError is an error answer of RFC 6749 sections 4.1.2.1 and 5.2. The description is for developers
// and holds nothing that was secret.
type oauthError struct {
	status      int // of the token endpoint; the authorization endpoint redirects
	code        string
	description string
}

func (e *oauthError) Error() string { return e.code + ": " + e.description }

func refuse(code, format string, args ...any) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: code, description: fmt.Sprintf(format, args...)}
}

func (e *oauthError) with(status int) *oauthError {
	e.status = status
	return e
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	text, err := encodeJSON(value)
	if err != nil {
		// Only an edit of a test can put something here that JSON cannot hold.
		http.Error(w, "auth0test: this answer cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set(headerContent, contentTypeJSON)
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}

// forbidStoring is RFC 6749 section 5.1, which asks for both headers.
func forbidStoring(w http.ResponseWriter) {
	w.Header().Set(headerCache, cacheNothing)
	w.Header().Set("Pragma", "no-cache")
}
