package oidc_test

import (
	"context"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/oidc"
)

// stamp is a prover whose proofs say what they are for.
type stamp struct{ err error }

func (s stamp) Proof(method, url, nonce, accessToken string, _ time.Time) (string, error) {
	return fmt.Sprintf("%s %s nonce=%q token=%q", method, url, nonce, accessToken), s.err
}

// proven is a proof of stamp for the token endpoint.
func proven(nonce string) []string {
	return []string{fmt.Sprintf("POST %s nonce=%q token=%q", tokenURL, nonce, "")}
}

// grants keeps what reaches the token endpoint, which answers with the next of some
// handlers each time, and the last one from then on.
type grants struct {
	proofs [][]string
	forms  []url.Values
}

func (g *grants) serve(n *network, answers ...http.HandlerFunc) {
	n.answer(tokenURL, func(w http.ResponseWriter, r *http.Request) {
		g.proofs = append(g.proofs, r.Header.Values("DPoP"))
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		g.forms = append(g.forms, form)
		answers[min(len(g.proofs), len(answers))-1](w, r)
	})
}

func (g *grants) wantProofs(t *testing.T, what string, nonces ...string) {
	t.Helper()
	var want [][]string
	for _, nonce := range nonces {
		want = append(want, proven(nonce))
	}
	if !reflect.DeepEqual(g.proofs, want) {
		t.Errorf("%s: proofs %q, want %q", what, g.proofs, want)
	}
}

// demand asks for a nonce (RFC 9449 section 8).
func demand(status int, nonce string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("DPoP-Nonce", nonce)
		jsonAnswer(status, `{"error":"use_dpop_nonce","error_description":"a nonce, please"}`)(w, r)
	}
}

var bound = jsonAnswer(http.StatusOK, `{"access_token":"a","token_type":"DPoP"}`)

func prove(p *oidc.Provider, prover oidc.Prover) (*oidc.TokenResponse, error) {
	return p.RequestToken(context.Background(), client, prover, url.Values{"grant_type": {"authorization_code"}, "code": {"c"}})
}

func TestRequestTokenProves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prover oidc.Prover
		kind   string // token_type of the answer
		want   string // text of the error, which is an ErrTokenType; empty: none
	}{
		"bound":                        {stamp{}, "DPoP", ""},
		"bound, in another case":       {stamp{}, "dpop", ""},
		"Bearer in answer to a proof":  {stamp{}, "bearer", "asked for DPoP, got Bearer: DPoP may be off for this API at the issuer (Auth0: Token Sender-Constraining)"},
		"no type in answer to a proof": {stamp{}, "", "asked for DPoP, got none"},
		"mac in answer to a proof":     {stamp{}, "mac", "asked for DPoP, got another one"},
		"DPoP without a proof":         {nil, "DPOP", "asked for Bearer, got DPoP"},
		"mac without a proof":          {nil, "mac", "asked for Bearer, got another one"},
		"Bearer without a proof":       {nil, "Bearer", ""},
	} {
		n, g := newNetwork(), &grants{}
		g.serve(n, jsonAnswer(http.StatusOK, `{"access_token":"a","token_type":"`+test.kind+`","refresh_token":"r"}`))
		// What came with a token of the wrong type may be needed: the refresh token.
		got, err := prove(newProvider(t, "t.example", n), test.prover)
		if got == nil || got.RefreshToken != "r" {
			t.Errorf("%s: %+v", name, got)
		}
		if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, oidc.ErrTokenType) || err.Error() != "oidc: unexpected token type: "+test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if test.prover != nil {
			g.wantProofs(t, name, "")
		} else if len(g.proofs) != 1 || len(g.proofs[0]) != 0 {
			t.Errorf("%s: proofs %q without a prover", name, g.proofs)
		}
	}
}

func TestRequestTokenRepeatsOnceWithTheNonce(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized} {
		n, g := newNetwork(), &grants{}
		g.serve(n, demand(status, "n-1"), bound)
		p := newProvider(t, "t.example", n)
		if got, err := prove(p, stamp{}); err != nil || got.AccessToken != "a" {
			t.Errorf("%d: %+v, %v", status, got, err)
		}
		g.wantProofs(t, fmt.Sprint(status), "", "n-1")
		if want := (url.Values{"grant_type": {"authorization_code"}, "code": {"c"}, "client_id": {client.ID}}); !reflect.DeepEqual(g.forms, []url.Values{want, want}) {
			t.Errorf("%d: forms %q, want %q twice", status, g.forms, want)
		}
		// Another call, of somebody else perhaps, knows nothing of it.
		if _, err := prove(p, stamp{}); err != nil {
			t.Error(err)
		}
		g.wantProofs(t, fmt.Sprintf("%d, the next call", status), "", "n-1", "")
	}
}

