package ginauth0api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestBearerTokenReachesTheHandler(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	type typed struct {
		Subject string `json:"sub"`
		Plan    string `json:"https://example.test/plan"`
	}
	type key struct{}
	service := func(ctx context.Context) string {
		token, ok := ginauth0api.TokenFromContext(ctx)
		if !ok {
			return "nobody"
		}
		return token.Subject()
	}
	a := serve(t, func(r gin.IRouter) {
		r.Use(func(c *gin.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), key{}, "kept"))
		})
		r.GET("/", newGuard(t, i, nil).RequireAuth(), func(c *gin.Context) {
			token, ok := ginauth0api.TokenFrom(c)
			if !ok {
				t.Error("no token in the context")
				return
			}
			claims, err := ginauth0api.ClaimsFrom[typed](c)
			if err != nil || claims != (typed{"auth0|ada", "gold"}) {
				t.Errorf("typed claims = %+v, %v", claims, err)
			}
			var raw map[string]any
			if err := token.Claims(&raw); err != nil || raw["https://example.test/plan"] != "gold" || raw["iss"] != i.name() {
				t.Errorf("raw claims = %v, %v", raw, err)
			}
			if c.Request.Context().Value(key{}) != "kept" {
				t.Error("another middleware's value is gone")
			}
			c.String(http.StatusOK, service(c.Request.Context()))
		})
	})
	token := i.token(claims{"https://example.test/plan": "gold"})
	// The scheme is compared without case, spaces around the token are not part of it.
	for _, authorization := range []string{"Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer  ", "Bearer     "} {
		if got := a.get(authorization + token); got.status != http.StatusOK || got.body != "auth0|ada" {
			t.Errorf("%q: %d %s", authorization, got.status, got.body)
		}
	}
}

func TestCredentialsRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).RequireAuth())
	token := i.token(nil)
	for name, test := range map[string]struct {
		lines []string
		code  string
	}{
		"nothing":                          {nil, "credentials_missing"},
		"empty line":                       {[]string{""}, "credentials_missing"},
		"blank line":                       {[]string{" \t "}, "credentials_missing"},
		"Basic":                            {[]string{"Basic abc"}, "scheme_unsupported"},
		"Basic with bad syntax":            {[]string{"Basic a, b"}, "scheme_unsupported"},
		"token without scheme":             {[]string{token}, "scheme_unsupported"},
		"scheme run into the token":        {[]string{"Bearer" + token}, "scheme_unsupported"},
		"no scheme at all":                 {[]string{", Bearer " + token}, "scheme_unsupported"},
		"scheme alone":                     {[]string{"Bearer"}, "authorization_malformed"},
		"scheme and spaces":                {[]string{"Bearer   "}, "authorization_malformed"},
		"second word":                      {[]string{"Bearer a b"}, "authorization_malformed"},
		"second token":                     {[]string{"Bearer " + token + " " + token}, "authorization_malformed"},
		"comma":                            {[]string{"Bearer " + token + ","}, "authorization_malformed"},
		"two in one line":                  {[]string{"Bearer " + token + ", Bearer " + token}, "authorization_malformed"},
		"tab behind the scheme":            {[]string{"Bearer\t" + token}, "authorization_malformed"},
		"tab behind a space":               {[]string{"Bearer \t" + token}, "authorization_malformed"},
		"quoted":                           {[]string{`Bearer "` + token + `"`}, "authorization_malformed"},
		"parameter":                        {[]string{"Bearer token=" + token}, "authorization_malformed"},
		"equals signs alone":               {[]string{"Bearer =="}, "authorization_malformed"},
		"slash behind the scheme":          {[]string{"Bearer/" + token}, "authorization_malformed"},
		"colon behind the scheme":          {[]string{"Bearer: " + token}, "authorization_malformed"},
		"not ASCII":                        {[]string{"Bearer tok\u00e9n"}, "authorization_malformed"},
		"two lines, equal":                 {[]string{"Bearer " + token, "Bearer " + token}, "authorization_repeated"},
		"two lines, different":             {[]string{"Bearer " + token, "Basic abc"}, "authorization_repeated"},
		"two lines, first of another kind": {[]string{"Basic abc", "Bearer " + token}, "authorization_repeated"},
		"two lines, one empty":             {[]string{"", "Bearer " + token}, "authorization_repeated"},
	} {
		t.Run(name, func(t *testing.T) {
			got := a.get(test.lines...)
			wantRefused(t, got, test.code, "")
		})
	}
	if n := i.asked(""); n != 0 {
		t.Errorf("%d requests to the issuer, want 0", n)
	}
}

