package auth0test_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestClientProvesEveryRequest(t *testing.T) {
	api := record(t, fine)
	key := auth0test.NewProofKey("EdDSA")
	client := key.Client(nil, "the-token")
	get(t, client, api.URL+"/a%2Fb?q=1#f")
	get(t, client, api.URL)
	response, err := client.Post(api.URL+"/c", "text/plain", strings.NewReader("the body"))
	read(t, response, err)
	want := []seen{
		{"/a/b", "DPoP the-token", "", map[string]any{"htm": "GET", "htu": api.URL + "/a%2Fb"}},
		{"/", "DPoP the-token", "", map[string]any{"htm": "GET", "htu": api.URL + "/"}},
		{"/c", "DPoP the-token", "the body", map[string]any{"htm": "POST", "htu": api.URL + "/c"}},
	}
	ids := map[any]bool{}
	for i, got := range api.seen {
		if got.path != want[i].path || got.authorization != want[i].authorization || got.body != want[i].body ||
			got.proof["htm"] != want[i].proof["htm"] || got.proof["htu"] != want[i].proof["htu"] || got.proof["ath"] == nil || got.proof["nonce"] != nil {
			t.Errorf("request %d: %v, want %v", i, got, want[i])
		}
		ids[got.proof["jti"]] = true
	}
	if len(ids) != 3 {
		t.Errorf("%d different proofs, want 3", len(ids))
	}
}

func TestClientNamesTheHostOfTheRequest(t *testing.T) {
	api := record(t, fine)
	r, err := http.NewRequest(http.MethodGet, api.URL+"/a", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "api.example.test"
	response, err := auth0test.NewProofKey("").Client(nil, "t").Do(r)
	read(t, response, err)
	if got := api.seen[0].proof["htu"]; got != "http://api.example.test/a" {
		t.Errorf("htu %v", got)
	}
	r.Host, r.URL.User = "", url.UserPassword("ada", "secret")
	response, err = auth0test.NewProofKey("").Client(nil, "t").Do(r)
	read(t, response, err)
	if got := api.seen[1].proof["htu"]; got != api.URL+"/a" {
		t.Errorf("htu %v", got)
	}
	if len(r.Header) != 0 {
		t.Errorf("the caller's request has changed: %v", r.Header)
	}
}

func TestClientAnswersADemandForANonceOnce(t *testing.T) {
	demands := map[string]func(w http.ResponseWriter, nonce string){
		"resource": demand,
		"token endpoint": func(w http.ResponseWriter, nonce string) {
			w.Header().Set("DPoP-Nonce", nonce)
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"use_dpop_nonce"}`)
		},
		"token endpoint with 401": func(w http.ResponseWriter, nonce string) {
			w.Header().Set("DPoP-Nonce", nonce)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"use_dpop_nonce"}`)
		},
	}
	for name, demand := range demands {
		t.Run(name, func(t *testing.T) {
			api := record(t, func(w http.ResponseWriter, r *http.Request, s seen) {
				if s.proof["nonce"] != "n1" {
					demand(w, "n1")
					return
				}
				fine(w, r, s)
			})
			client := auth0test.NewProofKey("").Client(nil, "t")
			response, err := client.Post(api.URL, "text/plain", strings.NewReader("the body"))
			if got := read(t, response, err); got.status != http.StatusOK || got.body != "fine" {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			if len(api.seen) != 2 || api.seen[1].body != "the body" || api.seen[0].proof["jti"] == api.seen[1].proof["jti"] {
				t.Errorf("requests %v", api.seen)
			}
			get(t, client, api.URL) // it knows the nonce now
			if len(api.seen) != 3 {
				t.Errorf("%d requests, want 3", len(api.seen))
			}
		})
	}
	t.Run("never satisfied", func(t *testing.T) {
		var count atomic.Int32
		api := record(t, func(w http.ResponseWriter, _ *http.Request, _ seen) { demand(w, fmt.Sprint("n", count.Add(1))) })
		client := auth0test.NewProofKey("").Client(nil, "t")
		if got := get(t, client, api.URL); got.status != http.StatusUnauthorized || len(api.seen) != 2 {
			t.Errorf("status %d after %d requests, want 401 after 2", got.status, len(api.seen))
		}
		get(t, client, api.URL)
		if got := api.seen[2].proof["nonce"]; got != "n2" {
			t.Errorf("nonce %v, want the newest", got)
		}
	})
}

func TestClientTakesTheNonceOfASuccess(t *testing.T) {
	api := record(t, func(w http.ResponseWriter, r *http.Request, s seen) {
		w.Header().Set("DPoP-Nonce", "of "+r.URL.Path)
		fine(w, r, s)
	})
	other := record(t, fine)
	client := auth0test.NewProofKey("").Client(nil, "t")
	get(t, client, api.URL+"/1")
	get(t, client, api.URL+"/2")
	get(t, client, other.URL)
	get(t, client, api.URL+"/3")
	for i, want := range []any{nil, "of /1", "of /2"} {
		if got := api.seen[i].proof["nonce"]; got != want {
			t.Errorf("request %d: nonce %v, want %v", i, got, want)
		}
	}
	if got := other.seen[0].proof["nonce"]; got != nil {
		t.Errorf("another origin got the nonce %v", got)
	}
}

