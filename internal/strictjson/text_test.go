package strictjson_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// wellFormed reads all of a text.
func wellFormed(text string) bool {
	s := strictjson.Object([]byte(text))
	for s.Next() {
		_ = s.Value()
	}
	return s.Err() == nil
}

// Strings are read eight bytes at a time: no byte may hide at any place of them.
func TestEveryByteAtEveryPlace(t *testing.T) {
	t.Parallel()
	for length := range 27 {
		for at := range length {
			for b := range 256 {
				content := []byte(strings.Repeat("a", length))
				content[at] = byte(b)
				for _, text := range []string{`{"x":"` + string(content) + `"}`, `{"` + string(content) + `":1}`, `{"x":"` + string(content)} {
					want := b < 0x80 && json.Valid([]byte(text)) // a lone byte from 0x80 on is no UTF-8
					if got := wellFormed(text); got != want {
						t.Fatalf("%q: %v, want %v", text, got, want)
					}
				}
			}
		}
	}
}

// A repeated name is found wherever it stands and however many there are.
func TestRepeatedNameAmongMany(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1, 2, 3, 10, 31, 32, 33, 63, 64, 65, 100, 300} {
		names := make([]string, count)
		for i := range names {
			names[i] = fmt.Sprintf(`"n%d"`, i*i)
		}
		object := func(names []string) string { return "{" + strings.Join(names, ":0,") + ":0}" }
		unique := object(names)
		if !wellFormed(unique) || !wellFormed(`{"a":`+unique+`,"b":`+unique+`,"c":[`+unique+`]}`) {
			t.Errorf("%d different names are refused", count)
		}
		for i := range names {
			for _, again := range []string{names[i], `"\u006e` + names[i][2:]} {
				for _, at := range []int{0, i, count} {
					twice := object(slices.Insert(slices.Clone(names), at, again))
					if wellFormed(twice) || wellFormed(`{"a":1,"b":[`+twice+`]}`) {
						t.Fatalf("%s is there twice among %d, unnoticed", again, count)
					}
				}
			}
		}
	}
}
