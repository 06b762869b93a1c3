package seal_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/seal"
)

var (
	first  = []byte("first secret of thirty-two bytes!")
	second = []byte("second secret of thirty-two bytes")
	now    = time.Unix(1_700_000_000, 123_000_000)
	later  = now.Add(time.Hour)
)

func ring(t *testing.T, secrets ...[]byte) *seal.Ring {
	t.Helper()
	r, err := seal.NewRing(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// expand is HKDF-SHA256 for 32 bytes, written down from RFC 5869.
func expand(secret []byte, info string) []byte {
	extract := hmac.New(sha256.New, make([]byte, 32))
	extract.Write(secret)
	okm := hmac.New(sha256.New, extract.Sum(nil))
	okm.Write([]byte(info))
	okm.Write([]byte{1})
	return okm.Sum(nil)
}

// The documented format, opened with nothing but the standard library.
func TestSealedValueHasTheDocumentedFormat(t *testing.T) {
	t.Parallel()
	text := ring(t, first, second).Box("session").Seal("name", now, later, []byte("payload"))
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	kid := expand(first, "ginauth0 v1 kid")[:4]
	if raw[0] != 1 || !bytes.Equal(raw[1:5], kid) {
		t.Fatalf("version %d, key id %x, want 1 and %x", raw[0], raw[1:5], kid)
	}
	block, err := aes.NewCipher(expand(first, "ginauth0 v1 session"))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, raw[5:17], raw[17:], append([]byte("name\x00\x01"), kid...))
	if err != nil {
		t.Fatal(err)
	}
	want := binary.BigEndian.AppendUint64(nil, 1_700_000_000_123)
	want = binary.BigEndian.AppendUint64(want, 1_700_003_600)
	want = append(want, "payload"...)
	if !bytes.Equal(plain, want) {
		t.Errorf("plaintext %x, want %x", plain, want)
	}
	if len(text) != seal.Length(len("payload")) {
		t.Errorf("%d characters, Length says %d", len(text), seal.Length(len("payload")))
	}
}

func TestOpenGivesBackWhatWasSealed(t *testing.T) {
	t.Parallel()
	box := ring(t, first).Box("session")
	for _, payload := range []string{"", "x", `{"name":"Żółć \"😀\""}`, strings.Repeat("p", 10_000)} {
		text := box.Seal("n", now, later, []byte(payload))
		got, err := box.Open("n", text, now)
		if err != nil || string(got.Payload) != payload || got.Old ||
			!got.Written.Equal(now.Truncate(time.Millisecond)) || got.Expiry.Unix() != later.Unix() {
			t.Errorf("%d bytes: %v, %v", len(payload), got, err)
		}
	}
}

func TestSealingTwiceGivesDifferentText(t *testing.T) {
	t.Parallel()
	box := ring(t, first).Box("session")
	one, two := box.Seal("n", now, later, []byte("p")), box.Seal("n", now, later, []byte("p"))
	if one == two {
		t.Error("the same text twice")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	box := ring(t, first).Box("session")
	text := box.Seal("n", now, later, []byte("payload"))
	flip := func(i int) string {
		raw, _ := base64.RawURLEncoding.DecodeString(text)
		raw[i] ^= 1
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	for name, test := range map[string]struct {
		box  *seal.Box
		name string
		text string
		now  time.Time
		want error
	}{
		"another name":             {box, "m", text, now, seal.ErrForged},
		"a longer name":            {box, "n\x00", text, now, seal.ErrForged},
		"another purpose":          {ring(t, first).Box("transaction"), "n", text, now, seal.ErrForged},
		"another secret":           {ring(t, second).Box("session"), "n", text, now, seal.ErrUnknownKey},
		"at its expiry":            {box, "n", text, later, seal.ErrExpired},
		"after its expiry":         {box, "n", text, later.Add(time.Hour), seal.ErrExpired},
		"another version":          {box, "n", flip(0), now, seal.ErrMalformed},
		"key id flipped":           {box, "n", flip(1), now, seal.ErrUnknownKey},
		"nonce flipped":            {box, "n", flip(5), now, seal.ErrForged},
		"expiry flipped":           {box, "n", flip(17 + 15), now, seal.ErrForged},
		"payload flipped":          {box, "n", flip(17 + 16), now, seal.ErrForged},
		"tag flipped":              {box, "n", flip(17 + 16 + 7 + 15), now, seal.ErrForged},
		"a character short":        {box, "n", text[:len(text)-1], now, seal.ErrForged},
		"half":                     {box, "n", text[:len(text)/2], now, seal.ErrMalformed},
		"empty":                    {box, "n", "", now, seal.ErrMalformed},
		"padding":                  {box, "n", text + "=", now, seal.ErrMalformed},
		"line break":               {box, "n", text[:9] + "\n" + text[9:], now, seal.ErrMalformed},
		"standard alphabet":        {box, "n", "+" + text[1:], now, seal.ErrMalformed},
		"a megabyte of characters": {box, "n", strings.Repeat("A", 1<<20), now, seal.ErrMalformed},
	} {
		if _, err := test.box.Open(test.name, test.text, test.now); !errors.Is(err, test.want) {
			// A text cut in its last character may also break the encoding.
			if name == "a character short" && errors.Is(err, seal.ErrMalformed) {
				continue
			}
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	before := ring(t, first).Box("session").Seal("n", now, later, []byte("p"))
	rotated := ring(t, second, first).Box("session")
	if got, err := rotated.Open("n", before, now); err != nil || !got.Old {
		t.Errorf("a value from before the rotation: %+v, %v", got, err)
	}
	if got, err := rotated.Open("n", rotated.Seal("n", now, later, nil), now); err != nil || got.Old {
		t.Errorf("a value from after the rotation: %+v, %v", got, err)
	}
	if _, err := ring(t, second).Box("session").Open("n", before, now); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("the old secret removed: %v", err)
	}
}

func TestNewRingRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		secrets [][]byte
		want    error
	}{
		"none":     {nil, seal.ErrNoSecret},
		"31 bytes": {[][]byte{first[:31]}, seal.ErrShortSecret},
		"repeated": {[][]byte{first, second, first}, seal.ErrRepeatedSecret},
	} {
		if _, err := seal.NewRing(test.secrets...); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestRingPrintsNoSecret(t *testing.T) {
	t.Parallel()
	r := ring(t, first)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, r); strings.Contains(got, "first secret") || strings.Contains(got, "102 105") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func FuzzOpen(f *testing.F) {
	r, err := seal.NewRing(first, second)
	if err != nil {
		f.Fatal(err)
	}
	box := r.Box("session")
	good := box.Seal("n", now, later, []byte("payload"))
	f.Add(good)
	f.Add(good[:20])
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		// Nobody else has the secrets: what opens was sealed by a seed.
		if got, err := box.Open("n", text, now); err == nil && string(got.Payload) != "payload" {
			t.Errorf("%q opens", text)
		}
	})
}
