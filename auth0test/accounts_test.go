package auth0test_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

// listing walks through a list by its cursors and returns one member of each entry, and the number of pages.
func listing(t *testing.T, tenant *auth0test.Tenant, token, name, member string, query url.Values) (found []string, pages int) {
	t.Helper()
	for {
		answer := call(t, tenant, http.MethodGet, "/"+name+"?"+query.Encode(), token, "", nil)
		object := answer.json(t)
		entries, isArray := object[name].([]any)
		if answer.status != http.StatusOK || !isArray {
			t.Fatalf("status %d: %s", answer.status, answer.body)
		}
		pages++
		for _, entry := range entries {
			found = append(found, text(t, entry.(map[string]any), member))
		}
		if object["next"] == nil {
			return found, pages
		}
		query.Set("from", text(t, object, "next"))
	}
}

func TestListOfAccounts(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{
		Now: clock.Now, Connections: []auth0test.Connection{{Name: "google-oauth2"}, {Name: "github", Strategy: "oauth2", Scopes: []string{"repo"}}},
	})
	ada := accountToken(tenant, "auth0|ada", nil)
	if found, pages := listing(t, tenant, ada, "accounts", "id", url.Values{}); len(found) != 0 || pages != 1 {
		t.Errorf("accounts %v of somebody who has none", found)
	}
	var ids []string
	for i := range 5 {
		ids = append(ids, tenant.AddConnectedAccount("ada", "google-oauth2", fmt.Sprintf("%d@gmail.test", i), "mail.read"))
	}
	tenant.AddConnectedAccount("grace", "google-oauth2", "grace@gmail.test")
	github := tenant.AddConnectedAccount("ada", "github", "ada")

	found, pages := listing(t, tenant, ada, "accounts", "id", url.Values{"take": {"2"}})
	if want := slices.Concat(ids, []string{github}); fmt.Sprint(found) != fmt.Sprint(want) || pages != 3 {
		t.Errorf("%d pages with %v, want 3 with %v", pages, found, want)
	}
	if found, _ := listing(t, tenant, ada, "accounts", "id", url.Values{"connection": {"github"}}); fmt.Sprint(found) != fmt.Sprint([]string{github}) {
		t.Errorf("accounts %v of github, want %v", found, github)
	}
	entries, _ := call(t, tenant, http.MethodGet, "/accounts?connection=github", ada, "", nil).json(t)["accounts"].([]any)
	want := map[string]any{
		"id": github, "connection": "github", "access_type": "offline", "scopes": []any{"repo"},
		"created_at": clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
	}
	if fmt.Sprint(entries[0]) != fmt.Sprint(want) {
		t.Errorf("account %v, want %v", entries[0], want)
	}

	// One that is deleted between two pages moves no other one.
	first := call(t, tenant, http.MethodGet, "/accounts?take=2", ada, "", nil).json(t)
	if gone := call(t, tenant, http.MethodDelete, "/accounts/"+ids[0], ada, "", nil); gone.status != http.StatusNoContent || gone.body != "" {
		t.Errorf("status %d: %s", gone.status, gone.body)
	}
	found, _ = listing(t, tenant, ada, "accounts", "id", url.Values{"from": {text(t, first, "next")}})
	if want := slices.Concat(ids[2:], []string{github}); fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("the rest is %v, want %v", found, want)
	}
}

func TestListOfConnections(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t, auth0test.Config{Connections: []auth0test.Connection{
		{Name: "google-oauth2", Scopes: []string{"email", "mail.read"}}, {Name: "work", Strategy: "oidc"}, {Name: "github"},
	}})
	ada := accountToken(tenant, "auth0|ada", nil)
	found, pages := listing(t, tenant, ada, "connections", "name", url.Values{"take": {"1"}})
	if fmt.Sprint(found) != "[google-oauth2 work github]" || pages != 3 {
		t.Errorf("%d pages with %v", pages, found)
	}
	entries, _ := call(t, tenant, http.MethodGet, "/connections", ada, "", nil).json(t)["connections"].([]any)
	want := []any{
		map[string]any{"name": "google-oauth2", "strategy": "google-oauth2", "scopes": []any{"email", "mail.read"}},
		map[string]any{"name": "work", "strategy": "oidc"},
		map[string]any{"name": "github", "strategy": "github"},
	}
	if fmt.Sprint(entries) != fmt.Sprint(want) {
		t.Errorf("connections %v, want %v", entries, want)
	}
}

func TestListIsReadStrictly(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	ada := accountToken(tenant, "auth0|ada", nil)
	tenant.AddConnectedAccount("ada", "google-oauth2", "1")
	tenant.AddConnectedAccount("ada", "google-oauth2", "2")
	next := text(t, call(t, tenant, http.MethodGet, "/accounts?take=1", ada, "", nil).json(t), "next")
	for path, word := range map[string]string{
		"/accounts?take=0": "take", "/accounts?take=101": "take", "/accounts?take=-1": "take", "/accounts?take=x": "take",
		"/accounts?from=guessed": "from", "/connections?from=" + next: "from", "/accounts?from=" + next + "A": "from",
		"/accounts?connection=github": "github", "/connections?connection=google-oauth2": "connection",
		"/accounts?take=1&take=1": "take", "/accounts?page=1": "page", "/accounts?client_id=x": "client_id", "/accounts?%zz": "query",
	} {
		wantProblem(t, call(t, tenant, http.MethodGet, path, ada, "", nil), http.StatusBadRequest, word)
	}
}

func TestAccountIsDeletedByItsPersonAlone(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	id := tenant.AddConnectedAccount("ada", "google-oauth2", "ada@gmail.test")
	refresh := text(t, refreshableLogin(t, tenant), "refresh_token")
	ada, grace := accountToken(tenant, "auth0|ada", nil), accountToken(tenant, "auth0|grace", nil)
	wantProblem(t, call(t, tenant, http.MethodDelete, "/accounts/"+id, grace, "", nil), http.StatusNotFound, "")
	wantProblem(t, call(t, tenant, http.MethodDelete, "/accounts/a%2Fb", ada, "", nil), http.StatusNotFound, "")
	wantProblem(t, call(t, tenant, http.MethodDelete, "/accounts/"+id+"?force=1", ada, "", nil), http.StatusBadRequest, "force")
	granted(t, tenant, connectionForm(refresh, nil))
	if answer := call(t, tenant, http.MethodDelete, "/accounts/"+id, ada, "", nil); answer.status != http.StatusNoContent {
		t.Errorf("status %d: %s", answer.status, answer.body)
	}
	wantProblem(t, call(t, tenant, http.MethodDelete, "/accounts/"+id, ada, "", nil), http.StatusNotFound, "")
	wantRefusal(t, token(t, tenant, connectionForm(refresh, nil)), http.StatusUnauthorized, "federated_connection_refresh_token_not_found")
}

func TestAccountOfATypedName(t *testing.T) {
	t.Parallel()
	tenant := auth0test.Start(t)
	tenant.AddConnectedAccount("somebody", "google-oauth2", "x", "mail.read")
	found, _ := listing(t, tenant, accountToken(tenant, "auth0|somebody", auth0test.Claims{"exp": time.Now().Add(time.Minute)}), "accounts", "connection", url.Values{})
	if fmt.Sprint(found) != "[google-oauth2]" {
		t.Errorf("accounts %v", found)
	}
}
