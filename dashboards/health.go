package dashboards

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Health is what the process knows of the pipeline besides what ClickHouse tells.
// What is left empty is not shown.
type Health struct {
	Checks  []Check        `json:"checks,omitempty"`
	Sources []SourceHealth `json:"sources,omitempty"`
	Lag     []Lag          `json:"lag,omitempty"`
}

// Check is one part that must work for the process to be ready.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	// Since is when it came to be so; zero where that is not known.
	Since time.Time `json:"since,omitzero"`
}

// SourceHealth is one running collector.
type SourceHealth struct {
	Name string `json:"name"`
	// OK is false while the source cannot be read; Detail says why.
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	// LastPost is when its last post came in, by the clock on the wall.
	LastPost time.Time `json:"last_post,omitzero"`
}

// Lag is how many records a consumer group has still to read.
type Lag struct {
	Group   string `json:"group"`
	Topic   string `json:"topic"`
	Records int64  `json:"records"`
}

// healthMemo asks Options.Health at most once a second and never twice at a time,
// so that a slow answer holds up no page for long.
type healthMemo struct {
	mu     sync.Mutex
	asked  time.Time
	answer Health
	busy   chan struct{} // closed when the running call is done
}

const (
	healthAge  = time.Second
	healthWait = 2 * time.Second
)

// healthNow gives the newest answer of Options.Health, or the one before where it
// takes too long.
func (s *Server) healthNow() Health {
	if s.o.Health == nil {
		return Health{}
	}
	h := &s.health
	h.mu.Lock()
	if time.Since(h.asked) < healthAge && h.busy == nil {
		defer h.mu.Unlock()
		return h.answer
	}
	if h.busy == nil {
		busy := make(chan struct{})
		h.busy = busy
		go func() {
			answer := s.o.Health()
			h.mu.Lock()
			h.answer, h.asked, h.busy = answer, time.Now(), nil
			h.mu.Unlock()
			close(busy)
		}()
	}
	busy := h.busy
	h.mu.Unlock()
	select {
	case <-busy:
	case <-time.After(healthWait):
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answer
}

// handleLive says that the process runs, whatever is with Kafka and ClickHouse.
func (s *Server) handleLive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "ok\n")
}

// handleReady says whether all parts work; ?verbose lists them.
func (s *Server) handleReady(w http.ResponseWriter, r *http.Request) {
	checks := append([]Check{s.checkReader(r)}, s.healthNow().Checks...)
	status, word := http.StatusOK, "ready"
	for _, c := range checks {
		if !c.OK {
			status, word = http.StatusServiceUnavailable, "not ready"
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.URL.Query().Has("verbose") || status != http.StatusOK {
		for _, c := range checks {
			sign, rest := "+", "ok"
			if !c.OK {
				sign, rest = "-", "failed"
			}
			if c.Detail != "" {
				rest += ": " + c.Detail
			}
			if !c.OK && !c.Since.IsZero() {
				rest += " (since " + c.Since.UTC().Format(time.RFC3339) + ")"
			}
			_, _ = fmt.Fprintf(w, "[%s] %s %s\n", sign, c.Name, rest)
		}
	}
	_, _ = fmt.Fprintln(w, word)
}

func (s *Server) checkReader(r *http.Request) Check {
	c := Check{Name: "pages", OK: true}
	if err := s.db.Ping(r.Context()); err != nil {
		c.OK, c.Detail = false, err.Error()
	}
	return c
}
