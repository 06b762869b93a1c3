package dpop_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
)

func TestClaims(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	v := dpop.NewVerifier(rules)
	raw := func(text string) any { return json.RawMessage(text) }
	type changes = map[string]any
	for _, test := range []struct {
		name    string
		changes changes
		want    error
	}{
		{"as usual", nil, nil},
		{"a claim that nobody knows", changes{"htx": []any{}}, nil},

		{"no jti", changes{"jti": nil}, dpop.ErrClaims},
		{"jti number", changes{"jti": 7}, dpop.ErrClaims},
		{"jti null", changes{"jti": raw("null")}, dpop.ErrClaims},
		{"jti array", changes{"jti": []string{"a"}}, dpop.ErrClaims},
		{"jti empty", changes{"jti": ""}, dpop.ErrClaims},
		{"jti spaces", changes{"jti": "  "}, dpop.ErrClaims},
		{"jti white space of other kinds", changes{"jti": "\t\r\n\u00a0\u2003"}, dpop.ErrClaims},
		{"jti 1 byte", changes{"jti": "a"}, nil},
		{"jti 256 bytes", changes{"jti": strings.Repeat("a", 256)}, nil},
		{"jti 257 bytes", changes{"jti": strings.Repeat("a", 257)}, dpop.ErrClaims},
		{"jti 256 bytes in 128 letters", changes{"jti": strings.Repeat("ä", 128)}, nil},
		{"jti 258 bytes in 129 letters", changes{"jti": strings.Repeat("ä", 129)}, dpop.ErrClaims},
		{"jti 256 bytes as escapes", changes{"jti": raw(`"` + strings.Repeat(`\u0061`, 256) + `"`)}, nil},
		{"jti 257 bytes as escapes", changes{"jti": raw(`"` + strings.Repeat(`\u0061`, 257) + `"`)}, dpop.ErrClaims},
		{"jti in another case", changes{"jti": nil, "JTI": "a"}, dpop.ErrClaims},

		{"no htm", changes{"htm": nil}, dpop.ErrClaims},
		{"htm number", changes{"htm": 7}, dpop.ErrClaims},
		{"htm null", changes{"htm": raw("null")}, dpop.ErrClaims},
		{"htm array", changes{"htm": []string{"GET"}}, dpop.ErrClaims},
		{"htm in lower case", changes{"htm": "get"}, dpop.ErrMethod},
		{"htm of another method", changes{"htm": "POST"}, dpop.ErrMethod},
		{"htm HEAD", changes{"htm": "HEAD"}, dpop.ErrMethod},
		{"htm empty", changes{"htm": ""}, dpop.ErrMethod},
		{"htm with a space", changes{"htm": "GET "}, dpop.ErrMethod},
		{"htm escaped", changes{"htm": raw(`"\u0047ET"`)}, nil},

		{"no htu", changes{"htu": nil}, dpop.ErrClaims},
		{"htu number", changes{"htu": 7}, dpop.ErrClaims},
		{"htu null", changes{"htu": raw("null")}, dpop.ErrClaims},
		{"htu object", changes{"htu": changes{}}, dpop.ErrClaims},
		{"htu empty", changes{"htu": ""}, dpop.ErrURL},
		{"htu of another path", changes{"htu": "https://api.example/thing"}, dpop.ErrURL},
		{"htu escaped", changes{"htu": raw(`"https:\/\/api.example\/things"`)}, nil},

		{"no iat", changes{"iat": nil}, dpop.ErrClaims},
		{"iat string", changes{"iat": "1700000000"}, dpop.ErrClaims},
		{"iat null", changes{"iat": raw("null")}, dpop.ErrClaims},
		{"iat true", changes{"iat": true}, dpop.ErrClaims},
		{"iat beyond float64", changes{"iat": raw("1e999")}, dpop.ErrClaims},
		{"iat beyond int64", changes{"iat": raw("1e300")}, dpop.ErrClaims},
		{"iat far below zero", changes{"iat": raw("-1e300")}, dpop.ErrClaims},
		{"iat 2^53", changes{"iat": raw("9007199254740992")}, dpop.ErrTooNew},
		{"iat -2^53", changes{"iat": raw("-9007199254740992")}, dpop.ErrExpired},
		{"iat 2^53 and 1", changes{"iat": raw("9007199254740993")}, dpop.ErrClaims},
		{"iat -2^53 and 1", changes{"iat": raw("-9007199254740993")}, dpop.ErrClaims},
		{"iat above 2^63", changes{"iat": raw("9223372036854775808")}, dpop.ErrClaims},
		{"iat 0", changes{"iat": 0}, dpop.ErrExpired},
		{"iat in milliseconds", changes{"iat": 1700000000000}, dpop.ErrTooNew},
		{"iat 300 s back", changes{"iat": 1700000000 - 300}, nil},
		{"iat 301 s back", changes{"iat": 1700000000 - 301}, dpop.ErrExpired},
		{"iat a little more than 300 s back", changes{"iat": raw("1699999699.999")}, dpop.ErrExpired},
		{"iat 30 s ahead", changes{"iat": 1700000000 + 30}, nil},
		{"iat 31 s ahead", changes{"iat": 1700000000 + 31}, dpop.ErrTooNew},
		{"iat a little more than 30 s ahead", changes{"iat": raw("1700000030.001")}, dpop.ErrTooNew},
		{"iat with a fraction", changes{"iat": raw("1700000000.25")}, nil},
		{"iat with an exponent", changes{"iat": raw("1.7e9")}, nil},
		{"no iat, but exp and nbf", changes{"iat": nil, "exp": 1700000001, "nbf": 1699999999}, dpop.ErrClaims},
		{"iat string, but exp and nbf", changes{"iat": "x", "exp": 1700000001, "nbf": 1699999999}, dpop.ErrClaims},

		{"exp ahead", changes{"exp": 1700000001}, nil},
		{"exp past, within the leeway", changes{"exp": raw("1699999970.5")}, nil},
		{"exp as long ago as the leeway", changes{"exp": 1700000000 - 30}, dpop.ErrExpired},
		{"exp 0", changes{"exp": 0}, dpop.ErrExpired},
		{"exp string", changes{"exp": "1700000001"}, dpop.ErrClaims},
		{"exp string, nbf number", changes{"exp": "1700000001", "nbf": 1699999999}, dpop.ErrClaims},
		{"exp null", changes{"exp": raw("null")}, dpop.ErrClaims},
		{"exp too large", changes{"exp": raw("1e300")}, dpop.ErrClaims},
		{"exp 2^53", changes{"exp": raw("9007199254740992")}, nil},
		{"nbf past", changes{"nbf": 1699999999}, nil},
		{"nbf as far ahead as the leeway", changes{"nbf": 1700000000 + 30}, nil},
		{"nbf a little more ahead", changes{"nbf": raw("1700000030.5")}, dpop.ErrTooNew},
		{"nbf string", changes{"nbf": "0"}, dpop.ErrClaims},
		{"nbf null", changes{"nbf": raw("null")}, dpop.ErrClaims},
		{"nbf too small", changes{"nbf": raw("-1e300")}, dpop.ErrClaims},
		{"nbf -2^53", changes{"nbf": raw("-9007199254740992")}, nil},

		{"no ath", changes{"ath": nil}, dpop.ErrClaims},
		{"ath number", changes{"ath": 7}, dpop.ErrClaims},
		{"ath null", changes{"ath": raw("null")}, dpop.ErrClaims},
		{"ath empty", changes{"ath": ""}, dpop.ErrTokenHash},
		{"ath padded", changes{"ath": hash(accessToken) + "="}, dpop.ErrTokenHash},
		{"ath of another token", changes{"ath": hash("another")}, dpop.ErrTokenHash},
		{"ath in another case", changes{"ath": strings.ToUpper(hash(accessToken))}, dpop.ErrTokenHash},
		{"ath cut", changes{"ath": hash(accessToken)[:42]}, dpop.ErrTokenHash},
		{"ath escaped", changes{"ath": raw(`"\u0066` + hash(accessToken)[1:] + `"`)}, nil},

		{"types before method", changes{"ath": 7, "htm": "POST"}, dpop.ErrClaims},
		{"types of optional claims before method", changes{"nbf": "", "htm": "POST"}, dpop.ErrClaims},
		{"method before URL", changes{"htm": "POST", "htu": "x", "iat": 0, "ath": ""}, dpop.ErrMethod},
		{"URL before time", changes{"htu": "x", "iat": 0, "ath": ""}, dpop.ErrURL},
		{"time before token hash", changes{"iat": 0, "ath": ""}, dpop.ErrExpired},
		{"exp before token hash", changes{"exp": 0, "ath": ""}, dpop.ErrExpired},
		{"nbf before token hash", changes{"nbf": 1800000000, "ath": ""}, dpop.ErrTooNew},
		{"iat before exp", changes{"iat": 1800000000, "exp": 0}, dpop.ErrTooNew},
	} {
		claims, _, err := check(t, v, mint(t, "ES256", key, with(test.changes)), request())
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if err != nil && claims.ID != nil {
			t.Errorf("%s: refused, but with claims", test.name)
		}
	}
}

