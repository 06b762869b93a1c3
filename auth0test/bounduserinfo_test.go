package auth0test_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const (
	bareBearer = `Bearer realm="auth0test"`
	bareDPoP   = `DPoP realm="auth0test", algs="ES256 ES384 ES512 EdDSA RS256 RS384 RS512 PS256 PS384 PS512"`
)

// showProof asks for userinfo with an Authorization header and proofs.
func showProof(t *testing.T, method string, tenant *auth0test.Tenant, authorization string, proofs ...string) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, tenant.URL()+"/userinfo", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"], r.Header["Dpop"] = []string{authorization}, proofs
	response, err := http.DefaultClient.Do(r)
	return read(t, response, err)
}

// boundLogins are access tokens of both kinds, opaque and JWT, and a minted one.
func boundLogins(t *testing.T, tenant *auth0test.Tenant, key *auth0test.ProofKey) map[string]string {
	t.Helper()
	b := newBrowser(t, tenant)
	return map[string]string{
		"opaque": text(t, bound(t, tenant, codeForm(b.login(nil), nil), key), "access_token"),
		"JWT": text(t, bound(t, tenant, codeForm(b.login(url.Values{"audience": {auth0test.DefaultAudience}}), nil), key),
			"access_token"),
		"minted": tenant.AccessToken(auth0test.Claims{
			"aud": tenant.URL() + "/userinfo", "scope": "openid", "cnf": key.Confirmation(),
		}),
	}
}

func TestUserinfoOfBoundToken(t *testing.T) {
	tenant, key, other := auth0test.Start(t), auth0test.NewProofKey(""), auth0test.NewProofKey("")
	endpoint := tenant.URL() + "/userinfo"
	for kind, token := range boundLogins(t, tenant, key) {
		proof := key.Proof("GET", endpoint, token)
		if got := showProof(t, "GET", tenant, "dpop "+token, proof); got.status != http.StatusOK || got.json(t)["sub"] != "auth0|ada" {
			t.Errorf("%s: status %d: %s", kind, got.status, got.body)
		}
		if got := showProof(t, "POST", tenant, "DPoP "+token, key.Proof("POST", endpoint, token)); got.status != http.StatusOK {
			t.Errorf("%s, POST: status %d: %s", kind, got.status, got.body)
		}
		another := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
		for name, test := range map[string]struct {
			authorization string
			proofs        []string
			error         string
		}{
			"stolen, over Bearer":             {"Bearer " + token, nil, "invalid_token"},
			"stolen, over Bearer with proof":  {"Bearer " + token, []string{key.Proof("GET", endpoint, token)}, "invalid_token"},
			"stolen, with the thief's key":    {"DPoP " + token, []string{other.Proof("GET", endpoint, token)}, "invalid_token"},
			"proof missing":                   {"DPoP " + token, nil, "invalid_dpop_proof"},
			"proof replayed":                  {"DPoP " + token, []string{proof}, "invalid_dpop_proof"},
			"two proofs":                      {"DPoP " + token, []string{key.Proof("GET", endpoint, token), key.Proof("GET", endpoint, token)}, "invalid_dpop_proof"},
			"proof of a token request":        {"DPoP " + token, []string{key.Proof("GET", endpoint, "")}, "invalid_dpop_proof"},
			"proof for another token":         {"DPoP " + token, []string{key.Proof("GET", endpoint, another)}, "invalid_dpop_proof"},
			"hash of the token in other form": {"DPoP " + token, []string{key.Proof("GET", endpoint, token, auth0test.Claims{"ath": token})}, "invalid_dpop_proof"},
			"ath a number":                    {"DPoP " + token, []string{key.Proof("GET", endpoint, token, auth0test.Claims{"ath": 1})}, "invalid_dpop_proof"},
			"proof for another method":        {"DPoP " + token, []string{key.Proof("POST", endpoint, token)}, "invalid_dpop_proof"},
			"proof for another URL":           {"DPoP " + token, []string{key.Proof("GET", tenant.URL()+"/oauth/token", token)}, "invalid_dpop_proof"},
			"proof not signed":                {"DPoP " + token, []string{key.Proof("GET", endpoint, token, auth0test.Header{"alg": "none"})}, "invalid_dpop_proof"},
		} {
			got := showProof(t, "GET", tenant, test.authorization, test.proofs...)
			if got.status != http.StatusUnauthorized || got.json(t)["error"] != test.error {
				t.Errorf("%s, %s: status %d, error %v; want 401, %s", kind, name, got.status, got.json(t)["error"], test.error)
			}
			// The error stands on the challenge of the scheme that was used, and the other one is bare.
			challenges, used, bare := got.header.Values("WWW-Authenticate"), 1, bareBearer
			if strings.HasPrefix(test.authorization, "Bearer") {
				used, bare = 0, bareDPoP
			}
			if len(challenges) != 2 || !strings.Contains(challenges[used], `error="`+test.error+`"`) || challenges[1-used] != bare {
				t.Errorf("%s, %s: challenges %q", kind, name, challenges)
			}
		}
	}
}

