// Package storetest tests stores for ginauth0: a session store of
// gin-contrib/sessions that you want to use as Config.Session.Store, a
// ginauth0.LogoutStore or a ginauth0.RefreshLock of your own. Call one function
// in a test of yours, with a function that opens the store:
//
//	func TestOurSessions(t *testing.T) {
//		storetest.Sessions(t, func(t testing.TB) sessions.Store { return openOurs(t) })
//	}
//
// Each check is a subtest with a fresh call of that function, which may return
// the same store every time: all keys are random. Run the tests with -race, since
// all these interfaces are used by many requests at once.
//
// The tests hold a store to what ginauth0 needs of it and to nothing else. A
// store that passes [Sessions] may still refuse long sessions: the test logs up to
// which size it takes them.
package storetest
