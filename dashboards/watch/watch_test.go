package watch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/dashboards/spike"
	"github.com/outcry/outcry/dashboards/watch"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// tale is a day of chatter about netflix and aws, then an hour in which both fail.
func tale() []tag.Tag {
	rng := rand.New(rand.NewPCG(7, 7))
	var all []tag.Tag
	say := func(at time.Time, vendor string, outage tag.Outage) {
		n := len(all)
		role := tag.Affected
		if outage == tag.None {
			role = tag.Mentioned
		}
		all = append(all, tag.Tag{
			ID: fmt.Sprint(n), Source: []string{"x", "bluesky"}[n%2], Author: querytest.Pseudonym(n), Text: fmt.Sprint("words of their own ", n), Cluster: tag.Hash(n + 1),
			CreatedAt: at.Add(time.Duration(rng.IntN(60000)) * time.Millisecond), Outage: outage, OutageScore: 0.9, Sentiment: tag.Negative,
			Vendors: []tag.Mention{{Vendor: vendor, Role: role, Sentiment: tag.Negative, Score: 1}}, Simulated: true,
		})
	}
	for m := range 13 * 60 {
		at := monday.Add(time.Duration(m) * time.Minute)
		say(at, "netflix", tag.None)
		if m%7 == 0 {
			say(at, "aws", tag.None)
			say(at, "hulu", tag.None)
		}
		if m >= 11*60 && m < 12*60 {
			for range 4 {
				say(at, "netflix", tag.Report)
			}
			say(at, "aws", tag.Report)
			say(at, "aws", tag.Report)
		}
	}
	return all
}

var options = spike.Options{Supply: []spike.Supply{{Customer: "netflix", Supplier: "aws"}, {Customer: "hulu", Supplier: "aws"}}}

type stage struct {
	t    *testing.T
	conn driver.Conn
	head time.Time
	now  time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return &stage{t: t, conn: clickhousetest.Open(t, clickhousetest.Start(t), clickhouse.Writer), head: monday, now: time.Now()}
}

func (s *stage) watcher(conn watch.Conn, holder string) *watch.Watcher {
	return watch.New(watch.Options{
		Conn: conn, Detector: options, Holder: holder, Every: 5 * time.Millisecond,
		Clock: func(context.Context) (time.Time, error) { return s.head, nil },
		Now:   func() time.Time { return s.now },
	})
}

// found are the incidents and changes in the tables, in words.
func (s *stage) found() []string {
	s.t.Helper()
	db := query.New(s.conn, nil)
	rows, err := db.Incidents(s.t.Context(), query.Window{From: monday, To: monday.AddDate(0, 0, 7)})
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, i := range rows {
		i.Version = 0
		all = append(all, fmt.Sprintf("%s %s %d people, cause %s, %d posts, blamed %v, closed %t", i.ID, i.State, i.Authors, i.Cause, len(i.Posts), i.Blamed, !i.Open()))
		changes, err := db.Changes(s.t.Context(), i.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, c := range changes {
			all = append(all, fmt.Sprintf("%s %s: %s to %s because %s", i.ID, c.At.Format("15:04"), c.From, c.To, c.Reason))
		}
	}
	return all
}

// turns lets a watcher work through the last hours of the tale.
func (s *stage) turns(w func(minute int) *watch.Watcher) {
	s.t.Helper()
	for m := 11 * 60; m <= 13*60; m += 3 {
		s.head = monday.Add(time.Duration(m) * time.Minute)
		s.now = s.now.Add(time.Second)
		if err := w(m).Turn(s.t.Context()); err != nil && !errors.Is(err, errCrash) {
			s.t.Fatal(err)
		}
	}
}

// TestWatch tells the tale minute by minute and finds it in the tables.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	querytest.Insert(t, s.conn, tale()...)
	w := s.watcher(s.conn, "a")
	s.turns(func(int) *watch.Watcher { return w })
	text := strings.Join(s.found(), "\n")
	for _, want := range []string{"netflix-20260302T110", "aws-20260302T11", "cause aws", "signal to confirmed", "recovering to closed"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	held, at := w.Incidents()
	if len(held) != 2 || held[0].Open() || !at.Equal(s.head) || !held[0].Simulated {
		t.Errorf("the watcher holds %+v at %s", held, at)
	}
	select {
	case <-w.Changed():
	default:
		t.Error("nobody was told")
	}
}

var errCrash = errors.New("crash")

// crashing is a connection on which the nth write is the last one: it takes effect or
// not, but nobody hears of it.
type crashing struct {
	driver.Conn
	left *int
	done bool // whether the last write takes effect
}

func (c crashing) write(do func() error) error {
	if *c.left--; *c.left > 0 {
		return do()
	}
	if *c.left == 0 && c.done {
		if err := do(); err != nil {
			return err
		}
	}
	return errCrash
}

func (c crashing) Exec(ctx context.Context, query string, args ...any) error {
	if strings.Contains(query, "leases") {
		return c.Conn.Exec(ctx, query, args...)
	}
	return c.write(func() error { return c.Conn.Exec(ctx, query, args...) })
}

func (c crashing) PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (driver.Batch, error) {
	b, err := c.Conn.PrepareBatch(ctx, query, opts...)
	return crashingBatch{b, c}, err
}

type crashingBatch struct {
	driver.Batch
	c crashing
}

func (b crashingBatch) Send() error { return b.c.write(b.Batch.Send) }

// TestCrash ends the process at the first, second, third … write, before it and after
// it took effect, again and again: the tables tell the same in the end.
func TestCrash(t *testing.T) {
	t.Parallel()
	posts := tale()
	calm := newStage(t)
	querytest.Insert(t, calm.conn, posts...)
	w := calm.watcher(calm.conn, "a")
	calm.turns(func(int) *watch.Watcher { return w })
	want := calm.found()
	if len(want) < 8 {
		t.Fatalf("the tale has only %q", want)
	}
	for after := 1; after <= 4; after++ {
		for _, done := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d %t", after, done), func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				querytest.Insert(t, s.conn, posts...)
				crashes := 0
				s.turns(func(minute int) *watch.Watcher {
					if minute%2 == 0 {
						return s.watcher(s.conn, "a")
					}
					crashes++
					left := after
					return s.watcher(crashing{s.conn, &left, done}, "a")
				})
				if err := s.watcher(s.conn, "a").Turn(t.Context()); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, s.found()); d != "" || crashes < 10 {
					t.Errorf("after %d crashes the tables differ (-calm +crashed):\n%s", crashes, d)
				}
			})
		}
	}
}

