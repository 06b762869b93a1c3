package auth0test

import (
	"net/http"
	"slices"
)

// serveDiscovery is the provider's metadata: OpenID Connect Discovery section 3 and RFC 8414 section 2.
// It promises only what is there.
func (t *Tenant) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	base := t.URL()
	scopes := append([]string{}, openIDScopes...)
	document := map[string]any{
		"issuer":                                           t.Issuer(),
		"authorization_endpoint":                           base + pathAuthorize,
		"token_endpoint":                                   base + pathToken,
		"pushed_authorization_request_endpoint":            base + pathPushed,
		"backchannel_authentication_endpoint":              base + pathBackchannel,
		"backchannel_token_delivery_modes_supported":       []string{"poll"},
		"backchannel_user_code_parameter_supported":        false,
		"revocation_endpoint":                              base + pathRevoke,
		"userinfo_endpoint":                                base + pathUserinfo,
		"jwks_uri":                                         base + pathKeys,
		"end_session_endpoint":                             base + pathOIDCLogout,
		"scopes_supported":                                 scopes,
		"claims_supported":                                 supportedClaims(),
		"claims_parameter_supported":                       false,
		"request_parameter_supported":                      false,
		"request_uri_parameter_supported":                  false,
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"grant_types_supported":                            supportedGrants(),
		"prompt_values_supported":                          []string{"none", "login", "consent", "select_account"},
		"subject_types_supported":                          []string{"public"},
		"code_challenge_methods_supported":                 []string{"S256"},
		"token_endpoint_auth_methods_supported":            []string{"client_secret_post", "client_secret_basic", "private_key_jwt", "none"},
		"token_endpoint_auth_signing_alg_values_supported": slices.Clone(assertionAlgorithms),
		"id_token_signing_alg_values_supported":            []string{"RS256"},
		"dpop_signing_alg_values_supported":                slices.Clone(proofAlgorithms),
		"authorization_response_iss_parameter_supported":   true,
		"backchannel_logout_supported":                     true,
		"backchannel_logout_session_supported":             true,
		"auth0test":                                        true,
	}
	if types := t.detailsTypes(); len(types) > 0 {
		document["authorization_details_types_supported"] = types // RFC 9396 section 10
	}
	if t.cfg.SecondFactor {
		document["acr_values_supported"] = []string{multiFactor}
	}
	t.servePublic(w, document, t.edit().discovery)
}

func supportedGrants() []string {
	var names []string
	for _, g := range grantTypes {
		names = append(names, g.name)
	}
	return names
}

func supportedClaims() []string {
	claims := []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "acr", "amr"}
	return append(append(claims, profileClaims...), emailClaims...)
}

// servePublic answers with a document that everybody may keep for a moment. A Fault that calls next may
// have set its own Cache-Control.
func (t *Tenant) servePublic(w http.ResponseWriter, document map[string]any, edit func(map[string]any)) {
	if edit != nil {
		edit(document)
	}
	if w.Header().Get(headerCache) == "" {
		w.Header().Set(headerCache, cachePublicBrief)
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	writeJSON(w, http.StatusOK, document)
}
