package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// apiAnswer is what the API said, for the page.
type apiAnswer struct {
	URL    string
	Status string   // "200 OK"; empty if nobody answered
	Text   string   // the JSON, indented; empty if it is none
	Reply  apiReply // the same for programs
}

// apiReply is the JSON of examples/api: that of its routes, or that of a refusal.
type apiReply struct {
	Message string `json:"message"`
	UserID  string `json:"user_id"`
	Scheme  string `json:"scheme"` // how the token came: Bearer or DPoP
	Code    string `json:"error_code"`
}

// messages asks the API in the name of the person, and shows what it says.
func (s site) messages(c *gin.Context) {
	client, err := s.auth.HTTPClient(c, ginauth0.TokenOptions{}) // with a token for AUTH0_AUDIENCE
	if err != nil {
		s.auth.Fail(c, err)
		return
	}
	answer := &apiAnswer{URL: s.api + "/api/private-scoped"}
	if err := answer.fetch(c, client); err != nil {
		slog.Warn("the API does not answer", "cause", err)
	}
	status := http.StatusOK
	if answer.Reply.Message == "" { // a refusal, or none of examples/api
		status = http.StatusBadGateway
	}
	s.show(c, status, "messages.html", page{Title: "Messages", API: answer})
}

// fetch returns an error if nobody answered.
func (a *apiAnswer) fetch(c *gin.Context, client *http.Client) error {
	request, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, a.URL, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return err
	}
	a.Status = response.Status
	var text bytes.Buffer
	if json.Indent(&text, body, "", "  ") == nil {
		a.Text = text.String()
		_ = json.Unmarshal(body, &a.Reply) // other JSON is shown, and no more
	}
	return nil
}
