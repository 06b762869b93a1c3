package oidc

import (
	"time"

	"github.com/gin-auth0/gin-auth0/internal/jws"
	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// IDTokenExpired reports whether an ID token says that its time is over, without leeway
// and without looking at the signature: one that was verified when it came. It is false
// for a text that cannot be read.
func IDTokenExpired(raw string, now time.Time) bool {
	compact, err := jws.Split(raw)
	if err != nil {
		return false
	}
	var exp strictjson.Value
	s := strictjson.Object(compact.Payload)
	for s.Next() {
		if string(s.Name()) == "exp" {
			exp = s.Value()
		}
	}
	date, ok := numericdate.Read(exp)
	return s.Err() == nil && ok && date.Reached(now, 0)
}
