package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// redisAway is the name of the time in which Redis restarts.
const redisAway = "Redis is away"

// stage is what a load test needs: two instances of loadapp behind nginx, which share a Redis that writes everything down
// at once, and a tenant.
type stage struct {
	t         *testing.T
	tenant    *watchedTenant
	redis     *redisServer
	ports     [2]int
	instances [2]*program
	known     *secrets
	tally     *tally
	transport *http.Transport
	people    []*person
	timeout   time.Duration // what the instances allow for a refresh
}

func startStage(t *testing.T, timeout time.Duration) *stage {
	t.Helper()
	s := &stage{
		t: t, known: newSecrets(), tally: newTally(), tenant: startWatchedTenant(t, publicURL),
		redis: startRedis(t, "--appendonly", "yes", "--appendfsync", "always", "--dir", quickDir(t)),
		ports: [2]int{freePort(t), freePort(t)}, timeout: timeout,
	}
	s.known.add("the client secret", clientSecret)
	s.known.add("the cookie secret", cookieSecret)
	edge := startBalancer(t, freePort(t), s.ports[:]...)
	s.transport = edge.clients["HTTP/1.1"].Transport.(*http.Transport).Clone()
	s.transport.MaxIdleConnsPerHost = 1000
	t.Cleanup(s.transport.CloseIdleConnections)
	for i := range s.instances {
		s.startInstance(i)
	}
	return s
}

// quickDir returns an empty directory in memory, if the machine has such a place. On a disk an fsync waits for all that
// others have written, for seconds after a build: Redis would be away once more, at a time of its own.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "gin-auth0-e2e-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *stage) startInstance(i int) {
	s.t.Helper()
	s.instances[i] = startServing(s.t, "loadapp", loadapp, s.known, s.ports[i],
		fmt.Sprintf("PORT=%d", s.ports[i]),
		"APP_BASE_URL="+publicURL,
		"AUTH0_DOMAIN="+s.tenant.Issuer(),
		"AUTH0_CLIENT_ID="+clientID,
		"AUTH0_CLIENT_SECRET="+clientSecret,
		"AUTH0_SECRET="+cookieSecret,
		"AUTH0_AUDIENCE="+audience,
		"AUTH0_SCOPE=openid profile offline_access read:messages",
		"TENANT_TIMEOUT="+s.timeout.String(),
		"REDIS_URL="+s.redis.url,
	)
}

// crowd lets so many people use the web app while the scenario goes on. Then they finish, and all must be well.
func (s *stage) crowd(count int, mayBeCut bool, scenario func()) {
	s.t.Helper()
	done := make(chan struct{})
	stop := sync.OnceFunc(func() { close(done) })
	var living, finishing sync.WaitGroup
	s.t.Cleanup(func() { // if the scenario ends the test
		stop()
		living.Wait()
	})
	for number := range count {
		p := newPerson(s.t, number, s.transport, s.tally, s.known)
		p.mayBeCut = mayBeCut
		s.people = append(s.people, p)
		living.Go(func() { p.live(done) })
	}
	scenario()
	stop()
	living.Wait()
	for _, p := range s.people {
		p.mayBeCut = false
		finishing.Go(p.finish)
	}
	finishing.Wait()
	s.tally.report(s.t, s.tenant)
}

// awaitRefreshes returns when so many refreshes are under way at once.
func (s *stage) awaitRefreshes(count int) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); s.tenant.onTheirWay() < count; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("there are never %d refreshes at once", count)
		}
	}
}

// restart stops an instance as a deployment does, and starts it again.
func (s *stage) restart(i int, away time.Duration) {
	s.tally.during(fmt.Sprintf("instance %d is away", i), func() {
		s.awaitRefreshes(5)
		s.instances[i].stop(s.t)
		time.Sleep(away)
		s.startInstance(i)
	})
}