// The method is whatever the request says.
func TestOwnMethods(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	v := dpop.NewVerifier(rules)
	want := request()
	want.Method = "PURGE-x"
	if _, _, err := check(t, v, mint(t, "ES256", key, with(map[string]any{"htm": "PURGE-x"})), want); err != nil {
		t.Error(err)
	}
	if _, _, err := check(t, v, mint(t, "ES256", key, with(map[string]any{"htm": "PURGE-X"})), want); !errors.Is(err, dpop.ErrMethod) {
		t.Errorf("in another case: %v, want ErrMethod", err)
	}
}

// The ends of the window are exact whatever fraction of a second it is now.
func TestWindowHoldsForFractionsOfASecond(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	v := dpop.NewVerifier(rules)
	const millisecond = 1_000_000
	for _, nanoseconds := range []int64{0, millisecond, 123 * millisecond, 499 * millisecond, 500 * millisecond, 999 * millisecond} {
		want := request()
		want.Now = time.Unix(1700000000, nanoseconds)
		for _, test := range []struct {
			shift time.Duration
			want  error
		}{
			{-300 * time.Second, nil},
			{-300*time.Second - time.Millisecond, dpop.ErrExpired},
			{30 * time.Second, nil},
			{30*time.Second + time.Millisecond, dpop.ErrTooNew},
		} {
			at := want.Now.Add(test.shift)
			iat := json.RawMessage(fmt.Sprintf("%d.%03d", at.Unix(), at.Nanosecond()/millisecond))
			claims, _, err := check(t, v, mint(t, "ES256", key, with(map[string]any{"iat": iat})), want)
			if !errors.Is(err, test.want) {
				t.Errorf("now %v, iat %s: %v, want %v", want.Now, iat, err, test.want)
			}
			if err == nil && claims.IssuedAt.Sub(at).Abs() > time.Microsecond {
				t.Errorf("iat %s is read as %v", iat, claims.IssuedAt)
			}
		}
	}
}

