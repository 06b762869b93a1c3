package auth0test_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// multiFactor is the acr of a second factor, in a list as clients may send it.
const multiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"

var asksForFactor = url.Values{"acr_values": {"urn:example:gold " + multiFactor}}

// wantFactor wants the code of a login to bring an ID token with a second factor, or without one.
func wantFactor(t *testing.T, tenant *auth0test.Tenant, answer url.Values, factor bool) {
	t.Helper()
	all := claims(t, tenant, auth0test.DefaultClientID, text(t, granted(t, tenant, codeForm(answer.Get("code"), nil)), "id_token"))
	var acr, amr any
	if factor {
		acr, amr = multiFactor, []any{"mfa"}
	}
	if all["acr"] != acr || !reflect.DeepEqual(all["amr"], amr) {
		t.Errorf("acr %v, amr %v; want %v, %v", all["acr"], all["amr"], acr, amr)
	}
}

// factorPage goes to the page of a second factor, by way of the login of ada.
func factorPage(t *testing.T, b *browser, changes url.Values) page {
	t.Helper()
	answer := b.choose(b.get(authorizeURL(b.tenant, changes)), "user", "auth0|ada")
	if answer.status != http.StatusOK || !strings.Contains(answer.body, "<h1>Second factor</h1>") || !strings.Contains(answer.body, "Ada Lovelace") {
		t.Fatalf("status %d, want the page of the second factor:\n%s", answer.status, answer.body)
	}
	return answer
}

func TestSecondFactorIsConfirmedOnce(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true, Now: clock.Now})
	b := newBrowser(t, tenant)
	sent := b.choose(factorPage(t, b, asksForFactor), "confirm", "1")
	if result := sent.location(t); sent.status != http.StatusSeeOther || result.Get("state") != "the-state" || result.Get("iss") != tenant.Issuer() {
		t.Errorf("status %d, answer %v", sent.status, result)
	}
	wantFactor(t, tenant, sent.location(t), true)

	clock.advance(time.Minute)
	again := url.Values{"acr_values": {multiFactor}, "max_age": {"60"}}
	wantFactor(t, tenant, b.get(authorizeURL(tenant, again)).location(t), true)
	again.Set("prompt", "none")
	wantFactor(t, tenant, b.get(authorizeURL(tenant, again)).location(t), true)
	wantFactor(t, tenant, b.get(authorizeURL(tenant, nil)).location(t), true) // it is the same session

	factorPage(t, b, url.Values{"acr_values": {multiFactor}, "prompt": {"login"}})
	clock.advance(time.Minute + time.Second)
	factorPage(t, b, url.Values{"acr_values": {multiFactor}, "max_age": {"60"}})
}

func TestSecondFactorThatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	b := newBrowser(t, tenant)
	wantFactor(t, tenant, b.choose(b.get(authorizeURL(tenant, nil)), "user", "auth0|ada").location(t), false)
	for _, acr := range []string{"urn:example:gold", multiFactor + "s", strings.ToUpper(multiFactor)} {
		wantFactor(t, tenant, b.get(authorizeURL(tenant, url.Values{"acr_values": {acr}})).location(t), false)
	}
	step := b.get(authorizeURL(tenant, asksForFactor)) // the page alone, as she is signed in by now
	wantFactor(t, tenant, b.choose(step, "confirm", "1").location(t), true)
}

func TestTenantWithoutSecondFactorLooksAway(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	b := newBrowser(t, tenant)
	wantFactor(t, tenant, b.choose(b.get(authorizeURL(tenant, asksForFactor)), "user", "auth0|ada").location(t), false)
	if got := discovery(t, tenant).json(t)["acr_values_supported"]; got != nil {
		t.Errorf("acr_values_supported %v", got)
	}
}

func TestSecondFactorInDiscovery(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	if got := discovery(t, tenant).json(t)["acr_values_supported"]; !reflect.DeepEqual(got, []any{multiFactor}) {
		t.Errorf("acr_values_supported %v", got)
	}
}

func TestSecondFactorCancelled(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	b := newBrowser(t, tenant)
	asked := factorPage(t, b, asksForFactor)
	result := b.choose(asked, "cancel", "1").location(t)
	if result.Get("error") != "access_denied" || result.Get("state") != "the-state" || result.Get("code") != "" {
		t.Errorf("answer %v", result)
	}
	if late := b.choose(asked, "confirm", "1"); late.status != http.StatusBadRequest {
		t.Errorf("status %d for a second answer, want 400", late.status)
	}
	wantFactor(t, tenant, b.get(authorizeURL(tenant, nil)).location(t), false) // but she is signed in
}

