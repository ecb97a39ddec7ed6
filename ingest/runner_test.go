package ingest_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// house is a Kafka of maps and slices. journal has everything in the order in
// which it became durable.
type house struct {
	mu      sync.Mutex
	journal []string
	posts   []kafka.Record
	letters []kafka.DeadLetter
	cursors map[string]string
	fail    func(what string) error
}

func (h *house) durable(what string, f func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		if err := h.fail(what); err != nil {
			return err
		}
	}
	f()
	return nil
}

type writerFunc func(recs []kafka.Record) error

func (w writerFunc) Write(ctx context.Context, recs []kafka.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return w(recs)
}

func (h *house) Load(context.Context) (map[string]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]string{}
	for k, v := range h.cursors {
		all[k] = v
	}
	return all, nil
}

func (h *house) Save(_ context.Context, source, cursor string) error {
	return h.durable("cursor", func() {
		if h.cursors == nil {
			h.cursors = map[string]string{}
		}
		h.cursors[source] = cursor
		h.journal = append(h.journal, "cursor "+cursor)
	})
}

func (h *house) options(sources ...ingest.Source) ingest.Options {
	return ingest.Options{
		Sources: sources,
		Posts: writerFunc(func(recs []kafka.Record) error {
			return h.durable("posts", func() {
				h.posts = append(h.posts, recs...)
				for _, r := range recs {
					p, err := post.Decode(r.Value)
					if err != nil {
						panic(err)
					}
					h.journal = append(h.journal, string(p.Kind)+" "+p.ID)
				}
			})
		}),
		DeadLetters: writerFunc(func(recs []kafka.Record) error {
			return h.durable("letters", func() {
				for _, r := range recs {
					d := kafka.ParseDeadLetter(r)
					h.letters = append(h.letters, d)
					h.journal = append(h.journal, "letter "+d.Reason)
				}
			})
		}),
		Cursors:     h,
		Pseudonyms:  post.NewPseudonymizer([]byte("a key of the test")),
		CursorEvery: time.Nanosecond,
	}
}

// script is a source that runs a function.
type script struct {
	name string
	run  func(ctx context.Context, cursor string, emit ingest.Emit) error
}

func (s script) Name() string { return s.name }
func (s script) Run(ctx context.Context, cursor string, emit ingest.Emit) error {
	return s.run(ctx, cursor, emit)
}

func aPost(id string) post.Post {
	return post.Post{
		ID: id, Source: "test", Author: "alice", Text: "is it down?",
		CreatedAt: time.Date(1999, 12, 24, 20, 24, 0, 0, time.UTC), CollectedAt: time.Date(1999, 12, 24, 20, 25, 0, 0, time.UTC),
	}
}

// once emits the batches and is done.
func once(batches ...ingest.Batch) script {
	return script{"test", func(ctx context.Context, _ string, emit ingest.Emit) error {
		for _, b := range batches {
			if err := emit(ctx, b); err != nil {
				return err
			}
		}
		return nil
	}}
}

func TestPostsBeforeLettersBeforeCursor(t *testing.T) {
	t.Parallel()
	var h house
	bad := aPost("bad")
	bad.CreatedAt = time.Time{}
	err := ingest.NewRunner(h.options(once(
		ingest.Batch{Posts: []post.Post{aPost("1"), bad, aPost("2")}, Cursor: "a"},
		ingest.Batch{Rejects: []ingest.Reject{{Reason: post.BadJSON, Position: "f:3"}}, Cursor: "b"},
	))).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"post 1", "post 2", "letter missing_field", "cursor a", "letter bad_json", "cursor b"}
	if d := cmp.Diff(want, h.journal); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
}

