package ginauth0api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// fuzzIssuer answers in place of https://t.example/, so that a fuzzer with many
// workers needs no server.
type fuzzIssuer struct{ keys []byte }

func (i fuzzIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	document := i.keys
	if r.URL.Path == discoveryPath {
		document = []byte(`{"issuer":"https://t.example/","jwks_uri":"https://t.example/keys"}`)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(document)), Request: r}, nil
}

func fuzzGuard(f *testing.F) *ginauth0api.Guard {
	f.Helper()
	guard, err := ginauth0api.New(f.Context(), ginauth0api.Config{
		Domain: "https://t.example/", Audience: []string{audience}, HTTPClient: &http.Client{Transport: fuzzIssuer{staticKeys(f)}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(guard.Close)
	ginauth0api.SetClock(guard, func() time.Time { return time.Unix(1700000000, 0) })
	return guard
}

const fuzzPayload = `{"iss":"https://t.example/","aud":"api","sub":"auth0|ada","exp":1700003600,"iat":1700000000,"scope":"read:a"}`

// The grammar of RFC 6750 section 2.1, as one pattern.
var oneBearerToken = regexp.MustCompile(`^[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*) *$`)

var dpopScheme = regexp.MustCompile(`^[Dd][Pp][Oo][Pp]([^!#$%&'*+.^_|~0-9A-Za-z\x60-]|$)`)

// Whatever the header says: one refusal of the right row or the route, and a
// challenge that cannot be broken out of.
func FuzzAuthorization(f *testing.F) {
	guard := fuzzGuard(f)
	router := gin.New()
	router.GET("/", guard.RequireAuth("read:a"), subject)
	good := sign(issuerKey(), plainHeader, fuzzPayload)
	for _, seed := range []string{
		"", " ", "Bearer", "Bearer ", "Bearer a", "Bearer a b", "bearer\ta", "Bearer  " + good + " ", "Basic abc", "DPoP a.b.c",
		"Bearer " + good, "Bearer " + good[:len(good)-1], "Bearer a,b", `Bearer "a"`, "Bearer =", "Bearer a==", "\x00", "Bearer\xff", "Bearer \r\nX: y",
	} {
		f.Add(seed, "", false)
		f.Add(seed, seed, true)
	}
	f.Fuzz(func(t *testing.T, first, second string, two bool) {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header["Authorization"] = []string{first}
		if two {
			request.Header["Authorization"] = []string{first, second}
		}
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, request)

		var refusal struct {
			Code string `json:"error_code"`
		}
		_ = json.Unmarshal(recorder.Body.Bytes(), &refusal)
		match := oneBearerToken.FindStringSubmatch(first)
		var want []string
		switch {
		case two:
			want = []string{"authorization_repeated"}
		case strings.Trim(first, " \t") == "":
			want = []string{"credentials_missing"}
		case dpopScheme.MatchString(first):
			want = []string{
				"authorization_malformed", "dpop_proof_missing",
				"token_malformed", "token_too_large", "invalid_issuer", "token_type_refused", "invalid_algorithm",
				"invalid_audience", "invalid_claims", "token_expired", "token_not_yet_valid", "token_binding_malformed",
			}
		case match == nil:
			want = []string{"authorization_malformed", "scheme_unsupported"}
		case match[1] == good:
			want = []string{""}
		default:
			want = []string{
				"token_malformed", "token_too_large", "invalid_signature", "invalid_issuer", "token_type_refused", "invalid_algorithm",
				"jwks_key_not_found", "invalid_audience", "invalid_claims", "token_expired", "token_not_yet_valid", "token_binding_malformed",
			}
		}
		if !slices.Contains(want, refusal.Code) || (refusal.Code == "") != (recorder.Code == http.StatusOK) {
			t.Fatalf("%q: %d %q, want one of %q", first, recorder.Code, refusal.Code, want)
		}
		for _, challenge := range recorder.Header()["Www-Authenticate"] {
			if !strings.HasPrefix(challenge, `Bearer realm="api"`) && !strings.HasPrefix(challenge, `DPoP realm="api"`) || strings.ContainsAny(challenge, "\r\n") || strings.Count(challenge, `"`)%2 != 0 {
				t.Fatalf("challenge %q", challenge)
			}
		}
	})
}

// Whatever the DPoP header says: the row of its kind, and nothing that is not a
// proof of this key for this request gets through.
func FuzzProofHeader(f *testing.F) {
	client := newProver()
	client.now = func() time.Time { return time.Unix(1700000000, 0) }
	guard := fuzzGuard(f)
	router := gin.New()
	router.GET("/", guard.RequireAuth(), subject)
	token := sign(issuerKey(), plainHeader, strings.Replace(fuzzPayload, "{", `{"cnf":{"jkt":"`+client.thumbprint()+`"},`, 1))
	good := client.claims(http.MethodGet, "http://example.com/", token, nil)
	header, payload := marshal(client.header(nil)), marshal(good)
	for _, seed := range [][3]string{
		{header, payload, ""},
		{header, payload, ","},
		{header, payload, "="},
		{strings.Replace(header, "dpop+jwt", "DPOP+jwt", 1), payload, ""},
		{strings.Replace(header, "ES256", "none", 1), payload, ""},
		{strings.Replace(header, `"x":`, `"d":"AA","x":`, 1), payload, ""},
		{strings.Replace(header, `"jwk":{`, `"jwk":{"kty":"oct",`, 1), payload, ""},
		{header, strings.Replace(payload, "example.com", "EXAMPLE.com:80", 1), ""},
		{header, strings.Replace(payload, `"GET"`, `"get"`, 1), ""},
		{header, strings.Replace(payload, "1700000000", "1699999700.5", 1), ""},
		{header, strings.Replace(payload, "1700000000", "17e8", 1), ""},
		{header, strings.Replace(payload, `"jti":"`, `"jti":"\u0000`, 1), ""},
		{header, strings.Replace(payload, `"jti"`, `"jti":"x","jti"`, 1), ""},
		{"", "", ""},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), seed[2])
	}
	f.Fuzz(func(t *testing.T, header, payload []byte, tail string) {
		ginauth0api.ForgetProofs(guard)
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header["Authorization"] = []string{"DPoP " + token}
		request.Header["Dpop"] = []string{client.signText(string(header), string(payload)) + tail}
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, request)
		if recorder.Code == http.StatusUnauthorized {
			var refusal struct {
				Kind string `json:"error"`
				Code string `json:"error_code"`
			}
			if err := json.Unmarshal(recorder.Body.Bytes(), &refusal); err != nil || refusal.Kind != "invalid_dpop_proof" && refusal.Code != "dpop_binding_mismatch" {
				t.Fatalf("%s", recorder.Body)
			}
			return
		}
		var head struct {
			Type string         `json:"typ"`
			Alg  string         `json:"alg"`
			Key  map[string]any `json:"jwk"`
		}
		var claims map[string]any
		if recorder.Code != http.StatusOK || tail != "" || json.Unmarshal(header, &head) != nil || json.Unmarshal(payload, &claims) != nil {
			t.Fatalf("%d for %s %s %q", recorder.Code, header, payload, tail)
		}
		iat, _ := claims["iat"].(float64)
		jti, _ := claims["jti"].(string)
		if head.Alg != "ES256" || !strings.HasSuffix(strings.ToLower(head.Type), "dpop+jwt") || head.Key["x"] != client.jwk()["x"] || head.Key["d"] != nil ||
			claims["htm"] != "GET" || claims["ath"] != good["ath"] || strings.TrimSpace(jti) == "" || iat < 1699999700 || iat > 1700000030 {
			t.Fatalf("accepted %s %s", header, payload)
		}
	})
}

