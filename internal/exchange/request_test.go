package exchange_test

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/internal/exchange"
)

const grant = "urn:ietf:params:oauth:grant-type:token-exchange"

func sound() exchange.Request {
	return exchange.Request{SubjectToken: "s", SubjectTokenType: "urn:example:legacy"}
}

func TestFormHasExactlyWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	extra := url.Values{"device": {"phone"}, "many": make([]string, 20), "none": {}, "x:scope": {"1"}, "Scopes": {"é"}}
	for name, test := range map[string]struct {
		request exchange.Request
		form    url.Values
	}{
		"the least": {sound(), url.Values{"grant_type": {grant}, "subject_token": {"s"}, "subject_token_type": {"urn:example:legacy"}}},
		"everything": {
			exchange.Request{
				SubjectToken: "s", SubjectTokenType: "t", ActorToken: "a", ActorTokenType: "u", Audience: "https://api.example",
				Scope: "a b", RequestedTokenType: "r", Organization: "org_1", Extra: extra,
			},
			url.Values{
				"grant_type": {grant}, "subject_token": {"s"}, "subject_token_type": {"t"}, "actor_token": {"a"}, "actor_token_type": {"u"},
				"audience": {"https://api.example"}, "scope": {"a b"}, "requested_token_type": {"r"}, "organization": {"org_1"},
				"device": {"phone"}, "many": make([]string, 20), "x:scope": {"1"}, "Scopes": {"é"},
			},
		},
	} {
		form, problem := test.request.Form()
		if problem != nil || form.Encode() != test.form.Encode() {
			t.Errorf("%s: %v %v, want %v", name, form, problem, test.form)
		}
		for _, values := range form {
			for i := range values {
				values[i] = "changed"
			}
		}
	}
	if !reflect.DeepEqual(extra["device"], []string{"phone"}) {
		t.Errorf("the extras of the program were changed: %v", extra)
	}
}

func TestFormRefuses(t *testing.T) {
	t.Parallel()
	with := func(edit func(*exchange.Request)) exchange.Request {
		r := sound()
		edit(&r)
		return r
	}
	extra := func(name string, values ...string) exchange.Request {
		return with(func(r *exchange.Request) { r.Extra = url.Values{name: values} })
	}
	type test struct {
		request exchange.Request
		name    string
		reason  exchange.Reason
	}
	tests := map[string]test{
		"nothing":                {exchange.Request{}, "subject_token", exchange.Blank},
		"no subject type":        {exchange.Request{SubjectToken: "s"}, "subject_token_type", exchange.Missing},
		"blank subject type":     {exchange.Request{SubjectToken: "s", SubjectTokenType: " "}, "subject_token_type", exchange.Missing},
		"actor without type":     {with(func(r *exchange.Request) { r.ActorToken = "a" }), "actor_token_type", exchange.Missing},
		"actor type alone":       {with(func(r *exchange.Request) { r.ActorTokenType = "t" }), "actor_token", exchange.Blank},
		"actor with space":       {with(func(r *exchange.Request) { r.ActorToken, r.ActorTokenType = "a\n", "t" }), "actor_token", exchange.Padded},
		"actor of a header":      {with(func(r *exchange.Request) { r.ActorToken, r.ActorTokenType = "BEARER a", "t" }), "actor_token", exchange.Scheme},
		"21 values":              {extra("many", make([]string, 21)...), "many", exchange.TooMany},
		"an extra without name":  {extra("", "1"), "", exchange.Nameless},
		"an extra of space":      {extra(" \t", "1"), " \t", exchange.Nameless},
		"an extra of brackets":   {extra("[0]", "1"), "[0]", exchange.Nameless},
		"reserved between space": {extra(" scope ", "1"), " scope ", exchange.Reserved},
		"reserved without value": {extra("scope"), "scope", exchange.Reserved},
	}
	for token, reason := range map[string]exchange.Reason{
		" ": exchange.Blank, "\t\n": exchange.Blank, " x": exchange.Padded, "x ": exchange.Padded, "x\n": exchange.Padded, "\u00a0x": exchange.Padded,
		"Bearer x": exchange.Scheme, "bearer x": exchange.Scheme, "BEARER x": exchange.Scheme, "bEaReR \tx": exchange.Scheme,
	} {
		tests[fmt.Sprintf("token %q", token)] = test{with(func(r *exchange.Request) { r.SubjectToken = token }), "subject_token", reason}
	}
	for _, name := range strings.Fields("grant_type client_id client_secret client_assertion client_assertion_type subject_token subject_token_type" +
		" subject_issuer requested_token_type actor_token actor_token_type audience aud resource resources resource_indicator scope connection" +
		" login_hint organization assertion Grant_Type AUDIENCE Client_Secret audience[] audience[0] client_id[$ne]") {
		tests["reserved: "+name] = test{extra(name, "1"), name, exchange.Reserved}
	}
	for what, test := range tests {
		form, problem := test.request.Form()
		if form != nil || problem == nil || *problem != (exchange.Problem{Name: test.name, Reason: test.reason}) {
			t.Errorf("%s: %v %v, want %q %v", what, form, problem, test.name, test.reason)
		}
	}
}

