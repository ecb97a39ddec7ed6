package ingest

import (
	"sync"
	"time"
)

// State is what a source does now.
type State string

const (
	// Starting: running, nothing emitted yet.
	Starting State = "starting"
	// Running: running, and it has emitted since it was started.
	Running State = "running"
	// Waiting: it stopped and will be started again.
	Waiting State = "waiting"
	// Done: it came to its end and will not be started again.
	Done State = "done"
	// Stopped: the runner has ended.
	Stopped State = "stopped"
)

// Health is how one source is, at one moment.
type Health struct {
	Source string `json:"source"`
	State  State  `json:"state"`
	// Since is when State began.
	Since time.Time `json:"since"`
	// LastPost is when the last batch with posts in it was acknowledged.
	LastPost time.Time `json:"last_post,omitzero"`
	// LastBatch is when the last batch of any kind was acknowledged: a source that
	// hears only of other things than posts is alive too.
	LastBatch time.Time `json:"last_batch,omitzero"`
	LastError string    `json:"last_error,omitempty"`
	// LastErrorAt is when LastError happened.
	LastErrorAt time.Time `json:"last_error_at,omitzero"`
	// Restarts counts how often the source was started again.
	Restarts int `json:"restarts"`
	// Retry is when a waiting source is started again.
	Retry time.Time `json:"retry,omitzero"`
	// Cursor is the last one that was accepted.
	Cursor string `json:"cursor,omitempty"`
	// CursorTime is when the posts before the cursor were made, where the source
	// can tell.
	CursorTime time.Time `json:"cursor_time,omitzero"`
	Received   uint64    `json:"received"`
	Sent       uint64    `json:"sent"`
	Rejected   uint64    `json:"rejected"`
	Filtered   uint64    `json:"filtered"`
	Gaps       uint64    `json:"gaps"`
}

// Healthy says whether the source does its work or has done it.
func (h Health) Healthy() bool { return h.State == Running || h.State == Starting || h.State == Done }

// board holds the health of one source for its goroutine and for readers.
type board struct {
	mu sync.Mutex
	h  Health
}

func (b *board) update(f func(*Health)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.h)
}

func (b *board) state(s State, now time.Time) {
	b.update(func(h *Health) {
		if h.State != s {
			h.State, h.Since = s, now
		}
		if s != Waiting {
			h.Retry = time.Time{}
		}
	})
}

func (b *board) snapshot() Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.h
}