func TestTokenInQueryCookieOrBodyDoesNotExist(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	var body string
	a := serve(t, func(r gin.IRouter) {
		r.Any("/strict", guard.RequireAuth(), subject)
		r.POST("/optional", guard.OptionalAuth(), func(c *gin.Context) {
			text, err := io.ReadAll(c.Request.Body)
			if err != nil {
				t.Error(err)
			}
			body = string(text)
			subject(c)
		})
	})
	token := i.token(nil)
	send := func(path, contentType, content string, cookies ...*http.Cookie) answer {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL+path, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", contentType)
		for _, cookie := range cookies {
			request.AddCookie(cookie)
		}
		response, err := a.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		return read(t, response)
	}
	const form, object = "application/x-www-form-urlencoded", "application/json"
	wantRefused(t, send("/strict?access_token="+token, form, ""), "credentials_missing", "")
	wantRefused(t, send("/strict", form, "", &http.Cookie{Name: "access_token", Value: token}), "credentials_missing", "")
	wantRefused(t, send("/strict", form, "access_token="+token), "credentials_missing", "")
	wantRefused(t, send("/strict", object, `{"access_token":"`+token+`"}`), "credentials_missing", "")
	if got := send("/optional", form, "access_token="+token); got.body != "nobody" || body != "access_token="+token {
		t.Errorf("answer %q, the handler read %q", got.body, body)
	}
}

func TestOptionalAuth(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := protect(t, newGuard(t, i, nil).OptionalAuth())
	if got := a.get(); got.status != http.StatusOK || got.body != "nobody" {
		t.Errorf("no credentials: %d %s", got.status, got.body)
	}
	if got := a.get(""); got.status != http.StatusOK || got.body != "nobody" {
		t.Errorf("blank credentials: %d %s", got.status, got.body)
	}
	if got := a.bearer(i.token(nil)); got.status != http.StatusOK || got.body != "auth0|ada" {
		t.Errorf("good token: %d %s", got.status, got.body)
	}
	wantRefused(t, a.bearer("garbage"), "token_malformed", "")
	wantRefused(t, a.bearer(i.token(claims{"exp": 1})), "token_expired", "")
	wantRefused(t, a.get("Basic abc"), "scheme_unsupported", "")
	wantRefused(t, a.get("Bearer"), "authorization_malformed", "")
	wantRefused(t, a.get("", ""), "authorization_repeated", "")
}

