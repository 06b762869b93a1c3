package main

import (
	"crypto/rand"
	"maps"
	"sync"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0"
)

// question is a login that waits for its person to confirm it on a device of their own (OpenID Connect CIBA).
type question struct {
	request ginauth0.BackchannelRequest
	due     time.Time // for the next look at the answer
	message string    // on both screens, so that the person sees that they belong together
}

// questions are those of everybody, by an id that only the browser has in which the question was asked: whoever looks at the
// answer first gets the new session, and an older session of the same person elsewhere must not be who does. An app of several
// instances keeps them where all find them.
type questions struct {
	mu sync.Mutex
	of map[string]question
}

// add keeps a new question, and returns its id.
func (q *questions) add(request ginauth0.BackchannelRequest, message string) (id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(q.of, func(_ string, old question) bool { return now.After(old.request.ExpiresAt) })
	id = rand.Text()
	q.of[id] = question{request: request, due: now.Add(request.Interval), message: message}
	return id
}

// open reports whether a question may still be answered.
func (q *questions) open(id, subject string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked, found := q.of[id]
	return found && asked.request.Subject == subject && time.Now().Before(asked.request.ExpiresAt)
}

// next returns a question of this person. due is true once in each interval.
func (q *questions) next(id, subject string) (asked question, found, due bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked, found = q.of[id]
	if !found || asked.request.Subject != subject {
		return question{}, false, false
	}
	if now := time.Now(); !now.Before(asked.due) {
		due = true
		asked.due = now.Add(asked.request.Interval)
		q.of[id] = asked
	}
	return asked, true, due
}

// wait keeps what the next look is to ask with. A question that another tab has ended meanwhile stays ended.
func (q *questions) wait(id string, polled, next ginauth0.BackchannelRequest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if asked, found := q.of[id]; found && asked.request.ID == polled.ID {
		asked.request, asked.due = next, time.Now().Add(next.Interval)
		q.of[id] = asked
	}
}

// drop ends the question that was asked with this request, and no other.
func (q *questions) drop(id string, polled ginauth0.BackchannelRequest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of[id].request.ID == polled.ID {
		delete(q.of, id)
	}
}
