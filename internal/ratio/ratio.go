// Package ratio measures how much more something costs than what it cannot do
// without, its floor, in a way that means something on a shared machine:
// candidate and floor take turns of some milliseconds in one process, and their
// processor times are compared, garbage collection included. The ratio holds
// where microseconds do not. It is for benchmarks.
package ratio

import (
	"runtime"
	"slices"
	"testing"
	"time"
)

// turnTime is about how long a turn takes, at least. Where a collection without
// garbage takes long, which varies, turns are quietTurns times as long as it.
const (
	turnTime   = 8 * time.Millisecond
	quietTurns = 8
)

// Report runs candidate and floor in turns and reports the median ratio as
// "x-floor", the processor time of one candidate as "cpu-µs/op" and its
// allocations as "allocs". Both functions get a running number, to take turns
// over their inputs.
func Report(b *testing.B, candidate, floor func(n int)) {
	b.Helper()
	// On one processor the collector does its work and no more; on several, idle
	// ones burn time in search of some.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	idle := idleCollection()
	c, f := newSide(candidate, idle), newSide(floor, idle)
	var ratios, costs []float64
	for b.Loop() {
		// In the order A B B A, since whoever comes second finds warmer caches.
		cost := c.turn()
		least := f.turn() + f.turn()
		cost += c.turn()
		one := float64(cost) / float64(c.count)
		ratios = append(ratios, one/(float64(least)/float64(f.count)))
		costs = append(costs, one/2/float64(time.Microsecond))
	}
	slices.Sort(ratios)
	slices.Sort(costs)
	allocations := testing.AllocsPerRun(1000, c.once)
	b.ReportMetric(ratios[len(ratios)/2], "x-floor")
	b.ReportMetric(costs[len(costs)/2], "cpu-µs/op")
	b.ReportMetric(allocations, "allocs")
	b.ReportMetric(0, "ns/op")
}

// side is one of the two that are compared.
type side struct {
	f     func(n int)
	n     int // goes on from turn to turn, so that all inputs have their turn
	count int // runs in one turn
	idle  time.Duration
}

// newSide finds out how often f runs in one turn.
func newSide(f func(n int), idle time.Duration) *side {
	s := &side{f: f, count: 1, idle: idle}
	for s.turn() < max(turnTime, quietTurns*idle) {
		s.count *= 2
	}
	return s
}

func (s *side) once() {
	s.f(s.n)
	s.n++
}

// turn runs f and collects the garbage that it made. What a collection costs
// without garbage is the fault of the benchmark's own inputs, and left out.
func (s *side) turn() time.Duration {
	begin := ProcessorTime()
	for range s.count {
		s.once()
	}
	worked := ProcessorTime()
	runtime.GC()
	return worked - begin + max(ProcessorTime()-worked-s.idle, 0)
}

// idleCollection is the median cost of a collection that finds nothing.
func idleCollection() time.Duration {
	var costs []time.Duration
	runtime.GC()
	for range 9 {
		begin := ProcessorTime()
		runtime.GC()
		costs = append(costs, ProcessorTime()-begin)
	}
	slices.Sort(costs)
	return costs[len(costs)/2]
}
