package ginauth0_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

func TestParseSigningKey(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]interface{ Equal(crypto.PrivateKey) bool }{
		"RSA": rsaKey(), "P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384()), "P-521": ecKey(t, elliptic.P521()), "Ed25519": edKey(t),
	} {
		text := pemOf(t, key)
		for form, text := range map[string]string{
			"as openssl writes it":    text,
			"white space around":      "\n\t " + text + " \r\n",
			"no line break at end":    strings.TrimSpace(text),
			"CR LF":                   strings.ReplaceAll(text, "\n", "\r\n"),
			"on one line":             strings.ReplaceAll(text, "\n", `\n`),
			"CR LF, on one line":      strings.ReplaceAll(text, "\n", `\r\n`),
			"one line, in the middle": strings.Replace(strings.TrimSpace(text), "\n", `\n`, 1),
		} {
			got, err := ginauth0.ParseSigningKey(ginauth0.Secret(text))
			if err != nil || !key.Equal(got) {
				t.Errorf("%s, %s: %T, %v", name, form, got, err)
			}
		}
	}
}

func TestParseSigningKeyRefuses(t *testing.T) {
	t.Parallel()
	key := ecKey(t, elliptic.P256())
	sound := pemOf(t, key)
	sec1, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte, headers map[string]string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der, Headers: headers}))
	}
	der, _ := pem.Decode([]byte(sound))
	for name, text := range map[string]string{
		"nothing":                         "",
		"white space":                     " \n",
		"no PEM":                          "hunter2",
		"DER":                             string(der.Bytes),
		"the block without its lines":     strings.Split(sound, "\n")[1],
		"PKCS#1":                          block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey()), nil),
		"SEC 1":                           block("EC PRIVATE KEY", sec1, nil),
		"SEC 1 under another name":        block("PRIVATE KEY", sec1, nil),
		"a public key":                    block("PUBLIC KEY", public, nil),
		"a public key under another name": block("PRIVATE KEY", public, nil),
		"encrypted":                       block("ENCRYPTED PRIVATE KEY", der.Bytes, nil),
		"encrypted in the old way":        block("PRIVATE KEY", der.Bytes, map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}),
		"a key that does not sign":        pemOf(t, agreement),
		"cut off":                         sound[:len(sound)-30],
		"a character that is not base64":  strings.Replace(sound, "M", "!", 1),
		"something missing in the middle": sound[:60] + sound[64:],
		"text in front":                   "key: " + sound,
		"text behind":                     sound + "the end",
		"two keys":                        sound + pemOf(t, rsaKey()),
		"a broken key, then a sound one":  strings.Replace(sound, "M", "!", 1) + sound,
		"a certificate behind it":         sound + block("CERTIFICATE", public, nil),
		"spaces in place of line breaks":  strings.ReplaceAll(sound, "\n", " "),
	} {
		got, err := ginauth0.ParseSigningKey(ginauth0.Secret(text))
		if got != nil || !errors.Is(err, ginauth0.ErrSigningKey) || err.Error() != ginauth0.ErrSigningKey.Error() {
			t.Errorf("%s: %T, %v", name, got, err)
		}
	}
}

// Whatever the text is: an error, or a key that is in it.
func FuzzParseSigningKey(f *testing.F) {
	sound := pemOf(f, ecKey(f, elliptic.P256()))
	for _, text := range []string{sound, strings.ReplaceAll(sound, "\n", `\n`), sound + sound, sound[:50], "-----BEGIN PRIVATE KEY-----", `\n\r\n`, ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ginauth0.ParseSigningKey(ginauth0.Secret(text))
		switch {
		case err != nil && (key != nil || !errors.Is(err, ginauth0.ErrSigningKey)):
			t.Errorf("%v with %T", err, key)
		case err == nil && (key == nil || !strings.Contains(text, "BEGIN PRIVATE KEY") || strings.Count(text, "-----BEGIN ") != 1):
			t.Errorf("%q gave %T", text, key)
		}
	})
}
