package ginauth0api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// nested returns act with so many levels; the outermost is level 1.
func nested(levels int) map[string]any {
	act := map[string]any{"sub": strconv.Itoa(levels)}
	for level := levels - 1; level > 0; level-- {
		act = map[string]any{"sub": strconv.Itoa(level), "act": act}
	}
	return act
}

// tokenWith returns a verified token with this act, none for nil.
func tokenWith(t *testing.T, i *issuer, guard *ginauth0api.Guard, act any) *ginauth0api.Token {
	t.Helper()
	return check(t, guard, i.token(claims{"act": act}))
}

func TestActors(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	var ten []ginauth0api.Actor
	for level := range 10 {
		ten = append(ten, ginauth0api.Actor{Subject: strconv.Itoa(level + 1)})
	}
	for name, test := range map[string]struct {
		act   any
		chain []ginauth0api.Actor
	}{
		"none":      {nil, nil},
		"one level": {map[string]any{"sub": "admin@example.com"}, []ginauth0api.Actor{{Subject: "admin@example.com"}}},
		"with more members": {
			map[string]any{"sub": "a", "iss": "https://i.example/", "client_id": "c", "aud": []int{1}, "exp": "x"},
			[]ginauth0api.Actor{{Subject: "a", Issuer: "https://i.example/", ClientID: "c"}},
		},
		"names in another case": {map[string]any{"sub": "a", "Sub": "b", "ISS": "c", "Act": 1, "SUB": nil}, []ginauth0api.Actor{{Subject: "a"}}},
		// RFC 8693 section 4.1, figure 6.
		"nested": {
			json.RawMessage(`{"sub":"https://service16.example.com","act":{"sub":"https://service77.example.com"}}`),
			[]ginauth0api.Actor{{Subject: "https://service16.example.com"}, {Subject: "https://service77.example.com"}},
		},
		"ten levels": {nested(10), ten},
	} {
		t.Run(name, func(t *testing.T) {
			token := tokenWith(t, i, guard, test.act)
			chain, err := token.DelegationChain()
			if err != nil || !slices.Equal(chain, test.chain) {
				t.Errorf("chain %+v, %v", chain, err)
			}
			current, err := token.CurrentActor()
			var want *ginauth0api.Actor
			if len(test.chain) > 0 {
				want = &test.chain[0]
			}
			if err != nil || !reflect.DeepEqual(current, want) {
				t.Errorf("current %+v, %v", current, err)
			}
			if len(chain) > 0 {
				chain[0].Subject, current.Subject = "x", "y"
				if again, err := token.CurrentActor(); err != nil || *again != *want {
					t.Errorf("the token has changed: %+v, %v", again, err)
				}
			}
		})
	}
}

func TestMalformedActors(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	for name, act := range map[string]string{
		"null": `null`, "string": `"a"`, "number": `1`, "array": `[{"sub":"a"}]`, "true": `true`,
		"empty":                    `{}`,
		"no subject":               `{"act":{"sub":"a"}}`,
		"subject in another case":  `{"Sub":"a"}`,
		"subject empty":            `{"sub":""}`,
		"subject blank":            `{"sub":" \t\u00a0"}`,
		"subject a number":         `{"sub":1}`,
		"subject null":             `{"sub":null}`,
		"subject an array":         `{"sub":["a"]}`,
		"issuer a number":          `{"sub":"a","iss":1}`,
		"client an object":         `{"sub":"a","client_id":{}}`,
		"malformed inside":         `{"sub":"a","act":{"sub":"b","act":{}}}`,
		"null inside":              `{"sub":"a","act":null}`,
		"string inside":            `{"sub":"a","act":"b"}`,
		"eleven levels":            mustMarshal(t, nested(11)),
		"as deep as tokens can be": mustMarshal(t, nested(31)),
	} {
		t.Run(name, func(t *testing.T) {
			token := tokenWith(t, i, guard, json.RawMessage(act))
			if chain, err := token.DelegationChain(); !errors.Is(err, ginauth0api.ErrMalformedActor) || chain != nil {
				t.Errorf("chain %+v, %v", chain, err)
			}
			if current, err := token.CurrentActor(); !errors.Is(err, ginauth0api.ErrMalformedActor) || current != nil {
				t.Errorf("current %+v, %v", current, err)
			}
		})
	}
}

func mustMarshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMalformedActorIsABadClaim(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	a := protect(t, guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		if _, err := token.CurrentActor(); err != nil {
			guard.Refuse(c, err)
		}
	})
	wantOK(t, a.bearer(i.token(nil)))
	got := a.bearer(i.token(claims{"act": "x"}))
	if want := `{"error":"invalid_token","error_description":"Claims of the access token are missing or malformed.","error_code":"invalid_claims"}`; got.status != http.StatusUnauthorized || got.body != want {
		t.Errorf("%d %s", got.status, got.body)
	}
	if !strings.Contains(strings.Join(got.challenges(), "\n"), `error="invalid_token"`) {
		t.Errorf("challenges %q", got.challenges())
	}
}

// An application may wrap the error, and may judge it otherwise.
func TestMalformedActorWrapped(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	forbidden := &ginauth0api.Error{Status: http.StatusForbidden, Kind: "access_denied", Code: "no_delegates", Err: ginauth0api.ErrMalformedActor}
	for err, want := range map[error]int{
		fmt.Errorf("wrapped: %w", ginauth0api.ErrMalformedActor): http.StatusUnauthorized,
		forbidden: http.StatusForbidden,
	} {
		a := protect(t, guard.RequireAuth(), func(c *gin.Context) { guard.Refuse(c, err) })
		if got := a.bearer(i.token(nil)); got.status != want {
			t.Errorf("%v: status %d, want %d", err, got.status, want)
		}
	}
}
