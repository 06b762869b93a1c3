package oidc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

var soundDetails = []string{
	`[]`, ` [ ] `, `[{"type":"payment"}]`, "\n[ {\"type\" : \"payment\", \"amount\": {\"value\":\"1.00\"}, \"type2\":1},\t{\"type\":\"b\"} ]\r\n",
	`[{"\u0074ype":"payment"}]`, `[{"type":"\u00e9"}]`, `[{"a":[{"type":1}],"type":"x"}]`, `[{"type":"x","d":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}]`,
}

var malformedDetails = map[string]string{
	"nothing":                    ``,
	"white space":                ` `,
	"null":                       `null`,
	"an object":                  `{"type":"payment"}`,
	"a string":                   `"payment"`,
	"a number":                   `1`,
	"an array of arrays":         `[[{"type":"payment"}]]`,
	"an array of strings":        `["payment"]`,
	"null among them":            `[{"type":"payment"},null]`,
	"no type":                    `[{"amount":1}]`,
	"an object of nothing":       `[{}]`,
	"the second has no type":     `[{"type":"payment"},{"kind":"payment"}]`,
	"type a number":              `[{"type":1}]`,
	"type null":                  `[{"type":null}]`,
	"type an array":              `[{"type":["payment"]}]`,
	"type empty":                 `[{"type":""}]`,
	"type in capitals":           `[{"Type":"payment"}]`,
	"type deeper":                `[{"a":{"type":"payment"}}]`,
	"type twice":                 `[{"type":"payment","type":"admin"}]`,
	"type twice, once escaped":   `[{"type":"payment","\u0074ype":"admin"}]`,
	"another member twice":       `[{"type":"payment","a":1,"a":2}]`,
	"cut off":                    `[{"type":"payment"}`,
	"a comma at the end":         `[{"type":"payment"},]`,
	"something behind":           `[{"type":"payment"}] x`,
	"two arrays":                 `[{"type":"payment"}][]`,
	"out of the array":           `[{"type":"payment"}],"b":[{"type":"payment"}]`,
	"out of the object":          `[{"type":"payment"}]}`,
	"out of the object and back": `[{"type":"payment"}]},{"":[]`,
	"a comment":                  `[{"type":"payment"}/**/]`,
	"no JSON":                    `type=payment`,
	"single quotes":              `[{'type':'payment'}]`,
	"not UTF-8":                  "[{\"type\":\"\xff\"}]",
	"half a surrogate":           `[{"type":"\ud800"}]`,
	"a line break in a string":   "[{\"type\":\"a\nb\"}]",
	"a byte order mark":          "\ufeff[{\"type\":\"payment\"}]",
	"deeper than anybody reads":  strings.Repeat("[", 40) + strings.Repeat("]", 40),
}

func TestIsAuthorizationDetails(t *testing.T) {
	t.Parallel()
	for _, text := range soundDetails {
		if !oidc.IsAuthorizationDetails([]byte(text)) {
			t.Errorf("refused: %s", text)
		}
	}
	for name, text := range malformedDetails {
		if oidc.IsAuthorizationDetails([]byte(text)) {
			t.Errorf("accepted: %s", name)
		}
	}
}

// What is accepted is what another reader finds too. The other way round it is stricter:
// no name twice, no text that is none, bounded depth.
func FuzzIsAuthorizationDetails(f *testing.F) {
	for _, text := range soundDetails {
		f.Add([]byte(text))
	}
	for _, text := range malformedDetails {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		accepted := oidc.IsAuthorizationDetails(text)
		if !bytes.Equal(before, text) {
			t.Fatal("the text was changed")
		}
		var details []map[string]any
		readable := json.Unmarshal(text, &details) == nil && details != nil
		for _, detail := range details {
			kind, _ := detail["type"].(string)
			readable = readable && kind != ""
		}
		if accepted && !readable {
			t.Errorf("accepted: %q", text)
		}
		if again, err := json.Marshal(details); !accepted && readable && err == nil && len(details) > 0 {
			// Written anew there is no repetition and no broken text left.
			if shallow(details) && !oidc.IsAuthorizationDetails(again) {
				t.Errorf("refused: %s", again)
			}
		}
	})
}

// shallow reports whether nothing nests in the details but one level of members.
func shallow(details []map[string]any) bool {
	for _, detail := range details {
		for _, value := range detail {
			switch value.(type) {
			case []any, map[string]any:
				return false
			}
		}
	}
	return true
}

func TestTokenResponseReadsAuthorizationDetails(t *testing.T) {
	t.Parallel()
	answer := func(details string) (*oidc.TokenResponse, error) {
		n := newNetwork()
		n.answer(tokenURL, jsonAnswer(http.StatusOK, `{"access_token":"a","token_type":"Bearer"`+details+`}`))
		return request(newProvider(t, "t.example", n))
	}
	if got, err := answer(""); err != nil || got.AuthorizationDetails != nil {
		t.Errorf("none: %s, %v", got.AuthorizationDetails, err)
	}
	for _, text := range soundDetails {
		if got, err := answer(`,"authorization_details":` + text); err != nil || string(got.AuthorizationDetails) != strings.TrimSpace(text) {
			t.Errorf("%s: %s, %v", text, got.AuthorizationDetails, err)
		}
	}
	for name, text := range malformedDetails {
		if name == "out of the array" {
			continue // here it is just another member of the answer
		}
		if got, err := answer(`,"authorization_details":` + text); !errors.Is(err, oidc.ErrAnswer) || got != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := answer(`,"authorization_details":[],"authorization_details":[{"type":"admin"}]`); !errors.Is(err, oidc.ErrAnswer) {
		t.Errorf("twice: %v", err)
	}
}
