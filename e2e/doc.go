// Package e2e tests the examples from outside, as programs: a real browser logs in and out, against the
// development tenant of auth0test and against node oidc-provider, which others wrote and certified. The API stands
// behind a real nginx, shares a real Redis between its processes, and gets DPoP proofs that go-jose made. Two instances of
// a web app share their sessions likewise: a logout at the provider ends them at both, and 200 people use them while they,
// and Redis, are restarted. The web app calls the API in the name of whoever is signed in, and a program in this process uses
// what oidc-provider has of PAR, DPoP with nonces, private_key_jwt, RAR and CIBA.
//
// It has its own go.mod, so that nobody who uses the module downloads a browser driver. Run it with "make e2e",
// which installs Chromium, Redis, nginx, Node and oidc-provider where they are missing. TestScreenshots makes
// the pictures of docs/img.
package e2e
