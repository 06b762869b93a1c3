package cookies

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// maxPieces is how many cookies a value may take: the cookie `name`, or the pieces
// `name.0` to `name.<n-1>`, of which the first begins with "<n>.".
const maxPieces = 10

func pieceName(name string, i int) string { return name + "." + strconv.Itoa(i) }

// split lays a sealed text out over cookies with the given attributes, each of
// whose lines fits. The error is *[TooLongError].
func split(name, text string, attributes http.Cookie) ([]*http.Cookie, error) {
	cookie := func(name, value string) *http.Cookie {
		c := attributes
		c.Name, c.Value = name, value
		return &c
	}
	if whole := cookie(name, text); len(whole.String()) <= MaxLine {
		return []*http.Cookie{whole}, nil
	}
	room := pieceRoom(name, attributes)
	if room <= countRoom {
		return nil, &TooLongError{Size: len(text), Limit: 0}
	}
	n := 2
	for len(strconv.Itoa(n))+1+len(text) > n*room {
		n++
	}
	if n > maxPieces {
		return nil, &TooLongError{Size: len(text), Limit: Capacity(name, attributes)}
	}
	rest := strconv.Itoa(n) + "." + text
	cookies := make([]*http.Cookie, n)
	for i := range cookies {
		cut := min(room, len(rest))
		cookies[i] = cookie(pieceName(name, i), rest[:cut])
		rest = rest[cut:]
	}
	return cookies, nil
}

// countRoom is what the count of pieces takes of the first, at most.
const countRoom = len("10.")

// pieceRoom is how much of a value one piece holds. All have names of the same
// length.
func pieceRoom(name string, attributes http.Cookie) int {
	attributes.Name, attributes.Value = pieceName(name, 0), ""
	return MaxLine - len(attributes.String())
}

// Capacity is the length of the longest value that ten cookies with these
// attributes hold, the name of the cookies and the life among them.
func Capacity(name string, attributes http.Cookie) int {
	return max(maxPieces*pieceRoom(name, attributes)-countRoom, 0)
}

// TooLongError says that a value needs more than ten cookies.
type TooLongError struct {
	Size  int // bytes of the value
	Limit int // bytes that ten cookies hold; 0 if not even one has room
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("cookies: a value of %d bytes is above the limit of %d", e.Size, e.Limit)
}

// Write writes a sealed text, and deletes the carried cookies that are no longer
// part of it. The error is *[TooLongError]; then nothing is written.
func Write(h http.Header, c Carried, text string, attributes http.Cookie) error {
	cookies, err := split(c.name, text, attributes)
	if err != nil {
		return err
	}
	dropPieces(h, c.name)
	for _, name := range c.names() {
		if !slices.ContainsFunc(cookies, func(cookie *http.Cookie) bool { return cookie.Name == name }) {
			Delete(h, name, attributes)
		}
	}
	for _, cookie := range cookies {
		Set(h, cookie)
	}
	return nil
}

// Clear deletes all carried cookies, and what the response had set.
func Clear(h http.Header, c Carried, attributes http.Cookie) {
	dropPieces(h, c.name)
	for _, name := range c.names() {
		Delete(h, name, attributes)
	}
}

// dropPieces takes the lines of a value that was written earlier in the same
// response out of the header.
func dropPieces(h http.Header, name string) {
	drop(h, name)
	for i := range maxPieces {
		drop(h, pieceName(name, i))
	}
}
