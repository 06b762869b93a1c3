package ginauth0

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// maxBodyBytes bounds the body of a request to one of our routes.
const maxBodyBytes = 64 << 10

var errTooLarge = errors.New("ginauth0: the body of the request is too large")

// readLogoutToken returns the one logout token in the body of a request, a form
// or JSON. What the body is decides its Content-Type, of which there must be
// one.
func readLogoutToken(c *gin.Context) (string, error) {
	types := c.Request.Header.Values("Content-Type")
	if len(types) != 1 {
		return "", badRequest("not exactly one Content-Type")
	}
	media, _, err := mime.ParseMediaType(types[0])
	if err != nil {
		return "", badRequest("the Content-Type is malformed")
	}
	var tokenOf func(body []byte) (string, error)
	switch media {
	case "application/x-www-form-urlencoded":
		tokenOf = logoutTokenOfForm
	case "application/json":
		tokenOf = logoutTokenOfJSON
	default:
		return "", badRequest("the body is neither a form nor JSON")
	}
	body, err := readBody(c)
	if err != nil {
		return "", err
	}
	return tokenOf(body)
}

// readBody reads the body of a request as far as it is allowed to be.
func readBody(c *gin.Context) ([]byte, error) {
	if c.Request.ContentLength > maxBodyBytes {
		return nil, tooLarge(c)
	}
	body, err := io.ReadAll(io.LimitReader(c.Request.Body, maxBodyBytes+1))
	switch {
	case len(body) > maxBodyBytes:
		return nil, tooLarge(c)
	case err != nil:
		return nil, badRequest("the body has not arrived whole")
	}
	return body, nil
}

// tooLarge also keeps net/http from waiting for the rest before it answers.
func tooLarge(c *gin.Context) error {
	if c.Request.ProtoMajor == 1 {
		c.Writer.Header().Set("Connection", "close")
	}
	return fmt.Errorf("%w: above %d bytes", errTooLarge, maxBodyBytes)
}

func logoutTokenOfForm(body []byte) (string, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", badRequest("the form is malformed")
	}
	switch tokens := form["logout_token"]; {
	case len(tokens) > 1:
		return "", badRequest("logout_token occurs twice")
	case len(tokens) == 0 || tokens[0] == "":
		return "", badRequest("logout_token is missing")
	default:
		return tokens[0], nil
	}
}

// logoutTokenOfJSON reads strictly: of two equal members one reader takes the
// first, another one the last.
func logoutTokenOfJSON(body []byte) (string, error) {
	token := ""
	s := strictjson.Object(body)
	for s.Next() {
		if string(s.Name()) == "logout_token" {
			token, _ = s.Value().Text()
		}
	}
	switch {
	case s.Err() != nil:
		return "", badRequest("the body is no strict JSON object")
	case token == "":
		return "", badRequest("logout_token is missing")
	}
	return token, nil
}
