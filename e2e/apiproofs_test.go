package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A tenant binds a token to the key of a client, and the API takes it from that client alone.
func TestAPIWantsProofs(t *testing.T) {
	eachTenant(t, func(t *testing.T, s *site) {
		api := s.startAPI(t, "AUTH0_DPOP=required")
		key := newProofKey(t, s.known)
		token := s.token(boundToken(t, s.tenant, key))
		plain := s.token(machineToken(t, s.tenant, "read:messages"))
		address := api.url + "/api/private-scoped"
		used := key.proof(t, http.MethodGet, address, token)
		other := newProofKey(t, s.known)

		for _, c := range []struct {
			name    string
			headers []string
			status  int
			code    string
		}{
			{"proof", bound(token, used), http.StatusOK, ""},
			{"another proof", bound(token, key.proof(t, http.MethodGet, address, token)), http.StatusOK, ""},
			{"same proof again", bound(token, used), http.StatusUnauthorized, "dpop_proof_replayed"},
			{"no proof", []string{"Authorization", "DPoP " + token}, http.StatusUnauthorized, "dpop_proof_missing"},
			{"Bearer", bearer(token), http.StatusUnauthorized, "scheme_unsupported"},
			{"plain token as Bearer", bearer(plain), http.StatusUnauthorized, "scheme_unsupported"},
			{"plain token", bound(plain, key.proof(t, http.MethodGet, address, plain)), http.StatusUnauthorized, "token_not_bound"},
			{"proof of another key", bound(token, other.proof(t, http.MethodGet, address, token)), http.StatusUnauthorized, "dpop_binding_mismatch"},
			{"proof for another token", bound(token, key.proof(t, http.MethodGet, address, plain)), http.StatusUnauthorized, "dpop_ath_mismatch"},
			{"proof for another method", bound(token, key.proof(t, http.MethodPost, address, token)), http.StatusUnauthorized, "dpop_htm_mismatch"},
			{"proof for another route", bound(token, key.proof(t, http.MethodGet, api.url+"/api/admin", token)), http.StatusUnauthorized, "dpop_htu_mismatch"},
		} {
			t.Run(c.name, func(t *testing.T) {
				answer := get(t, address, c.headers...)
				answer.wantCode(t, c.status, c.code)
				if c.status == http.StatusOK {
					if !strings.Contains(answer.body, `"scheme":"DPoP"`) {
						t.Errorf("body %s does not say DPoP", answer.body)
					}
					return
				}
				challenges := answer.header.Values("WWW-Authenticate")
				if len(challenges) != 1 || !strings.HasPrefix(challenges[0], `DPoP realm="api"`) || !strings.HasSuffix(challenges[0], `algs="ES256"`) {
					t.Errorf("challenges %q, want DPoP alone", challenges)
				}
			})
		}
	})
}

// Nonces are for the processes that share AUTH0_SECRET.
func TestAPIAsksForNonces(t *testing.T) {
	t.Parallel()
	d := startDevTenant(t, "http://localhost:3000")
	known := newSecrets()
	const secret = "the-secret-that-two-instances-of-the-api-share"
	known.add("the secret of the nonces", secret)
	start := func(env ...string) *program {
		s := &site{tenant: d, known: known, apiPort: freePort(t)}
		return s.startAPI(t, append(env, "AUTH0_DPOP_NONCE=true")...)
	}
	first, sibling, stranger := start("AUTH0_SECRET="+secret), start("AUTH0_SECRET=the-next-secret-of-32-bytes-or-more,"+secret), start()
	key := newProofKey(t, known)
	token := key.token(d)
	at := func(api *program, nonce ...string) reply {
		address := api.url + "/api/private"
		return get(t, address, bound(token, key.proof(t, http.MethodGet, address, token, nonce...))...)
	}

	refused := at(first)
	refused.wantCode(t, http.StatusUnauthorized, "dpop_nonce_required")
	nonce := refused.header.Get("DPoP-Nonce")
	if nonce == "" || !strings.Contains(strings.Join(refused.header.Values("WWW-Authenticate"), "\n"), `error="use_dpop_nonce"`) {
		t.Errorf("no nonce and challenge in %v", refused.header)
	}
	known.add("a nonce", nonce)
	at(first, "nonce", nonce).wantCode(t, http.StatusOK, "")
	at(sibling, "nonce", nonce).wantCode(t, http.StatusOK, "")
	at(stranger, "nonce", nonce).wantCode(t, http.StatusUnauthorized, "dpop_nonce_stale")
	at(first, "nonce", nonce+"A").wantCode(t, http.StatusUnauthorized, "dpop_nonce_stale")
	// What the sibling mints is sealed with the secret in front, which the first one does not have yet.
	newer := at(sibling).header.Get("DPoP-Nonce")
	at(first, "nonce", newer).wantCode(t, http.StatusUnauthorized, "dpop_nonce_stale")
	hint := regexp.MustCompile(`AUTH0_SECRET is not set: .*`)
	stranger.awaitOutput(t, hint)
	if hint.MatchString(first.output.String()) {
		t.Error("the hint is there without a reason")
	}
}

// boundToken gets a token with the client credentials grant and a proof (RFC 9449 section 5).
func boundToken(t *testing.T, of tenant, key *proofKey) string {
	t.Helper()
	endpoint := discover(t, of).Token
	request, err := http.NewRequest(http.MethodPost, endpoint, strings.NewReader(url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {machineID},
		"client_secret": {machineSecret},
		"audience":      {audience},
		"scope":         {"read:messages"},
	}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	answer := ask(t, http.DefaultClient, request, "Content-Type", "application/x-www-form-urlencoded",
		"DPoP", key.proof(t, http.MethodPost, endpoint, ""))
	var body struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}
	if err := json.Unmarshal([]byte(answer.body), &body); err != nil || body.TokenType != "DPoP" {
		t.Fatalf("token endpoint: status %d, token type %q, %v", answer.status, body.TokenType, err)
	}
	return body.AccessToken
}
