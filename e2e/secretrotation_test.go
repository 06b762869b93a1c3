package e2e_test

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

const nextCookieSecret = "the-next-cookie-secret-of-the-e2e-tests-is-long"

// rotationSteps are what the page has in AUTH0_SECRET, step by step.
func rotationSteps(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/secret-rotation.md")
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	secrets := strings.NewReplacer("old", cookieSecret, "new", nextCookieSecret)
	for _, row := range regexp.MustCompile("(?m)^\\| \\d \\| `([a-z,]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		steps = append(steps, secrets.Replace(row[1]))
	}
	if len(steps) < 2 || steps[len(steps)-1] != nextCookieSecret {
		t.Fatalf("the page has %d steps, or they do not end with the new secret alone", len(steps))
	}
	return steps
}

// Two instances are deployed again and again, one after the other, with the secrets that docs/secret-rotation.md has, and
// somebody who is signed in stays so at both.
func TestSecretIsRotatedAsThePageSays(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"cookies", "Redis"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			s := &site{known: newSecrets(), webappPort: freePort(t)}
			d := startDevTenant(t, s.webapp())
			s.tenant = d
			s.known.add("a cookie secret", cookieSecret)
			s.known.add("the next cookie secret", nextCookieSecret)
			redis := ""
			if place == "Redis" {
				redis = startRedis(t).url
			}
			ports := [2]int{s.webappPort, freePort(t)}
			deploy := func(node int, secrets string) *program {
				return s.startInstance(t, ports[node], "AUTH0_SECRET="+secrets, "REDIS_URL="+redis)
			}
			instances := [2]*program{deploy(0, cookieSecret), deploy(1, cookieSecret)}
			client := &http.Client{}
			d.running.Login(t, client, "ada")
			ask(t, client, newRequest(t, instances[0].url+"/profile"), "Accept", "text/html").want(t, http.StatusOK, "")

			for step, secrets := range rotationSteps(t) {
				for node := range instances {
					instances[node].stop(t)
					instances[node] = deploy(node, secrets)
					for _, instance := range instances {
						if reply := ask(t, client, newRequest(t, instance.url+"/api/me"), "Accept", "application/json"); reply.status != http.StatusOK {
							t.Fatalf("step %d, instance %d deployed: %s says %d %s", step+1, node, instance.url, reply.status, reply.body)
						}
					}
				}
			}
			// The old secret is gone, and whoever is sealed with the new one has not noticed.
			at, err := url.Parse(s.webapp())
			if err != nil || len(client.Jar.Cookies(at)) == 0 {
				t.Error("the browser has no cookie, so nothing is shown")
			}
		})
	}
}
