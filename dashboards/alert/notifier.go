package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/spike"
	"github.com/outcry/outcry/sink/schema"
)

// Conn is what a notifier needs of a connection that may write.
type Conn interface {
	Query(ctx context.Context, query string, args ...any) (driver.Rows, error)
	Exec(ctx context.Context, query string, args ...any) error
}

// Options say what a notifier works with. Conn, File and Incidents are needed.
type Options struct {
	Conn      Conn
	File      *File
	Catalogue Catalogue
	// Incidents gives those that are open or were lately, and the time they are told for.
	Incidents func() ([]query.Incident, time.Time)
	// Changed is filled when they have changed.
	Changed <-chan struct{}
	// May says whether this process is the one that sends.
	May func() bool
	// Link is the address of the pages, for links in messages.
	Link    string
	Log     *slog.Logger
	Metrics *Metrics
	Now     func() time.Time
	// Every is how often it looks without a change; 0 means 10 s.
	Every time.Duration
}

const (
	// firstTry and lastTry bound the pause after a failure; it doubles in between.
	firstTry, lastTry = 5 * time.Second, 15 * time.Minute
	// threadsFor is how long ended threads are remembered.
	threadsFor = 30 * 24 * time.Hour
	// sendTimeout bounds one message.
	sendTimeout = 20 * time.Second
)

// Notifier sends what is due. Make it with New.
type Notifier struct {
	o         Options
	db        *query.DB
	channels  map[string]channel.Channel
	templates map[string]templates

	mu      sync.Mutex
	threads []*thread // nil until read
	actions []query.Action
	faults  map[string]*fault // by channel
	resent  map[*thread]time.Time
	written uint64 // version of the last row
}

// fault is why a channel is left alone.
type fault struct {
	until time.Time
	pause time.Duration
	tries map[string]uint16 // by message
	gone  bool
}

// New makes a notifier; it sends nothing before Run.
func New(o Options) (*Notifier, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every <= 0 {
		o.Every = 10 * time.Second
	}
	if o.May == nil {
		o.May = func() bool { return true }
	}
	n := &Notifier{o: o, db: query.New(o.Conn, nil), channels: map[string]channel.Channel{}, templates: map[string]templates{}, faults: map[string]*fault{}, resent: map[*thread]time.Time{}}
	for k := range o.File.Channels {
		c := &o.File.Channels[k]
		ch, err := channel.New(*c, o.Log)
		if err != nil {
			return nil, fmt.Errorf("channel %q %w", c.Name, err)
		}
		n.channels[c.Name] = ch
		if n.templates[c.Name], err = newTemplates(c); err != nil {
			return nil, fmt.Errorf("channel %q: %w", c.Name, err)
		}
		n.faults[c.Name] = &fault{tries: map[string]uint16{}}
	}
	return n, nil
}

// Run sends what is due until ctx ends.
func (n *Notifier) Run(ctx context.Context) error {
	tick := time.NewTicker(n.o.Every)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-n.o.Changed:
		}
		err := n.Turn(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			n.o.Log.Warn("sending alerts failed; it is tried again", "error", err)
		}
		failing = err != nil
	}
}

