package ginauth0api

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// otherCode stands for the error codes of errors that the application made: logs
// and metrics keep one place for all of them, whatever their number.
const otherCode = "other"

// refusalLog writes at most one line per second and error code, so that whoever
// floods the API does not flood the log too.
type refusalLog struct {
	logger  *slog.Logger
	samples map[string]*sample // never written after newRefusalLog

	replayStore sample // of the warnings about a ReplayStore
}

// sample is the state of one error code.
type sample struct {
	mu         sync.Mutex
	written    bool
	last       time.Time
	suppressed uint64
}

func newRefusalLog(logger *slog.Logger) *refusalLog {
	samples := map[string]*sample{otherCode: {}}
	for _, r := range refusals() {
		samples[r.code] = &sample{}
	}
	return &refusalLog{logger: logger, samples: samples}
}

// label returns the code if it is one of the table's.
func (l *refusalLog) label(code string) string {
	if _, known := l.samples[code]; known {
		return code
	}
	return otherCode
}

// write logs a refusal, or counts it as suppressed. Nothing of it comes from the
// request but its method and what the cause quotes.
func (l *refusalLog) write(c *gin.Context, e *Error, now time.Time) {
	ctx := c.Request.Context()
	level := slog.LevelInfo
	if e.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !l.logger.Enabled(ctx, level) {
		return
	}
	suppressed, ok := l.samples[l.label(e.Code)].take(now)
	if !ok {
		return
	}
	l.logger.LogAttrs(ctx, level, "request refused", refusalAttributes(c, e, suppressed)...)
}

// warnReplayStore tells of a proof that passed although it could not be
// remembered.
func (l *refusalLog) warnReplayStore(ctx context.Context, err error, now time.Time) {
	if suppressed, ok := l.replayStore.take(now); ok {
		l.logger.LogAttrs(ctx, slog.LevelWarn, "a DPoP proof was not checked for replay",
			slog.Uint64("suppressed", suppressed), slog.Any("cause", err))
	}
}

func refusalAttributes(c *gin.Context, e *Error, suppressed uint64) []slog.Attr {
	attributes := []slog.Attr{
		slog.String("error_code", e.Code),
		slog.Int("status", e.Status),
		slog.String("scheme", string(e.Scheme)),
		slog.String("method", cut(c.Request.Method)),
		slog.String("route", c.FullPath()),
		slog.Uint64("suppressed", suppressed),
	}
	if e.Err != nil {
		attributes = append(attributes, slog.String("cause", e.Err.Error()))
	}
	return attributes
}

// take reports whether a line may be written now, and how many were not since
// the last one.
func (s *sample) take(now time.Time) (suppressed uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.written && now.Sub(s.last) < time.Second {
		s.suppressed++
		return 0, false
	}
	suppressed = s.suppressed
	s.written, s.last, s.suppressed = true, now, 0
	return suppressed, true
}

// maxLogged is how many bytes of a text that the client chose go into a log.
const maxLogged = 64

func cut(untrusted string) string { return untrusted[:min(len(untrusted), maxLogged)] }

// quoted makes a text that the client chose fit for a log line.
func quoted(untrusted string) string { return strconv.QuoteToASCII(cut(untrusted)) }
