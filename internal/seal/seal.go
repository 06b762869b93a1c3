// Package seal is authenticated encryption with a ring of secrets: the first
// seals, all open, so that a secret can be rotated without signing anybody
// out. A sealed value opens only for the purpose and under the name that it was
// sealed for, and only until its own expiry.
//
// The format is base64url without padding of
//
//	0x01 | key id (4) | nonce (12) | AES-256-GCM(written (8) | expiry (8) | payload)
//
// with name | 0x00 | 0x01 | key id as additional data. The key of a purpose is
// HKDF-SHA256 of the secret with the info "ginauth0 v1 <purpose>", the key id
// the first four bytes of the same for the purpose "kid".
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MinSecretBytes is the shortest secret that a [Ring] takes.
const MinSecretBytes = 32

// The errors of [Box.Open]. To a client they all mean the same: absent.
var (
	ErrMalformed  = errors.New("seal: not a sealed value")
	ErrUnknownKey = errors.New("seal: sealed with a secret that is not in the ring")
	ErrForged     = errors.New("seal: not authentic under this name and purpose")
	ErrExpired    = errors.New("seal: expired")
)

// The errors of [NewRing].
var (
	ErrNoSecret       = errors.New("seal: no secret")
	ErrShortSecret    = errors.New("seal: a secret is shorter than 32 bytes")
	ErrRepeatedSecret = errors.New("seal: two secrets are alike")
)

const (
	version     = 0x01
	keyIDBytes  = 4
	nonceBytes  = 12
	headerBytes = 1 + keyIDBytes + nonceBytes
	timeBytes   = 16 // written and expiry
	tagBytes    = 16
)

type keyID [keyIDBytes]byte

// Ring holds the secrets. It is immutable and prints nothing of them.
type Ring struct {
	secrets [][]byte
	ids     []keyID
}

// NewRing returns a ring of at least one secret, each of at least 32 bytes and
// no two alike. The secrets are copied.
func NewRing(secrets ...[]byte) (*Ring, error) {
	if len(secrets) == 0 {
		return nil, ErrNoSecret
	}
	r := &Ring{}
	for i, secret := range secrets {
		if len(secret) < MinSecretBytes {
			return nil, ErrShortSecret
		}
		for _, other := range secrets[:i] {
			if string(other) == string(secret) {
				return nil, ErrRepeatedSecret
			}
		}
		r.secrets = append(r.secrets, append([]byte(nil), secret...))
		r.ids = append(r.ids, keyID(derive(secret, "kid")))
	}
	return r, nil
}

// String keeps the secrets out of every format.
func (r *Ring) String() string { return fmt.Sprintf("seal.Ring(%d secrets)", len(r.secrets)) }

// GoString does the same for %#v.
func (r *Ring) GoString() string { return r.String() }

// Box returns what seals and opens for one purpose.
func (r *Ring) Box(purpose string) *Box {
	b := &Box{}
	for i, secret := range r.secrets {
		b.keys = append(b.keys, boxKey{id: r.ids[i], aead: newGCM(derive(secret, purpose))})
	}
	return b
}

func derive(secret []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "ginauth0 v1 "+purpose, 32)
	if err != nil {
		panic("seal: HKDF-SHA256 of 32 bytes cannot fail: " + err.Error())
	}
	return key
}

func newGCM(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("seal: AES-256 takes any 32 bytes: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: GCM takes any AES: " + err.Error())
	}
	return aead
}

// Box seals and opens for one purpose. It is immutable and safe for concurrent
// use.
type Box struct{ keys []boxKey }

type boxKey struct {
	id   keyID
	aead cipher.AEAD
}

// Opened is what a sealed value held.
type Opened struct {
	Payload []byte    // belongs to the caller
	Written time.Time // in milliseconds
	Expiry  time.Time // in seconds
	Old     bool      // sealed with another secret than the first
}

// Length returns how many characters a payload of n bytes has when sealed.
func Length(n int) int {
	return base64.RawURLEncoding.EncodedLen(headerBytes + timeBytes + n + tagBytes)
}

// Seal seals payload under name until expiry, which is cut to seconds.
func (b *Box) Seal(name string, written, expiry time.Time, payload []byte) string {
	key := b.keys[0]
	raw := make([]byte, 0, headerBytes+timeBytes+len(payload)+tagBytes)
	raw = append(raw, version)
	raw = append(raw, key.id[:]...)
	nonce := raw[len(raw) : len(raw)+nonceBytes]
	rand.Read(nonce) // never fails
	raw = raw[:headerBytes]
	plain := make([]byte, 0, timeBytes+len(payload))
	plain = binary.BigEndian.AppendUint64(plain, uint64(written.UnixMilli()))
	plain = binary.BigEndian.AppendUint64(plain, uint64(expiry.Unix())) //nolint:gosec // read back as signed
	plain = append(plain, payload...)
	return base64.RawURLEncoding.EncodeToString(key.aead.Seal(raw, nonce, plain, appendAAD(nil, name, key.id)))
}

// Open opens a value that was sealed under name and has not expired at now.
// Errors are [ErrMalformed], [ErrUnknownKey], [ErrForged] and [ErrExpired].
func (b *Box) Open(name, text string, now time.Time) (Opened, error) {
	// The decoder ignores line breaks.
	if strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, '\n') >= 0 || len(text) < Length(0) {
		return Opened{}, ErrMalformed
	}
	size := base64.RawURLEncoding.DecodedLen(len(text))
	// The additional data share the buffer.
	buf := make([]byte, size, size+len(name)+2+keyIDBytes)
	if _, err := strictBase64.Decode(buf, []byte(text)); err != nil || buf[0] != version {
		return Opened{}, ErrMalformed
	}
	id := keyID(buf[1 : 1+keyIDBytes])
	nonce, sealed := buf[1+keyIDBytes:headerBytes], buf[headerBytes:size:size]
	aad := appendAAD(buf[size:], name, id)
	known := false
	for i, key := range b.keys {
		if key.id != id {
			continue
		}
		known = true
		// Not in place: a failed attempt would destroy it for the next key.
		plain, err := key.aead.Open(nil, nonce, sealed, aad)
		if err != nil {
			continue
		}
		opened := Opened{
			Written: time.UnixMilli(int64(binary.BigEndian.Uint64(plain))),   //nolint:gosec // written as signed
			Expiry:  time.Unix(int64(binary.BigEndian.Uint64(plain[8:])), 0), //nolint:gosec // likewise
			Payload: plain[timeBytes:],
			Old:     i > 0,
		}
		if !now.Before(opened.Expiry) {
			return Opened{}, ErrExpired
		}
		return opened, nil
	}
	if known {
		return Opened{}, ErrForged
	}
	return Opened{}, ErrUnknownKey
}

var strictBase64 = base64.RawURLEncoding.Strict()

func appendAAD(b []byte, name string, id keyID) []byte {
	b = append(b, name...)
	b = append(b, 0x00, version)
	return append(b, id[:]...)
}
