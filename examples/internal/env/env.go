// Package env reads the settings of the examples: from the environment, and from a file .env that fills its gaps.
//
// An empty variable counts as unset. Everything that is wrong is reported at once.
package env

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Text is the value of a variable, or the fallback if it is unset.
func Text(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// List is the value of a variable with commas between its entries.
func List(name string) []string {
	value := os.Getenv(name)
	if value == "" {
		return nil
	}
	entries := strings.Split(value, ",")
	for i, entry := range entries {
		entries[i] = strings.TrimSpace(entry)
	}
	return entries
}

// Problems are what is wrong with the environment: at most one line for each variable.
type Problems struct {
	variables, lines []string
}

// Add reports a problem of a variable. The first one of each variable counts.
func (p *Problems) Add(variable, problem string) {
	if !slices.Contains(p.variables, variable) {
		p.variables = append(p.variables, variable)
		p.lines = append(p.lines, variable+" "+problem)
	}
}

// Port reads the variable PORT. If it is wrong the program goes on with the fallback, to find what else is.
func (p *Problems) Port(fallback string) string {
	port := Text("PORT", fallback)
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		p.Add("PORT", "must be a number from 1 to 65535")
		return fallback
	}
	return port
}

// Err is one error for all problems, nil if there are none.
func (p *Problems) Err() error {
	if len(p.lines) == 0 {
		return nil
	}
	return fmt.Errorf("cannot start:\n  %s", strings.Join(p.lines, "\n  "))
}

// Split takes apart what errors.Join has put together.
func Split(err error) []error {
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &joined):
		return joined.Unwrap()
	}
	return []error{err}
}
