package ginauth0

import (
	"context"
	"time"
)

// memoryMarks is the LogoutStore of one process.
type memoryMarks struct{}

func newMemoryMarks(now func() time.Time) *memoryMarks { return &memoryMarks{} }

// Mark implements LogoutStore.
func (m *memoryMarks) Mark(context.Context, string, time.Time, time.Duration) error { return nil }

// Marked implements LogoutStore.
func (m *memoryMarks) Marked(_ context.Context, keys ...string) ([]time.Time, error) {
	return make([]time.Time, len(keys)), nil
}

// Remember implements LogoutStore.
func (m *memoryMarks) Remember(context.Context, string, time.Duration) (bool, error) {
	return true, nil
}