func TestNonce(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	v := dpop.NewVerifier(rules)
	for _, test := range []struct {
		name  string
		nonce any
		has   bool
		want  string
	}{
		{"none", nil, false, ""},
		{"string", "n-1", true, "n-1"},
		{"escaped", json.RawMessage(`"\u006e-1"`), true, "n-1"},
		{"empty", "", true, ""},
		{"number", 7, true, ""},
		{"null", json.RawMessage("null"), true, ""},
		{"object", map[string]any{"nonce": "n-1"}, true, ""},
	} {
		claims, _, err := check(t, v, mint(t, "ES256", key, with(map[string]any{"nonce": test.nonce})), request())
		if err != nil || claims.HasNonce != test.has || string(claims.Nonce) != test.want {
			t.Errorf("%s: %q, %v, %v", test.name, claims.Nonce, claims.HasNonce, err)
		}
	}
}

// A clock far outside the ordinary does not turn the window round.
func TestNoOverflow(t *testing.T) {
	t.Parallel()
	key := newKey(t, "ES256")
	wide := dpop.NewVerifier(dpop.Rules{Algorithms: []string{"ES256"}, MaxAge: math.MaxInt64, Leeway: math.MaxInt64})
	for iat, want := range map[string]error{
		"9007199254740992": dpop.ErrTooNew, "-9007199254740992": dpop.ErrExpired, "0": nil, "1700000000": nil,
	} {
		text := mint(t, "ES256", key, with(map[string]any{"iat": json.RawMessage(iat)}))
		if _, _, err := check(t, wide, text, request()); !errors.Is(err, want) {
			t.Errorf("iat %s: %v, want %v", iat, err, want)
		}
	}
}
