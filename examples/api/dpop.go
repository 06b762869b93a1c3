package main

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"

	"github.com/gin-auth0/gin-auth0/examples/internal/env"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// dpopMode reads AUTH0_DPOP.
func dpopMode(p *env.Problems) ginauth0api.DPoPMode {
	switch env.Text("AUTH0_DPOP", "allowed") {
	case "allowed":
		return ginauth0api.DPoPAllowed
	case "required":
		return ginauth0api.DPoPRequired
	case "disabled":
		return ginauth0api.DPoPDisabled
	}
	p.Add("AUTH0_DPOP", "must be allowed, required or disabled for the API; true and false are for the web app, and each program needs its own value")
	return ginauth0api.DPoPAllowed
}

// nonceKeys are the keys of DPoP nonces, if AUTH0_DPOP_NONCE asks for them. They are made from AUTH0_SECRET, so that all
// instances that have it accept each other's nonces. Without it the key is this process's own.
func nonceKeys(p *env.Problems, mode ginauth0api.DPoPMode) (keys []ginauth0api.Secret, own bool) {
	switch env.Text("AUTH0_DPOP_NONCE", "false") {
	case "false":
		return nil, false
	case "true":
	default:
		p.Add("AUTH0_DPOP_NONCE", "must be true or false")
		return nil, false
	}
	if mode == ginauth0api.DPoPDisabled {
		p.Add("AUTH0_DPOP_NONCE", "needs DPoP, which AUTH0_DPOP=disabled turns off")
	}
	secrets := env.List("AUTH0_SECRET")
	if secrets == nil {
		return []ginauth0api.Secret{ginauth0api.Secret(rand.Text() + rand.Text())}, true
	}
	for _, secret := range secrets {
		// Not the secret itself: whoever has AUTH0_SECRET from a web app uses it to seal cookies there.
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "examples/api DPoP nonces", sha256.Size)
		if err != nil || len(secret) < 32 {
			p.Add("AUTH0_SECRET", "needs 32 bytes or more in each entry; make one with: openssl rand -hex 32")
		}
		keys = append(keys, ginauth0api.Secret(key))
	}
	return keys, false
}
