package ginauth0api

import "github.com/gin-auth0/gin-auth0/internal/dpop"

// NewMemoryReplayStore returns a [ReplayStore] in the memory of this process, for at
// most capacity proofs at a time; a capacity below 1 is a *[ConfigError]. A proof
// takes 40 to 80 bytes for as long as it is remembered. It is never given up for
// another: when the memory is full, Remember returns an error. One proof key may
// fill a quarter of the capacity, rounded up; beyond that its own proofs get an
// error, those of others do not.
//
// It is for APIs that run as one process. With several instances each would accept
// a proof once, as would an instance that was restarted: give them a store that
// they share, such as that of redisstore.NewReplayStore.
func NewMemoryReplayStore(capacity int) (ReplayStore, error) {
	memory, err := dpop.NewReplayMemory(capacity)
	if err != nil {
		return nil, &ConfigError{Field: "capacity", Problem: "must be at least 1"}
	}
	return memory, nil
}
