package ginauth0

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/gin-gonic/gin"
)

// referenceAlphabet is Crockford's base 32, in which no two characters are taken for
// each other.
const referenceAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newReference names one error by 60 random bits. They say nothing of how many errors
// there were, and nobody can guess the reference of somebody else.
func newReference() string {
	var random [8]byte
	rand.Read(random[:]) // never fails
	bits := binary.LittleEndian.Uint64(random[:])
	text := []byte("xxxx-xxxx-xxxx")
	for i := range text {
		if text[i] == 'x' {
			text[i] = referenceAlphabet[bits&31]
			bits >>= 5
		}
	}
	return string(text)
}

// ReferenceFrom returns the reference of the error that [Auth.Fail] answers this request
// with: XXXX-XXXX-XXXX, random, new for each error. The page shows it, the line "refused"
// in the log has it as reference, and c.Errors has it as Meta, so that what a person tells
// leads to the cause. Config.OnError and Config.OnCallback can show it on a page of their
// own. It is false as long as nothing has failed.
func ReferenceFrom(c *gin.Context) (string, bool) {
	if c.Request == nil {
		return "", false
	}
	v, _ := c.Request.Context().Value(visitKey{}).(*visit)
	if v == nil {
		return "", false
	}
	reference := v.reference.Load()
	if reference == nil {
		return "", false
	}
	return *reference, true
}
