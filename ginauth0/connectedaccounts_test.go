package ginauth0_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// listing is an app with pages that show the lists as JSON: /accounts, /connections, and
// /all/accounts, /all/connections.
func listing(o *options) func(*setup) {
	return func(s *setup) {
		connectingAccounts(o)(s)
		routes := s.routes
		s.routes = func(router *gin.Engine, auth *ginauth0.Auth) {
			routes(router, auth)
			show := func(list func(*gin.Context, ginauth0.ListOptions) (any, error)) gin.HandlerFunc {
				return func(c *gin.Context) {
					take, _ := strconv.Atoi(c.Query("take"))
					wanted := ginauth0.ListOptions{Connection: c.Query("connection"), From: c.Query("from"), Take: take}
					o.run(c, auth, func() error {
						page, err := list(c, wanted)
						if err == nil {
							c.JSON(http.StatusOK, page)
						}
						return err
					})
				}
			}
			router.GET("/accounts", show(func(c *gin.Context, o ginauth0.ListOptions) (any, error) { return auth.ListConnectedAccounts(c, o) }))
			router.GET("/connections", show(func(c *gin.Context, o ginauth0.ListOptions) (any, error) { return auth.ListAccountConnections(c, o) }))
			router.GET("/all/accounts", show(func(c *gin.Context, o ginauth0.ListOptions) (any, error) { return auth.AllConnectedAccounts(c, o) }))
			router.GET("/all/connections", show(func(c *gin.Context, o ginauth0.ListOptions) (any, error) { return auth.AllAccountConnections(c, o) }))
		}
	}
}

func signedInListing(t testing.TB, o *options, edits ...func(*setup)) (*app, *browser, *accountCalls) {
	t.Helper()
	return signedInToConnect(t, o, append([]func(*setup){listing(o)}, edits...)...)
}

// shown reads what a page of listing shows.
func shown[T any](t testing.TB, r answer) T {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	return jsonOf[T](t, r)
}

// The lists of the My Account API, as they are asked for and as a strict tenant answers.
func TestListsOfAccountsAndConnections(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInListing(t, &o)
	var refreshes tokenRequests
	refreshes.watch(a)
	var ids []string
	for i := range 3 {
		ids = append(ids, a.tenant.AddConnectedAccount("ada", "github", fmt.Sprint("octo", i), "repo"))
	}
	ids = append(ids, a.tenant.AddConnectedAccount("ada", "google-oauth2", "ada@example.test"))
	a.tenant.AddConnectedAccount("grace", "github", "hopper")

	all := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts"))
	wantAccountHeader(t, a, q.one(t, "GET "+accountsPath+"/accounts"))
	if got, want := strings.Join(refreshes.take(t), " "), "audience="+a.tenant.Issuer()+"me/&scope=read:me:connected_accounts"; got != want {
		t.Errorf("the token was asked for by %q, want %q", got, want)
	}
	if len(all.Accounts) != 4 || all.Next != "" {
		t.Fatalf("accounts %+v", all)
	}
	for i, account := range all.Accounts {
		if account.ID != ids[i] || account.AccessType != "offline" || account.CreatedAt.Sub(a.clock.Now()).Abs() > time.Second {
			t.Errorf("account %d: %+v", i, account)
		}
	}
	page := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts?connection=github&take=2"))
	if call := q.one(t, "GET "+accountsPath+"/accounts?connection=github&take=2"); call.body != "" || call.header.Get("Content-Type") != "" {
		t.Errorf("a body was sent: %q %v", call.body, call.header)
	}
	if len(page.Accounts) != 2 || page.Next == "" {
		t.Fatalf("page %+v", page)
	}
	page2 := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts?connection=github&take=100&from="+url.QueryEscape(page.Next)))
	q.one(t, "GET "+accountsPath+"/accounts?connection=github&from="+page.Next+"&take=100")
	if len(page2.Accounts) != 1 || page2.Accounts[0].ID != ids[2] || page2.Next != "" {
		t.Errorf("second page %+v", page2)
	}
	connections := shown[ginauth0.AccountConnectionPage](t, b.get("/connections"))
	q.one(t, "GET "+accountsPath+"/connections")
	if got, want := fmt.Sprint(connections), "{[{google-oauth2 google-oauth2 [openid email]} {github oauth2 []}] }"; got != want {
		t.Errorf("connections %s, want %s", got, want)
	}
	first := shown[ginauth0.AccountConnectionPage](t, b.get("/connections?take=1"))
	second := shown[ginauth0.AccountConnectionPage](t, b.get("/connections?take=1&from="+first.Next))
	if calls := q.take(); len(calls) != 2 || calls[1].line != "GET "+accountsPath+"/connections?from="+first.Next+"&take=1" {
		t.Errorf("calls %v", calls)
	}
	if len(second.Connections) != 1 || second.Connections[0].Name != "github" || second.Next != "" {
		t.Errorf("second page of connections %+v", second)
	}
	if got := refreshes.take(t); len(got) != 0 {
		t.Errorf("further tokens were asked for: %q", got)
	}
}

