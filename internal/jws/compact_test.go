package jws_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/internal/jws"
)

// The example of RFC 7515 appendix A.2 (RS256).
const (
	rfcRS256 = "eyJhbGciOiJSUzI1NiJ9" +
		".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" +
		".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
	rfcRS256Key = `{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`
)

func TestSplitAndHeaderOfTheRFCExample(t *testing.T) {
	t.Parallel()
	c, err := jws.Split(rfcRS256)
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Header) != `{"alg":"RS256"}` {
		t.Errorf("header = %s", c.Header)
	}
	if want := "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"; string(c.Payload) != want {
		t.Errorf("payload = %q", c.Payload)
	}
	if len(c.Signature) != 256 {
		t.Errorf("%d bytes of signature", len(c.Signature))
	}
	if want := rfcRS256[:strings.LastIndexByte(rfcRS256, '.')]; string(c.SigningInput) != want {
		t.Errorf("signing input = %s", c.SigningInput)
	}
	if want := rfcRS256[:strings.IndexByte(rfcRS256, '.')]; string(c.HeaderSegment) != want {
		t.Errorf("header segment = %s", c.HeaderSegment)
	}
	h, err := jws.ReadHeader(c.Header)
	if err != nil || h.Algorithm != "RS256" || h.HasKeyID || h.HasType {
		t.Errorf("header = %+v, %v", h, err)
	}
}

func TestSplitRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                     "",
		"opaque string":               "abcdefgh",
		"two segments":                "e30.e30",
		"four segments":               "e30.e30.AA.AA",
		"five segments, as a JWE has": "e30.AA.AA.AA.AA",
		"empty header":                ".e30.AA",
		"empty payload":               "e30..AA",
		"empty signature":             "e30.e30.",
		"only dots":                   "..",
		"padding":                     "e30=.e30.AA",
		"standard alphabet":           "e30.e30.+/8",
		"space":                       "e30.e30. AA",
		"line feed":                   "e30.e30.A\nA",
		"carriage return":             "e30\r.e30.AA",
		"one character left over":     "e30.e30.AAAAA",
		"unused bits set":             "e30.e30.AB",
		"unused bits set in payload":  "e30.e31.AA",
		"JSON serialisation":          `{"payload":"e30","signatures":[{"signature":"AA"}]}`,
	} {
		if _, err := jws.Split(text); !errors.Is(err, jws.ErrMalformed) {
			t.Errorf("%s: error = %v, want ErrMalformed", name, err)
		}
	}
	var segments *jws.SegmentsError
	if _, err := jws.Split("e30.AA.AA.AA.AA"); !errors.As(err, &segments) || segments.Count != 5 {
		t.Errorf("an encrypted token is reported as %v", err)
	}
}

func TestReadHeader(t *testing.T) {
	t.Parallel()
	h, err := jws.ReadHeader([]byte(`{"typ":"at+jwt","alg":"RS256","kid":"k1","jku":"https://evil.example/","x5c":["AA"],"jwk":{"kty":"oct"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := (jws.Header{Algorithm: "RS256", KeyID: "k1", HasKeyID: true, Type: "at+jwt", HasType: true}); h != want {
		t.Errorf("header = %+v, want %+v", h, want)
	}
	if h, err = jws.ReadHeader([]byte(`{"alg":"ES256","typ":7}`)); err != nil || !h.HasType || h.Type != "" {
		t.Errorf("a type that is no string: %+v, %v", h, err)
	}
	if _, err = jws.ReadHeader([]byte(`{"alg":"RS256","kid":"` + strings.Repeat("k", 256) + `"}`)); err != nil {
		t.Errorf("a kid of 256 bytes: %v", err)
	}
}

func TestReadHeaderRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":             `alg`,
		"array":               `["RS256"]`,
		"no alg":              `{"kid":"k1"}`,
		"alg a number":        `{"alg":5}`,
		"alg null":            `{"alg":null}`,
		"alg twice":           `{"alg":"RS256","alg":"none"}`,
		"alg in another case": `{"Alg":"RS256"}`,
		"kid a number":        `{"alg":"RS256","kid":1}`,
		"kid too long":        `{"alg":"RS256","kid":"` + strings.Repeat("k", 257) + `"}`,
		"crit":                `{"alg":"RS256","crit":["x"],"x":1}`,
		"crit empty":          `{"alg":"RS256","crit":[]}`,
		"b64 false":           `{"alg":"RS256","b64":false}`,
		"b64 true":            `{"alg":"RS256","b64":true}`,
	} {
		if _, err := jws.ReadHeader([]byte(text)); !errors.Is(err, jws.ErrMalformed) {
			t.Errorf("%s: error = %v, want ErrMalformed", name, err)
		}
	}
}

func TestMediaType(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		"at+jwt": "at+jwt", "AT+JWT": "at+jwt", "application/at+jwt": "at+jwt", "Application/AT+jwt": "at+jwt",
		"JWT": "jwt", "text/at+jwt": "text/at+jwt", "": "",
	} {
		if got := jws.MediaType(typ); got != want {
			t.Errorf("MediaType(%q) = %q, want %q", typ, got, want)
		}
	}
}

// What Split and ReadHeader accept, go-jose takes apart in the same way.
func FuzzSplit(f *testing.F) {
	f.Add(rfcRS256)
	f.Add("e30.e30.AA")
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.e30.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := jws.Split(text)
		if err != nil {
			return
		}
		h, err := jws.ReadHeader(c.Header)
		if err != nil || !jws.Known(h.Algorithm) {
			return
		}
		theirs, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(h.Algorithm)})
		if err != nil {
			// go-jose reads header members that are ignored here (jwk, x5c, …).
			return
		}
		if got := string(theirs.UnsafePayloadWithoutVerification()); got != string(c.Payload) {
			t.Fatalf("payload %q, go-jose has %q", c.Payload, got)
		}
		if got := theirs.Signatures[0].Header; got.KeyID != h.KeyID || got.Algorithm != h.Algorithm {
			t.Fatalf("header %+v, go-jose has %+v", h, got)
		}
	})
}

// Memory that was given back is used again, and what still belongs to somebody is
// left alone.
func TestReleasedMemoryIsNobodys(t *testing.T) {
	t.Parallel()
	texts := make([]string, 40)
	for n := range texts {
		part := func(name string) string {
			return base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(name+strconv.Itoa(n), n+1)))
		}
		texts[n] = part("header") + "." + part("payload") + "." + part("signature")
	}
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for n := range 400 {
				text := texts[(g+n)%len(texts)]
				c, err := jws.Split(text)
				if err != nil {
					t.Error(err)
					return
				}
				payload := c.Payload
				check := func() {
					again := base64.RawURLEncoding.EncodeToString(c.Header) + "." +
						base64.RawURLEncoding.EncodeToString(c.Payload) + "." + base64.RawURLEncoding.EncodeToString(c.Signature)
					if again != text || !strings.HasPrefix(text, string(c.SigningInput)+".") || !strings.HasPrefix(text, string(c.HeaderSegment)+".") {
						t.Errorf("%s came back as %s", text, again)
					}
				}
				check()
				runtime.Gosched()
				check()
				c.Release()
				c.Release()
				if c.Header != nil || c.SigningInput != nil || !bytes.Equal(c.Payload, payload) {
					t.Error("a released Compact has parts")
				}
				runtime.Gosched()
				if !strings.Contains(text, "."+base64.RawURLEncoding.EncodeToString(payload)+".") {
					t.Error("the payload has changed")
				}
			}
		})
	}
	group.Wait()
}
