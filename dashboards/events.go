package dashboards

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

const (
	// beat is how often a quiet stream is shown to be alive; proxies close silent ones.
	beat = 15 * time.Second
	// sendTimeout is how long a reader may take for one message before it is let go;
	// its browser connects again.
	sendTimeout = 10 * time.Second
	// retry is how long a browser waits before it connects again.
	retry = 3 * time.Second
)

// handleEvents streams what changes on the page of the address's filter. The first
// event holds the page in full, so it does not matter what a reader had before:
// Last-Event-ID is not looked at.
func (s *Server) handleEvents(w http.ResponseWriter, r *http.Request) {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !f.At.IsZero() {
		http.Error(w, "a chosen time does not change: there are no updates of it", http.StatusBadRequest)
		return
	}
	me, ok := s.hub.join(f)
	if !ok {
		w.Header().Set("Retry-After", "10")
		http.Error(w, "there are too many readers, or the server is stopping: try again in ten seconds", http.StatusServiceUnavailable)
		return
	}
	defer s.hub.leave(me)

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx must not collect messages
	out := stream{w: w, control: http.NewResponseController(w), timeout: s.sendTimeout}
	_ = out.control.SetReadDeadline(time.Time{}) // the server's is for requests; not every connection has one
	if err := out.send(fmt.Appendf(nil, "retry: %d\n\n", retry.Milliseconds())); err != nil {
		return
	}
	beats := time.NewTicker(s.beat())
	defer beats.Stop()
	var have *frame
	for {
		var message []byte
		select {
		case <-r.Context().Done():
			return
		case <-s.hub.done:
			s.metrics.dropped.WithLabelValues("stopping").Inc()
			return
		case <-beats.C:
			message = []byte(": still here\n\n")
		case <-me.ready:
			newest, id := s.hub.newest(me)
			u := newest.since(have)
			if u == nil {
				continue
			}
			have = newest
			if message, err = u.message(id); err != nil {
				s.o.Log.Error("writing a live update failed", "error", err)
				return
			}
			s.metrics.frames.Inc()
		}
		if err := out.send(message); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				s.metrics.dropped.WithLabelValues("slow").Inc()
			}
			return
		}
	}
}

// beat is how often this server beats: as a rule every beat, in tests faster.
func (s *Server) beat() time.Duration { return min(beat, 8*s.o.Every) }

// stream writes messages, each within a time.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
}

func (s stream) send(message []byte) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(s.timeout)); err != nil {
		return fmt.Errorf("setting a deadline: %w", err)
	}
	if _, err := s.w.Write(message); err != nil {
		return err
	}
	return s.control.Flush()
}