// Turn plans and sends once. The channels are served side by side, and the messages of
// one in order.
func (n *Notifier) Turn(ctx context.Context) error {
	if !n.o.May() {
		n.mu.Lock()
		n.threads = nil // another process writes them now
		n.mu.Unlock()
		return nil
	}
	due, err := n.due(ctx)
	if err != nil {
		n.o.Metrics.errors.WithLabelValues("clickhouse").Inc()
		return err
	}
	byChannel := map[string][]notice{}
	for _, d := range due {
		byChannel[d.Channel] = append(byChannel[d.Channel], d)
	}
	errs := make(chan error, len(n.o.File.Channels))
	for k := range n.o.File.Channels {
		c := &n.o.File.Channels[k]
		go func() { errs <- n.serve(ctx, c, byChannel[c.Name]) }()
	}
	var all []error
	for range n.o.File.Channels {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// due reads what people did and plans.
func (n *Notifier) due(ctx context.Context) ([]notice, error) {
	incidents, now := n.o.Incidents()
	if now.IsZero() {
		return nil, nil
	}
	if err := n.Refresh(ctx); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.threads == nil {
		if err := n.recall(ctx); err != nil {
			return nil, err
		}
	}
	return n.o.File.plan(n.o.Catalogue, &situation{now: now, incidents: incidents, threads: n.threads, actions: n.actions}), nil
}

// Refresh reads what people did about alerts.
func (n *Notifier) Refresh(ctx context.Context) error {
	actions, err := n.db.Actions(ctx)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.actions = actions
	return nil
}

// Tuning says how the detector is to watch single vendors.
func (n *Notifier) Tuning() map[string]spike.Tuning {
	_, now := n.o.Incidents()
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.o.File.tuning(n.o.Catalogue, n.actions, now)
}

// serve sends the messages of one channel, and repeats the last one of a thread where
// the receiver needs that.
func (n *Notifier) serve(ctx context.Context, c *channel.Config, due []notice) error {
	f := n.faults[c.Name]
	if f.gone || n.o.Now().Before(f.until) {
		return nil
	}
	for k := range due {
		if ok, err := n.send(ctx, c, &due[k]); err != nil || !ok {
			return err
		}
	}
	if c.Resend() > 0 {
		return n.resend(ctx, c)
	}
	return nil
}

// send sends one message and writes down what became of it. Invariant 8: it is written
// down as sent only when the receiver has taken it. A message that is refused for good
// is written down as failed, and the thread goes on without it; for any other failure
// the channel is left alone for a while, and ok is false.
func (n *Notifier) send(ctx context.Context, c *channel.Config, d *notice) (ok bool, err error) {
	m, err := n.compose(ctx, d)
	if err != nil {
		return false, err
	}
	f := n.faults[c.Name]
	f.tries[m.ID]++
	row := query.Notification{
		ID: m.ID, Incident: d.ID, Channel: d.Channel, Rule: d.Rule, Thread: d.ID, Number: uint32(d.Number), Event: d.Event, Incidents: d.Incidents,
		Digest: d.News, Title: m.Title, Reference: m.Reference, State: query.Tried, At: d.At, Attempts: f.tries[m.ID],
	}
	if d.Event == channel.Opened { // should we end now, the thread must end all the same
		if err := n.write(ctx, &row); err != nil {
			return false, err
		}
	}
	began := n.o.Now()
	sending, cancel := context.WithTimeout(ctx, sendTimeout)
	reference, failure := n.channels[c.Name].Send(sending, m)
	cancel()
	n.o.Metrics.duration.WithLabelValues(c.Kind).Observe(n.o.Now().Sub(began).Seconds())
	if ctx.Err() != nil && failure != nil {
		return false, nil // we are stopping; it is planned again
	}
	row.State, row.Reference = query.Sent, reference
	answer := (*channel.Error)(nil)
	switch {
	case failure == nil:
		f.pause = 0
		n.o.Metrics.sent.WithLabelValues(c.Name, d.Event).Inc()
	case errors.As(failure, &answer) && answer.Permanent:
		row.State, row.Detail = query.Failed, failure.Error()
		f.gone = answer.Gone
		n.o.Metrics.dropped.WithLabelValues(c.Name).Inc() // Invariant 6
		n.o.Log.Error("an alert was refused", "channel", c.Name, "title", m.Title, "error", failure)
	default:
		f.pause = min(max(firstTry, 2*f.pause), lastTry)
		wait := f.pause + rand.N(f.pause/4)
		if answer != nil && answer.After > 0 {
			wait = answer.After
		}
		f.until = n.o.Now().Add(wait)
		row.State, row.Detail = query.Tried, failure.Error()
		n.o.Metrics.errors.WithLabelValues(c.Name).Inc()
		n.o.Log.Warn("an alert could not be sent; it is tried again", "channel", c.Name, "title", m.Title, "after", wait.Round(time.Second), "error", failure)
	}
	if row.State != query.Tried {
		delete(f.tries, m.ID)
		n.note(&d.thread, reference)
	}
	return row.State != query.Tried, n.write(ctx, &row)
}

// note takes over what the thread is after a message.
func (n *Notifier) note(now *thread, reference string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := *now
	t.Reference = reference
	for k, old := range n.threads {
		if old.Channel == t.Channel && old.ID == t.ID {
			delete(n.resent, old)
			n.threads[k] = &t
			n.resent[&t] = n.o.Now()
			return
		}
	}
	n.threads = append(n.threads, &t)
	n.resent[&t] = n.o.Now()
}

// resend repeats the last message of open threads. It is no news and is not written down.
func (n *Notifier) resend(ctx context.Context, c *channel.Config) error {
	incidents, _ := n.o.Incidents()
	for _, t := range n.open(c.Name) {
		n.mu.Lock()
		rests := n.o.Now().Sub(n.resent[t]) < c.Resend()
		n.mu.Unlock()
		if rests {
			continue
		}
		var members []*query.Incident
		for k := range incidents {
			if slices.Contains(t.Incidents, incidents[k].ID) {
				members = append(members, &incidents[k])
			}
		}
		if len(members) == 0 {
			continue
		}
		g := groups(members)[0]
		m, err := n.compose(ctx, &notice{thread: *t, group: g})
		if err != nil {
			return err
		}
		if _, err := n.channels[c.Name].Send(ctx, m); err != nil {
			n.o.Metrics.errors.WithLabelValues(c.Name).Inc()
			return nil // the next time will do
		}
		n.mu.Lock()
		n.resent[t] = n.o.Now()
		n.mu.Unlock()
	}
	return nil
}

func (n *Notifier) open(channelName string) (all []*thread) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.threads {
		if t.Channel == channelName && t.open() {
			all = append(all, t)
		}
	}
	return all
}

// recall reads the threads as they were written down.
func (n *Notifier) recall(ctx context.Context) error {
	rows, err := n.db.Notifications(ctx, n.o.Now().Add(-threadsFor), 10000)
	if err != nil {
		return err
	}
	n.threads = []*thread{}
	for _, r := range slices.Backward(rows) { // the oldest first
		n.written = max(n.written, r.Version)
		if r.State == query.Tried && r.Event != channel.Opened || r.Event == channel.Test {
			continue
		}
		t := &thread{
			ID: r.Thread, Rule: r.Rule, Channel: r.Channel, Incidents: r.Incidents, Number: int(r.Number), Event: r.Event, News: r.Digest,
			OpenedAt: r.At, At: r.At, Reference: r.Reference, unsure: r.State == query.Tried,
		}
		t.Root = rootOfNews(r.Digest)
		k := slices.IndexFunc(n.threads, func(o *thread) bool { return o.Channel == t.Channel && o.ID == t.ID })
		if k < 0 {
			n.threads = append(n.threads, t)
			continue
		}
		if t.Event != channel.Opened {
			t.OpenedAt = n.threads[k].OpenedAt
		}
		n.threads[k] = t
	}
	return nil
}

// write writes down what became of a message.
func (n *Notifier) write(ctx context.Context, r *query.Notification) error {
	n.mu.Lock()
	n.written = max(n.written+1, uint64(n.o.Now().UnixMicro()))
	r.Version = n.written
	n.mu.Unlock()
	return Record(ctx, n.o.Conn, r)
}

// Record writes a notification down.
func Record(ctx context.Context, conn Conn, r *query.Notification) error {
	incidents := r.Incidents
	if incidents == nil {
		incidents = []string{}
	}
	err := conn.Exec(ctx, "INSERT INTO "+schema.Notifications+` (id, incident, channel, rule, thread, number, event, incidents, digest, title, reference, state, at, detail, attempts, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Incident, r.Channel, r.Rule, r.Thread, r.Number, r.Event, incidents, r.Digest, r.Title, r.Reference, r.State, r.At, r.Detail, r.Attempts, r.Version)
	if err != nil {
		return fmt.Errorf("writing down what became of a message: %w", err)
	}
	return nil
}
