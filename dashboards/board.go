package dashboards

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/outcry/outcry/dashboards/query"
)

// board is what all readers of the page Now share: everything but the chart and
// the posts of their choice.
type board struct {
	clock   clock
	asked   time.Time // by the wall
	vendors []query.Vendor
	usual   map[string]float64 // people a minute in the day's median hour
	blame   []query.Blame
	sources []query.Source
	letters []query.DeadLetter
	loudest query.Loudest
	heard   coverage // minutes of the last day
	// incidents are those that were open at the time, by vendor.
	incidents map[string]query.Incident
	// closed is the largest of those that ended in the day before.
	closed *query.Incident
}

// What the numbers of the page are about.
const (
	recentWindow = 5 * time.Minute
	beforeWindow = time.Hour
	blameWindow  = time.Hour
)

// Ages after which answers are asked anew.
const (
	boardAge = time.Second
	slowAge  = 20 * time.Second
)

// board gives the board of a time, or of now for the zero time. The error, if any,
// says which of the questions had no answer; the board holds the others.
func (s *Server) board(ctx context.Context, at time.Time) (*board, error) {
	key := "board " + at.Format(time.RFC3339Nano)
	b, err := memoWarm(s.memos, key, boardAge, s.stale(at), func() (*board, error) {
		// The answer is for all who wait, so no single reader may call it off.
		b, err := s.askBoard(context.WithoutCancel(ctx), at)
		if err == nil && at.IsZero() {
			s.mu.Lock()
			s.last = b
			s.mu.Unlock()
		}
		return b, err
	})
	return b, err
}

const (
	// warmEvery is how often the page Now is made anew although nobody reads it, so that
	// who opens it next need not wait.
	warmEvery = 10 * time.Second
	// staleFor is how old an answer may be that is shown while a new one is fetched.
	staleFor = warmEvery + 5*time.Second
)

// stale is how old an answer may be for a page of that time: one that renews itself may
// begin with what is at hand.
func (s *Server) stale(at time.Time) time.Duration {
	if at.IsZero() && s.warm.Load() {
		return staleFor
	}
	return 0
}

func (s *Server) askBoard(ctx context.Context, at time.Time) (*board, error) {
	b := &board{asked: s.o.Now()}
	arrivals, err := s.db.Newest(ctx)
	if err != nil {
		return b, err
	}
	b.clock = tellTime(arrivals, b.asked)
	if !at.IsZero() {
		b.clock.Mode, b.clock.Now = modePinned, at
	}
	now := b.clock.Now
	minute := now.Truncate(time.Minute)
	recent := minute.Add(-recentWindow)

	var g gather
	g.ask(func() (err error) {
		b.vendors, err = s.db.Vendors(ctx, query.Window{From: recent.Add(-beforeWindow), To: minute}, recent)
		if err == nil {
			b.usual, err = s.usual(ctx, b.vendors, recent)
		}
		return err
	})
	g.ask(func() (err error) {
		b.blame, err = s.db.Blame(ctx, query.Last(blameWindow, minute))
		return err
	})
	g.ask(func() (err error) {
		b.sources, err = s.db.Sources(ctx, query.Last(lookBack, now.Add(time.Minute)), recent, minute.Add(-time.Hour))
		return err
	})
	g.ask(func() (err error) {
		b.heard, err = s.coverage(ctx, minute)
		return err
	})
	g.ask(func() error {
		day, err := s.db.Incidents(ctx, query.Window{From: now.Add(-lookBack), To: now.Add(time.Millisecond)})
		b.incidents = map[string]query.Incident{}
		for k, i := range day {
			switch {
			case i.ClosedAt == nil || i.ClosedAt.After(now):
				b.incidents[i.Vendor] = i
			case i.ConfirmedAt != nil && (b.closed == nil || i.Authors > b.closed.Authors):
				b.closed = &day[k]
			}
		}
		return err
	})
	g.ask(func() (err error) {
		b.letters, err = memo(s.memos, "dead letters", slowAge, func() ([]query.DeadLetter, error) {
			return s.db.DeadLetters(ctx, s.o.Now().Add(-time.Hour))
		})
		return err
	})
	g.ask(func() (err error) {
		day := query.Last(lookBack, minute.Truncate(recentWindow))
		b.loudest, err = memo(s.memos, "loudest "+day.To.Format(time.RFC3339), slowAge, func() (query.Loudest, error) {
			l, _, err := s.db.Loudest(ctx, day)
			return l, err
		})
		return err
	})
	return b, g.wait()
}

// usual gives, for vendors that many report on, people a minute in the median of
// the hours before in which posts were collected.
func (s *Server) usual(ctx context.Context, vendors []query.Vendor, until time.Time) (map[string]float64, error) {
	var names []string
	for _, v := range vendors {
		if v.Reports >= watchPeople {
			names = append(names, v.Vendor)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	to := until.Truncate(time.Hour)
	day := query.Last(lookBack, to)
	key := fmt.Sprint("usual ", to.Unix(), names)
	return memo(s.memos, key, slowAge, func() (map[string]float64, error) {
		hours, err := s.db.Hours(ctx, names, day)
		if err != nil {
			return nil, err
		}
		heard, err := s.coverage(ctx, to)
		if err != nil {
			return nil, err
		}
		return medianHours(hours, heard, day), nil
	})
}

// coverage asks in which minutes of the day before to posts were collected.
func (s *Server) coverage(ctx context.Context, to time.Time) (coverage, error) {
	return memo(s.memos, "heard "+to.Format(time.RFC3339), 5*boardAge, func() (coverage, error) {
		day := query.Last(lookBack+beforeWindow, to)
		seen, err := s.db.SeenMinutes(ctx, day)
		return newCoverage(day, seen), err
	})
}

// sideBySide is how many questions one page asks at a time: more only wait for each other.
const sideBySide = 2

// gather asks several questions side by side and keeps all their errors.
type gather struct {
	once sync.Once
	g    errgroup.Group
	mu   sync.Mutex
	errs []error
}

func (g *gather) ask(f func() error) {
	g.once.Do(func() { g.g.SetLimit(sideBySide) })
	g.g.Go(func() error {
		if err := f(); err != nil {
			g.mu.Lock()
			g.errs = append(g.errs, err)
			g.mu.Unlock()
		}
		return nil
	})
}

func (g *gather) wait() error {
	_ = g.g.Wait()
	return errors.Join(g.errs...)
}
