package dpop

import (
	"crypto"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// header is the protected header of a proof that was found acceptable. It never
// changes, so that many requests may share it.
type header struct {
	algorithm  string
	key        crypto.PublicKey
	thumbprint [32]byte
}

// headerMembers are the parts of a protected header that are looked at. Values
// alias the header.
type headerMembers struct {
	typ, alg, jwk strictjson.Value
}

// readHeader reads a protected header without judging it, apart from its form
// and from the extensions of JWS: none is understood here (RFC 7515 section
// 4.1.11, RFC 7797). The names of keys and their addresses (`kid`, `jku`, `x5u`,
// `x5c`, …) are not looked at: the key is the one in the proof.
func readHeader(json []byte) (headerMembers, error) {
	var m headerMembers
	s := strictjson.Object(json)
	for s.Next() {
		switch string(s.Name()) {
		case "typ":
			m.typ = s.Value()
		case "alg":
			m.alg = s.Value()
		case "jwk":
			m.jwk = s.Value()
		case "crit", "b64":
			return headerMembers{}, ErrMalformed
		}
	}
	if s.Err() != nil {
		return headerMembers{}, ErrMalformed
	}
	return m, nil
}

// judge decides by RFC 9449 section 4.3, numbers 4, 5 and 7.
func (m *headerMembers) judge(accepted []string) (*header, error) {
	typ, ok := m.typ.Bytes()
	if !ok || !isProofType(string(typ)) {
		return nil, ErrType
	}
	h := &header{}
	alg, _ := m.alg.Bytes()
	for _, name := range accepted {
		if string(alg) == name {
			h.algorithm = name
		}
	}
	if h.algorithm == "" {
		return nil, ErrAlgorithm
	}
	var err error
	if h.key, err = jws.ParsePublicKey(m.jwk.Raw); err != nil { // also if it is missing, or no object
		return nil, ErrKey
	}
	if !jws.FitsAlgorithm(h.algorithm, h.key) {
		return nil, ErrAlgorithm
	}
	if h.thumbprint, err = jws.Thumbprint(h.key); err != nil {
		return nil, ErrKey
	}
	return h, nil
}

// isProofType compares as media types do: without case, and "application/" may
// be left out (RFC 7515 section 4.1.9).
func isProofType(typ string) bool {
	const name, tree = "dpop+jwt", "application/"
	if len(typ) == len(tree)+len(name) && strings.EqualFold(typ[:len(tree)], tree) {
		typ = typ[len(tree):]
	}
	return strings.EqualFold(typ, name) // no letter of these has a relative beyond ASCII
}
