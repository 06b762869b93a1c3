package devtenant

import (
	"fmt"
	"net/url"

	"github.com/gin-auth0/gin-auth0/examples/internal/env"
)

// Allowed returns nil if a program that listens on host, and is known under these URLs, is out of reach for everybody
// but this machine. Otherwise the error says what is wrong with the setting, and it is AUTH0_DOMAIN that is missing.
// The variable is the one that holds the URLs.
func Allowed(host, variable string, urls ...string) error {
	const lacks = "is not set. Set it to your tenant, such as tenant.eu.auth0.com. " +
		"(The development tenant lets anybody be anybody, so it does not start when %s is not a loopback name.)"
	if !env.Loopback(host) {
		return fmt.Errorf(lacks, "HOST")
	}
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || !env.Loopback(u.Hostname()) {
			return fmt.Errorf(lacks, "the host of "+variable)
		}
	}
	return nil
}
