// Package redisstore keeps in Redis what several instances of an application
// must know together. [ReplayStore] remembers the DPoP proofs that were used, for
// package ginauth0api.
//
// The client is the application's own: a single node, Sentinel or Cluster, with
// its addresses, credentials and TLS. Nothing here closes it.
package redisstore
