//go:build !race

package ginauth0api_test

const raceDetector = false
