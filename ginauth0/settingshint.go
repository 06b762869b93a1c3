package ginauth0

import (
	"fmt"
	"net/http"
)

// wrongSecret reports whether an endpoint did not believe that the request is of this
// client: invalid_client (RFC 6749 section 5.2), or what Auth0 says in its place. (A poll
// by CIBA is answered so when the person says no: BackchannelRequest.pending.)
func (e *ProviderError) wrongSecret() bool {
	return e.Code == "invalid_client" || e.Code == "access_denied" && e.Status == http.StatusUnauthorized
}

// refusesClient reports whether an endpoint refused this client, whoever wants to log in
// and whatever it asks for.
func (e *ProviderError) refusesClient() bool {
	return e.wrongSecret() || e.Code == "unauthorized_client"
}

// withSettings adds to a refusal, for the log, which settings to look at: the tenant's
// words are not shown, and their codes say little. Others are as they were.
func withSettings(e *ProviderError) error {
	switch {
	case e.wrongSecret():
		return fmt.Errorf("%w: look at ClientID (%s) and ClientSecret (%s), or the key of ClientAssertion (%s)", e,
			variables["ClientID"], variables["ClientSecret"], variables["ClientAssertion.Key"])
	case e.Code == "unauthorized_client":
		return fmt.Errorf("%w: look at ClientID (%s), and at the tenant for the grant types, APIs and callback URLs of the application", e,
			variables["ClientID"])
	}
	return e
}
