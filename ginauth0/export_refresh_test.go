package ginauth0

import (
	"encoding/json"
	"time"
)

// LockGrace sets how much longer than a refresh its lock lives.
func (a *Auth) LockGrace(d time.Duration) { a.refresher.grace = d }

// SlowLook sets how long a refresh may look before it asks the tenant.
func (a *Auth) SlowLook(d time.Duration) { a.refresher.slow = d }

// KeptResults counts the results of refreshes that are kept in this process.
func (a *Auth) KeptResults() int {
	a.refresher.kept.mu.Lock()
	defer a.refresher.kept.mu.Unlock()
	return len(a.refresher.kept.byKey)
}

// OpenMFA opens what stands for an mfa_token.
func (a *Auth) OpenMFA(sealed string) (string, bool) {
	opened, err := a.settings.ring.Box(mfaPurpose).Open(mfaPurpose, sealed, a.now())
	var held sealedMFA
	if err != nil || json.Unmarshal(opened.Payload, &held) != nil || held.RID == "" {
		return "", false
	}
	return held.Token, true
}

// WaitingForRefresh counts the callers that wait for a run.
func (a *Auth) WaitingForRefresh() int {
	q := a.refresher.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, run := range q.runs {
		n += run.waiting
	}
	return n
}
