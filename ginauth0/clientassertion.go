package ginauth0

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// ClientAssertion is the private key with which an application proves to its tenant
// who it is (private_key_jwt, OpenID Connect Core section 9, RFC 7523). The zero
// value is none. It prints KeyID and Algorithm only.
type ClientAssertion struct {
	// Key signs: RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, or Ed25519.
	// It may live in a device. [ParseSigningKey] reads a PEM.
	Key crypto.Signer
	// KeyID is the kid by which the tenant knows the key. Zero: none is sent.
	KeyID string
	// Algorithm must fit the key. Zero: RS256 for RSA, the ES one of its curve, EdDSA.
	Algorithm string
}

func (a ClientAssertion) isSet() bool { return a.Key != nil || a.KeyID != "" || a.Algorithm != "" }

// Format leaves the key out for every verb.
func (a ClientAssertion) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "ginauth0.ClientAssertion{KeyID: %q, Algorithm: %q}", a.KeyID, a.Algorithm)
}

// MarshalText leaves the key out; encoding/json uses it too.
func (a ClientAssertion) MarshalText() ([]byte, error) { return fmt.Append(nil, a), nil }

// LogValue leaves the key out.
func (a ClientAssertion) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(a)) }

// judgeAssertion signs once, so that a key which does not work is found before anybody
// wants to log in.
func (s *settings) judgeAssertion(p *problems) {
	a := s.ClientAssertion
	if !a.isSet() {
		return
	}
	if a.Key == nil {
		p.add("ClientAssertion.Key", "is missing: ParseSigningKey reads one from a PEM")
		return
	}
	assertion, err := oidc.NewAssertion(a.Key, a.KeyID, a.Algorithm)
	switch {
	case errors.Is(err, oidc.ErrSigningAlgorithm):
		p.add("ClientAssertion.Algorithm", "is none with which the key can sign: leave it empty for the one that is")
		return
	case err != nil:
		p.add("ClientAssertion.Key", "must be RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, or Ed25519; %s", makeKey)
		return
	}
	if assertion.Try() != nil {
		p.add("ClientAssertion.Key", "does not sign, or not so that its public key can verify it")
		return
	}
	s.assertion = assertion
}

// ErrSigningKey is what [ParseSigningKey] returns. It shows nothing of the text.
var ErrSigningKey = errors.New("ginauth0: not one private key in PEM (PKCS#8, not encrypted)")

// pemLineBreaks are what files of settings write where a PEM has a line break.
var pemLineBreaks = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n")

// ParseSigningKey reads the private key of a [ClientAssertion]: one PEM block "PRIVATE
// KEY" (PKCS#8) with an RSA, ECDSA or Ed25519 key, and nothing else. The two characters
// \n count as a line break, so that the key can stand in one line of a file. Make one
// with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048. Whether the key
// will do is for [New] to say. The error is [ErrSigningKey].
func ParseSigningKey(text Secret) (crypto.Signer, error) {
	const begin = "-----BEGIN "
	input := strings.TrimSpace(pemLineBreaks.Replace(string(text)))
	// The decoder skips what it cannot read, and takes the block behind it.
	if !strings.HasPrefix(input, begin) || strings.Count(input, begin) > 1 {
		return nil, ErrSigningKey
	}
	block, rest := pem.Decode([]byte(input))
	if block == nil || block.Type != "PRIVATE KEY" || len(block.Headers) > 0 || len(rest) > 0 {
		return nil, ErrSigningKey
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, ErrSigningKey
	}
	signer, ok := key.(crypto.Signer)
	if !ok { // a key that only agrees on secrets, such as X25519
		return nil, ErrSigningKey
	}
	return signer, nil
}

// client is how the application proves to the tenant who it is.
func (s *settings) client() oidc.ClientAuth {
	return oidc.ClientAuth{ID: s.ClientID, Secret: string(s.ClientSecret), Assertion: s.assertion}
}
