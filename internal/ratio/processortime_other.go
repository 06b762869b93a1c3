//go:build !unix

package ratio

import "time"

var begin = time.Now()

// ProcessorTime is the time that passes, where there is no better one: the packages
// with benchmarks are to be tested there too.
func ProcessorTime() time.Duration { return time.Since(begin) }
