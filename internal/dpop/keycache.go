package dpop

import "github.com/gin-auth0/gin-auth0/internal/slots"

const (
	// rememberedKeys is how many headers are remembered. One more costs a client
	// a few microseconds, no more.
	rememberedKeys = 1024
	// maxRememberedBytes is the longest header segment that is remembered: one
	// with an RSA-8192 key fits, one that is filled up with something else does
	// not, so that the cache stays within a few megabytes.
	maxRememberedBytes = 2048
)

// keyCache remembers acceptable headers by their exact text. All proofs of one
// client key have the same header, and parsing it, above all checking that the
// point lies on its curve, costs more than the rest of the proof.
type keyCache struct{ slots *slots.Cache[*header] }

func newKeyCache() keyCache { return keyCache{slots.New[*header](rememberedKeys)} }

// header returns what is known about an encoded header, or nil.
func (c keyCache) header(segment []byte) *header {
	if entry := c.slots.GetBytes(segment); entry != nil {
		return entry.Value
	}
	return nil
}

// remember is for headers of proofs with a good signature, so that nobody fills
// the cache with keys that nobody holds.
func (c keyCache) remember(segment []byte, h *header) {
	if len(segment) <= maxRememberedBytes {
		c.slots.Put(string(segment), h)
	}
}
