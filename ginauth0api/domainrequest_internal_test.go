package ginauth0api

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"
)

// What the resolver gets are copies, and never a credential.
func TestWhatAResolverSees(t *testing.T) {
	t.Parallel()
	var seen DomainRequest
	var ctx context.Context
	s := issuersOf(t.Context(), t, Config{DomainResolver: func(c context.Context, about DomainRequest) ([]string, error) {
		ctx, seen = c, about
		return []string{"a.example"}, nil
	}}, newHosts())
	type key struct{}
	other := &Token{}
	r := requestTo("api.example").WithContext(withToken(context.WithValue(t.Context(), key{}, "of the application"), other))
	r.Header = http.Header{
		"Authorization": {"Bearer hunter2"}, "Proxy-Authorization": {"Basic hunter2"}, "Cookie": {"s=hunter2", "t=hunter2"}, "Dpop": {"hunter2"},
		"authorization": {"Bearer hunter2"}, "DPoP": {"hunter2"}, "cOOKIE": {"hunter2"},
		"X-Tenant": {"a", "b"}, "Accept": {"*/*"},
	}
	before := r.Header.Clone()
	found(t, s, r, "https://a.example/")
	if want := (http.Header{"X-Tenant": {"a", "b"}, "Accept": {"*/*"}}); !reflect.DeepEqual(seen.Header, want) {
		t.Errorf("header %v, want %v", seen.Header, want)
	}
	if want := (&url.URL{Scheme: "https", Host: "api.example", Path: "/"}); !reflect.DeepEqual(seen.URL, want) {
		t.Errorf("URL %v, want %v", seen.URL, want)
	}
	seen.Header["X-Tenant"][0] = "changed"
	seen.Header["X-Other"] = nil
	if !reflect.DeepEqual(r.Header, before) {
		t.Error("the resolver changed the header of the request")
	}
	if token, ok := TokenFromContext(ctx); ok || token != nil || ctx.Value(verifiedBy{}) != nil {
		t.Error("the resolver sees a token")
	}
	if ctx.Value(key{}) != "of the application" {
		t.Error("the context is not that of the request")
	}
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > resolverLimit {
		t.Errorf("deadline %v %v", deadline, ok)
	}
	if ctx.Err() == nil {
		t.Error("the context lives on")
	}
}

// A call that outlives its request must not hold on to it.
func TestResolverOutlivesTheRequest(t *testing.T) {
	t.Parallel()
	late := make(chan []string)
	proceed := make(chan struct{})
	s := issuersOf(t.Context(), t, Config{DomainResolver: func(_ context.Context, about DomainRequest) ([]string, error) {
		<-proceed
		late <- append(slices.Clone(about.Header["X-Tenant"]), about.URL.Host)
		return nil, nil
	}}, newHosts())
	leaving, leave := context.WithCancel(t.Context())
	leave()
	r := requestTo("api.example").WithContext(leaving)
	r.Header.Set("X-Tenant", "a")
	wantRefusal(t, s, r, "https://a.example/", "resolver_timeout")
	r.Header["X-Tenant"][0] = "of the next request"
	r.Host = "next.example"
	close(proceed)
	if got := <-late; !slices.Equal(got, []string{"a", "api.example"}) {
		t.Errorf("it sees %q", got)
	}
}
