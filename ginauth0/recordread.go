package ginauth0

import (
	"encoding/json"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// parseRecord reads a record, nil if it is none of ours or of an unknown
// version. The user's claims alias text.
func parseRecord(text []byte) *record {
	r := new(record)
	if !r.read(text) {
		r = new(record)
		if json.Unmarshal(text, r) != nil {
			return nil
		}
	}
	if r.Version != recordVersion || r.RID == "" || r.Created == 0 {
		return nil
	}
	return r
}

// read reads a record as it is usually written, in a third of the time of
// encoding/json: every request with a session does. It is false for anything
// else, say a member that it does not know or claims that nest deeply; then
// encoding/json decides.
func (r *record) read(text []byte) bool {
	in := recordReader{Scanner: strictjson.Object(text)}
	for in.Next() {
		switch string(in.Name()) {
		case "v":
			r.Version = int(in.integer())
		case "rid":
			r.RID = in.text()
		case "created":
			r.Created = in.integer()
		case "updated":
			r.Updated = in.integer()
		case "absolute_end":
			r.AbsoluteEnd = in.integer()
		case "ceiling":
			r.Ceiling = in.integer()
		case "issuer":
			r.Issuer = in.text()
		case "domain":
			r.Domain = in.text()
		case "sid":
			r.SID = in.text()
		case "user":
			raw := in.Value().Raw
			r.User = raw[:len(raw):len(raw)]
		case "id_token":
			r.IDToken = in.text()
		case "refresh_token":
			r.RefreshToken = in.text()
		case "dpop_key":
			r.DPoPKey = in.text()
		case "tokens":
			r.Tokens = readList(&in, (*recordToken).read)
		case "connections":
			r.Connections = readList(&in, (*recordConnection).read)
		case "refreshed":
			r.Refreshed = in.integer()
		case "audience":
			r.Audience = in.text()
		case "scopes":
			r.Scopes = in.strings()
		default:
			return false
		}
	}
	return in.Err() == nil && !in.odd
}

// recordReader reads the members of an object and remembers whether one was of
// another type.
type recordReader struct {
	strictjson.Scanner
	odd bool
}

func (in *recordReader) text() string {
	text, ok := in.Value().Text()
	in.odd = in.odd || !ok
	return text
}

func (in *recordReader) integer() int64 {
	n, ok := in.Value().Integer()
	in.odd = in.odd || !ok
	return n
}

func (in *recordReader) strings() []string {
	list, ok := in.Value().Strings()
	in.odd = in.odd || !ok
	return list
}

func readList[T any](in *recordReader, read func(*T, strictjson.Value) bool) []T {
	list := make([]T, 0, 1)
	in.odd = in.odd || in.Value().Kind != strictjson.Array
	for element := range in.Value().Elements() {
		var t T
		in.odd = in.odd || !read(&t, element)
		list = append(list, t)
	}
	return list
}

// read is that of a record, for a token of one.
func (t *recordToken) read(element strictjson.Value) bool {
	in := recordReader{Scanner: element.Members()}
	for in.Next() {
		switch string(in.Name()) {
		case "audience":
			t.Audience = in.text()
		case "requested":
			t.Requested = in.strings()
		case "granted":
			t.Granted = in.strings()
		case "token":
			t.Token = in.text()
		case "type":
			t.Type = in.text()
		case "expiry":
			t.Expiry = in.integer()
		default:
			return false
		}
	}
	return in.Err() == nil && !in.odd
}

// read is that of a record, for a connection token of one.
func (t *recordConnection) read(element strictjson.Value) bool {
	in := recordReader{Scanner: element.Members()}
	for in.Next() {
		switch string(in.Name()) {
		case "connection":
			t.Connection = in.text()
		case "login_hint":
			t.LoginHint = in.text()
		case "token":
			t.Token = in.text()
		case "scope":
			t.Scope = in.text()
		case "expiry":
			t.Expiry = in.integer()
		default:
			return false
		}
	}
	return in.Err() == nil && !in.odd
}
