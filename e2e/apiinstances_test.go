package e2e_test

import (
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// instances are two processes of the API, which somebody balances between: clients know them under one URL.
func instances(t *testing.T, env ...string) (d *devTenant, key *proofKey, both [2]*program) {
	t.Helper()
	d = startDevTenant(t, "http://localhost:3000")
	known := newSecrets()
	for i := range both {
		s := &site{tenant: d, known: known, apiPort: freePort(t)}
		both[i] = s.startAPI(t, append(env, "API_BASE_URL="+balanced)...)
	}
	return d, newProofKey(t, known), both
}

const balanced = "https://api.example.test"

func TestAPIInstancesShareTheReplayMemory(t *testing.T) {
	t.Parallel()
	memory := startRedis(t)
	d, key, both := instances(t, "REDIS_URL="+memory.url)
	token := key.token(d)
	fresh := func() []string {
		return bound(token, key.proof(t, http.MethodGet, balanced+"/api/private", token))
	}
	at := func(n int, headers []string) reply { return get(t, both[n].url+"/api/private", headers...) }

	t.Run("one after the other", func(t *testing.T) {
		for n := range both {
			used := fresh()
			at(n, used).wantCode(t, http.StatusOK, "")
			at(1-n, used).wantCode(t, http.StatusUnauthorized, "dpop_proof_replayed")
			at(n, used).wantCode(t, http.StatusUnauthorized, "dpop_proof_replayed")
		}
	})
	t.Run("all at once", func(t *testing.T) {
		used := fresh()
		answers := make(chan reply, 100)
		var wait sync.WaitGroup
		for i := range cap(answers) {
			wait.Go(func() { answers <- at(i%2, used) })
		}
		wait.Wait()
		close(answers)
		passed := 0
		for answer := range answers {
			if answer.status == http.StatusOK {
				passed++
				continue
			}
			answer.wantCode(t, http.StatusUnauthorized, "dpop_proof_replayed")
		}
		if passed != 1 {
			t.Errorf("the proof passed %d times, want 1", passed)
		}
	})
	// An outage of ours is no reason to send clients for new tokens, and those without proofs do not notice.
	wantUnavailable := func(t *testing.T) {
		t.Helper()
		for n := range both {
			begin := time.Now()
			answer := at(n, fresh())
			answer.wantCode(t, http.StatusServiceUnavailable, "replay_store_unavailable")
			if answer.header.Get("Retry-After") != "5" || len(answer.header.Values("WWW-Authenticate")) > 0 {
				t.Errorf("headers %v, want Retry-After 5 and no challenge", answer.header)
			}
			if took := time.Since(begin); took > patience/3 {
				t.Errorf("the answer took %s", took)
			}
			get(t, both[n].url+"/api/private", bearer(d.running.AccessToken(nil))...).wantCode(t, http.StatusOK, "")
		}
	}
	wantBack := func(t *testing.T) {
		t.Helper()
		for n := range both {
			at(n, fresh()).wantCode(t, http.StatusOK, "")
		}
	}
	t.Run("Redis hangs", func(t *testing.T) {
		memory.signal(t, syscall.SIGSTOP)
		defer memory.signal(t, syscall.SIGCONT)
		wantUnavailable(t)
	})
	t.Run("Redis goes on", wantBack)
	t.Run("Redis away", func(t *testing.T) {
		memory.stop(t)
		wantUnavailable(t)
	})
	t.Run("Redis back", func(t *testing.T) {
		memory.start(t)
		wantBack(t)
	})
}

func (p *program) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Without a memory in common each process accepts a proof once, which is what the settings say.
func TestAPIInstancesWithoutRedisAreOnTheirOwn(t *testing.T) {
	t.Parallel()
	d, key, both := instances(t)
	token := key.token(d)
	used := bound(token, key.proof(t, http.MethodGet, balanced+"/api/private", token))
	for _, api := range both {
		get(t, api.url+"/api/private", used...).wantCode(t, http.StatusOK, "")
		get(t, api.url+"/api/private", used...).wantCode(t, http.StatusUnauthorized, "dpop_proof_replayed")
	}
}
