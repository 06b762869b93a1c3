package e2e_test

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// secrets are the values of one scenario that no program may print: keys from its configuration, and codes, states
// and cookies that the browser saw.
type secrets struct {
	mu     sync.Mutex
	values map[string]string // value to what it is
}

func newSecrets() *secrets {
	return &secrets{values: map[string]string{}}
}

func (s *secrets) add(what, value string) {
	if len(value) < 8 { // a word this short stands in every log
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[value] = what
}

// addURL takes the secret parameters out of an address that the browser went to.
func (s *secrets) addURL(address string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	for _, name := range []string{"code", "state", "nonce", "code_challenge", "id_token_hint"} {
		s.add("the parameter "+name, u.Query().Get(name))
	}
}

// secretShapes find what nobody registered: JWTs, and parameters of the protocol with a value.
var secretShapes = []*regexp.Regexp{
	regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]*`),
	regexp.MustCompile(`\b(code|state|nonce|access_token|refresh_token|id_token|client_secret)=[^\s&"]{8,}`),
	regexp.MustCompile(`_a0_(session|tx_[\w-]+)(\.\d)?=`),
}

// check reports every secret in the output of a program, without printing it once more.
func (s *secrets) check(t *testing.T, program, output string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for value, what := range s.values {
		if strings.Contains(output, value) {
			t.Errorf("%s printed %s", program, what)
		}
	}
	for _, shape := range secretShapes {
		if shape.MatchString(output) {
			t.Errorf("%s printed something of the shape %s", program, shape)
		}
	}
}
