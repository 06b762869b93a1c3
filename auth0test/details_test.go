package auth0test_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

const payment = `[{"type":"payment_initiation","actions":["initiate"],"instructedAmount":{"currency":"EUR","amount":"123.50"}},{"type":"account_information"}]`

const bankAPI, otherAPI = "https://bank.example.test", "https://other.example.test"

func startWithDetails(t *testing.T) *auth0test.Tenant {
	t.Helper()
	return auth0test.Start(t, auth0test.Config{AutoApprove: "ada", APIs: []auth0test.API{
		{Audience: bankAPI, AuthorizationDetailsTypes: []string{"payment_initiation", "account_information"}},
		{Audience: otherAPI, AuthorizationDetailsTypes: []string{"shipment"}},
	}})
}

// detailsForm is a good request for authorization_details, with changes.
func detailsForm(changes url.Values) url.Values {
	return changed(url.Values{
		"scope": {"openid offline_access"}, "audience": {bankAPI}, "authorization_details": {payment},
	}, changes)
}

// wantDetails compares with the JSON that was asked for; empty means that there must be none.
func wantDetails(t *testing.T, object map[string]any, want string) {
	t.Helper()
	got, there := object["authorization_details"]
	if want == "" {
		if there {
			t.Errorf("authorization_details %v, want none", got)
		}
		return
	}
	var details any
	if err := json.Unmarshal([]byte(want), &details); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, details) {
		t.Errorf("authorization_details %v, want %v", got, details)
	}
}

// RFC 9396 sections 7 and 9.1.
func TestAuthorizationDetailsAreGranted(t *testing.T) {
	tenant := startWithDetails(t)
	_, address := pushed(t, tenant, pushForm(detailsForm(nil)))
	for name, code := range map[string]string{
		"at authorize": newBrowser(t, tenant).login(detailsForm(nil)),
		"pushed":       newBrowser(t, tenant).get(address).location(t).Get("code"),
	} {
		t.Run(name, func(t *testing.T) {
			answer := granted(t, tenant, codeForm(code, nil))
			wantDetails(t, answer, payment)
			wantDetails(t, claims(t, tenant, bankAPI, text(t, answer, "access_token")), payment)
			wantDetails(t, claims(t, tenant, auth0test.DefaultClientID, text(t, answer, "id_token")), "")

			answer = granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), nil))
			wantDetails(t, answer, payment)
			// They are about one API, and say nothing at another one.
			answer = granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), url.Values{"audience": {otherAPI}}))
			wantDetails(t, answer, "")
			wantDetails(t, claims(t, tenant, otherAPI, text(t, answer, "access_token")), "")
		})
	}
	t.Run("none", func(t *testing.T) {
		for _, details := range []string{"", "[]"} {
			code := newBrowser(t, tenant).login(detailsForm(url.Values{"authorization_details": {details}}))
			wantDetails(t, granted(t, tenant, codeForm(code, nil)), "")
		}
	})
}

// A test edits its own answer, and not what later ones will hold.
func TestEditOfAuthorizationDetailsEndsWithTheAnswer(t *testing.T) {
	tenant := startWithDetails(t)
	code := newBrowser(t, tenant).login(detailsForm(nil))
	tenant.EditTokenResponse(func(response map[string]any) {
		response["authorization_details"].([]any)[0].(map[string]any)["type"] = "narrower"
	})
	answer := granted(t, tenant, codeForm(code, nil))
	wantDetails(t, answer, strings.Replace(payment, "payment_initiation", "narrower", 1))
	tenant.EditTokenResponse(nil)
	wantDetails(t, granted(t, tenant, refreshForm(text(t, answer, "refresh_token"), nil)), payment)
}

func TestAuthorizationDetailsAreRefused(t *testing.T) {
	tenant := startWithDetails(t)
	for name, changes := range map[string]url.Values{
		"no JSON":              {"authorization_details": {"payment_initiation"}},
		"an object":            {"authorization_details": {`{"type":"payment_initiation"}`}},
		"null":                 {"authorization_details": {`null`}},
		"an array of strings":  {"authorization_details": {`["payment_initiation"]`}},
		"an array with null":   {"authorization_details": {`[null]`}},
		"more than one value":  {"authorization_details": {payment + payment}},
		"no type":              {"authorization_details": {`[{"actions":["initiate"]}]`}},
		"Type":                 {"authorization_details": {`[{"Type":"payment_initiation"}]`}},
		"type is a number":     {"authorization_details": {`[{"type":1}]`}},
		"type twice":           {"authorization_details": {`[{"type":"payment_initiation","type":"payment_initiation"}]`}},
		"unknown type":         {"authorization_details": {`[{"type":"account_information"},{"type":"everything"}]`}},
		"type in another case": {"authorization_details": {`[{"type":"Payment_initiation"}]`}},
		"type of another API":  {"authorization_details": {`[{"type":"shipment"}]`}},
		"no audience":          {"audience": {""}},
	} {
		t.Run(name, func(t *testing.T) {
			got := newBrowser(t, tenant).get(authorizeURL(tenant, detailsForm(changes))).location(t)
			if got.Get("error") != "invalid_authorization_details" || got.Has("code") {
				t.Errorf("answer %v, want invalid_authorization_details", got)
			}
			wantRefusal(t, push(t, tenant, pushForm(detailsForm(changes))), http.StatusBadRequest, "invalid_authorization_details")
		})
	}
}

func TestAuthorizationDetailsOfALoginByCIBA(t *testing.T) {
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, APIs: []auth0test.API{
		{Audience: bankAPI, AuthorizationDetailsTypes: []string{"payment_initiation", "account_information"}},
	}})
	id := startedBackchannel(t, tenant, url.Values{"audience": {bankAPI}, "authorization_details": {payment}})
	if err := tenant.ApproveBackchannelLogin(id); err != nil {
		t.Fatal(err)
	}
	clock.advance(5 * time.Second)
	answer := granted(t, tenant, pollForm(id, nil))
	wantDetails(t, answer, payment)
	wantDetails(t, claims(t, tenant, bankAPI, text(t, answer, "access_token")), payment)

	wrong := backchannelForm(t, tenant, url.Values{"audience": {bankAPI}, "authorization_details": {`[{"type":"everything"}]`}})
	wantRefusal(t, backchannel(t, tenant, wrong), http.StatusBadRequest, "invalid_authorization_details")
}

func TestDiscoveryNamesTheTypesOfAuthorizationDetails(t *testing.T) {
	const member = "authorization_details_types_supported"
	got := discovery(t, startWithDetails(t)).json(t)[member]
	if want := []any{"payment_initiation", "account_information", "shipment"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, there := discovery(t, auth0test.Start(t)).json(t)[member]; there {
		t.Errorf("%v promises what is not there", got)
	}
}
