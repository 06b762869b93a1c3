package auth0test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The proofs that RFC 9449 prints: one for a token endpoint, one for a resource.
func TestPublishedProofs(t *testing.T) {
	t.Parallel()
	const header = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs" +
		"cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
	tests := map[string]struct {
		proof string
		want  proofTarget
		at    int64
	}{
		"section 4.1": {
			header +
				".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ" +
				".2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
			proofTarget{"POST", "https://server.example.com/token", ""},
			1562262616,
		},
		"section 7.1": {
			header +
				".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9" +
				".2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
			proofTarget{
				"GET", "https://resource.example.org/protectedresource",
				"Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
			},
			1562262618,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, refusal := readProof(test.proof)
			if refusal != nil {
				t.Fatal(refusal)
			}
			if want := "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"; p.thumbprint != want {
				t.Errorf("thumbprint %s, want %s", p.thumbprint, want)
			}
			if refusal := p.check(test.want, time.Unix(test.at, 0)); refusal != nil {
				t.Error(refusal)
			}
			if refusal := p.check(test.want, time.Unix(test.at+3600, 0)); refusal == nil || refusal.code != "invalid_dpop_proof" {
				t.Errorf("an hour later: %v", refusal)
			}
		})
	}
}

// A tenant that runs for days, for programs without a login, forgets the proofs that are too old for another use,
// and only these.
func TestUsedProofsAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	tenant, err := New(Config{Issuer: "https://tenant.example.test/", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	key := NewProofKey("")
	key.Now = func() time.Time { return now }
	for _, want := range []int{1, 2, 1, 2} {
		form := "grant_type=client_credentials&client_id=dev-client&client_secret=dev-secret&audience=" + url.QueryEscape(DefaultAudience)
		r := httptest.NewRequest(http.MethodPost, pathToken, strings.NewReader(form))
		r.Header.Set(headerContent, contentTypeForm)
		r.Header.Set(headerProof, key.Proof(http.MethodPost, tenant.URL()+pathToken, ""))
		answer := httptest.NewRecorder()
		tenant.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK || len(tenant.store.proofs) != want {
			t.Errorf("status %d, %d proofs in memory; want 200, %d", answer.Code, len(tenant.store.proofs), want)
		}
		now = now.Add(40 * time.Second)
		if want == 2 {
			now = now.Add(time.Minute)
		}
	}
}