// Each refusal is the caller's to see, whole, and nothing is asked twice.
func TestClientRepeatsNothingElse(t *testing.T) {
	long := strings.Repeat("a", 100<<10)
	for name, answer := range map[string]func(w http.ResponseWriter){
		"401 of another kind": func(w http.ResponseWriter) {
			w.Header().Set("DPoP-Nonce", "n")
			w.Header().Set("WWW-Authenticate", `DPoP error="invalid_token", error_description="use_dpop_nonce"`)
			w.WriteHeader(http.StatusUnauthorized)
		},
		"a demand without a nonce": func(w http.ResponseWriter) {
			w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce"`)
			w.WriteHeader(http.StatusUnauthorized)
		},
		"400 of another kind": func(w http.ResponseWriter) {
			w.Header().Set("DPoP-Nonce", "n")
			w.WriteHeader(http.StatusBadRequest)
		},
		"403": func(w http.ResponseWriter) {
			w.Header().Set("DPoP-Nonce", "n")
			w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce"`)
			w.WriteHeader(http.StatusForbidden)
		},
	} {
		api := record(t, func(w http.ResponseWriter, _ *http.Request, _ seen) {
			answer(w)
			_, _ = io.WriteString(w, long)
		})
		if got := get(t, auth0test.NewProofKey("").Client(nil, "t"), api.URL); got.body != long || len(api.seen) != 1 {
			t.Errorf("%s: %d requests, %d bytes", name, len(api.seen), len(got.body))
		}
	}
}

func TestClientCannotRepeatABodyThatIsGone(t *testing.T) {
	api := record(t, func(w http.ResponseWriter, _ *http.Request, _ seen) { demand(w, "n") })
	client := auth0test.NewProofKey("").Client(nil, "t")
	response, err := client.Post(api.URL, "text/plain", io.MultiReader(strings.NewReader("once")))
	if got := read(t, response, err); got.status != http.StatusUnauthorized || len(api.seen) != 1 {
		t.Errorf("status %d after %d requests, want 401 after 1", got.status, len(api.seen))
	}
	r, err := http.NewRequest(http.MethodPost, api.URL, strings.NewReader("once"))
	if err != nil {
		t.Fatal(err)
	}
	r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("gone") }
	response, err = client.Do(r)
	if got := read(t, response, err); got.status != http.StatusUnauthorized || len(api.seen) != 2 {
		t.Errorf("status %d after %d requests, want 401 after 2", got.status, len(api.seen))
	}
}

// A redirect to another origin gets neither token nor proof, and whatever it says is no nonce of the API.
func TestClientKeepsTheTokenFromOtherOrigins(t *testing.T) {
	var api, elsewhere *recorder
	elsewhere = record(t, func(w http.ResponseWriter, r *http.Request, _ seen) {
		target := api.URL + "/back"
		if r.URL.Path == "/there" {
			target = "/further"
		}
		http.Redirect(w, r, target, http.StatusTemporaryRedirect)
	})
	api = record(t, func(w http.ResponseWriter, r *http.Request, s seen) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, api.URL+"/here", http.StatusTemporaryRedirect)
		case "/here":
			http.Redirect(w, r, elsewhere.URL+"/there", http.StatusTemporaryRedirect)
		default:
			fine(w, r, s)
		}
	})
	if got := get(t, auth0test.NewProofKey("").Client(nil, "t"), api.URL+"/away"); got.status != http.StatusOK {
		t.Fatalf("status %d", got.status)
	}
	if len(api.seen) != 3 || len(elsewhere.seen) != 2 {
		t.Fatalf("the API saw %v, the other origin %v", api.seen, elsewhere.seen)
	}
	if api.seen[1].authorization != "DPoP t" || api.seen[1].proof["htu"] != api.URL+"/here" {
		t.Errorf("after a redirect of its own the API saw %v", api.seen[1])
	}
	for _, got := range append(elsewhere.seen, api.seen[2]) {
		if got.authorization != "" || got.proof != nil {
			t.Errorf("%s saw %v", got.path, got)
		}
	}
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestClientUsesItsBase(t *testing.T) {
	broken := errors.New("no network here")
	base := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, broken })}
	client := auth0test.NewProofKey("").Client(base, "t")
	if _, err := client.Get("http://api.example.test/"); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if _, changed := base.Transport.(roundTripper); !changed {
		t.Error("the base has changed")
	}
	api := record(t, fine)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, api.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth0test.NewProofKey("").Client(nil, "t").Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// An answer that breaks off while the client looks into it breaks off for the caller too.
func TestClientPassesABrokenBodyOn(t *testing.T) {
	broken := errors.New("broken off")
	base := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusBadRequest, Header: http.Header{"Dpop-Nonce": {"n"}}, Request: r,
			Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), failing{broken})),
		}, nil
	})}
	response, err := auth0test.NewProofKey("").Client(base, "t").Get("http://api.example.test/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); string(body) != "half" || !errors.Is(err, broken) {
		t.Errorf("body %q, error %v", body, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A program with a tenant that wants nonces, and many requests at a time.
func TestClientIsSafeForConcurrentUse(t *testing.T) {
	tenant := auth0test.Start(t, auth0test.Config{RequireDPoPNonce: true})
	key := auth0test.NewProofKey("")
	client := key.Client(nil, "")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 4 {
				response, err := client.PostForm(tenant.URL()+"/oauth/token", machineForm(nil))
				if got := read(t, response, err); got.status != http.StatusOK || got.json(t)["token_type"] != "DPoP" {
					t.Errorf("status %d: %s", got.status, got.body)
				}
			}
		})
	}
	group.Wait()
}
