// Package ratio measures how much more something costs than what it cannot do
// without, its floor, in a way that means something on a shared machine:
// candidate and floor take turns of some milliseconds in one process, and their
// processor times are compared, garbage collection included. The ratio holds
// where microseconds do not. It is for benchmarks.
package ratio

import (
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// turnTime is about how long a turn takes.
const turnTime = 8 * time.Millisecond

// Report runs candidate and floor in turns and reports the median ratio as
// "x-floor", the processor time of one candidate as "cpu-µs/op" and its
// allocations as "allocs". Both functions get a running number, to take turns
// over their inputs.
func Report(b *testing.B, candidate, floor func(n int)) {
	b.Helper()
	// On one processor the collector does its work and no more; on several, idle
	// ones burn time in search of some.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	candidates, floors := repeats(candidate), repeats(floor)
	var ratios, costs []float64
	for b.Loop() {
		// In the order A B B A, since whoever comes second finds warmer caches.
		c := turn(candidates, candidate)
		f := turn(floors, floor) + turn(floors, floor)
		c += turn(candidates, candidate)
		one := float64(c) / float64(candidates)
		ratios = append(ratios, one/(float64(f)/float64(floors)))
		costs = append(costs, one/2/float64(time.Microsecond))
	}
	slices.Sort(ratios)
	slices.Sort(costs)
	n := 0
	allocations := testing.AllocsPerRun(1000, func() { candidate(n); n++ })
	b.ReportMetric(ratios[len(ratios)/2], "x-floor")
	b.ReportMetric(costs[len(costs)/2], "cpu-µs/op")
	b.ReportMetric(allocations, "allocs")
	b.ReportMetric(0, "ns/op")
}

// repeats is how often f runs in one turn.
func repeats(f func(int)) int {
	count := 1
	for turn(count, f) < turnTime {
		count *= 2
	}
	return count
}

// turn runs f count times and collects the garbage that it made.
func turn(count int, f func(int)) time.Duration {
	begin := processorTime()
	for n := range count {
		f(n)
	}
	runtime.GC()
	return processorTime() - begin
}

// processorTime is that of the whole process, collector included.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic("ratio: getrusage: " + err.Error())
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
