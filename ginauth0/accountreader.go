package ginauth0

import (
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// accountReader reads what the My Account API says. A member that is null counts as
// absent.
type accountReader struct {
	recordReader
}

func readAccount(s strictjson.Scanner) *accountReader {
	return &accountReader{recordReader{Scanner: s}}
}

// sound reports whether everything that was read may be believed.
func (in *accountReader) sound() bool { return in.Err() == nil && !in.odd }

func (in *accountReader) absent() bool { return in.Value().Kind == strictjson.Null }

func (in *accountReader) optional() string {
	if in.absent() {
		return ""
	}
	return in.text()
}

func (in *accountReader) optionalStrings() []string {
	if in.absent() {
		return nil
	}
	return in.strings()
}

// time reads a date of RFC 3339, zero if there is none.
func (in *accountReader) time() time.Time {
	if in.absent() {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, in.text())
	in.odd = in.odd || err != nil
	return t
}

// account reads a connected account.
func (in *accountReader) account() ConnectedAccount {
	var account ConnectedAccount
	for in.Next() {
		switch string(in.Name()) {
		case "id":
			account.ID = in.text()
		case "connection":
			account.Connection = in.text()
		case "access_type":
			account.AccessType = in.optional()
		case "scopes":
			account.Scopes = in.optionalStrings()
		case "created_at":
			account.CreatedAt = in.time()
		case "expires_at":
			account.ExpiresAt = in.time()
		}
	}
	in.odd = in.odd || account.ID == "" || account.Connection == ""
	return account
}

// connection reads a connection at which accounts can be connected.
func (in *accountReader) connection() AccountConnection {
	var connection AccountConnection
	for in.Next() {
		switch string(in.Name()) {
		case "name":
			connection.Name = in.text()
		case "strategy":
			connection.Strategy = in.optional()
		case "scopes":
			connection.Scopes = in.optionalStrings()
		}
	}
	in.odd = in.odd || connection.Name == ""
	return connection
}

// accountStart is what the API answers to the start of a connection.
type accountStart struct {
	authSession string // stands for it from then on
	uri         string // where the browser goes
	ticket      string // what it shows there
}

// start reads an accountStart.
func (in *accountReader) start() accountStart {
	var start accountStart
	for in.Next() {
		switch string(in.Name()) {
		case "auth_session":
			start.authSession = in.text()
		case "connect_uri":
			start.uri = in.text()
		case "connect_params":
			params := readAccount(in.Value().Members())
			start.ticket = params.ticket()
			in.odd = in.odd || !params.sound()
		case "expires_in":
			in.odd = in.odd || in.integer() <= 0 // too late already
		}
	}
	in.odd = in.odd || start.authSession == "" || start.uri == "" || start.ticket == ""
	return start
}

func (in *accountReader) ticket() string {
	ticket := ""
	for in.Next() {
		if string(in.Name()) == "ticket" {
			ticket = in.text()
		}
	}
	return ticket
}
