package dpop_test

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

// The values were computed with Python's hashlib and with node:crypto.
func TestReplayKeyOfKnownProofs(t *testing.T) {
	t.Parallel()
	var counting [32]byte
	for i := range counting {
		counting[i] = byte(i)
	}
	// The key and the jti of RFC 9449, figures 4 and 5.
	decoded, err := base64.RawURLEncoding.DecodeString("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		thumbprint [32]byte
		jti, want  string
	}{
		{counting, "e1j3V_bKic8-LAEB", "Yw3NKWbEM2aRPIQiFKu5lAOvqnDN1o_q"},
		{counting, "ä\n", "Yw3NKWbEM2aRxYu2_WYsoSufGYRmsowK"},
		{counting, strings.Repeat("x", 256), "Yw3NKWbEM2aRWGQcqqn-UgmQPVd2_9vo"},
		{[32]byte(decoded), "-BwC3ESc6acc2lTc", "LShbUKEXCheaP-_-xJRT1-eZWFqc_sN5"},
	} {
		if got := dpop.ReplayKey(test.thumbprint, []byte(test.jti)); got != test.want {
			t.Errorf("jti %.20q: got %s, want %s", test.jti, got, test.want)
		}
	}
}

func replayKey(proofKey, proof int) string {
	return dpop.ReplayKey(proofKeyOf(proofKey), strconv.AppendInt(nil, int64(proof), 10))
}

// The store is open to any text, and each is itself.
func TestKeysOfAnyText(t *testing.T) {
	t.Parallel()
	usual := replayKey(1, 1)
	keys := []string{
		"", "\x00", "\x00\x00", "a", "b", usual, usual[:31], usual[:31] + "\n", usual + "\n", usual + "A", usual[:12], usual[:11],
		usual[:12] + usual[13:], "+/" + usual[2:], usual[:31] + "=", usual[:30] + "==", strings.Repeat("x", 31), strings.Repeat("x", 33),
		strings.Repeat("é", 16), strings.Repeat("\xff", 32), strings.Repeat("\n", 32), strings.Repeat("\r", 32), strings.Repeat("long ", 10_000),
		strings.ToLower(usual), usual[:12] + strings.Repeat("\n", 20), usual[:12] + strings.Repeat("\r", 20),
	}
	for i := range 1000 {
		keys = append(keys, "one proof key, many proofs "+strconv.Itoa(i))
	}
	m := newReplayMemory(t, 4*len(keys))
	for _, key := range keys {
		remembers(t, m, key, time.Minute, true, nil)
	}
	for _, key := range keys {
		remembers(t, m, key, time.Minute, false, nil)
	}
}

// What begins with the same 12 characters counts as one proof key, in any text.
func TestShareOfAnyText(t *testing.T) {
	t.Parallel()
	usual := replayKey(1, 1)
	for _, start := range []string{usual[:12], "not base64! ", "\n\n\n\n\n\n\n\n\n\n\n\n"} {
		m := newReplayMemory(t, 20)
		for i := range 5 {
			remembers(t, m, start+strings.Repeat("z", 4*i), time.Minute, true, nil)
		}
		remembers(t, m, start+"one more", time.Minute, false, dpop.ErrReplayShare)
		remembers(t, m, start+strings.Repeat("A", 20), time.Minute, false, dpop.ErrReplayShare)
		remembers(t, m, start[:11], time.Minute, true, nil)
		remembers(t, m, start[:11]+"?"+start[12:], time.Minute, true, nil)
	}
	// Shorter ones are a proof key each.
	m := newReplayMemory(t, 4)
	for _, key := range []string{"", "a", "aa", "aaa"} {
		remembers(t, m, key, time.Minute, true, nil)
	}
}
