package dpop

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync"
	"time"
)

// A nonce is base64url without padding of
//
//	0x01 | mint time (8, Unix nanoseconds) | HMAC-SHA-256(version | mint time)[:18]
//
// 27 bytes fill 36 characters without a bit to spare, so that each nonce has one
// spelling. The MAC key is HKDF-SHA256 of the configured key with the info
// "ginauth0api v1 dpop-nonce": a secret that also serves something else does not
// make nonces there.
const (
	nonceVersion  = 0x01
	nonceHead     = 1 + 8
	nonceBytes    = nonceHead + 18
	nonceLength   = nonceBytes / 3 * 4
	noncePurpose  = "ginauth0api v1 dpop-nonce"
	nonceMaxAhead = 30 * time.Second
)

// NonceState is what a nonce is worth.
type NonceState int

// The states of a nonce.
const (
	// NonceStale is a nonce that is not accepted: forged, too old, or minted more
	// than 30 seconds in the future.
	NonceStale NonceState = iota
	// NonceAgeing is accepted, but older than half of the lifetime: the client
	// should get a new one with the answer.
	NonceAgeing
	// NonceFresh is accepted.
	NonceFresh
)

// Nonces makes and judges the nonces of RFC 9449 section 9. It keeps no state, so
// that instances with the same keys accept each other's. It is safe for
// concurrent use.
type Nonces struct {
	keys     []nonceKey
	lifetime time.Duration
}

// NewNonces returns Nonces under these keys: the first mints, all verify. It
// panics without a key. The keys are not kept.
func NewNonces(keys [][]byte, lifetime time.Duration) *Nonces {
	if len(keys) == 0 {
		panic("dpop: NewNonces needs a key")
	}
	n := &Nonces{keys: make([]nonceKey, len(keys)), lifetime: lifetime}
	for i, key := range keys {
		derived, err := hkdf.Key(sha256.New, key, nil, noncePurpose, sha256.Size)
		if err != nil {
			panic("dpop: HKDF-SHA256 of 32 bytes cannot fail: " + err.Error())
		}
		n.keys[i].macs.New = func() any { return &nonceMAC{hash: hmac.New(sha256.New, derived)} }
	}
	return n
}

// Mint returns a nonce that was made now.
func (n *Nonces) Mint(now time.Time) string {
	var nonce [nonceBytes]byte
	nonce[0] = nonceVersion
	binary.BigEndian.PutUint64(nonce[1:], uint64(now.UnixNano()))
	n.keys[0].sign(&nonce)
	var text [nonceLength]byte
	base64.RawURLEncoding.Encode(text[:], nonce[:])
	return string(text[:])
}

// Check judges a nonce. What is authentic is accepted from 30 seconds before its
// mint time, for the sake of instances whose clocks differ, until the end of the
// lifetime, both ends included.
func (n *Nonces) Check(nonce []byte, now time.Time) NonceState {
	// The decoder skips line breaks; as long as 27 bytes come out of 36
	// characters, there were none.
	var got, want [nonceBytes]byte
	if len(nonce) != nonceLength {
		return NonceStale
	}
	if decoded, err := base64.RawURLEncoding.Decode(got[:], nonce); err != nil || decoded != nonceBytes || got[0] != nonceVersion {
		return NonceStale
	}
	copy(want[:nonceHead], got[:nonceHead])
	for i := range n.keys {
		n.keys[i].sign(&want)
		if hmac.Equal(got[:], want[:]) {
			minted := time.Unix(0, int64(binary.BigEndian.Uint64(got[1:]))) //nolint:gosec // the same bits
			return n.state(now.Sub(minted))
		}
	}
	return NonceStale
}

func (n *Nonces) state(age time.Duration) NonceState {
	switch {
	case age < -nonceMaxAhead || age > n.lifetime:
		return NonceStale
	case age > n.lifetime/2:
		return NonceAgeing
	}
	return NonceFresh
}

// nonceKey keeps MACs under its key ready: setting one up costs more than using
// it.
type nonceKey struct{ macs sync.Pool }

// nonceMAC holds its buffers too. They would be allocated each time otherwise,
// since nobody can tell what a hash does with them.
type nonceMAC struct {
	hash hash.Hash
	head [nonceHead]byte
	sum  [sha256.Size]byte
}

// sign writes the MAC of the head behind it.
func (k *nonceKey) sign(nonce *[nonceBytes]byte) {
	mac := k.macs.Get().(*nonceMAC)
	copy(mac.head[:], nonce[:])
	mac.hash.Reset()
	mac.hash.Write(mac.head[:])
	mac.hash.Sum(mac.sum[:0])
	copy(nonce[nonceHead:], mac.sum[:])
	k.macs.Put(mac)
}