func TestHeadRefusalHasHeadersAndNoBody(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	a := protect(t, guard.RequireAuth())
	got := a.do(http.MethodHead, "/", nil)
	if got.status != http.StatusUnauthorized || got.body != "" || got.header.Get("WWW-Authenticate") != `Bearer realm="api"` ||
		got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%d %v %q", got.status, got.header, got.body)
	}
	// net/http hides what a handler writes for HEAD; the Guard must not write it.
	recorder := httptest.NewRecorder()
	a.router.ServeHTTP(recorder, httptest.NewRequest(http.MethodHead, "/", nil))
	if recorder.Code != http.StatusUnauthorized || recorder.Body.Len() != 0 {
		t.Errorf("%d %q", recorder.Code, recorder.Body)
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	preflight := http.Header{"Origin": {"https://app.example"}, "Access-Control-Request-Method": {"GET"}}
	with := func(name string, values ...string) http.Header {
		header := preflight.Clone()
		header[name] = values
		return header
	}
	refusing := protect(t, newGuard(t, i, nil).RequireAuth())
	wantRefused(t, refusing.do(http.MethodOptions, "/", preflight), "credentials_missing", "")

	guard := newGuard(t, i, func(cfg *ginauth0api.Config) { cfg.AllowPreflight = true })
	a := protect(t, guard.RequireAuth("read:a"), guard.RequirePermissions("admin:all"))
	if got := a.do(http.MethodOptions, "/", preflight); got.status != http.StatusOK || got.body != "nobody" {
		t.Errorf("preflight: %d %s", got.status, got.body)
	}
	wantRefused(t, a.do(http.MethodOptions, "/", nil), "credentials_missing", "")
	wantRefused(t, a.do(http.MethodOptions, "/", http.Header{"Origin": {"https://app.example"}}), "credentials_missing", "")
	wantRefused(t, a.do(http.MethodOptions, "/", with("Origin")), "credentials_missing", "")
	wantRefused(t, a.do(http.MethodGet, "/", preflight), "credentials_missing", "")
	wantRefused(t, a.do(http.MethodOptions, "/", with("Authorization", "Bearer garbage")), "token_malformed", "")
	wantRefused(t, a.do(http.MethodOptions, "/", with("Authorization", "", "")), "authorization_repeated", "")
}

func TestCheckDecidesAndRefuseAnswers(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	guard := newGuard(t, i, nil)
	a := protect(t, func(c *gin.Context) {
		token, header, err := guard.Check(c.Request)
		if header != nil {
			t.Errorf("a Bearer answer must add %v", header)
		}
		if c.Writer.Written() || len(c.Writer.Header()) != 0 {
			t.Error("Check has answered")
		}
		if err != nil {
			if token != nil {
				t.Error("a token beside an error")
			}
			guard.Refuse(c, err)
			return
		}
		c.String(http.StatusOK, token.ID())
	})
	if got := a.bearer(i.token(nil)); got.status != http.StatusOK || !strings.HasPrefix(got.body, "t1") {
		t.Errorf("%d %s", got.status, got.body)
	}
	wantRefused(t, a.get(), "credentials_missing", "")
	wantRefused(t, a.bearer("garbage"), "token_malformed", "")
	wantRefused(t, a.bearer(i.token(claims{"aud": "other"})), "invalid_audience", "")
}

func TestRefuseAnswersOtherErrorsAsInternal(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	for name, err := range map[string]error{
		"any error":         errors.New("the password is hunter2"),
		"nil":               nil,
		"nil *Error":        (*ginauth0api.Error)(nil),
		"impossible status": &ginauth0api.Error{Status: 0, Code: "mine"},
		"success status":    &ginauth0api.Error{Status: http.StatusOK, Code: "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			a := protect(t, func(c *gin.Context) { guard.Refuse(c, err) })
			wantRefused(t, a.get(), "internal_error", "")
		})
	}
}

func TestRefuseAnswersAnErrorOfTheApplication(t *testing.T) {
	t.Parallel()
	guard := newGuard(t, newIssuer(t), nil)
	a := protect(t, func(c *gin.Context) {
		guard.Refuse(c, &ginauth0api.Error{
			Status: http.StatusUnauthorized, Kind: "invalid_token", Code: "token_revoked",
			Description: "Revoked.\r\nX-Evil: \"yes\" \\ \u00e9",
		})
	})
	got := a.get()
	if want := `Bearer realm="api", error="invalid_token", error_description="Revoked.??X-Evil: ?yes? ? ??"`; got.header.Get("WWW-Authenticate") != want {
		t.Errorf("challenge %s\nwant %s", got.header.Get("WWW-Authenticate"), want)
	}
	if got.status != http.StatusUnauthorized || got.header.Get("X-Evil") != "" || !strings.HasSuffix(got.body, `"error_code":"token_revoked"}`) {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
}
