package ginauth0api

import "time"

// SetClock gives a Guard another clock.
func SetClock(g *Guard, now func() time.Time) { g.now = now }

// ForgetProofs gives a Guard an empty memory of proofs.
func ForgetProofs(g *Guard) { g.proofs.replay = newReplayMemory() }
