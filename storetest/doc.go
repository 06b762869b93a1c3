// Package storetest tests stores for ginauth0: whether a session store of
// gin-contrib/sessions will do as SessionConfig.Store, and whether a
// [ginauth0.LogoutStore] or a [ginauth0.RefreshLock] of your own keeps its promises.
//
// Call one function in a test of yours, with a function that opens the store:
//
//	func TestOurSessions(t *testing.T) {
//		storetest.Sessions(t, func(t testing.TB) sessions.Store { return openOurs(t) })
//	}
//
// Each check is a subtest with a fresh call of that function, which may return
// the same store every time: all keys are random. Run the tests with -race, since
// all these interfaces are used by many requests at once.
//
// [LogoutStore] and [RefreshLock] let time pass, a few seconds in all. A store with a
// clock of its own need not sleep for it.
//
// # What a failure means
//
// A subtest is named for the promise that the store breaks, such as "one at a time has
// the lock". The tests hold a store to what ginauth0 needs of it and to nothing else. A
// store that passes [Sessions] may still refuse long sessions: the test logs up to
// which size it takes them.
package storetest
