package ginauth0_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0"
)

var (
	referenceForm  = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$`)
	pageReference  = regexp.MustCompile(`<dt>Reference:</dt><dd><code>([^<]*)</code></dd>`)
	logReference   = regexp.MustCompile(`msg=refused .*reference=(\S+)`)
	asPage         = "Accept: text/html"
	referenceBogus = "AAAA-AAAA-AAAA"
)

// references are those that the log has, in their order.
func (a *app) references() []string {
	var list []string
	for _, match := range logReference.FindAllStringSubmatch(a.log.String(), -1) {
		list = append(list, match[1])
	}
	return list
}

// referenceOn is the one that a page shows.
func referenceOn(t testing.TB, r answer) string {
	t.Helper()
	match := pageReference.FindStringSubmatch(r.body)
	if match == nil {
		t.Fatalf("no reference: %d %s", r.status, r.body)
	}
	return match[1]
}

// What a person reads out is what the log, gin's own errors and the program's hook have.
func TestAReferenceLeadsFromThePageToTheCause(t *testing.T) {
	t.Parallel()
	var inHook, inMeta string
	a := newApp(t, func(s *setup) {
		s.config.OnError = func(c *gin.Context, _ error) { inHook, _ = ginauth0.ReferenceFrom(c) }
		s.mount = func(router *gin.Engine) gin.IRouter {
			router.Use(func(c *gin.Context) {
				c.Next()
				if last := c.Errors.Last(); last != nil {
					inMeta, _ = last.Meta.(string)
				}
			})
			return router
		}
	})
	b := a.browser(t)
	r := b.get("/auth/callback?state=none", "X-Request-Id: "+referenceBogus, "X-Reference: "+referenceBogus, "Traceparent: "+referenceBogus)
	shown := referenceOn(t, r)
	if logged := a.references(); len(logged) != 1 || logged[0] != shown || inHook != shown || inMeta != shown {
		t.Errorf("the page shows %q, the log has %q, the hook %q, gin %q", shown, logged, inHook, inMeta)
	}
	if !referenceForm.MatchString(shown) || shown == referenceBogus {
		t.Errorf("reference %q", shown)
	}
}

// Sixty random bits: a thousand differ, and no character of them stays as it is or counts.
func TestReferencesAreNewAndRandom(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser(t)
	const many = 1000
	for range many {
		b.get("/profile", asJSON)
	}
	list := a.references()
	seen := map[string]bool{}
	var counts [14]map[byte]int
	for i := range counts {
		counts[i] = map[byte]int{}
	}
	for _, reference := range list {
		if !referenceForm.MatchString(reference) {
			t.Fatalf("reference %q", reference)
		}
		seen[reference] = true
		for i := range reference {
			counts[i][reference[i]]++
		}
	}
	if len(list) != many || len(seen) != many {
		t.Errorf("%d references for %d errors, %d different ones", len(list), many, len(seen))
	}
	for i, count := range counts {
		if dash := i == 4 || i == 9; !dash && len(count) != 32 {
			t.Errorf("character %d takes %d values: %v", i, len(count), count)
		}
	}
}

// The bodies for programs have no place for it.
func TestJSONShowsNoReference(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	const want = `{"error":"unauthorized","error_description":"Please log in"}`
	if r := a.browser(t).get("/profile", asJSON); r.body != want {
		t.Errorf("body %s", r.body)
	}
	if len(a.references()) != 1 {
		t.Errorf("log %s", a.log)
	}
}

// OnCallback answers in place of this package, and shows what the log has.
func TestOnCallbackReadsTheReference(t *testing.T) {
	t.Parallel()
	a := newApp(t, config(func(c *ginauth0.Config) {
		c.OnCallback = func(c *gin.Context, e ginauth0.CallbackEvent) string {
			reference, ok := ginauth0.ReferenceFrom(c)
			if ok != (e.Err != nil) {
				t.Errorf("reference %q with error %v", reference, e.Err)
			}
			switch {
			case e.Err == nil:
			case errors.Is(e.Err, ginauth0.ErrBadIDToken):
				c.String(http.StatusTeapot, reference)
			case errors.Is(e.Err, ginauth0.ErrBadCallback):
				return "/failed?reference=" + reference
			}
			return ""
		}
	}))
	b := a.browser(t)
	b.login("/auth/login")
	if got := a.references(); len(got) != 0 {
		t.Errorf("a login that went well has the references %q", got)
	}
	elsewhere := a.browser(t).get("/auth/callback?state=none")
	a.tenant.EditIDToken(auth0test.WrongNonce)
	own := b.get(b.toCallback("/auth/login"))
	ours := b.get("/auth/callback?state=none&state=none")
	got := a.references()
	if len(got) != 3 || elsewhere.header.Get("Location") != "/failed?reference="+got[0] || own.body != got[1] || referenceOn(t, ours) != got[2] {
		t.Errorf("references %q; led to %q, answered %q; page %s", got, elsewhere.header.Get("Location"), own.body, ours.body)
	}
}

// A login with prompt=none that needs the person ends on no page, and has none.
func TestASilentLoginThatNeedsThePersonHasNoReference(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant.SetAutoApprove("")
	b := a.browser(t)
	if r := b.get(b.toCallback("/auth/login?prompt=none")); r.status != http.StatusFound || strings.Contains(a.log.String(), "reference") {
		t.Errorf("%d, log %s", r.status, a.log)
	}
}

// What a program has put to its own gin.Error stays.
func TestAReferenceLeavesTheMetaOfOthersAlone(t *testing.T) {
	t.Parallel()
	var meta any
	a := newApp(t, func(s *setup) {
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			router.GET("/broken", func(c *gin.Context) {
				auth.Fail(c, &gin.Error{Err: errors.New("broken"), Meta: "theirs"})
				meta = c.Errors.Last().Meta
			})
		}
	})
	if r := a.browser(t).get("/broken", asPage); r.status != http.StatusInternalServerError || meta != "theirs" || referenceOn(t, r) == "" {
		t.Errorf("%d, meta %v", r.status, meta)
	}
}

func TestReferenceFromNothing(t *testing.T) {
	t.Parallel()
	if reference, ok := ginauth0.ReferenceFrom(&gin.Context{}); ok {
		t.Errorf("reference %q", reference)
	}
}
