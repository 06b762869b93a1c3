package ginauth0

import (
	"container/list"
	"sync"
	"time"
)

// Limits of kept results. They are kept since a browser may never have received the
// answer with a rotated refresh token, and comes with the old one.
const (
	resultLifetime = 15 * time.Minute
	maxResults     = 10_000
)

// keptResults are what refreshes in this process brought lately.
type keptResults struct {
	mu    sync.Mutex // of what follows
	byKey map[resultKey]*list.Element
	order list.List // of *keptResult; the oldest, which ends first, in front
}

type keptResult struct {
	key    resultKey
	rid    string
	ends   time.Time
	result *refreshed
}

func newKeptResults() *keptResults { return &keptResults{byKey: map[resultKey]*list.Element{}} }

// find returns the result under a key, nil if there is none.
func (k *keptResults) find(key resultKey, now time.Time) *refreshed {
	k.mu.Lock()
	defer k.mu.Unlock()
	element := k.byKey[key]
	if element == nil {
		return nil
	}
	kept, _ := element.Value.(*keptResult)
	if !now.Before(kept.ends) {
		return nil
	}
	return kept.result
}

// keep puts a result under a key, in place of an earlier one.
func (k *keptResults) keep(key resultKey, rid string, result *refreshed, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if element := k.byKey[key]; element != nil {
		k.drop(element)
	}
	k.byKey[key] = k.order.PushBack(&keptResult{key: key, rid: rid, ends: now.Add(resultLifetime), result: result})
	for oldest := k.order.Front(); oldest != nil; oldest = k.order.Front() {
		kept, _ := oldest.Value.(*keptResult)
		if k.order.Len() <= maxResults && now.Before(kept.ends) {
			return
		}
		k.drop(oldest)
	}
}

// forget drops the results of a session.
func (k *keptResults) forget(rid string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for element := k.order.Front(); element != nil; {
		next := element.Next()
		if kept, _ := element.Value.(*keptResult); kept.rid == rid {
			k.drop(element)
		}
		element = next
	}
}

// drop removes a result. The lock is held.
func (k *keptResults) drop(element *list.Element) {
	kept, _ := k.order.Remove(element).(*keptResult)
	delete(k.byKey, kept.key)
}
