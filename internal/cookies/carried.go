// Package cookies writes, reads and deletes the cookies of sealed values. A value
// that is too long for one cookie is split over several; one that occurs more
// than once is told apart by what opens.
package cookies

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/seal"
)

// MaxCandidates is how many values of one name are tried.
const MaxCandidates = 4

// Carried are the cookies of a request that may belong to one value, each name
// with its values in the order in which they came.
type Carried struct {
	name   string
	whole  []string
	pieces map[int][]string // by number; also those that are no part of the value
}

// Under collects the cookies `name` and `name.<i>`. No other cookie is
// looked at, so that none of another program is taken for ours.
func Under(r *http.Request, name string) Carried {
	c := Carried{name: name}
	for _, cookie := range r.Cookies() {
		rest, ours := strings.CutPrefix(cookie.Name, name)
		if !ours || cookie.Value == "" {
			continue
		}
		if rest == "" {
			c.whole = append(c.whole, cookie.Value)
		} else if i, ok := pieceNumber(rest); ok {
			if c.pieces == nil {
				c.pieces = map[int][]string{}
			}
			c.pieces[i] = append(c.pieces[i], cookie.Value)
		}
	}
	return c
}

// pieceNumber reads ".<i>", decimal and without a leading zero.
func pieceNumber(suffix string) (int, bool) {
	if len(suffix) < 2 || len(suffix) > 4 || suffix[0] != '.' || suffix[1] == '0' && len(suffix) > 2 {
		return 0, false
	}
	i, err := strconv.ParseUint(suffix[1:], 10, 16)
	return int(i), err == nil
}

// Empty reports whether the request carries none of the cookies.
func (c Carried) Empty() bool { return len(c.whole) == 0 && len(c.pieces) == 0 }

// names returns the names of all carried cookies.
func (c Carried) names() []string {
	var names []string
	if len(c.whole) > 0 {
		names = append(names, c.name)
	}
	for i := range c.pieces {
		names = append(names, pieceName(c.name, i))
	}
	slices.Sort(names)
	return names
}

// candidates returns the texts that the carried cookies may stand for: a name
// can occur several times, set for another domain or path. The k-th
// occurrences of the pieces belong together; of a piece that occurs less often,
// its last. What is incomplete is left out.
func (c Carried) candidates() []string {
	var texts []string
	rounds := len(c.whole)
	for i := range maxPieces {
		rounds = max(rounds, len(c.pieces[i]))
	}
	for k := 0; k < rounds && len(texts) < MaxCandidates; k++ {
		if k < len(c.whole) {
			texts = append(texts, c.whole[k])
		}
		if text, ok := c.join(k); ok && len(texts) < MaxCandidates {
			texts = append(texts, text)
		}
	}
	return texts
}

// join puts the k-th occurrences of the pieces together. It is false if one is
// missing, or if they are those of an earlier k.
func (c Carried) join(k int) (string, bool) {
	if len(c.pieces[0]) == 0 {
		return "", false
	}
	number, first, found := strings.Cut(occurrence(c.pieces[0], k), ".")
	n, err := strconv.Atoi(number)
	if !found || err != nil || n < 2 || n > maxPieces || number != strconv.Itoa(n) {
		return "", false
	}
	another := k == 0
	for i := range n {
		if len(c.pieces[i]) == 0 {
			return "", false
		}
		another = another || k < len(c.pieces[i])
	}
	if !another {
		return "", false
	}
	var text strings.Builder
	text.WriteString(first)
	for i := 1; i < n; i++ {
		text.WriteString(occurrence(c.pieces[i], k))
	}
	return text.String(), true
}

// occurrence returns the k-th of the values of a name, or the last.
func occurrence(values []string, k int) string { return values[min(k, len(values)-1)] }

// Open opens the newest of the candidates that open under their name.
func (c Carried) Open(box *seal.Box, now time.Time) (seal.Opened, bool) {
	var newest seal.Opened
	found := false
	for _, text := range c.candidates() {
		opened, err := box.Open(c.name, text, now)
		if err == nil && (!found || opened.Written.After(newest.Written)) {
			newest, found = opened, true
		}
	}
	return newest, found
}