// A nonce answer that is demanded again, or that is none, is the tenant's refusal.
func TestRequestTokenRepeatsNothingElse(t *testing.T) {
	t.Parallel()
	withNonce := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("DPoP-Nonce", "n-1")
			jsonAnswer(status, body)(w, r)
		}
	}
	for name, test := range map[string]struct {
		answers []http.HandlerFunc
		code    string // empty: the answer cannot be used
		nonces  []string
	}{
		"demanded again":              {[]http.HandlerFunc{demand(400, "n-1"), demand(400, "n-2"), bound}, "use_dpop_nonce", []string{"", "n-1"}},
		"refused with the nonce":      {[]http.HandlerFunc{demand(400, "n-1"), jsonAnswer(400, `{"error":"invalid_grant"}`)}, "invalid_grant", []string{"", "n-1"}},
		"in trouble with the nonce":   {[]http.HandlerFunc{demand(400, "n-1"), status(500)}, "", []string{"", "n-1"}},
		"without a nonce":             {[]http.HandlerFunc{demand(400, ""), bound}, "use_dpop_nonce", []string{""}},
		"with 403":                    {[]http.HandlerFunc{demand(403, "n-1"), bound}, "use_dpop_nonce", []string{""}},
		"with 500":                    {[]http.HandlerFunc{demand(500, "n-1"), bound}, "", []string{""}},
		"a nonce and another refusal": {[]http.HandlerFunc{withNonce(400, `{"error":"invalid_dpop_proof"}`), bound}, "invalid_dpop_proof", []string{""}},
		"a nonce and no code":         {[]http.HandlerFunc{withNonce(400, `{}`), bound}, "", []string{""}},
		"a nonce and no JSON":         {[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("DPoP-Nonce", "n-1"); w.WriteHeader(401) }, bound}, "", []string{""}},
	} {
		n, g := newNetwork(), &grants{}
		g.serve(n, test.answers...)
		_, err := prove(newProvider(t, "t.example", n), stamp{})
		var refused *oidc.EndpointError
		switch {
		case test.code == "" && !errors.Is(err, oidc.ErrAnswer):
			t.Errorf("%s: %v", name, err)
		case test.code != "" && (!errors.As(err, &refused) || refused.Code != test.code || errors.Is(err, oidc.ErrAnswer)):
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
		g.wantProofs(t, name, test.nonces...)
	}
}

// Who has made no proof has none to repeat.
func TestANonceForNobodyIsARefusal(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*oidc.Provider) (*oidc.TokenResponse, error){"RequestToken": request, "CallTokenEndpoint": call} {
		n, g := newNetwork(), &grants{}
		g.serve(n, demand(400, "n-1"), bound)
		var refused *oidc.EndpointError
		if _, err := ask(newProvider(t, "t.example", n)); !errors.As(err, &refused) || refused.Code != "use_dpop_nonce" || refused.Status != 400 {
			t.Errorf("%s: %v", name, err)
		}
		if len(g.proofs) != 1 || len(g.proofs[0]) != 0 {
			t.Errorf("%s: proofs %q", name, g.proofs)
		}
	}
}

// An assertion is used up by the first request.
func TestTheRepetitionHasAnAssertionOfItsOwn(t *testing.T) {
	t.Parallel()
	assertion, err := oidc.NewAssertion(ecKey(elliptic.P256()), "", "")
	if err != nil {
		t.Fatal(err)
	}
	n, g := newNetwork(), &grants{}
	g.serve(n, demand(401, "n-1"), bound)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r"}}
	if _, err := newProvider(t, "t.example", n).RequestToken(t.Context(), oidc.ClientAuth{ID: "c", Assertion: assertion}, stamp{}, form); err != nil {
		t.Fatal(err)
	}
	if len(g.forms) != 2 {
		t.Fatalf("%d requests", len(g.forms))
	}
	var assertions []string
	for _, sent := range g.forms {
		if len(sent["client_assertion"]) != 1 || sent.Has("client_secret") {
			t.Errorf("sent %q", sent)
		}
		assertions = append(assertions, sent.Get("client_assertion"))
		delete(sent, "client_assertion")
	}
	if assertions[0] == assertions[1] || !reflect.DeepEqual(g.forms[0], g.forms[1]) {
		t.Errorf("forms %q", g.forms)
	}
}

// Both requests together have the time of one exchange.
func TestTheRepetitionGetsNoTimeOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, g := newNetwork(), &grants{}
		slow := func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(7 * time.Second) // of the fake clock
			demand(400, "n-1")(w, r)
		}
		g.serve(n, slow, hang)
		p := newProvider(t, "t.example", n)
		start := time.Now()
		_, err := prove(p, stamp{})
		var unavailable *oidc.UnavailableError
		if !errors.As(err, &unavailable) || !unavailable.Timeout() || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		g.wantProofs(t, "slow", "", "n-1")
	})
}

func TestWithoutAProofNothingIsSent(t *testing.T) {
	t.Parallel()
	n, lost := newNetwork(), errors.New("the key is lost")
	if _, err := prove(newProvider(t, "t.example", n), stamp{lost}); !errors.Is(err, lost) {
		t.Errorf("error = %v", err)
	}
	if n.count(tokenURL) != 0 {
		t.Error("a request was sent")
	}
}