func TestTokensThatOnlyLookLikeAScheme(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"Bearer", "bearer.x", "Bearer-x y", "x Bearer y"} {
		if problem := exchange.Token("subject_token", token); problem != nil {
			t.Errorf("%q: %v", token, problem)
		}
	}
}

func TestReasonsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for reason := exchange.Missing; reason <= exchange.TooMany; reason++ {
		seen[reason.String()] = true
	}
	if len(seen) != 7 || seen[exchange.Reason(0).String()] {
		t.Errorf("%v", seen)
	}
	if text := exchange.TooMany.String(); text != "has more than 20 values" {
		t.Errorf("%q", text)
	}
}

// Whatever a program passes on of strangers: what goes out is either refused, or the
// protocol's parameters once and as they were given, and the extra beside them.
func FuzzForm(f *testing.F) {
	f.Add("s", "t", "", "", "device", "phone")
	f.Add("Bearer s", "t", "a", "u", "Scope", "x")
	f.Add(" s", "", "a", "", "audience[]", "x")
	f.Add("s\u2003", "t", "", "u", "ſcope", "x")
	f.Fuzz(func(t *testing.T, subject, subjectType, actor, actorType, name, value string) {
		r := exchange.Request{
			SubjectToken: subject, SubjectTokenType: subjectType, ActorToken: actor, ActorTokenType: actorType, Extra: url.Values{name: {value}},
		}
		form, problem := r.Form()
		if (form == nil) == (problem == nil) {
			t.Fatalf("%v %v", form, problem)
		}
		if problem != nil {
			if problem.Reason < exchange.Missing || problem.Reason > exchange.TooMany {
				t.Errorf("%v", problem)
			}
			return
		}
		want := url.Values{"grant_type": {grant}, "subject_token": {subject}, "subject_token_type": {subjectType}, name: {value}}
		if actor != "" {
			want["actor_token"], want["actor_token_type"] = []string{actor}, []string{actorType}
		}
		if !reflect.DeepEqual(form, want) {
			t.Errorf("%q, want %q", form, want)
		}
		for _, token := range []string{subject, actor} {
			words := strings.Fields(token)
			if strings.TrimSpace(token) != token || len(words) > 1 && strings.EqualFold(words[0], "bearer") && strings.HasPrefix(token[len(words[0]):], " ") {
				t.Errorf("the token %q goes out", token)
			}
		}
		if lower := strings.ToLower(name); slices.Contains([]string{"scope", "audience", "resource", "client_id", "grant_type", "subject_token"}, strings.TrimRight(lower, "[]0123456789")) {
			t.Errorf("the extra %q goes out", name)
		}
	})
}
