package kafkatest

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Log is a logger that writes into the test's output.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

var names atomic.Int64

// Name gives a name that no other test uses, fit for a topic prefix or a group.
func Name(t testing.TB) string {
	clean := strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '-'
	}, t.Name())
	return fmt.Sprintf("%s-%d-%d.", clean, time.Now().UnixNano(), names.Add(1))
}