// Whatever the Guard accepts, go-jose accepts with the same claims.
func FuzzToken(f *testing.F) {
	guard := fuzzGuard(f)
	for _, seed := range [][2]string{
		{plainHeader, fuzzPayload},
		{`{"alg":"RS256"}`, fuzzPayload},
		{`{"typ":"at+jwt","alg":"RS256","kid":"k1","x":[1,{"y":null}]}`, fuzzPayload},
		{`{"alg":"RS256","alg":"none"}`, fuzzPayload},
		{`{"alg":"RS256","kid":"k1","crit":["x"]}`, fuzzPayload},
		{plainHeader, `{"iss":"https:\/\/t.example\/","aud":["x","api"],"exp":1.7e9,"nbf":1700000029.5,"cnf":{"jkt":""}}`},
		{plainHeader, `{"iss":"https://t.example/","aud":["api"],"exp":17000036e2,"scope":["a","b"],"permissions":["x"],"azp":"c"}`},
		{plainHeader, `{"iss":"https://t.example/","\u0061ud":"api","aud":"x","exp":9007199254740993}`},
		{plainHeader, `{"ISS":"x","iss":"https://t.example/","aud":"api","exp":1700003600,"sub":"\ud83d\ude00"}`},
		{plainHeader, "{\"iss\":\"https://t.example/\",\"aud\":\"api\",\"exp\":1700003600,\"sub\":\"\xff\"}"},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), "")
	}
	f.Add([]byte(plainHeader), []byte(fuzzPayload), "=")
	f.Add([]byte(plainHeader), []byte(fuzzPayload), ".")
	f.Fuzz(func(t *testing.T, header, payload []byte, tail string) {
		text := sign(issuerKey(), string(header), string(payload)) + tail
		token, _, err := guard.Check(&http.Request{Header: http.Header{"Authorization": {"Bearer " + text}}})
		if err != nil {
			var refused *ginauth0api.Error
			if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized && refused.Status != http.StatusBadRequest {
				t.Fatalf("error %v", err)
			}
			return
		}
		object, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			// go-jose also judges header members that are ignored here.
			if joseReadsMore(header) {
				return
			}
			t.Fatalf("accepted what go-jose refuses: %v\n%s\n%s", err, header, payload)
		}
		verified, err := object.Verify(issuerKey().Public())
		if err != nil || !bytes.Equal(verified, payload) {
			t.Fatalf("go-jose: %v, payload %q", err, verified)
		}
		compareClaims(t, token, verified)
	})
}

