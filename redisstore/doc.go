// Package redisstore keeps in Redis what several instances of an application
// must know together.
//
// # Sessions and logouts
//
// [Store] is for package ginauth0. As its session store it keeps each session in a
// row of its own, and brings the memory of logouts and the lock for refreshes with
// it:
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379", ContextTimeoutEnabled: true})
//	store, err := redisstore.New(client, redisstore.Config{Secrets: cfg.Secrets})
//	if err != nil {
//		return err
//	}
//	cfg.Session.Store = store
//	auth, err := ginauth0.New(ctx, cfg)
//
// Sessions may stay in cookies: then [Store.LogoutStore] and [Store.RefreshLock] alone
// are for Config.LogoutStore and Config.RefreshLock. Under other session names the
// store is one of gin-contrib/sessions, for the application's own data.
//
// # DPoP proofs
//
// [ReplayStore] is for package ginauth0api: it remembers which proofs were used, so that
// each is good for one use at all instances together (DPoPConfig.ReplayStore). It needs
// no secrets and keeps no sessions.
//
// # What Redis must be like
//
// The client is the application's own: a single node, Sentinel or Cluster, with
// its addresses, credentials and TLS. Nothing here closes it. Set
// ContextTimeoutEnabled in its options, and maxmemory-policy to noeviction in Redis:
// with any other policy a full Redis forgets logouts and proofs. [Store] says more.
//
// # Errors
//
// A Redis that does not answer is an error, which ginauth0 and ginauth0api answer with
// 503, and never as if nobody were signed in. [ErrSessionGone] is the one error that a
// program may want to know. No error shows a key, an address or a value in its
// text. Unwrap gives the error of go-redis, which may.
package redisstore
