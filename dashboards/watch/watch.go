// Package watch runs the spike detector over what is stored and keeps its incidents in
// ClickHouse. It owns the detector's place in time and its state on disk, so that the
// role can be stopped at any moment and goes on as if it had not been.
//
// Invariant 10: a step is one row. The state of the detector and what came of the step
// are written together; incidents and changes are written from that row, again after a
// crash. So none is lost, and none is there twice.
//
// What is an incident is decided in package spike, who is told of it in package alert.
package watch

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/spike"
)

// Conn is what a watcher needs of a connection that may write.
type Conn interface {
	Query(ctx context.Context, query string, args ...any) (driver.Rows, error)
	Exec(ctx context.Context, query string, args ...any) error
	PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (driver.Batch, error)
}

// Options say what a watcher works with. Conn and Clock are needed.
type Options struct {
	// Conn has outcry's database as default.
	Conn Conn
	// Clock says up to when posts are complete; zero where there are none.
	Clock func(context.Context) (time.Time, error)
	// Detector are the options of the detector.
	Detector spike.Options
	// Tuning says how single vendors are watched; asked for before each step.
	Tuning func() map[string]spike.Tuning
	// Holder names this process among those that want to watch.
	Holder string
	// Every is how often it looks for new minutes; 0 means 2 s.
	Every   time.Duration
	Log     *slog.Logger
	Metrics *Metrics
	Now     func() time.Time
}

const (
	// Name is that of the state and of the lease.
	Name = "main"
	// history is how far back a detector that begins anew looks.
	history = 14 * 24 * time.Hour
	// late is how old a post may be that comes in after its minute was counted; it is
	// counted in the minute at hand. Older ones are stored, but raise no alert.
	late = 30 * time.Minute
	// insertMargin is how much longer than it seems an insert may have taken.
	insertMargin = time.Minute
	// chunk is how much is read at once, saveEvery after how much a long way is saved.
	chunk, saveEvery = time.Hour, 24 * time.Hour
	// remembered is for how long closed incidents are kept at hand.
	remembered = 48 * time.Hour
)

// Watcher finds incidents. Make it with New.
type Watcher struct {
	o     Options
	db    *query.DB
	lease *lease

	detector *spike.Detector // nil until it was loaded or begun
	position time.Time       // all minutes before are counted
	since    time.Time       // posts stored before are counted, but for insertMargin
	seen     map[uint64]time.Time
	version  uint64

	mu        sync.Mutex
	incidents map[string]query.Incident
	at        time.Time
	ready     chan struct{}
}

// New makes a watcher; it does nothing before Run.
func New(o Options) *Watcher {
	if o.Every <= 0 {
		o.Every = 2 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	db := query.New(o.Conn, nil)
	return &Watcher{o: o, db: db, lease: newLease(o.Conn, db, Name, o.Holder, o.Now), ready: make(chan struct{}, 1)}
}

// Run watches until ctx ends. Only one of the processes that want to does; another
// takes over within half a minute. Faults of ClickHouse are waited out.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(w.o.Every)
	defer tick.Stop()
	defer w.lease.release(context.WithoutCancel(ctx))
	failing := false
	for {
		err := w.Turn(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			w.o.Metrics.errors.Inc()
			if !failing {
				w.o.Log.Warn("watching for incidents failed; it is tried again", "error", err)
			}
		case failing:
			w.o.Log.Info("watching for incidents goes on")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Turn counts the minutes that have ended since the last one, if this process is the one
// that may. Run does nothing else, again and again.
func (w *Watcher) Turn(ctx context.Context) error {
	held, err := w.lease.hold(ctx)
	if err != nil || !held {
		w.forget()
		return err
	}
	if err := w.step(ctx); err != nil {
		w.forget() // what is on disk holds
		return err
	}
	return nil
}

// forget drops what is in memory, for another process may go on.
func (w *Watcher) forget() { w.detector, w.seen = nil, nil }

// step counts the minutes that have ended and writes what came of them.
func (w *Watcher) step(ctx context.Context) error {
	began := w.o.Now()
	head, err := w.o.Clock(ctx)
	if err != nil || head.IsZero() {
		return err
	}
	head = head.UTC().Truncate(time.Minute)
	if w.detector == nil {
		if err := w.load(ctx); err != nil {
			return err
		}
	}
	if w.detector == nil || head.Sub(w.position) > history {
		if err := w.begin(ctx, head); err != nil {
			return err
		}
	}
	if !w.position.Before(head) {
		return nil
	}
	if w.o.Tuning != nil {
		w.detector.Tune(w.o.Tuning())
	}
	for w.position.Before(head) {
		out := outcome{}
		for from := w.position; w.position.Before(head) && w.position.Sub(from) < saveEvery; {
			to := w.position.Add(chunk)
			if to.After(head) {
				to = head
			}
			if err := w.count(ctx, to, &out); err != nil {
				return err
			}
		}
		if err := w.save(ctx, &out); err != nil {
			return err
		}
	}
	w.o.Metrics.duration.Observe(w.o.Now().Sub(began).Seconds())
	w.tell()
	return nil
}

// count takes the posts up to a minute into the detector.
func (w *Watcher) count(ctx context.Context, to time.Time, out *outcome) error {
	from, asked := w.position, w.o.Now()
	window := query.Window{From: from, To: to}
	tags, err := w.db.FreshTags(ctx, window, from.Add(-late), w.since.Add(-insertMargin))
	if err != nil {
		return err
	}
	stopped, err := w.db.Stopped(ctx, window)
	if err != nil {
		return err
	}
	admissions, err := w.db.Admissions(ctx, window)
	if err != nil {
		return err
	}
	for m := from; m.Before(to); m = m.Add(time.Minute) {
		next := m.Add(time.Minute)
		out.edges(w.detector.Advance(m))
		for ; len(stopped) > 0 && stopped[0].Minute.Before(next); stopped = stopped[1:] {
			w.detector.Saw(stopped[0].Source, float64(stopped[0].Posts))
		}
		for ; len(admissions) > 0 && admissions[0].At.Before(next); admissions = admissions[1:] {
			w.detector.Admit(admissions[0].Vendor, admissions[0].At)
		}
		for ; len(tags) > 0 && tags[0].CreatedAt.Before(next); tags = tags[1:] {
			t := tags[0]
			if _, again := w.seen[t.Key()]; again {
				continue
			}
			w.seen[t.Key()] = t.CreatedAt
			w.o.Metrics.received.Inc()
			out.edges(w.detector.Add(t))
		}
	}
	out.edges(w.detector.Advance(to))
	w.position, w.since = to, asked
	old := to.Add(-late)
	maps.DeleteFunc(w.seen, func(_ uint64, at time.Time) bool { return at.Before(old) })
	return nil
}

// Incidents gives the incidents that are open or were lately, the oldest first, and
// the time that they are told for.
func (w *Watcher) Incidents() ([]query.Incident, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Collect(maps.Values(w.incidents))
	slices.SortFunc(all, func(a, b query.Incident) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.ID, b.ID))
	})
	return all, w.at
}

// Changed is filled when a step has changed something.
func (w *Watcher) Changed() <-chan struct{} { return w.ready }

// Holds reports whether this process is the one that watches.
func (w *Watcher) Holds() bool { return w.lease.fresh() }

func (w *Watcher) tell() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}
