package e2e_test

import (
	"testing"
	"time"
)

// The load tests are not parallel, so that they run before the tests that are: the machine is theirs alone.

// betweenTroubles is how long all is well: longer than the afterglow of the one before, so that there is a time in which 503 is
// no answer, and long enough that each person refreshes.
const betweenTroubles = afterglow + 5*time.Second

// 200 people use two instances while both are deployed anew, one after the other, and Redis is restarted. They may be told
// to come back later. Nobody loses a session, nobody gets another person's, no refresh token is used twice.
func TestLoadWhileThePartsRestart(t *testing.T) {
	s := startStage(t, 10*time.Second)
	s.tenant.slowDown(500 * time.Millisecond) // so that refreshes are under way whenever something stops
	s.crowd(200, false, func() {
		time.Sleep(8 * time.Second) // everybody is there, and has refreshed
		s.restart(0, 4*time.Second)
		time.Sleep(betweenTroubles)
		s.awaitRefreshes(10)
		s.tally.during(redisAway, func() {
			s.redis.stop(t)
			time.Sleep(2 * time.Second)
			s.redis.start(t)
		})
		time.Sleep(betweenTroubles)
		s.restart(1, 2*time.Second)
		time.Sleep(betweenTroubles)
	})
	if _, refused := s.tenant.counts(); refused > 0 {
		t.Errorf("the tenant has refused %d refresh tokens", refused)
	}
	wantLoad(t, s, 45*time.Second)
}

// An instance dies while refreshes are under way at it. The tenant has rotated their refresh tokens, and nobody has the
// new ones: these sessions keep everything else, and a login makes them whole again.
func TestLoadWhileAnInstanceIsKilled(t *testing.T) {
	s := startStage(t, 4*time.Second) // the lock of the dead lapses five seconds later
	s.tenant.slowDown(time.Second)
	var underWay map[string]bool
	s.crowd(200, true, func() {
		time.Sleep(12 * time.Second)
		s.awaitRefreshes(20)
		s.tally.during("instance 0 is dead", func() {
			s.instances[0].kill(t)
			dead := time.Now()
			time.Sleep(2 * time.Second)
			underWay = s.tenant.underWay(dead)
			s.startInstance(0)
		})
		time.Sleep(betweenTroubles) // the lock of the dead has lapsed, and all is well again
	})
	if len(s.tally.cut) == 0 {
		t.Error("nothing was cut off, so nothing is shown")
	}
	for subject, code := range s.tally.cut {
		if code != refreshFailed || !underWay[subject] {
			t.Errorf("%s has lost the refresh token, with %s; under way: %v", subject, code, underWay[subject])
		}
	}
	wantLoad(t, s, 20*time.Second)
}

// wantLoad fails the test unless it has shown something.
func wantLoad(t *testing.T, s *stage, length time.Duration) {
	t.Helper()
	seconds := int(length / time.Second)
	if accepted, _ := s.tenant.counts(); s.tally.requests < 20*seconds || accepted < 2*seconds || s.tally.logouts < len(s.people)/10 {
		t.Errorf("%d requests, %d refreshes and %d logouts are too few to show anything", s.tally.requests, accepted, s.tally.logouts)
	}
}
