// Package redisstore keeps in Redis what several instances of a program must share.
package redisstore