// TestCursorNeverPassesAFailedWrite holds invariant 1, whichever write fails.
func TestCursorNeverPassesAFailedWrite(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"posts", "letters"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var h house
				failures := 3
				h.fail = func(w string) error {
					if w == what && failures > 0 {
						failures--
						return errors.New("broker is away")
					}
					return nil
				}
				var cursors []string
				src := script{"test", func(ctx context.Context, cursor string, emit ingest.Emit) error {
					cursors = append(cursors, cursor)
					if cursor == "end" {
						return nil
					}
					return errors.Join(emit(ctx, ingest.Batch{
						Posts: []post.Post{aPost("1")}, Rejects: []ingest.Reject{{Reason: post.BadJSON}}, Cursor: "end",
					}))
				}}
				r := ingest.NewRunner(h.options(src))
				if err := r.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff([]string{"", "", "", ""}, cursors); d != "" {
					t.Errorf("cursors that the source was started with (-want +got):\n%s", d)
				}
				last := h.journal[len(h.journal)-1]
				if last != "cursor end" || strings.Count(strings.Join(h.journal, ";"), "cursor") != 1 {
					t.Errorf("journal is %q; the cursor must come once, at the end", h.journal)
				}
				if got := r.Health()[0]; got.Restarts != 3 || got.State != ingest.Done {
					t.Errorf("health is %+v, want 3 restarts and done", got)
				}
			})
		})
	}
}

func TestPseudonymsAndKeys(t *testing.T) {
	t.Parallel()
	var h house
	anonymous := aPost("2")
	anonymous.Author = ""
	forget := post.Post{Source: "test", Kind: post.KindDeleteAuthor, Author: "alice"}
	invalid := aPost("4")
	invalid.Kind = "gossip"
	o := h.options(once(ingest.Batch{
		Posts:   []post.Post{aPost("1"), anonymous, forget, invalid},
		Rejects: []ingest.Reject{{Reason: post.BadTime, Post: &post.Post{ID: "5", Source: "test", Author: "alice"}}},
	}))
	if err := ingest.NewRunner(o).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	alice := o.Pseudonyms.Pseudonym("test", "alice")
	var keys []string
	for _, r := range h.posts {
		keys = append(keys, string(r.Key))
		if strings.Contains(string(r.Value), `"alice"`) {
			t.Errorf("the raw author is in %s", r.Value)
		}
	}
	if d := cmp.Diff([]string{alice, "2", alice}, keys); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
	if len(h.letters) != 2 {
		t.Fatalf("%d dead letters, want 2", len(h.letters))
	}
	for _, d := range h.letters {
		if strings.Contains(string(d.Payload), `"alice"`) || !strings.Contains(string(d.Payload), alice) {
			t.Errorf("dead letter %s must have the pseudonym and not the author", d.Payload)
		}
	}
}

func TestCollectedAtIsSetWhereEmpty(t *testing.T) {
	t.Parallel()
	var h house
	p := aPost("1")
	p.CollectedAt = time.Time{}
	o := h.options(once(ingest.Batch{Posts: []post.Post{p, aPost("2")}}))
	now := time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC)
	o.Now = func() time.Time { return now }
	if err := ingest.NewRunner(o).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, _ := post.Decode(h.posts[0].Value)
	second, _ := post.Decode(h.posts[1].Value)
	if !first.CollectedAt.Equal(now) || !second.CollectedAt.Equal(p.CreatedAt.Add(time.Minute)) {
		t.Errorf("collected_at is %s and %s, want now and what it was", first.CollectedAt, second.CollectedAt)
	}
}

