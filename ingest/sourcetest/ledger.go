package sourcetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// ledger is Kafka for these tests.
type ledger struct {
	mu      sync.Mutex
	records []kafka.Record
	posts   []post.Post
	letters []kafka.DeadLetter
	cursors map[string]string
}

func newLedger() *ledger { return &ledger{cursors: map[string]string{}} }

type writer func(recs []kafka.Record)

func (w writer) Write(ctx context.Context, recs []kafka.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w(recs)
	return nil
}

func (l *ledger) Load(context.Context) (map[string]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]string{}
	for k, v := range l.cursors {
		all[k] = v
	}
	return all, nil
}

func (l *ledger) Save(_ context.Context, source, cursor string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cursors[source] = cursor
	return nil
}

// cursor is that of the only source.
func (l *ledger) cursor() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.cursors {
		return c
	}
	return ""
}

// await waits until what must happen has happened.
func (l *ledger) await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !happened() {
		select {
		case <-tick.C:
		case <-late.C:
			l.mu.Lock()
			defer l.mu.Unlock()
			t.Fatalf("waiting for %s: there are %d posts and %d dead letters", what, len(l.posts), len(l.letters))
		}
	}
}

func (l *ledger) has(ids ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := map[string]bool{}
	for _, p := range l.posts {
		seen[p.ID] = true
	}
	return !slices.ContainsFunc(ids, func(id string) bool { return !seen[id] })
}

// order gives the ids in the order in which they came first.
func (l *ledger) order(ids []string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	var got []string
	for _, p := range l.posts {
		if wanted[p.ID] {
			got = append(got, p.ID)
			delete(wanted, p.ID)
		}
	}
	return got
}

func (l *ledger) deleted(id string) bool { return l.find(id, post.KindDelete) >= 0 }

// find is the index of the first record of that id and kind, or -1.
func (l *ledger) find(id string, k post.Kind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.IndexFunc(l.posts, func(p post.Post) bool { return p.ID == id && p.Kind == k })
}

// running is a source under the runner.
type running struct {
	runner *ingest.Runner
	book   *ledger
	cancel context.CancelFunc
	done   chan struct{}
}

// start runs a source into the ledger until the test ends or stop is called.
func start(t *testing.T, s ingest.Source, book *ledger) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{book: book, cancel: cancel, done: make(chan struct{})}
	r.runner = ingest.NewRunner(ingest.Options{
		Sources: []ingest.Source{s},
		Posts: writer(func(recs []kafka.Record) {
			book.mu.Lock()
			defer book.mu.Unlock()
			for _, rec := range recs {
				p, err := post.Decode(rec.Value)
				if err != nil {
					t.Errorf("the runner wrote %q: %v", rec.Value, err)
				}
				book.records = append(book.records, rec)
				book.posts = append(book.posts, p)
			}
		}),
		DeadLetters: writer(func(recs []kafka.Record) {
			book.mu.Lock()
			defer book.mu.Unlock()
			for _, rec := range recs {
				book.letters = append(book.letters, kafka.ParseDeadLetter(rec))
			}
		}),
		// An entry of a status page is a post for these tests.
		Official: writer(func(recs []kafka.Record) {
			book.mu.Lock()
			defer book.mu.Unlock()
			for _, rec := range recs {
				o, err := post.DecodeOfficial(rec.Value)
				if err != nil {
					t.Errorf("the runner wrote %q: %v", rec.Value, err)
				}
				book.records = append(book.records, rec)
				book.posts = append(book.posts, post.Post{ID: o.EventID, Kind: post.KindPost})
			}
		}),
		Cursors: book, Pseudonyms: post.NewPseudonymizer([]byte("a key for tests")),
		Backoff: backoff, CursorEvery: time.Millisecond,
	})
	go func() {
		defer close(r.done)
		_ = r.runner.Run(ctx) // that ctx ended is all that it can say
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

// stop ends the source, which must not take longer than a second.
func (r *running) stop(t *testing.T) {
	t.Helper()
	began := time.Now()
	r.cancel()
	<-r.done
	if took := time.Since(began); took > time.Second {
		t.Errorf("stopping took %s", took)
	}
}
