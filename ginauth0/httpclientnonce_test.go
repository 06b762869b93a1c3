package ginauth0_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// The nonce belongs to one request: the next begins without (RFC 9449 section 8).
func TestADemandForANonceIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	_, b, p := calling(t, bound)
	api := newResource(t, func(w http.ResponseWriter, r *http.Request, call int) {
		if call%2 == 1 {
			w.Header().Add("WWW-Authenticate", `Bearer realm="api"`)
			demandNonce(w, fmt.Sprintf("nonce-%d", call))
			return
		}
		_, _ = io.WriteString(w, "welcome")
	})
	client, token := p.mustOf(b)
	for _, body := range []string{"", "hello"} {
		var reader io.Reader
		if body != "" {
			reader = strings.NewReader(body) // has a GetBody
		}
		if r := mustCall(t, client, request(t, http.MethodPost, api.URL+"/a?b=c", reader)); r.status != http.StatusOK || r.body != "welcome" {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	ids := map[string]bool{}
	for i, x := range api.wantArrivals(t, 4) {
		proof := x.proof(t, "http", token)
		ids[proof.text("jti")] = true
		nonce, has := proof.claims["nonce"]
		if i%2 == 0 && has || i%2 == 1 && nonce != fmt.Sprintf("nonce-%d", i) {
			t.Errorf("request %d with nonce %v", i, nonce)
		}
		if want := []string{"", "", "hello", "hello"}[i]; x.body != want || x.uri != "/a?b=c" || x.method != http.MethodPost {
			t.Errorf("request %d: %+v", i, x)
		}
	}
	if len(ids) != 4 {
		t.Errorf("%d ids", len(ids))
	}
}

func TestANonceThatIsDemandedAgain(t *testing.T) {
	t.Parallel()
	_, b, p := calling(t, bound)
	api := newResource(t, func(w http.ResponseWriter, _ *http.Request, call int) { demandNonce(w, fmt.Sprintf("nonce-%d", call)) })
	client, token := p.mustOf(b)
	r := mustCall(t, client, request(t, http.MethodGet, api.URL, nil))
	if r.status != http.StatusUnauthorized || r.header.Get("DPoP-Nonce") != "nonce-2" || r.body != `{"error":"use_dpop_nonce"}` {
		t.Errorf("%d %v %s", r.status, r.header, r.body)
	}
	if got := api.wantArrivals(t, 2)[1].proof(t, "http", token).text("nonce"); got != "nonce-1" {
		t.Errorf("nonce %q", got)
	}
}

// What cannot be sent again, or was not asked for, is not.
func TestNoSecondTry(t *testing.T) {
	t.Parallel()
	demand := func(w http.ResponseWriter, _ *http.Request, _ int) { demandNonce(w, "nonce") }
	anyway := func(status int, header ...string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Add(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error":"use_dpop_nonce"}`)
		}
	}
	const names, nonce = "WWW-Authenticate", "DPoP-Nonce"
	for name, test := range map[string]struct {
		kind   func(*setup)
		answer func(http.ResponseWriter, *http.Request, int)
		edit   func(*http.Request)
	}{
		"a body that is gone":          {bound, demand, func(r *http.Request) { r.GetBody = nil }},
		"a body that does not return":  {bound, demand, func(r *http.Request) { r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("gone") } }},
		"a Bearer token":               {refreshing, demand, nil},
		"status 400":                   {bound, anyway(400, names, `DPoP error="use_dpop_nonce"`, nonce, "nonce"), nil},
		"status 403":                   {bound, anyway(403, names, `DPoP error="use_dpop_nonce"`, nonce, "nonce"), nil},
		"no nonce":                     {bound, anyway(401, names, `DPoP error="use_dpop_nonce"`), nil},
		"an empty nonce":               {bound, anyway(401, names, `DPoP error="use_dpop_nonce"`, nonce, ""), nil},
		"two nonces":                   {bound, anyway(401, names, `DPoP error="use_dpop_nonce"`, nonce, "a", nonce, "b"), nil},
		"a nonce with a space":         {bound, anyway(401, names, `DPoP error="use_dpop_nonce"`, nonce, "a b"), nil},
		"no challenge":                 {bound, anyway(401, nonce, "nonce"), nil},
		"another error":                {bound, anyway(401, names, `DPoP error="invalid_token"`, nonce, "nonce"), nil},
		"the error of another scheme":  {bound, anyway(401, names, `Bearer error="use_dpop_nonce"`, nonce, "nonce"), nil},
		"the error in the description": {bound, anyway(401, names, `DPoP error="invalid_dpop_proof", error_description="use_dpop_nonce"`, nonce, "nonce"), nil},
	} {
		_, b, p := calling(t, test.kind)
		api := newResource(t, test.answer)
		client, _ := p.mustOf(b)
		r := request(t, http.MethodPut, api.URL, strings.NewReader("hello"))
		if test.edit != nil {
			test.edit(r)
		}
		if got := mustCall(t, client, r); got.status < 400 || got.body != `{"error":"use_dpop_nonce"}` {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if seen := api.wantArrivals(t, 1); seen[0].body != "hello" {
			t.Errorf("%s: the body was %q", name, seen[0].body)
		}
	}
}

// endless is the body of an answer that does not end.
type endless struct {
	read   int
	closed bool
}

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func (e *endless) Close() error {
	e.closed = true
	return nil
}

func TestTheFirstAnswerIsReadInBoundsAndClosed(t *testing.T) {
	t.Parallel()
	first, calls := &endless{}, 0
	base := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Hostname() == "127.0.0.1" {
			return http.DefaultTransport.RoundTrip(r)
		}
		response := &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody}
		if calls++; calls == 1 {
			response.StatusCode, response.Body = http.StatusUnauthorized, first
			response.Header = http.Header{"Www-Authenticate": {`DPoP error="use_dpop_nonce"`}, "Dpop-Nonce": {"nonce"}}
		}
		return response, nil
	})
	_, b, p := calling(t, bound, config(func(c *ginauth0.Config) { c.HTTPClient = &http.Client{Transport: base} }))
	client, _ := p.mustOf(b)
	if r := mustCall(t, client, request(t, http.MethodGet, "https://api.example.test/", nil)); r.status != http.StatusNoContent || calls != 2 {
		t.Errorf("%d after %d calls", r.status, calls)
	}
	if !first.closed || first.read > 64<<10 {
		t.Errorf("closed %v after %d bytes", first.closed, first.read)
	}
}