// TestRestarts holds that a source that fails at once is started again with
// growing pauses, that it begins anew after it has worked, and that what a server
// asks for is kept.
func TestRestarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h house
		var starts []time.Time
		ctx, cancel := context.WithCancel(t.Context())
		src := script{"test", func(ctx context.Context, _ string, emit ingest.Emit) error {
			starts = append(starts, time.Now())
			switch len(starts) {
			case 9: // has worked for a while
				if err := emit(ctx, ingest.Batch{Posts: []post.Post{aPost("1")}, Cursor: "x"}); err != nil {
					return err
				}
				time.Sleep(time.Minute)
			case 11:
				return &ingest.Failure{Kind: "http_429", Wait: 5 * time.Minute, Err: errors.New("slow down")}
			case 12:
				panic("the source has a bug")
			case 13:
				cancel()
			}
			return errors.New("connection refused")
		}}
		o := h.options(src)
		o.Backoff = ingest.Backoff{Min: time.Second, Max: 30 * time.Second, Reset: 10 * time.Second}
		o.Metrics = ingest.NewMetrics(prometheus.NewRegistry())
		r := ingest.NewRunner(o)
		if err := r.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run gave %v, want that its context ended", err)
		}
		for i := range starts[:len(starts)-1] {
			pause := starts[i+1].Sub(starts[i])
			low, high := time.Second/2<<min(i, 5), min(30*time.Second, time.Second<<min(i, 5))
			switch i + 1 {
			case 7, 8:
				low = 15 * time.Second
			case 9: // a minute's work, then the shortest pause
				low, high = time.Minute+time.Second/2, time.Minute+time.Second
			case 10:
				low, high = time.Second, 2*time.Second
			case 11:
				low, high = 5*time.Minute, 5*time.Minute
			case 12:
				low, high = 4*time.Second, 8*time.Second
			case 6:
				low = 15 * time.Second
			}
			if pause < low || pause > high {
				t.Errorf("pause after start %d is %s, want %s to %s", i+1, pause, low, high)
			}
		}
		got := r.Health()[0]
		if got.State != ingest.Stopped || got.Restarts != 12 || !strings.Contains(got.LastError, "bug") || got.Cursor != "x" {
			t.Errorf("health is %+v", got)
		}
	})
}

// TestOneSourceDoesNotStopAnother also holds that cursors are kept apart.
func TestOneSourceDoesNotStopAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := house{cursors: map[string]string{"good": "from here"}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var got string
		good := script{"good", func(ctx context.Context, cursor string, _ ingest.Emit) error {
			got = cursor
			<-ctx.Done()
			return ctx.Err()
		}}
		bad := script{"bad", func(context.Context, string, ingest.Emit) error { return errors.New("no") }}
		r := ingest.NewRunner(h.options(good, bad))
		_ = r.Run(ctx)
		if got != "from here" || r.Health()[0].Restarts != 0 || r.Health()[1].Restarts < 50 {
			t.Errorf("cursor %q, health %+v", got, r.Health())
		}
	})
}

func TestTwoSourcesOfOneName(t *testing.T) {
	t.Parallel()
	var h house
	if err := ingest.NewRunner(h.options(once(), once())).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "two sources are named test") {
		t.Errorf("Run gave %v", err)
	}
}

// TestCursorIsSavedAtTheEnd holds that the last cursor is durable even if it came
// sooner after the one before than cursors are saved, and though ctx has ended.
func TestCursorIsSavedAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h house
		ctx, cancel := context.WithCancel(t.Context())
		src := script{"test", func(ctx context.Context, _ string, emit ingest.Emit) error {
			for _, c := range []string{"a", "b", "c"} {
				if err := emit(ctx, ingest.Batch{Posts: []post.Post{aPost(c)}, Cursor: c}); err != nil {
					return err
				}
			}
			cancel()
			return ctx.Err()
		}}
		o := h.options(src)
		o.CursorEvery = time.Hour
		_ = ingest.NewRunner(o).Run(ctx)
		want := []string{"post a", "cursor a", "post b", "post c", "cursor c"}
		if d := cmp.Diff(want, h.journal); d != "" {
			t.Errorf("journal (-want +got):\n%s", d)
		}
	})
}

// TestTooLargeForKafka holds that a record that Kafka refuses for its size goes to
// the dead letters and the others stay.
func TestTooLargeForKafka(t *testing.T) {
	t.Parallel()
	var h house
	o := h.options(once(ingest.Batch{Posts: []post.Post{aPost("1"), aPost("2"), aPost("3")}, Cursor: "x"}))
	all := o.Posts
	o.Posts = writerFunc(func(recs []kafka.Record) error {
		if err := all.Write(t.Context(), []kafka.Record{recs[0], recs[2]}); err != nil {
			return err
		}
		return &kafka.TooLargeError{Topic: "posts", Indexes: []int{1}}
	})
	r := ingest.NewRunner(o)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"post 1", "post 3", "letter too_large", "cursor x"}, h.journal); d != "" {
		t.Errorf("journal (-want +got):\n%s", d)
	}
	if got := r.Health()[0]; h.letters[0].ID != "2" || got.Sent != 2 || got.Rejected != 1 || got.Received != 3 {
		t.Errorf("letter %+v, health %+v", h.letters[0], got)
	}
}

