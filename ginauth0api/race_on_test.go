//go:build race

package ginauth0api_test

// raceDetector adds allocations of its own.
const raceDetector = true
