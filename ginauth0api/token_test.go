package ginauth0api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// verified returns the token of a request that carries these claims.
func verified(t testing.TB, i *issuer, edits claims) *ginauth0api.Token {
	t.Helper()
	return check(t, newGuard(t, i, nil), i.token(edits))
}

func check(t testing.TB, guard *ginauth0api.Guard, token string) *ginauth0api.Token {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	checked, _, err := guard.Check(request)
	if err != nil {
		t.Fatal(err)
	}
	return checked
}

func TestTokenTellsItsClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	token := verified(t, i, claims{
		"aud": []string{audience, "other"}, "org_id": "org_1", "client_id": "second", "iat": 1700000000.5, "exp": 4000000000,
		"scope": "b a  b", "permissions": []string{"y", "x"},
	})
	for name, test := range map[string]struct{ got, want any }{
		"Issuer":         {token.Issuer(), i.name()},
		"Subject":        {token.Subject(), "auth0|ada"},
		"ID":             {token.ID(), "t1"},
		"ClientID":       {token.ClientID(), "client"},
		"OrganizationID": {token.OrganizationID(), "org_1"},
		"Audience":       {fmt.Sprint(token.Audience()), "[api other]"},
		"Scopes":         {fmt.Sprint(token.Scopes()), "[b a b]"},
		"Permissions":    {fmt.Sprint(token.Permissions()), "[y x]"},
		"IssuedAt":       {token.IssuedAt().Equal(time.Unix(1700000000, 5e8)), true},
		"ExpiresAt":      {token.ExpiresAt().Equal(time.Unix(4000000000, 0)), true},
		"Scheme":         {token.Scheme(), ginauth0api.SchemeBearer},
		"HasScope":       {token.HasScope("a"), true},
		"HasScope empty": {token.HasScope(""), false},
		"HasScope two":   {token.HasScope("b a"), false},
		"HasPermission":  {token.HasPermission("x"), true},
		"not permitted":  {token.HasPermission("z"), false},
	} {
		if test.got != test.want {
			t.Errorf("%s = %v, want %v", name, test.got, test.want)
		}
	}
	if raw := string(token.AccessToken()); strings.Count(raw, ".") != 2 {
		t.Errorf("access token %q", raw)
	}
}

func TestTokenWithoutOptionalClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	token := verified(t, i, claims{"sub": nil, "jti": nil, "azp": nil, "iat": nil, "scope": nil, "permissions": nil, "client_id": "second"})
	if token.Subject() != "" || token.ID() != "" || token.OrganizationID() != "" || !token.IssuedAt().IsZero() {
		t.Error("absent claims have values")
	}
	if token.ClientID() != "second" {
		t.Errorf("client %q, want that of client_id", token.ClientID())
	}
	if len(token.Scopes()) != 0 || len(token.Permissions()) != 0 || !slices.Equal(token.Audience(), []string{audience}) {
		t.Errorf("%q %q %q", token.Scopes(), token.Permissions(), token.Audience())
	}
}

// vandal writes to the bytes that encoding/json lends it.
type vandal struct{}

func (vandal) UnmarshalJSON(text []byte) error {
	clear(text)
	return nil
}

func TestTokenCannotBeChanged(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	token := verified(t, i, claims{"aud": []string{audience, "other"}})
	token.Scopes()[0], token.Permissions()[0], token.Audience()[0] = "evil", "evil", "evil"
	if token.HasScope("evil") || token.HasPermission("evil") || slices.Contains(token.Audience(), "evil") {
		t.Error("a caller has changed the token")
	}
	if err := token.Claims(&vandal{}); err != nil {
		t.Fatal(err)
	}
	var kept map[string]any
	if err := token.Claims(&kept); err != nil || kept["sub"] != "auth0|ada" {
		t.Errorf("claims %v, %v", kept, err)
	}
	if token.Subject() != "auth0|ada" || !token.HasScope("read:a") {
		t.Error("a caller has changed the payload")
	}
}

func TestClaimsOfAnotherTypeAreAnError(t *testing.T) {
	t.Parallel()
	token := verified(t, newIssuer(t), nil)
	var wrong struct {
		Subject int `json:"sub"`
	}
	if err := token.Claims(&wrong); err == nil || !strings.HasPrefix(err.Error(), "ginauth0api: ") {
		t.Errorf("error %v", err)
	}
	if err := token.Claims(nil); err == nil {
		t.Error("no error for nil")
	}
}

func TestNothingPrintsATokenOrASecret(t *testing.T) {
	t.Parallel()
	const secret = ginauth0api.Secret("hunter2hunter2")
	i := newIssuer(t)
	token := verified(t, i, nil)
	raw := string(token.AccessToken())
	type hidden struct {
		token  *ginauth0api.Token
		value  ginauth0api.Token
		Token  *ginauth0api.Token
		Secret ginauth0api.Secret
	}
	holder := hidden{token: token, value: *token, Token: token, Secret: secret}
	ctx := contextOf(t, newGuard(t, i, nil), raw)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%t", "% x", "%10s"} {
		fmt.Fprintf(&out, verb+verb+verb+verb+verb+"\n", token, *token, secret, holder, &holder)
		fmt.Fprintf(&out, verb+"\n", ctx)
	}
	fmt.Fprintln(&out, token, *token, secret, []any{token, secret}, map[string]any{"t": token, "s": secret}, ctx)
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, xml.Marshal} {
		for _, v := range []any{token, *token, secret} {
			text, err := marshal(v)
			if err != nil {
				t.Errorf("marshal %T: %v", v, err)
			}
			out.Write(text)
		}
	}
	out.WriteString(token.String() + token.GoString() + secret.String() + secret.GoString())
	text, err := json.Marshal(holder)
	if err != nil {
		t.Error(err)
	}
	out.Write(text)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("x", "token", token, "value", *token, "secret", secret, "holder", holder, "ctx", ctx)
	}
	for _, leak := range []string{raw, raw[:40], "hunter2", "68756e746572", "68756E746572", "auth0|ada", fmt.Sprint([]byte(raw)[:20]), fmt.Sprintf("%x", raw[:20])} {
		if strings.Contains(out.String(), leak) {
			at := strings.Index(out.String(), leak)
			t.Errorf("%q was printed: …%q", leak, out.String()[max(0, at-200):at])
		}
	}
	if !strings.Contains(out.String(), "[redacted]") {
		t.Error("no redaction mark")
	}
}

// contextOf returns the context that a handler sees behind the Guard.
func contextOf(t *testing.T, guard *ginauth0api.Guard, raw string) (seen context.Context) {
	t.Helper()
	a := protect(t, guard.RequireAuth(), func(c *gin.Context) { seen = c.Request.Context() })
	wantOK(t, a.bearer(raw))
	return seen
}