// TestEverythingIsCounted holds invariant 6: received is sent plus dropped.
func TestEverythingIsCounted(t *testing.T) {
	t.Parallel()
	var h house
	invalid := aPost("")
	reg := prometheus.NewPedanticRegistry()
	o := h.options(once(
		ingest.Batch{Posts: []post.Post{aPost("1"), invalid}, Filtered: map[string]int{"language": 5, "identity": 2}, Gap: 90 * time.Second, Cursor: "a"},
		ingest.Batch{Rejects: []ingest.Reject{{Reason: post.BadFrame}}},
	))
	o.Metrics = ingest.NewMetrics(reg)
	r := ingest.NewRunner(o)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP outcry_ingest_dropped_total Records left out, by reason: what cannot be used is in the dead letters, the rest was left out on purpose. A rise of bad_… reasons means that a source has changed its form.
# TYPE outcry_ingest_dropped_total counter
outcry_ingest_dropped_total{reason="bad_frame",source="test"} 1
outcry_ingest_dropped_total{reason="identity",source="test"} 2
outcry_ingest_dropped_total{reason="language",source="test"} 5
outcry_ingest_dropped_total{reason="missing_field",source="test"} 1
# HELP outcry_ingest_gap_seconds_total Length of what was skipped. Numbers of those minutes are too low.
# TYPE outcry_ingest_gap_seconds_total counter
outcry_ingest_gap_seconds_total{source="test"} 90
# HELP outcry_ingest_received_total Records that a source brought: posts, deletions, rejects and what was left out. Zero means that the source is silent or cut off.
# TYPE outcry_ingest_received_total counter
outcry_ingest_received_total{source="test"} 10
# HELP outcry_ingest_sent_total Posts and deletions that Kafka has acknowledged. Zero while records are received means that all are left out, or that Kafka does not answer.
# TYPE outcry_ingest_sent_total counter
outcry_ingest_sent_total{source="test"} 1
`
	err := testutil.GatherAndCompare(reg, strings.NewReader(want), "outcry_ingest_received_total", "outcry_ingest_sent_total", "outcry_ingest_dropped_total", "outcry_ingest_gap_seconds_total")
	if err != nil {
		t.Error(err)
	}
	if got := r.Health()[0]; got.Received != 10 || got.Sent != 1 || got.Rejected != 2 || got.Filtered != 7 || got.Gaps != 1 {
		t.Errorf("health is %+v", got)
	}
}

// dated is a source whose cursors are times.
type dated struct{ script }

func (dated) CursorTime(cursor string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, cursor)
	return t, err == nil
}

func TestCursorAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h house
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		src := dated{script{"test", func(ctx context.Context, _ string, emit ingest.Emit) error {
			_ = emit(ctx, ingest.Batch{Cursor: began.Add(-time.Hour).UTC().Format(time.RFC3339)})
			<-ctx.Done()
			return ctx.Err()
		}}}
		reg := prometheus.NewRegistry()
		o := h.options(src)
		o.Metrics = ingest.NewMetrics(reg)
		r := ingest.NewRunner(o)
		go func() { _ = r.Run(ctx) }()
		time.Sleep(31 * time.Second)
		synctest.Wait()
		mfs, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, mf := range mfs {
			if mf.GetName() == "outcry_ingest_cursor_age_seconds" {
				if got := mf.GetMetric()[0].GetGauge().GetValue(); got != 3630 {
					t.Errorf("the age is %v s, want 3630: an hour and the 30 s in which nothing came", got)
				}
				return
			}
		}
		t.Error("no age of the cursor")
	})
}