// TestLate brings posts after their minute was counted: they count once, and old ones not.
func TestLate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var onTime, late []tag.Tag
	for _, g := range tale() {
		if g.Outage == tag.Report && g.CreatedAt.Minute() < 20 {
			late = append(late, g)
			continue
		}
		onTime = append(onTime, g)
	}
	querytest.Insert(t, s.conn, onTime...)
	w := s.watcher(s.conn, "a")
	s.head = monday.Add(11*time.Hour + 20*time.Minute)
	if err := w.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.found()); n != 0 {
		t.Fatalf("%d incidents without a report", n)
	}
	querytest.Insert(t, s.conn, late...)
	for _, restart := range []bool{false, true} { // the posts are there again and again
		if restart {
			w = s.watcher(s.conn, "a")
		}
		s.head = s.head.Add(time.Minute)
		if err := w.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	held, _ := w.Incidents()
	if len(held) != 2 || held[0].Authors < 40 || held[0].Authors > 48 || held[1].Authors < 80 || held[1].Authors > 92 {
		t.Errorf("late posts gave %+v", held)
	}
}

// TestLease lets two processes want to watch: one does, and the other takes over.
func TestLease(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.watcher(s.conn, "a")
	if err := a.Turn(t.Context()); err != nil || !a.Holds() {
		t.Fatalf("the first has the lease %t: %v", a.Holds(), err)
	}
	s.now = s.now.Add(time.Second)
	b := s.watcher(s.conn, "b")
	if err := b.Turn(t.Context()); err != nil || b.Holds() {
		t.Fatalf("the second has the lease, too: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := a.Run(ctx); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(10 * time.Second)
	if err := b.Turn(t.Context()); err != nil || !b.Holds() || a.Holds() {
		t.Errorf("after the first has stopped the second has the lease %t: %v", b.Holds(), err)
	}
	s.now = s.now.Add(20 * time.Second)
	if b.Holds() {
		t.Error("a process without a sign of life still holds the lease")
	}
}

// TestBroken begins anew where the saved detector cannot be read, and closes what it
// does not know.
func TestBroken(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var posts []tag.Tag
	for _, g := range tale() {
		if g.CreatedAt.Before(monday.Add(11*time.Hour + 30*time.Minute)) {
			posts = append(posts, g)
		}
	}
	querytest.Insert(t, s.conn, posts...)
	s.head = monday.Add(11*time.Hour + 30*time.Minute)
	if err := s.watcher(s.conn, "a").Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Exec(t.Context(), "INSERT INTO incidents (id, vendor, state, opened_at, seen_at, version) VALUES ('hulu-x', 'hulu', 'signal', ?, ?, 1)", s.head, s.head); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Exec(t.Context(), "INSERT INTO detector_states (name, position, state, outcome, version) SELECT name, position, 'broken', outcome, version + 1 FROM detector_states"); err != nil {
		t.Fatal(err)
	}
	w := s.watcher(s.conn, "a")
	if err := w.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	open := 0
	held, _ := w.Incidents()
	for _, i := range held {
		if i.Open() {
			open++
		}
		if i.ID == "hulu-x" && i.Open() {
			t.Error("an incident that nobody watches is open")
		}
	}
	if len(held) != 3 || open != 2 {
		t.Errorf("the watcher holds %+v", held)
	}
}
