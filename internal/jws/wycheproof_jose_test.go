package jws_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// joseGroup is a group of the JOSE files: a key or a JWK Set, private and, if it
// is not symmetric, public, and texts that it may have signed.
type joseGroup struct {
	Comment string          `json:"comment"`
	Public  json.RawMessage `json:"public"`
	Private json.RawMessage `json:"private"`
	Tests   []joseVector    `json:"tests"`
}

type joseVector struct {
	ID      int             `json:"tcId"`
	Comment string          `json:"comment"`
	JWS     json.RawMessage `json:"jws"` // a string, or an object: the JSON serialisation
	JWE     json.RawMessage `json:"jwe"`
	Result  string          `json:"result"`
}

func (v joseVector) text() string {
	raw := slices.Concat(v.JWS, v.JWE)
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	return text
}

func readJOSE(t *testing.T, name string) []joseGroup {
	t.Helper()
	var file struct{ TestGroups []joseGroup }
	readVectors(t, name, &file)
	return file.TestGroups
}

// keySet returns the key of a group as a JWK Set.
func keySet(key json.RawMessage) []byte {
	var set struct{ Keys json.RawMessage }
	if json.Unmarshal(key, &set) == nil && set.Keys != nil {
		return key
	}
	return slices.Concat([]byte(`{"keys":[`), key, []byte(`]}`))
}

// accepts goes the way of an access token: take it apart, read the header, find
// the one key that it names and that fits, verify.
func accepts(document []byte, text string) bool {
	c, err := jws.Split(text)
	if err != nil {
		return false
	}
	header, err := jws.ReadHeader(c.Header)
	if err != nil {
		return false
	}
	keys, err := jws.ParseKeySet(document)
	if err != nil {
		return false
	}
	keys = slices.DeleteFunc(keys, func(k jws.Key) bool {
		return !k.Fits(header.Algorithm) || header.HasKeyID && k.ID != header.KeyID
	})
	return len(keys) == 1 && jws.Verify(header.Algorithm, keys[0].Public, c.SigningInput, c.Signature) == nil
}

// What RFC 7515 permits and this package does not.
const (
	noPayload    = "an access token has claims: no segment may be empty"
	otherAlg     = "the JWK names another algorithm than the header"
	unknownAlg   = "the JWK names an algorithm that does not exist: ES521"
	secretShared = "an HS algorithm"
)

var strict = map[string]map[int]string{
	"json_web_signature": {
		259: noPayload, 264: noPayload, 268: noPayload, 272: noPayload, 320: noPayload, 325: noPayload,
		346: otherAlg, 350: otherAlg,
		347: unknownAlg, 351: unknownAlg,
		1: secretShared, 348: secretShared, 352: secretShared, 357: secretShared, 358: secretShared, 359: secretShared,
		372: secretShared, 373: secretShared, 376: secretShared, 377: secretShared,
	},
	"json_web_key":    {2: secretShared, 13: secretShared, 14: secretShared, 15: secretShared},
	"json_web_crypto": {1: secretShared, 48: secretShared, 50: "encrypted", 67: "encrypted"},
}

// The published JOSE vectors, whole texts with the keys they come with.
func TestWycheproofJOSE(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ accepted, refused int }{
		"json_web_signature": {26, 375},
		"json_web_key":       {1, 25},
		"json_web_crypto":    {2, 81},
	} {
		accepted, refused := 0, 0
		for _, group := range readJOSE(t, name) {
			key := group.Public
			if key == nil { // a secret, which no reading may take for a public key
				key = group.Private
			}
			for _, v := range group.Tests {
				reason := strict[name][v.ID]
				if got, valid := accepts(keySet(key), v.text()), v.Result == "valid" && reason == ""; got != valid {
					t.Errorf("%s: %d %s %s is %s, accepted: %v", name, v.ID, group.Comment, v.Comment, v.Result, got)
				} else if got {
					accepted++
				} else {
					refused++
				}
				if reason != "" && v.Result != "valid" {
					t.Errorf("%s: %d needs no reason to be refused", name, v.ID)
				}
			}
		}
		if accepted != want.accepted || refused != want.refused {
			t.Errorf("%s: %d accepted and %d refused, want %d and %d", name, accepted, refused, want.accepted, want.refused)
		}
	}
}