func joseReadsMore(header []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(header, &members) != nil {
		return false
	}
	for name := range members {
		if slices.Contains([]string{"jwk", "x5c", "nonce", "epk", "apu", "apv", "zip", "enc", "iv", "tag", "cty", "jku", "x5u", "x5t", "x5t#S256", "p2c", "p2s"}, name) {
			return true
		}
	}
	return false
}

// compareClaims reads the payload a second time, slowly.
func compareClaims(t *testing.T, token *ginauth0api.Token, payload []byte) {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal(payload, &want); err != nil {
		t.Fatalf("accepted a payload that is no JSON: %v", err)
	}
	text := func(name string) string {
		value, _ := want[name].(string)
		return value
	}
	list := func(name string) []string {
		values, _ := want[name].([]any)
		var texts []string
		for _, value := range values {
			element, ok := value.(string)
			if !ok {
				return nil
			}
			texts = append(texts, element)
		}
		return texts
	}
	client := text("azp")
	if _, has := want["azp"]; !has {
		client = text("client_id")
	}
	for name, pair := range map[string][2]string{
		"iss": {token.Issuer(), text("iss")}, "sub": {token.Subject(), text("sub")}, "jti": {token.ID(), text("jti")},
		"org_id": {token.OrganizationID(), text("org_id")}, "client": {token.ClientID(), client},
	} {
		if pair[0] != pair[1] {
			t.Fatalf("%s = %q, want %q", name, pair[0], pair[1])
		}
	}
	audience := list("aud")
	if single, ok := want["aud"].(string); ok {
		audience = []string{single}
	}
	if !slices.Equal(token.Audience(), audience) || !slices.Contains(audience, "api") || text("iss") != "https://t.example/" {
		t.Fatalf("aud %q, iss %q in %s", token.Audience(), token.Issuer(), payload)
	}
	if exp, ok := want["exp"].(float64); !ok || exp <= 1700000000 || token.ExpiresAt().Unix() != int64(exp) {
		t.Fatalf("exp %v in %s", token.ExpiresAt(), payload)
	}
	scopes := list("scope")
	if words, ok := want["scope"].(string); ok {
		scopes = slices.DeleteFunc(strings.Split(words, " "), func(word string) bool { return word == "" })
	}
	if !slices.Equal(token.Scopes(), scopes) || !slices.Equal(token.Permissions(), list("permissions")) {
		t.Fatalf("scopes %q, permissions %q in %s", token.Scopes(), token.Permissions(), payload)
	}
	for _, scope := range scopes {
		if scope != "" && !token.HasScope(scope) {
			t.Fatalf("scope %q in %s", scope, payload)
		}
	}
	if _, bound := want["cnf"]; bound {
		t.Fatalf("a bound token was accepted: %s", payload)
	}
}
