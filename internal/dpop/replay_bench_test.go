package dpop_test

import (
	"context"
	"encoding/binary"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/internal/dpop"
	"github.com/gin-auth0/gin-auth0/internal/ratio"
)

const usualCapacity = 1 << 20

// proofKeyOf returns the thumbprint of the nth proof key of a benchmark or test.
func proofKeyOf(n int) (thumbprint [32]byte) {
	binary.LittleEndian.PutUint64(thumbprint[:], uint64(n))
	return thumbprint
}

// replayKeys returns n keys, taken in turns from that many proof keys.
func replayKeys(n, proofKeys int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = dpop.ReplayKey(proofKeyOf(i%proofKeys), binary.LittleEndian.AppendUint64(nil, uint64(i)))
	}
	return keys
}

func newReplayMemory(t testing.TB, capacity int) *dpop.ReplayMemory {
	t.Helper()
	m, err := dpop.NewReplayMemory(capacity)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// BenchmarkRemember measures a memory that holds so many keys for long, while others come and go.
func BenchmarkRemember(b *testing.B) {
	for _, bench := range []struct {
		name            string
		proofKeys, held int
	}{
		{"nothing held", 1000, 0},
		{"65536 held of 1000 proof keys", 1000, 1 << 16},
		{"1000000 held of 1000 proof keys", 1000, 1_000_000},
		{"1000000 held of 1000000 proof keys", 1_000_000, 1_000_000},
	} {
		b.Run(bench.name, func(b *testing.B) {
			const passing = 1 << 18
			keys := replayKeys(bench.held+passing, bench.proofKeys)
			m := newReplayMemory(b, usualCapacity)
			for _, key := range keys[:bench.held] {
				if _, err := m.Remember(context.Background(), key, time.Hour); err != nil {
					b.Fatal(err)
				}
			}
			step := 0
			b.ReportAllocs()
			begin := ratio.ProcessorTime()
			for b.Loop() {
				if _, err := m.Remember(context.Background(), keys[bench.held+step%passing], 5*time.Millisecond); err != nil {
					b.Fatal(err)
				}
				step++
			}
			b.ReportMetric(float64(ratio.ProcessorTime()-begin)/float64(step), "cpu-ns/op")
		})
	}
}

func BenchmarkRememberParallel(b *testing.B) {
	keys := replayKeys(1<<20, 1000)
	m := newReplayMemory(b, usualCapacity)
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		i := int(next.Add(1)) * 500_000
		for ; pb.Next(); i++ {
			if _, err := m.Remember(context.Background(), keys[i%len(keys)], 100*time.Millisecond); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReplayMemory prints what a memory as large as the usual one holds when it is full.
func BenchmarkReplayMemory(b *testing.B) {
	for _, bench := range []struct {
		name      string
		proofKeys int
	}{{"distinct proof keys", usualCapacity}, {"1000 proof keys", 1000}, {"4 proof keys", 4}} {
		b.Run(bench.name, func(b *testing.B) {
			keys := replayKeys(usualCapacity, bench.proofKeys)
			for b.Loop() {
				before := heapInUse()
				m := newReplayMemory(b, usualCapacity)
				for _, key := range keys {
					if fresh, err := m.Remember(context.Background(), key, time.Hour); err != nil || !fresh {
						b.Fatal(fresh, err)
					}
				}
				b.ReportMetric(float64(heapInUse()-before)/1e6, "MB")
				runtime.KeepAlive(m)
			}
		})
	}
}

// heapInUse returns how many bytes are reachable.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