func TestAllPagesAreFollowed(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInListing(t, &o)
	for i := range 5 {
		a.tenant.AddConnectedAccount("ada", "github", fmt.Sprint("octo", i))
	}
	if got := shown[[]ginauth0.ConnectedAccount](t, b.get("/all/accounts?take=2")); len(got) != 5 || len(q.take()) != 3 {
		t.Errorf("accounts %+v", got)
	}
	first := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts?take=3"))
	if got := shown[[]ginauth0.ConnectedAccount](t, b.get("/all/accounts?from="+first.Next)); len(got) != 2 {
		t.Errorf("the rest %+v", got)
	}
	if got := shown[[]ginauth0.AccountConnection](t, b.get("/all/connections?take=1")); len(got) != 2 {
		t.Errorf("connections %+v", got)
	}
}

// A list without end, as a tenant in trouble or somebody in its place may send.
func TestFollowingPagesEnds(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInListing(t, &o)
	item := `[{"id":"cac_1","connection":"github"}]`
	pages := 0
	next := func(cursor func(page int) string) {
		pages = 0
		q.set(func(w http.ResponseWriter, _ *http.Request) bool {
			pages++
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"accounts":%s,"next":%q}`, item, cursor(pages))
			return true
		})
	}
	for name, test := range map[string]struct {
		cursor func(int) string
		query  string
		pages  int
	}{
		"the same cursor again":    {func(int) string { return "c" }, "", 2},
		"two cursors in turn":      {func(page int) string { return strconv.Itoa(page % 2) }, "", 3},
		"the cursor that it began": {func(int) string { return "begin" }, "?from=begin", 1},
		"always another one":       {strconv.Itoa, "", 100},
	} {
		next(test.cursor)
		r := b.get("/all/accounts"+test.query, asJSON)
		wantError(t, r, http.StatusBadGateway, `"error":"upstream_error"`)
		if err := o.failed(); !errors.Is(err, ginauth0.ErrUpstream) || pages != test.pages {
			t.Errorf("%s: %v after %d pages, want %d", name, err, pages, test.pages)
		}
	}
	next(func(page int) string {
		if page == 100 {
			return ""
		}
		return strconv.Itoa(page)
	})
	if got := shown[[]ginauth0.ConnectedAccount](t, b.get("/all/accounts")); len(got) != 100 {
		t.Errorf("%d accounts on 100 pages", len(got))
	}
}

func TestListOptionsAreJudgedFirst(t *testing.T) {
	t.Parallel()
	var o options
	a, b, q := signedInListing(t, &o)
	before := a.tenant.Requests(tokenPath)
	for target, parameter := range map[string]string{
		"/accounts?take=-1": "take", "/accounts?take=101": "take", "/connections?take=101": "take", "/all/accounts?take=101": "take",
		"/connections?connection=github": "connection",
	} {
		wantError(t, b.get(target, asJSON), http.StatusBadRequest, `"error":"invalid_request"`)
		var refused *ginauth0.ParameterError
		if err := o.failed(); !errors.As(err, &refused) || refused.Name != parameter {
			t.Errorf("%s: %v", target, err)
		}
		q.wantNone(t, target)
	}
	a.wantUses(t, before, 0)
	wantError(t, a.browser(t).get("/accounts", asJSON), http.StatusUnauthorized, `"error":"unauthorized"`)
	q.wantNone(t, "a stranger")
}

func TestTheAnswerOfAListIsJudged(t *testing.T) {
	t.Parallel()
	var o options
	_, b, q := signedInListing(t, &o)
	for target, bodies := range map[string][]string{
		"/accounts": {
			``, `[]`, `{}`, `{"accounts":null}`, `{"accounts":{}}`, `{"accounts":["a"]}`, `{"accounts":[{}]}`, `{"accounts":[],"accounts":[]}`,
			`{"accounts":[{"id":"a","connection":"b"},null]}`, `{"accounts":[{"id":"a"}]}`, `{"accounts":[{"id":1,"connection":"b"}]}`,
			`{"accounts":[{"id":"a","id":"c","connection":"b"}]}`, `{"accounts":[{"id":"a","connection":"b","created_at":"today"}]}`,
			`{"accounts":[{"id":"a","connection":"b","scopes":[1]}]}`, `{"accounts":[],"next":7}`, `{"accounts":[]} x`, `{"Accounts":[]}`,
		},
		"/connections": {`{"accounts":[]}`, `{"connections":[{}]}`, `{"connections":[{"name":""}]}`, `{"connections":[{"name":"a","scopes":"b"}]}`},
	} {
		for _, body := range bodies {
			q.say(http.StatusOK, "application/json", body)
			wantError(t, b.get(target, asJSON), http.StatusBadGateway, `"error":"upstream_error"`)
			if err := o.failed(); !errors.Is(err, ginauth0.ErrUpstream) {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
	q.say(http.StatusOK, "application/json", `{"accounts":[],"next":null,"total":0}`)
	if got := shown[ginauth0.ConnectedAccountPage](t, b.get("/accounts")); len(got.Accounts) != 0 || got.Next != "" {
		t.Errorf("%+v", got)
	}
}
