package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestLoginAndLogout(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "ada"}, "")
	home := a.get("/")
	home.want(t, 200, "/", `data-testid="login" href="/auth/login?returnTo=/profile"`)
	if strings.Contains(home.body, "logout") {
		t.Error("somebody who is not signed in can log out")
	}

	profile := a.get("/auth/login?returnTo=/profile")
	profile.want(t, 200, "/profile", `data-testid="user-name">Ada Lovelace<`, `data-testid="user-email">ada@example.test<`,
		`data-testid="logout" href="/auth/logout"`, `>AL<`, "auth0|ada", "https://api.example.test", "read:messages", "Refresh token")
	if strings.Contains(profile.body, "eyJ") {
		t.Error("there is a token in the page")
	}
	a.get("/").want(t, 200, "/", "Hello, Ada.", `data-testid="logout"`)

	me := a.get("/api/me")
	me.want(t, 200, "/api/me")
	var claims map[string]any
	if err := json.Unmarshal([]byte(me.body), &claims); err != nil || claims["sub"] != "auth0|ada" || claims["name"] != "Ada Lovelace" {
		t.Errorf("%s, %v", me.body, err)
	}

	a.get("/auth/logout").want(t, 200, "", `data-testid="login"`) // the base URL, without a slash
	wantSignedOut(t, a)
}

func wantSignedOut(t *testing.T, a *app) {
	t.Helper()
	r := a.get("/api/me", "Accept", "application/json")
	r.want(t, 401, "/api/me")
	const want = `{"error":"unauthorized","error_description":"Please log in"}`
	if r.body != want || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%s %s, want %s", r.Header.Get("Content-Type"), r.body, want)
	}
}

func TestProgramsWithoutSessionAreRefused(t *testing.T) {
	wantSignedOut(t, startApp(t, auth0test.Config{}, ""))
}

func TestProfileSendsToLoginAndBack(t *testing.T) {
	a := startApp(t, auth0test.Config{AutoApprove: "grace"}, "")
	r := a.get("/profile?from=afar")
	r.want(t, 200, "/profile", "Grace Hopper")
	if r.Request.URL.RawQuery != "from=afar" {
		t.Errorf("the query is %s", r.Request.URL.RawQuery)
	}
}

func TestHealth(t *testing.T) {
	r := startApp(t, auth0test.Config{}, "").get("/healthz")
	r.want(t, 200, "/healthz", `{"status":"ok"}`)
}
