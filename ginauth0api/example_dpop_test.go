package ginauth0api_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/auth0test"
	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

// configured is a Guard of a tenant with further settings.
func configured(tenant *auth0test.Tenant, cfg ginauth0api.Config) *ginauth0api.Guard {
	cfg.Domain, cfg.Audience = tenant.Issuer(), []string{auth0test.DefaultAudience}
	guard, err := ginauth0api.New(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	return guard
}

// prove sends one request with a token and a proof, and prints what comes back. The host is
// that of httptest.
func prove(router http.Handler, path, token, proof string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Authorization", "DPoP "+token)
	request.Header.Set("DPoP", proof)
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, request)
	fmt.Println(recorder.Code, recorder.Body)
	return recorder
}

// The zero Config takes bound tokens with their proof, each proof once. Where all clients
// know how, DPoP may be required.
func ExampleDPoPConfig() {
	tenant := startTenant()
	defer tenant.Close()
	guard := configured(tenant, ginauth0api.Config{DPoP: ginauth0api.DPoPConfig{
		Mode:       ginauth0api.DPoPRequired,
		Algorithms: []string{"ES256", "EdDSA"},
		MaxAge:     time.Minute,
		Leeway:     10 * time.Second,
	}})
	defer guard.Close()
	router := gin.New()
	router.GET("/messages", guard.RequireAuth(), func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		proof, _ := token.Proof()
		c.String(http.StatusOK, "%s, proved %v ago by key %v", token.Scheme(), time.Since(proof.IssuedAt).Truncate(time.Minute), proof.Thumbprint != "")
	})

	key := auth0test.NewProofKey("")
	token := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
	proof := key.Proof(http.MethodGet, "http://example.com/messages", token)
	prove(router, "/messages", token, proof)
	prove(router, "/messages", token, proof) // somebody has seen the request
	call(router, "/messages", tenant.AccessToken(nil))
	// Output:
	// 200 DPoP, proved 0s ago by key true
	// 401 {"error":"invalid_dpop_proof","error_description":"The DPoP proof was used before.","error_code":"dpop_proof_replayed"}
	// 401 {"error":"unauthorized","error_description":"The authorization scheme is not accepted here.","error_code":"scheme_unsupported"}
}

// Money needs DPoP, reading does not. The view shares everything else with its Guard.
func ExampleGuard_WithDPoP() {
	tenant := startTenant()
	defer tenant.Close()
	guard := startGuard(tenant)
	defer guard.Close()

	done := func(c *gin.Context) {
		token, _ := ginauth0api.TokenFrom(c)
		c.String(http.StatusOK, string(token.Scheme()))
	}
	router := gin.New()
	router.GET("/balance", guard.WithDPoP(ginauth0api.DPoPAllowed).RequireAuth(), done) // as the zero Config has it
	router.GET("/transfer", guard.WithDPoP(ginauth0api.DPoPRequired).RequireAuth(), done)
	router.GET("/rates", guard.WithDPoP(ginauth0api.DPoPDisabled).RequireAuth(), done)

	key := auth0test.NewProofKey("")
	bound := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
	prove(router, "/transfer", bound, key.Proof(http.MethodGet, "http://example.com/transfer", bound))
	free := tenant.AccessToken(nil)
	call(router, "/balance", free)
	call(router, "/rates", free)
	call(router, "/rates", bound) // without its proof it is worth nothing anywhere
	// Output:
	// 200 DPoP
	// 200 Bearer
	// 200 Bearer
	// 401 {"error":"invalid_token","error_description":"The access token is bound to a DPoP key and needs the DPoP scheme.","error_code":"token_bound"}
}

// On the way to DPoP: clients have bound tokens already, but send them without a proof.
// That gives the binding up.
func ExampleDPoPConfig_onTheWay() {
	tenant := startTenant()
	defer tenant.Close()
	guard := configured(tenant, ginauth0api.Config{DPoP: ginauth0api.DPoPConfig{
		Mode:                    ginauth0api.DPoPDisabled,
		AllowBoundTokenAsBearer: true,
	}})
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })

	key := auth0test.NewProofKey("")
	call(router, "/", tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()}))
	// Output: 200 in
}

