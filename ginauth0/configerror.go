package ginauth0

import "fmt"

// ConfigError is one problem of a configuration. [New] and [ConfigFromEnv]
// join all they find.
type ConfigError struct {
	Field    string // path in Config; ctx for the argument of New
	Variable string // that ConfigFromEnv reads the field from, of several the first one; empty if there is none
	Problem  string // what is wrong and how to put it right, in one line; shows no secret
}

// Error names field, variable and problem.
func (e *ConfigError) Error() string {
	if e.Variable == "" {
		return "ginauth0: " + e.Field + " " + e.Problem
	}
	return "ginauth0: " + e.Field + " (" + e.Variable + ") " + e.Problem
}

// problems collects what is wrong with a configuration.
type problems []error

func (p *problems) add(field, format string, args ...any) {
	p.addOf(field, variables[field], format, args...)
}

// addOf is add for a field that comes from another variable than usual.
func (p *problems) addOf(field, variable, format string, args ...any) {
	*p = append(*p, &ConfigError{Field: field, Variable: variable, Problem: fmt.Sprintf(format, args...)})
}

// What several problems say about where to look and what to do.
const (
	inDashboard = "Auth0 dashboard: Applications, your application, Settings"
	makeSecret  = "make one with: openssl rand -hex 32"
	makeKey     = "make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
)
