package ginauth0

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// loginParams decides what a login asks for: options beat the query, the query beats the
// configuration. acrValues are those that the program asks for, which are enforced.
func (s *settings) loginParams(o LoginOptions, query map[string]string) (params map[string]string, acrValues []string, err error) {
	if err := checkPresent(query); err != nil {
		return nil, nil, err
	}
	if asked := query["organization"]; asked != "" && s.Organization != "" && asked != s.Organization && o.Organization == "" {
		return nil, nil, badRequest("another organization than the configured one")
	}
	params = mergeParams(s.AuthorizationParams, query, o.Params)
	if err := checkPresent(params); err != nil {
		return nil, nil, err
	}
	acrValues = s.setACRValues(params, o)
	if s.Organization != "" {
		params["organization"] = s.Organization
	}
	if o.Organization != "" {
		params["organization"] = o.Organization
	}
	if o.Invitation != "" {
		params["invitation"] = o.Invitation
	}
	if params["invitation"] != "" && params["organization"] == "" {
		return nil, nil, badRequest("an invitation without an organization")
	}
	if len(o.AuthorizationDetails) > 0 {
		params["authorization_details"] = string(o.AuthorizationDetails)
	}
	if err := checkAuthorizationDetails(params); err != nil {
		return nil, nil, err
	}
	if o.MaxAge != nil {
		if *o.MaxAge < 0 {
			return nil, nil, badRequest("MaxAge is negative")
		}
		params["max_age"] = strconv.FormatInt(int64(*o.MaxAge/time.Second), 10)
	}
	return params, acrValues, nil
}

// setACRValues lets the program's acr_values go before those of the query, and returns
// them.
func (s *settings) setACRValues(params map[string]string, o LoginOptions) []string {
	configured, pinned := s.AuthorizationParams["acr_values"]
	if pinned {
		params["acr_values"] = configured // enforced, so not for the query to choose
	}
	enforced := strings.Fields(configured)
	if asked, ok := o.Params["acr_values"]; ok {
		params["acr_values"] = asked
		enforced = strings.Fields(asked)
	}
	if o.ACRValues != nil {
		params["acr_values"] = strings.Join(o.ACRValues, " ")
		enforced = slices.Clone(o.ACRValues)
	}
	return enforced
}

// mergeParams copies the parameters of each set over those before it.
func mergeParams(sets ...map[string]string) map[string]string {
	merged := map[string]string{}
	for _, set := range sets {
		for name, value := range set {
			if !slices.Contains(ownedParams, name) {
				merged[name] = value
			}
		}
	}
	return merged
}
