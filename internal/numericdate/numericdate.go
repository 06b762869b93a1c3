// Package numericdate reads the times of JSON Web Tokens and compares them with a
// clock.
package numericdate

import (
	"math"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// Date is a NumericDate (RFC 7519 section 2): seconds since 1970, fractions
// included. The zero Date is absent. float64 is exact to the microsecond for
// centuries and cannot overflow in the comparisons.
type Date struct {
	Seconds float64
	Present bool
}

// latest is the last second that float64 counts without gaps.
const latest = 1 << 53

// Read reads a claim. It reports false for one that is there and is not a number
// of at most 2^53, before or after 1970.
func Read(claim strictjson.Value) (Date, bool) {
	if claim.Kind == strictjson.Invalid {
		return Date{}, true
	}
	value, ok := claim.Float()
	if !ok || math.Abs(value) > latest {
		return Date{}, false
	}
	if math.Abs(value) == latest { // what lies right behind it is rounded to it
		n, exact := claim.Integer()
		if !exact || n != latest && n != -latest {
			return Date{}, false
		}
	}
	return Date{value, true}, true
}

// seconds is how a clock reading compares with a Date.
func seconds(t time.Time) float64 {
	return float64(t.Unix()) + float64(t.Nanosecond())/float64(time.Second)
}

// Reached reports whether now is at the date or later, both moved by the leeway:
// what a token with this exp calls expired (RFC 7519 section 4.1.4). An absent
// date is never reached.
func (d Date) Reached(now time.Time, leeway time.Duration) bool {
	return d.Present && seconds(now) >= d.Seconds+leeway.Seconds()
}

// Ahead reports whether the date lies more than the leeway in the future. An
// absent date never does.
func (d Date) Ahead(now time.Time, leeway time.Duration) bool {
	return d.Present && d.Seconds > seconds(now)+leeway.Seconds()
}

// Behind reports whether the date lies more than an age, and a leeway, in the
// past. An absent date never does.
func (d Date) Behind(now time.Time, age, leeway time.Duration) bool {
	return d.Present && seconds(now) > d.Seconds+age.Seconds()+leeway.Seconds()
}

// Within returns the time from now to the date: at most limit, and 0 if the date
// is past or absent.
func (d Date) Within(now time.Time, limit time.Duration) time.Duration {
	rest := d.Seconds - seconds(now)
	if d.Present && rest >= limit.Seconds() {
		return limit
	}
	return time.Duration(max(rest, 0) * float64(time.Second))
}

// Time returns the date as a time, the zero time if it is absent.
func (d Date) Time() time.Time {
	if !d.Present {
		return time.Time{}
	}
	whole, fraction := math.Modf(d.Seconds)
	return time.Unix(int64(whole), int64(fraction*float64(time.Second)))
}
