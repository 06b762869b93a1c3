package ginauth0_test

import (
	"encoding/json"
	"net/http"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// tenantWords are the tenant's: for nobody but the program.
const tenantWords = "<script>the words of the tenant</script>"

// answeringAs is an endpoint that answers whatever it is asked.
func answeringAs(contentType string, status int, body string) auth0test.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// answering is an endpoint that answers with JSON.
func answering(status int, body string) auth0test.Fault {
	return answeringAs("application/json", status, body)
}

// refusing is an endpoint that answers with an error code.
func refusing(status int, code string) auth0test.Fault {
	text, err := json.Marshal(map[string]string{"error": code, "error_description": tenantWords})
	if err != nil {
		panic(err) // strings
	}
	return answering(status, string(text))
}

func connectionLost(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