func TestUserinfoOfPlainTokenTakesNoProof(t *testing.T) {
	tenant, key := auth0test.Start(t), auth0test.NewProofKey("")
	token := text(t, granted(t, tenant, codeForm(newBrowser(t, tenant).login(nil), nil)), "access_token")
	proof := key.Proof("GET", tenant.URL()+"/userinfo", token)
	for _, proofs := range [][]string{{proof}, nil} {
		got := showProof(t, "GET", tenant, "DPoP "+token, proofs...)
		if got.status != http.StatusUnauthorized || got.json(t)["error"] != "invalid_token" {
			t.Errorf("over DPoP with %d proofs: status %d: %s", len(proofs), got.status, got.body)
		}
	}
	got := showProof(t, "GET", tenant, "Bearer "+token, proof)
	if got.status != http.StatusBadRequest || got.json(t)["error"] != "invalid_request" {
		t.Errorf("over Bearer: status %d: %s", got.status, got.body)
	}
	if got := showProof(t, "GET", tenant, "Bearer "+token); got.status != http.StatusOK {
		t.Errorf("without proof: status %d: %s", got.status, got.body)
	}
}

func TestUserinfoOffersBothSchemes(t *testing.T) {
	tenant := auth0test.Start(t)
	got := userinfo(t, tenant).header.Values("WWW-Authenticate")
	if len(got) != 2 || got[0] != bareBearer || got[1] != bareDPoP {
		t.Errorf("challenges %q", got)
	}
}

// Whatever a confirmation says that the tenant does not understand, it makes no plain token of it.
func TestUserinfoOfOddConfirmation(t *testing.T) {
	tenant := auth0test.Start(t)
	for name, cnf := range map[string]any{
		"empty object": map[string]any{}, "jkt empty": map[string]any{"jkt": ""}, "jkt a number": map[string]any{"jkt": 1},
		"certificate": map[string]any{"x5t#S256": strings.Repeat("A", 43)}, "string": "x", "array": []string{},
	} {
		token := tenant.AccessToken(auth0test.Claims{"aud": tenant.URL() + "/userinfo", "scope": "openid", "cnf": cnf})
		for _, scheme := range []string{"Bearer ", "DPoP "} {
			if got := showProof(t, "GET", tenant, scheme+token); got.status != http.StatusUnauthorized || got.json(t)["error"] != "invalid_token" {
				t.Errorf("%s over %s: status %d: %s", name, scheme, got.status, got.body)
			}
		}
	}
}

func TestUserinfoWithNonces(t *testing.T) {
	clock := newClock()
	tenant, key := auth0test.Start(t, auth0test.Config{Now: clock.Now}), auth0test.NewProofKey("")
	key.Now = clock.Now
	token := boundLogins(t, tenant, key)["opaque"]
	tenant.RequireDPoPNonce(true)
	endpoint := tenant.URL() + "/userinfo"
	got := showProof(t, "GET", tenant, "DPoP "+token, key.Proof("GET", endpoint, token))
	nonce := got.header.Get("DPoP-Nonce")
	if got.status != http.StatusUnauthorized || nonce == "" || !strings.Contains(got.header.Values("WWW-Authenticate")[1], `error="use_dpop_nonce"`) {
		t.Fatalf("status %d, DPoP-Nonce %q, challenges %q", got.status, nonce, got.header.Values("WWW-Authenticate"))
	}
	clock.advance(90 * time.Second)
	got = showProof(t, "GET", tenant, "DPoP "+token, key.Proof("GET", endpoint, token, auth0test.Claims{"nonce": nonce}))
	if fresh := got.header.Get("DPoP-Nonce"); got.status != http.StatusOK || fresh == "" || fresh == nonce {
		t.Errorf("status %d, DPoP-Nonce %q; want 200 and a new one", got.status, fresh)
	}
}
