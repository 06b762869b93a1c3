package numericdate_test

import (
	"math"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/numericdate"
	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

func claim(t *testing.T, text string) strictjson.Value {
	t.Helper()
	s := strictjson.Object([]byte(`{"x":` + text + `}`))
	if !s.Next() {
		t.Fatal(text, s.Err())
	}
	return s.Value()
}

func TestRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"0": 0, "1700000000": 1700000000, "1700000000.5": 1700000000.5, "17e8": 1700000000, "-1": -1, "-0.25": -0.25,
		"9007199254740992": 1 << 53, "-9007199254740992": -(1 << 53), "9007199254740991": 1<<53 - 1, "1e-400": 0,
	} {
		d, ok := numericdate.Read(claim(t, text))
		if !ok || !d.Present || d.Seconds != want {
			t.Errorf("%s: %+v, %v, want %v", text, d, ok, want)
		}
	}
	for _, text := range []string{
		`"1700000000"`, "null", "true", "[]", "{}", "9007199254740993", "-9007199254740993", "9007199254740992.1",
		"9.007199254740992e15", "9007199254740994", "1e300", "1e400", "-1e400",
	} {
		if d, ok := numericdate.Read(claim(t, text)); ok || d.Present {
			t.Errorf("%s: %+v", text, d)
		}
	}
	if d, ok := numericdate.Read(strictjson.Value{}); !ok || d != (numericdate.Date{}) {
		t.Errorf("absent: %+v, %v", d, ok)
	}
}

func TestComparisons(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 500_000_000)
	at := func(seconds float64) numericdate.Date { return numericdate.Date{Seconds: seconds, Present: true} }
	for _, c := range []struct {
		name      string
		got, want bool
	}{
		{"reached now", at(1700000000.5).Reached(now, 0), true},
		{"reached before", at(1700000000.25).Reached(now, 0), true},
		{"not reached", at(1700000000.75).Reached(now, 0), false},
		{"leeway lengthens", at(1700000000).Reached(now, time.Second), false},
		{"leeway ends", at(1699999999.5).Reached(now, time.Second), true},
		{"ahead", at(1700000000.75).Ahead(now, 0), true},
		{"ahead by the leeway", at(1700000030.5).Ahead(now, 30*time.Second), false},
		{"ahead by more", at(1700000030.75).Ahead(now, 30*time.Second), true},
		{"behind by the age", at(1699999700.5).Behind(now, 300*time.Second, 0), false},
		{"behind by more", at(1699999700.25).Behind(now, 300*time.Second, 0), true},
		{"behind with leeway", at(1699999700.25).Behind(now, 300*time.Second, time.Second), false},
		{"no overflow", at(0).Behind(now, math.MaxInt64, math.MaxInt64), false},
		{"absent is not reached", numericdate.Date{}.Reached(now, 0), false},
		{"absent is not ahead", numericdate.Date{Seconds: 1 << 53}.Ahead(now, 0), false},
		{"absent is not behind", numericdate.Date{}.Behind(now, 0, 0), false},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v", c.name, c.got)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0)
	for seconds, want := range map[float64]time.Duration{
		1699999999: 0, 1700000000: 0, 1700000000.5: time.Second / 2, 1700000059: 59 * time.Second, 1700000060: time.Minute, 1 << 53: time.Minute, -(1 << 53): 0,
	} {
		if got := (numericdate.Date{Seconds: seconds, Present: true}).Within(now, time.Minute); got != want {
			t.Errorf("%v: %v, want %v", seconds, got, want)
		}
	}
	if got := (numericdate.Date{}).Within(now, time.Minute); got != 0 {
		t.Errorf("absent: %v", got)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	if got := (numericdate.Date{Seconds: 1700000000.5, Present: true}).Time(); !got.Equal(time.Unix(1700000000, 500_000_000)) {
		t.Error(got)
	}
	if got := (numericdate.Date{Present: true}).Time(); !got.Equal(time.Unix(0, 0)) {
		t.Error(got)
	}
	if got := (numericdate.Date{}).Time(); !got.IsZero() {
		t.Error(got)
	}
}
