package dashboards

import (
	"context"
	"sync"
	"time"
)

// hub knows who reads what. Readers with the same filter share a view, and a view
// is asked once for all of them.
type hub struct {
	metrics *metrics
	wake    chan struct{} // a view is new and has no frame yet
	done    chan struct{} // closed when no more updates come

	mu      sync.Mutex
	views   map[string]*liveView
	readers int
	closed  bool
}

// liveView is one filter that somebody reads.
type liveView struct {
	filter  filter
	frame   *frame
	id      uint64
	readers map[*reader]struct{}
}

// reader is one connection. Nothing is queued for it: ready says that there is a
// newer frame than the one it has, and it takes the newest when it can. So a slow
// reader skips frames, and costs no memory.
type reader struct {
	view  *liveView
	ready chan struct{}
}

// Limits that keep a machine from being talked to death.
const (
	maxReaders = 500
	maxViews   = 64
)

func newHub(m *metrics) *hub {
	return &hub{metrics: m, wake: make(chan struct{}, 1), done: make(chan struct{}), views: map[string]*liveView{}}
}

// join adds a reader; ok is false where there is no room for one, or no more updates come.
func (h *hub) join(f filter) (r *reader, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := f.String()
	v := h.views[key]
	if h.closed || h.readers >= maxReaders || v == nil && len(h.views) >= maxViews {
		return nil, false
	}
	if v == nil {
		v = &liveView{filter: f, readers: map[*reader]struct{}{}}
		h.views[key] = v
	}
	r = &reader{view: v, ready: make(chan struct{}, 1)}
	v.readers[r] = struct{}{}
	h.readers++
	h.metrics.readers.Set(float64(h.readers))
	if v.frame != nil {
		r.ready <- struct{}{}
		return r, true
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
	return r, true
}

func (h *hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(r.view.readers, r)
	if len(r.view.readers) == 0 {
		delete(h.views, r.view.filter.String())
	}
	h.readers--
	h.metrics.readers.Set(float64(h.readers))
}

// newest gives the newest frame of the reader's view and its number.
func (h *hub) newest(r *reader) (*frame, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return r.view.frame, r.view.id
}

// publish gives the readers of a view a new frame.
func (h *hub) publish(v *liveView, f *frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v.frame != nil && f.since(v.frame) == nil {
		return
	}
	v.frame = f
	v.id++
	for r := range v.readers {
		select {
		case r.ready <- struct{}{}:
		default: // it has not taken the one before: it will take this one instead
			h.metrics.skipped.Inc()
		}
	}
}

// waiting gives the views to renew: all, or only those without a frame.
func (h *hub) waiting(all bool) []*liveView {
	h.mu.Lock()
	defer h.mu.Unlock()
	var views []*liveView
	for _, v := range h.views {
		if all || v.frame == nil {
			views = append(views, v)
		}
	}
	return views
}

// close lets all readers go.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
}

// searchEvery is how many renewals a view that searches words sits out: it reads
// the words of a whole day.
const searchEvery = 5

// poll renews the views that somebody reads, and keeps the page Now at hand for who opens
// it next.
func (s *Server) poll(ctx context.Context) error {
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	s.warm.Store(true)
	defer s.warm.Store(false)
	warmed := time.Time{}
	for n := 0; ; {
		if time.Since(warmed) >= warmEvery {
			warmed = time.Now()
			s.now(ctx, filter{})
		}
		all := false
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			all = true
			n++
		case <-s.hub.wake:
		}
		for _, v := range s.hub.waiting(all) {
			if ctx.Err() != nil {
				return nil
			}
			if all && v.filter.Text != "" && n%searchEvery != 0 {
				continue
			}
			f, err := s.frame(s.now(ctx, v.filter))
			if err != nil {
				s.o.Log.Error("making a live update failed", "view", v.filter.String(), "error", err)
				continue
			}
			s.hub.publish(v, f)
		}
	}
}
