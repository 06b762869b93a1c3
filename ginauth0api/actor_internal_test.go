package ginauth0api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// slowActors reads the claim once more, by maps, which keep names exact.
func slowActors(payload []byte) ([]Actor, bool) {
	s := strictjson.Object(payload)
	for s.Next() {
	}
	var level map[string]any
	if s.Err() != nil || json.Unmarshal(payload, &level) != nil {
		return nil, false
	}
	var chain []Actor
	for {
		inner, present := level["act"]
		if !present {
			return chain, true
		}
		var isObject bool
		if level, isObject = inner.(map[string]any); !isObject || len(chain) == 10 {
			return nil, false
		}
		var texts [3]string
		for i, name := range []string{"sub", "iss", "client_id"} {
			value, present := level[name]
			text, isText := value.(string)
			if present && !isText {
				return nil, false
			}
			texts[i] = text
		}
		if strings.TrimSpace(texts[0]) == "" {
			return nil, false
		}
		chain = append(chain, Actor{texts[0], texts[1], texts[2]})
	}
}

func FuzzActors(f *testing.F) {
	for _, payload := range []string{
		`{"sub":"a"}`,
		`{"act":{"sub":"b"}}`,
		`{"act":{"sub":"b","iss":"i","client_id":"c","act":{"sub":"d"}}}`,
		`{"\u0061ct":{"s\u0075b":"\u00e9\ud83d\ude00"}}`,
		`{"act":null}`, `{"act":{"sub":" "}}`, `{"Act":1,"act":{"Sub":1,"sub":"b"}}`, `{"act":{"sub":"a","sub":"b"}}`,
		strings.Repeat(`{"sub":"x","act":`, 11) + `{"sub":"y"}` + strings.Repeat(`}`, 11),
		strings.Repeat(`{"sub":"x","act":`, 10) + `{"sub":"y"}` + strings.Repeat(`}`, 10),
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		chain, err := readActors(payload)
		want, wellFormed := slowActors(payload)
		if (err == nil) != wellFormed || !slices.Equal(chain, want) {
			t.Errorf("%s: %+v, %v; slowly %+v, %v", payload, chain, err, want, wellFormed)
		}
	})
}