// A client that wants no page gets an error and no weaker login (OpenID Connect Core section 3.1.2.6).
func TestSecondFactorNeedsAPage(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	b := newBrowser(t, tenant)
	b.choose(b.get(authorizeURL(tenant, nil)), "user", "auth0|ada").location(t)
	for _, auto := range []string{"", "ada"} {
		tenant.SetAutoApprove(auto)
		result := b.get(authorizeURL(tenant, url.Values{"acr_values": {multiFactor}, "prompt": {"none"}})).location(t)
		if result.Get("error") != "interaction_required" || result.Get("code") != "" {
			t.Errorf("auto-approve %q: answer %v", auto, result)
		}
	}
}

func TestSecondFactorWithoutAPage(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true, AutoApprove: "ada"})
	wantFactor(t, tenant, newBrowser(t, tenant).get(authorizeURL(tenant, asksForFactor)).location(t), true)
	wantFactor(t, tenant, newBrowser(t, tenant).get(authorizeURL(tenant, nil)).location(t), false)

	tenant.SetAutoApprove("")
	b := newBrowser(t, tenant)
	tenant.Login(t, b.http, "grace")
	wantFactor(t, tenant, b.get(authorizeURL(tenant, asksForFactor)).location(t), true)
}

func TestSecondFactorAfterAPushedRequest(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true, AutoApprove: "ada"})
	form := request(asksForFactor)
	form.Set("client_secret", auth0test.DefaultClientSecret)
	b := newBrowser(t, tenant)
	uri := text(t, b.post(tenant.URL()+"/oauth/par", form).json(t), "request_uri")
	wantFactor(t, tenant, b.get(tenant.URL()+"/authorize?"+url.Values{
		"client_id": {auth0test.DefaultClientID}, "request_uri": {uri},
	}.Encode()).location(t), true)
}

// What a refresh brings is about the login that it goes on from.
func TestRefreshKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	code := newBrowser(t, tenant).login(url.Values{"acr_values": {multiFactor}, "scope": {"openid offline_access"}})
	refreshed := granted(t, tenant, refreshForm(text(t, granted(t, tenant, codeForm(code, nil)), "refresh_token"), nil))
	if all := claims(t, tenant, auth0test.DefaultClientID, text(t, refreshed, "id_token")); all["acr"] != multiFactor {
		t.Errorf("acr %v", all["acr"])
	}
}

// A page of an attacker posts the form of a login that he has begun himself.
func TestSecondFactorOfAnotherBrowserIsRefused(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	attacker, victim := newBrowser(t, tenant), newBrowser(t, tenant)
	asked := factorPage(t, attacker, asksForFactor)
	factorPage(t, victim, asksForFactor)
	if got := victim.choose(asked, "confirm", "1"); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
		t.Errorf("status %d, Location %q; want 400 and none", got.status, got.header.Get("Location"))
	}
}

// Another tab signs somebody else in while the page is open. Confirming it must not give her the login of ada.
func TestSecondFactorOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	b := newBrowser(t, tenant)
	asked := factorPage(t, b, asksForFactor)
	b.choose(b.get(authorizeURL(tenant, url.Values{"prompt": {"login"}})), "user", "auth0|grace").location(t)
	for name, answer := range map[string]page{
		"the page": b.get(asked.url.String()), "confirm": b.choose(asked, "confirm", "1"), "cancel": b.choose(asked, "cancel", "1"),
	} {
		if answer.status != http.StatusBadRequest || answer.header.Get("Location") != "" {
			t.Errorf("%s: status %d, want 400", name, answer.status)
		}
	}
	wantFactor(t, tenant, b.get(authorizeURL(tenant, nil)).location(t), false)
}

// Each page takes its own logins: what waits for a second factor is not answered by a name, nor the other way round.
func TestSecondFactorIsNoLoginPage(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{SecondFactor: true})
	b := newBrowser(t, tenant)
	asked := factorPage(t, b, asksForFactor)
	swap := strings.NewReplacer("/u/second-factor", "/u/login").Replace
	state := hiddenState.FindStringSubmatch(asked.body)[1]
	if got := b.post(swap(asked.url.String()), url.Values{"state": {state}, "name": {"grace"}}); got.status != http.StatusBadRequest {
		t.Errorf("status %d at the login page, want 400", got.status)
	}
	login := b.get(authorizeURL(tenant, url.Values{"prompt": {"login"}}))
	state = hiddenState.FindStringSubmatch(login.body)[1]
	if got := b.post(tenant.URL()+"/u/second-factor", url.Values{"state": {state}, "confirm": {"1"}}); got.status != http.StatusBadRequest {
		t.Errorf("status %d at the page of the second factor, want 400", got.status)
	}
	if got := b.choose(asked, "user", "auth0|ada"); got.status != http.StatusBadRequest || hiddenState.FindString(got.body) == "" {
		t.Errorf("status %d for an answer that is none, want 400 and the page again", got.status)
	}
	wantFactor(t, tenant, b.choose(asked, "confirm", "1").location(t), true)
}
