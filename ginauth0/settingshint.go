package ginauth0

import (
	"fmt"
	"net/http"
)

// withSettings adds to a refusal, for the log, which settings to look at: the tenant's
// words are not shown, and their codes say little. Others are as they were.
func withSettings(e *ProviderError) error {
	switch {
	case e.Code == "invalid_client",
		e.Code == "access_denied" && e.Status == http.StatusUnauthorized: // Auth0's word for a wrong secret
		return fmt.Errorf("%w: look at ClientID (%s) and ClientSecret (%s), or the key of ClientAssertion (%s)", e,
			variables["ClientID"], variables["ClientSecret"], variables["ClientAssertion.Key"])
	case e.Code == "unauthorized_client":
		return fmt.Errorf("%w: look at ClientID (%s), and at the tenant for the grant types, APIs and callback URLs of the application", e,
			variables["ClientID"])
	}
	return e
}
