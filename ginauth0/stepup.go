package ginauth0

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// stepUps collects what the guards of one request ask of the login. Checks that
// passed count too: a login that is asked only for what is missing may lose what is
// there, and two checks would send the browser back and forth for ever.
type stepUps struct {
	mu   sync.Mutex
	need StepUpError
}

// add notes a need. Outside of a guard, where s is nil, nobody wants to know.
func (s *stepUps) add(need *StepUpError) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.need.MaxAge = shorter(s.need.MaxAge, need.MaxAge)
	s.need.ACRValues = together(s.need.ACRValues, need.ACRValues)
}

func (s *stepUps) total() *StepUpError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.need.askable()
}

// askable returns a copy in the form in which a tenant can be asked: an age that
// max_age can say, and values without spaces.
func (e *StepUpError) askable() *StepUpError {
	need := &StepUpError{}
	if values := strings.Fields(strings.Join(e.ACRValues, " ")); len(values) > 0 {
		need.ACRValues = values
	}
	if e.MaxAge != nil {
		age := min(max(*e.MaxAge, 0), maxMaxAge*time.Second)
		need.MaxAge = &age
	}
	return need
}

func shorter(a, b *time.Duration) *time.Duration {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// together returns the values that satisfy both lists, each of which means "one of
// these". If there is none it returns all: one list cannot ask for two things.
func together(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	var common, all []string
	for _, value := range slices.Concat(a, b) {
		if slices.Contains(all, value) {
			continue
		}
		all = append(all, value)
		if slices.Contains(a, value) && slices.Contains(b, value) {
			common = append(common, value)
		}
	}
	if common != nil {
		return common
	}
	return all
}

// weakLoginError says that a session passes its checks but for what another login
// can bring.
type weakLoginError struct {
	asked  *StepUpError   // of the next login, for all guards of the request
	lacked []*StepUpError // by the checks that failed
	errs   []error        // what they returned
}

func (e *weakLoginError) Error() string { return errors.Join(e.errs...).Error() }

// Unwrap shows the whole need first.
func (e *weakLoginError) Unwrap() []error { return append([]error{e.asked}, e.errs...) }

// helps reports whether a login can bring what is lacking. If the session has all
// that would be asked for, the tenant would send the browser straight back with the
// same, and round it would go.
func (e *weakLoginError) helps(s *Session) bool {
	tooOld, tooWeak := false, false
	for _, lack := range e.lacked {
		tooOld = tooOld || lack.MaxAge != nil && !s.loggedInWithin(*lack.MaxAge, 0)
		tooWeak = tooWeak || len(lack.ACRValues) > 0 && !s.reached(lack.ACRValues)
	}
	if tooWeak {
		return !s.reached(e.asked.ACRValues)
	}
	return tooOld
}

// runChecks runs all checks, so that nobody is sent to a login that cannot help. The
// error is a *CheckError if one of them refuses the person, a *weakLoginError if only
// the login is not good enough.
func (v *visit) runChecks(checks []Check, session *Session) error {
	if len(checks) == 0 {
		return nil
	}
	judged := *session
	judged.asks = &v.asks
	var weak weakLoginError
	for _, check := range checks {
		err := runCheck(check, &judged)
		if err == nil {
			continue
		}
		var need *StepUpError
		if !errors.As(err, &need) || need == nil {
			return &CheckError{Err: err}
		}
		need = need.askable()
		v.asks.add(need)
		weak.lacked, weak.errs = append(weak.lacked, need), append(weak.errs, err)
	}
	if weak.errs == nil {
		return nil
	}
	weak.asked = v.asks.total()
	return &weak
}

// runCheck lets a panic deny.
func runCheck(check Check, s *Session) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the check panicked")
		}
	}()
	return check(s)
}
