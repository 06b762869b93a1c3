package jws_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

const ecMembers = `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`

func entry(members string) string { return "{" + ecMembers + members + "}" }

func TestParseKeySetLeavesBadEntriesOutOneByOne(t *testing.T) {
	t.Parallel()
	document := `{"Keys":[],"keys":[` + strings.Join([]string{
		entry(`,"kid":"good"`),
		entry(`,"kid":"sig","use":"sig","alg":"ES256","key_ops":["sign","verify"]`),
		entry(`,"kid":"enc","use":"enc"`),
		entry(`,"kid":"sign only","key_ops":["sign"]`),
		entry(`,"kid":"no operations","key_ops":[]`),
		entry(`,"kid":"private","d":"AA"`),
		entry(`,"kid":"twice","kid":"again"`),
		`{"kty":"oct","k":"AAAA","kid":"secret"}`,
		`"text"`, `null`, `[]`, `7`,
		entry(`,"kid":"certificates are not read","x5c":["!"],"x5t":1`),
	}, ",") + `]}`
	keys, err := jws.ParseKeySet([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	if got, want := strings.Join(ids, ", "), "good, sig, certificates are not read"; got != want {
		t.Errorf("keys = %s, want %s", got, want)
	}
}

func TestParseKeySetWithoutAnyUsableEntryIsEmpty(t *testing.T) {
	t.Parallel()
	keys, err := jws.ParseKeySet([]byte(`{"keys":[{"kty":"oct","k":"AAAA"}]}`))
	if err != nil || len(keys) != 0 {
		t.Errorf("keys = %v, %v", keys, err)
	}
}

func TestParseKeySetStopsAfterHundredEntries(t *testing.T) {
	t.Parallel()
	entries := make([]string, 150)
	for i := range entries {
		entries[i] = entry(fmt.Sprintf(`,"kid":"%d"`, i))
	}
	keys, err := jws.ParseKeySet([]byte(`{"keys":[` + strings.Join(entries, ",") + `]}`))
	if err != nil || len(keys) != 100 || keys[99].ID != "99" {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

func TestParseKeySetRefuses(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"nothing":              ``,
		"HTML":                 `<!doctype html>`,
		"array":                `[]`,
		"null":                 `null`,
		"no keys":              `{}`,
		"keys null":            `{"keys":null}`,
		"keys empty":           `{"keys":[]}`,
		"keys an object":       `{"keys":{}}`,
		"keys in another case": `{"Keys":[` + entry("") + `]}`,
		"text behind":          `{"keys":[` + entry("") + `]} x`,
	} {
		if _, err := jws.ParseKeySet([]byte(document)); !errors.Is(err, jws.ErrKeySet) {
			t.Errorf("%s: error = %v, want ErrKeySet", name, err)
		}
	}
}

func TestKeyFits(t *testing.T) {
	t.Parallel()
	plain, err := jws.ParseKey([]byte(entry("")))
	if err != nil {
		t.Fatal(err)
	}
	named, err := jws.ParseKey([]byte(entry(`,"alg":"ES256"`)))
	if err != nil {
		t.Fatal(err)
	}
	other, err := jws.ParseKey([]byte(entry(`,"alg":"ECDH-ES"`)))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		key  jws.Key
		alg  string
		want bool
	}{
		{"no algorithm of its own", plain, "ES256", true},
		{"its own algorithm", named, "ES256", true},
		{"another purpose", other, "ES256", false},
		{"another curve", plain, "ES384", false},
		{"another type", plain, "RS256", false},
		{"no algorithm at all", plain, "", false},
	} {
		if got := test.key.Fits(test.alg); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
