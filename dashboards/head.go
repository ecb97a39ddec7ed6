package dashboards

import (
	"context"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

const (
	// liveDelay is how long a live post may take from its author to the tables.
	liveDelay = 15 * time.Second
	// replayDelay is how long, by the wall, a replayed one may take behind the newest.
	replayDelay = 3 * time.Second
)

// Head says up to when the stored posts are complete, by the same clock as the pages
// show. It is for one goroutine.
type Head struct {
	db   *query.DB
	now  func() time.Time
	seen []struct{ wall, head time.Time } // of a replay, the newest last
}

// NewHead makes a Head over a connection.
func NewHead(r query.Reader, now func() time.Time) *Head {
	return &Head{db: query.New(r, nil), now: now}
}

// At gives the time before which nothing is missing, as far as one can know; zero where
// there is no post.
func (h *Head) At(ctx context.Context) (time.Time, error) {
	wall := h.now()
	arrivals, err := h.db.Newest(ctx)
	if err != nil {
		return time.Time{}, err
	}
	c := tellTime(arrivals, wall)
	switch c.Mode {
	case modeEmpty:
		return time.Time{}, nil
	case modeLive:
		h.seen = nil
		return wall.Add(-liveDelay), nil
	}
	h.seen = append(h.seen, struct{ wall, head time.Time }{wall, c.Now})
	var settled time.Time
	for len(h.seen) > 0 && wall.Sub(h.seen[0].wall) >= replayDelay {
		settled = h.seen[0].head
		if len(h.seen) > 1 && wall.Sub(h.seen[1].wall) < replayDelay {
			break
		}
		h.seen = h.seen[1:]
	}
	return settled, nil
}

// Now is the time that the data are at: the wall's for live ones, that of the posts for
// those of another time.
func Now(ctx context.Context, db *query.DB, wall time.Time) (time.Time, error) {
	arrivals, err := db.Newest(ctx)
	return tellTime(arrivals, wall).Now, err
}
