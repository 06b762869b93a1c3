package redisstore

import "time"

// SetClock changes the clock of a store that nobody uses yet.
func (s *Store) SetClock(now func() time.Time) { s.now = now }