// The valid vectors that are refused for their form or their key have good
// signatures, and it is not Verify that refuses them.
func TestWycheproofSignaturesOfStricterRules(t *testing.T) {
	t.Parallel()
	verified := 0
	for _, group := range readJOSE(t, "json_web_signature") {
		for _, v := range group.Tests {
			if reason := strict["json_web_signature"][v.ID]; reason == "" || reason == secretShared {
				continue
			}
			key, err := jws.ParseKey(group.Public)
			if err != nil {
				t.Fatal(err)
			}
			input := v.text()[:strings.LastIndexByte(v.text(), '.')]
			header, err := base64.RawURLEncoding.DecodeString(input[:strings.IndexByte(input, '.')])
			if err != nil {
				t.Fatal(err)
			}
			h, err := jws.ReadHeader(header)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := base64.RawURLEncoding.DecodeString(v.text()[len(input)+1:])
			if err != nil {
				t.Fatal(err)
			}
			if err := jws.Verify(h.Algorithm, key.Public, []byte(input), signature); err != nil {
				t.Errorf("%d %s: %v", v.ID, v.Comment, err)
			}
			verified++
		}
	}
	if verified != 10 {
		t.Errorf("%d vectors, want 10", verified)
	}
}

// Base64 that is not exactly one text for one content. The vectors sign with a
// secret, so it is the form alone that is read here. 372 and 373 are valid only
// to readers that skip characters; 367 and 370 have lost the padding that they
// are named for, and are the text of 357.
func TestSplitRefusesWycheproofEncodings(t *testing.T) {
	t.Parallel()
	read, refused := []int{}, 0
	for _, group := range readJOSE(t, "json_web_signature") {
		if group.Comment != "base64" {
			continue
		}
		for _, v := range group.Tests {
			c, err := jws.Split(v.text())
			if err == nil {
				_, err = jws.ReadHeader(c.Header)
			}
			if err != nil {
				refused++
				continue
			}
			read = append(read, v.ID)
		}
	}
	if want := []int{357, 358, 359, 367, 370, 376, 377}; !slices.Equal(read, want) || refused != 14 {
		t.Errorf("%v are read and %d refused, want %v and 14", read, refused, want)
	}
}

// Private and symmetric keys of the vectors, one by one: none is a public key.
func TestParseKeyRefusesWycheproofPrivateKeys(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, name := range []string{"json_web_signature", "json_web_key", "json_web_crypto"} {
		for _, group := range readJOSE(t, name) {
			var set struct{ Keys []json.RawMessage }
			if err := json.Unmarshal(keySet(group.Private), &set); err != nil {
				t.Fatal(err)
			}
			for _, key := range set.Keys {
				var secret struct{ D, K *string }
				if err := json.Unmarshal(key, &secret); err != nil {
					t.Fatal(err)
				}
				if secret.D == nil && secret.K == nil {
					continue // a set of the vectors mixes a public key in
				}
				if _, err := jws.ParseKey(key); err == nil {
					t.Errorf("%s: %s: the private key is accepted", name, group.Comment)
				}
				refused++
			}
		}
	}
	if refused != 59 {
		t.Errorf("%d keys, want 59", refused)
	}
}

// Public keys of the vectors that ParseKey itself must refuse.
func TestParseKeyRefusesWycheproofKeys(t *testing.T) {
	t.Parallel()
	want := []string{
		"jws_rsa_roca_key", "keysize_too_small", "exponentOne", "invalid_point", "wrong_curve", "wrong_kty",
	}
	var got []string
	for _, group := range readJOSE(t, "json_web_key") {
		var set struct{ Keys []json.RawMessage }
		if group.Public == nil {
			continue
		}
		if err := json.Unmarshal(group.Public, &set); err != nil {
			t.Fatal(err)
		}
		for _, key := range set.Keys {
			if _, err := jws.ParseKey(key); err != nil {
				got = append(got, group.Comment)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("refused: %v\nwant:    %v", got, want)
	}
}