// A client proves that it has just spoken with this API: its proof carries a nonce that the
// API has given it. Instances that share the keys take each other's nonces.
func ExampleNonceConfig() {
	tenant := startTenant()
	defer tenant.Close()
	guard := configured(tenant, ginauth0api.Config{DPoP: ginauth0api.DPoPConfig{
		Nonce: ginauth0api.NonceConfig{
			Keys:     []ginauth0api.Secret{"made with: openssl rand -hex 32 ..."},
			Lifetime: 2 * time.Minute,
		},
	}})
	defer guard.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })

	key := auth0test.NewProofKey("")
	token := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
	const url = "http://example.com/"
	answer := prove(router, "/", token, key.Proof(http.MethodGet, url, token))
	prove(router, "/", token, key.Proof(http.MethodGet, url, token, auth0test.Claims{"nonce": answer.Header().Get("DPoP-Nonce")}))
	// Output:
	// 401 {"error":"use_dpop_nonce","error_description":"The DPoP proof must carry a nonce from this API.","error_code":"dpop_nonce_required"}
	// 200 in
}

// Room for the proofs of five minutes, where there are few requests. Several instances of an
// API need a memory in common instead: redisstore.NewReplayStore, or one of your own.
func ExampleNewMemoryReplayStore() {
	proofs, err := ginauth0api.NewMemoryReplayStore(10_000)
	if err != nil {
		log.Fatal(err)
	}
	guard, err := ginauth0api.New(context.Background(), ginauth0api.Config{
		Domain:   "tenant.eu.auth0.com",
		Audience: []string{"https://api.example.com"},
		DPoP:     ginauth0api.DPoPConfig{ReplayStore: proofs},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer guard.Close()

	_, err = ginauth0api.NewMemoryReplayStore(0)
	fmt.Println(err != nil)
	// Output: true
}

// What happens when the memory of proofs fails, or is full as here.
func ExampleDPoPConfig_fullMemory() {
	tenant := startTenant()
	defer tenant.Close()
	proofs, err := ginauth0api.NewMemoryReplayStore(1) // far too small
	if err != nil {
		log.Fatal(err)
	}
	guard := configured(tenant, ginauth0api.Config{DPoP: ginauth0api.DPoPConfig{ReplayStore: proofs}})
	defer guard.Close()
	careless := configured(tenant, ginauth0api.Config{DPoP: ginauth0api.DPoPConfig{
		ReplayStore:             proofs,
		AllowReplayStoreFailure: true, // while the memory fails, proofs can be used again
	}})
	defer careless.Close()
	router := gin.New()
	router.GET("/", guard.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })
	router.GET("/careless", careless.RequireAuth(), func(c *gin.Context) { c.String(http.StatusOK, "in") })

	key := auth0test.NewProofKey("")
	token := tenant.AccessToken(auth0test.Claims{"cnf": key.Confirmation()})
	prove(router, "/", token, key.Proof(http.MethodGet, "http://example.com/", token))
	prove(router, "/", token, key.Proof(http.MethodGet, "http://example.com/", token))
	prove(router, "/careless", token, key.Proof(http.MethodGet, "http://example.com/careless", token))
	// Output:
	// 200 in
	// 503 {"error":"temporarily_unavailable","error_description":"Replay protection is not available at the moment.","error_code":"replay_store_unavailable"}
	// 200 in
}

// A memory of your own has one method, which must be atomic for everybody who shares it.
func ExampleReplayStore() {
	var proofs ginauth0api.ReplayStore = rememberAll{}
	fmt.Println(proofs.Remember(context.Background(), "key of a proof", 5*time.Minute))
	fmt.Println(proofs.Remember(context.Background(), "key of a proof", 5*time.Minute))
	// Output:
	// true <nil>
	// false <nil>
}

// rememberAll forgets nothing, and serves one request at a time.
type rememberAll map[string]bool

func (m rememberAll) Remember(_ context.Context, key string, _ time.Duration) (fresh bool, err error) {
	fresh = !m[key]
	m[key] = true
	return fresh, nil
}
