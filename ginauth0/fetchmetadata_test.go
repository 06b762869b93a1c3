package ginauth0_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestPageRequest(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"text/html": true, "application/xhtml+xml": true, "text/html,*/*;q=0.8": true, "TEXT/HTML; q=0.1": true, "a/b, text/html": true,
		"": false, "*/*": false, "text/*": false, "text/html;q=0": false, "text/html;q=0.0": false, "text/html;q=x": false, "application/json": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if got := ginauth0.PageRequest(r); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}
