// Package redisstore keeps in Redis what several instances of an application
// must know together. [Store] keeps sessions, logout marks and refresh locks, for
// package ginauth0; [ReplayStore] remembers the DPoP proofs that were used, for
// package ginauth0api.
//
// The client is the application's own: a single node, Sentinel or Cluster, with
// its addresses, credentials and TLS. Nothing here closes it.
//
// No error shows a key, an address or a value in its text. Unwrap gives the error of
// go-redis, which may.
package redisstore