// A second try that fails says so; the first answer is not handed out, since its body
// is closed.
func TestASecondTryThatFails(t *testing.T) {
	t.Parallel()
	api := newResource(t, func(w http.ResponseWriter, _ *http.Request, call int) {
		if call == 1 {
			demandNonce(w, "nonce")
			return
		}
		panic(http.ErrAbortHandler)
	})
	_, b, p := calling(t, bound)
	client, token := p.mustOf(b)
	r := request(t, http.MethodPost, api.URL, strings.NewReader("hello"))
	if _, err := call(t, client, r); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("error %v", err)
	}
	api.wantArrivals(t, 2)
}

// Each request gets a nonce that is good for its key and for one use.
func TestTwoPeopleInParallelNeverShareANonce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	owners, made := map[string]string{}, 0
	api := newResource(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		proof := readProof(t, r.Header)
		mu.Lock()
		defer mu.Unlock()
		switch nonce := proof.text("nonce"); {
		case nonce == "":
			made++
			nonce = fmt.Sprintf("nonce-%d", made)
			owners[nonce] = proof.thumbprint
			demandNonce(w, nonce)
		case owners[nonce] != proof.thumbprint:
			t.Errorf("%s is another one's, or was used before", nonce)
			w.WriteHeader(http.StatusForbidden)
		default:
			delete(owners, nonce)
			w.WriteHeader(http.StatusNoContent)
		}
	})
	a, ada, p := calling(t, bound)
	other := a.browser(t)
	other.login("/auth/login")
	var group sync.WaitGroup
	var thumbprints []string
	for _, b := range []*browser{ada, other} {
		client, token := p.mustOf(b)
		thumbprints = append(thumbprints, boundTo(t, token))
		for range 3 {
			group.Go(func() {
				for range 5 {
					r, err := call(t, client, request(t, http.MethodPost, api.URL, strings.NewReader("hello")))
					if err != nil || r.status != http.StatusNoContent {
						t.Errorf("%d, %v", r.status, err)
					}
				}
			})
		}
	}
	group.Wait()
	if made != 30 || thumbprints[0] == thumbprints[1] || thumbprints[0] == "" {
		t.Errorf("%d nonces for %v", made, thumbprints)
	}
	api.wantArrivals(t, 60)
}
