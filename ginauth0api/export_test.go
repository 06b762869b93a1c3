package ginauth0api

import "time"

// SetClock gives a Guard another clock.
func SetClock(g *Guard, now func() time.Time) { g.now = now }
