package nlp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
)

// memory is a topic in memory that may refuse.
type memory struct {
	recs     []kafka.Record
	err      error
	tooLarge []int
}

func (m *memory) Write(_ context.Context, recs []kafka.Record) error {
	if m.err != nil {
		return m.err
	}
	m.recs = append(m.recs, recs...)
	if len(m.tooLarge) > 0 {
		return &kafka.TooLargeError{Topic: "tags", Indexes: m.tooLarge}
	}
	return nil
}

func newWorker(t *testing.T, tags, letters *memory) *Worker {
	t.Helper()
	return NewWorker(WorkerOptions{
		Tagger: newTagger(t), Topics: kafka.Topics{Posts: "posts"}, Tags: tags, DeadLetters: letters,
		Pseudonyms: post.NewPseudonymizer([]byte("a key for tests only")), Workers: 4,
		Now: func() time.Time { return time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) },
	})
}

func record(i int, value string) kafka.Record {
	return kafka.Record{Topic: "posts", Partition: 3, Offset: int64(100 + i), Key: []byte("p_0123456789abcdef01234567"), Value: []byte(value)}
}

func wire(id, author, text string) string {
	p := post.Post{ID: id, Source: "test", Author: author, CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Text: text}
	b, err := p.Encode()
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestWorkerKeepsOrderAndKeys(t *testing.T) {
	t.Parallel()
	tags, letters := new(memory), new(memory)
	w := newWorker(t, tags, letters)
	var recs []kafka.Record
	for i := range 200 {
		recs = append(recs, record(i, wire(fmt.Sprint(i), "p_0123456789abcdef01234567", "netflix is down "+fmt.Sprint(i))))
	}
	if err := w.handle(t.Context(), recs); err != nil {
		t.Fatal(err)
	}
	if len(tags.recs) != 200 || len(letters.recs) != 0 {
		t.Fatalf("%d tags and %d dead letters", len(tags.recs), len(letters.recs))
	}
	for i, r := range tags.recs {
		got, err := tag.Decode(r.Value)
		if err != nil || got.ID != fmt.Sprint(i) || string(r.Key) != "p_0123456789abcdef01234567" {
			t.Fatalf("tag %d is %+v with key %q: %v", i, got, r.Key, err)
		}
	}
	if got := testutil.ToFloat64(w.o.Metrics.sent); got != 200 {
		t.Errorf("sent_total is %v", got)
	}
}

func TestWorkerRejects(t *testing.T) {
	t.Parallel()
	tags, letters := new(memory), new(memory)
	w := newWorker(t, tags, letters)
	late := strings.Replace(wire("x", "", "hulu down"), "2026-01-01", "2031-01-01", 1)
	err := w.handle(t.Context(), []kafka.Record{
		record(0, `{"id":`), record(1, wire("1", "", "hulu is down")), record(2, `{"id":"2","source":"test"}`), record(3, late),
		record(4, wire("4", "", "good morning")), record(5, wire("5", "", "")),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range letters.recs {
		d := kafka.ParseDeadLetter(r)
		got = append(got, d.Position+" "+d.Reason+" "+d.Source+" "+d.ID)
	}
	want := []string{"3/100 bad_json  ", "3/102 missing_field test 2", "3/103 bad_time test x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dead letters (-want +got)\n%s", diff)
	}
	if len(tags.recs) != 3 {
		t.Errorf("%d tags, want 3", len(tags.recs))
	}
	for reason, want := range map[string]float64{"no_match": 1, "empty_text": 1} {
		if got := testutil.ToFloat64(w.o.Metrics.filtered.WithLabelValues(reason)); got != want {
			t.Errorf("filtered %s is %v, want %v", reason, got, want)
		}
	}
	if got := testutil.ToFloat64(w.o.Metrics.dropped.WithLabelValues("bad_json")); got != 1 {
		t.Errorf("dropped bad_json is %v", got)
	}
}

func TestWorkerLetsNoRawAuthorPass(t *testing.T) {
	t.Parallel()
	tags, letters := new(memory), new(memory)
	w := newWorker(t, tags, letters)
	rec := record(0, wire("1", "@jane.doe", "hulu is down"))
	rec.Key = []byte("@jane.doe")
	bad := record(1, strings.Replace(wire("2", "@jane.doe", "hulu is down"), "2026", "1226", 1))
	gone := record(2, `{"id":"","source":"test","kind":"delete_author","author":"@jane.doe"}`)
	broken := record(3, `{"id":"4","source":"test","author":"jane.doe","created_at":"yesterday"}`)
	if err := w.handle(t.Context(), []kafka.Record{rec, bad, gone, broken}); err != nil {
		t.Fatal(err)
	}
	all := append(tags.recs, letters.recs...)
	if len(all) != 4 || len(letters.recs) != 2 {
		t.Fatalf("%d records came out, %d of them dead letters", len(all), len(letters.recs))
	}
	for _, r := range all {
		if s := string(r.Key) + string(r.Value) + fmt.Sprint(r.Headers); strings.Contains(s, "jane") {
			t.Errorf("the raw author is in %s", s)
		}
	}
	first, _ := tag.Decode(tags.recs[0].Value)
	if string(tags.recs[0].Key) != first.Author || !post.IsPseudonym(first.Author) {
		t.Errorf("key %q, author %q", tags.recs[0].Key, first.Author)
	}
}

func TestWorkerPassesDeletes(t *testing.T) {
	t.Parallel()
	tags, letters := new(memory), new(memory)
	w := newWorker(t, tags, letters)
	if err := w.handle(t.Context(), []kafka.Record{
		record(0, `{"id":"1","source":"test","kind":"delete","collected_at":"2026-01-01T00:00:00Z"}`),
		record(1, `{"id":"","source":"test","kind":"delete_author","author":"p_0123456789abcdef01234567"}`),
	}); err != nil {
		t.Fatal(err)
	}
	var kinds []post.Kind
	for _, r := range tags.recs {
		got, err := tag.Decode(r.Value)
		if err != nil || got.Outage != "" || got.Filtered != "" {
			t.Errorf("tag %+v: %v", got, err)
		}
		kinds = append(kinds, got.Kind)
	}
	if diff := cmp.Diff([]post.Kind{post.KindDelete, post.KindDeleteAuthor}, kinds); diff != "" {
		t.Errorf("kinds (-want +got)\n%s", diff)
	}
}

func TestWorkerCommitsNothingThatIsNotDurable(t *testing.T) {
	t.Parallel()
	broken := errors.New("no acknowledgement")
	for name, m := range map[string][2]*memory{"tags": {{err: broken}, {}}, "dead letters": {{}, {err: broken}}} {
		w := newWorker(t, m[0], m[1])
		err := w.handle(t.Context(), []kafka.Record{record(0, wire("1", "", "hulu is down")), record(1, "nonsense")})
		if !errors.Is(err, broken) {
			t.Errorf("%s refused: handle returns %v", name, err)
		}
		if got := testutil.ToFloat64(w.o.Metrics.sent); got != 0 {
			t.Errorf("%s refused: sent_total is %v", name, got)
		}
	}
}

func TestWorkerBuriesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	tags, letters := &memory{tooLarge: []int{1}}, new(memory)
	w := newWorker(t, tags, letters)
	if err := w.handle(t.Context(), []kafka.Record{record(0, wire("1", "", "hulu is down")), record(1, wire("2", "", "hulu is down"))}); err != nil {
		t.Fatal(err)
	}
	if len(letters.recs) != 1 || kafka.ParseDeadLetter(letters.recs[0]).ID != "2" {
		t.Errorf("dead letters: %+v", letters.recs)
	}
	if got := testutil.ToFloat64(w.o.Metrics.dropped.WithLabelValues("too_large")); got != 1 {
		t.Errorf("dropped too_large is %v", got)
	}
}

// fixed is a consumer that hands out one batch.
type fixed struct {
	recs []kafka.Record
	got  kafka.GroupOptions
}

func (f *fixed) Consume(ctx context.Context, o kafka.GroupOptions, h kafka.Handler) error {
	f.got = o
	return h(ctx, f.recs)
}

func TestWorkerRuns(t *testing.T) {
	t.Parallel()
	tags := new(memory)
	w := newWorker(t, tags, new(memory))
	c := &fixed{recs: []kafka.Record{record(0, wire("1", "", "hulu is down"))}}
	w.o.Consumer = c
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.got.Group != "outcry-nlp" || len(c.got.Topics) != 1 || c.got.Topics[0] != "posts" || len(tags.recs) != 1 {
		t.Errorf("group options %+v, %d tags", c.got, len(tags.recs))
	}
	var m map[string]any
	if err := json.Unmarshal(tags.recs[0].Value, &m); err != nil || m["outage"] != "report" {
		t.Errorf("tag %s: %v", tags.recs[0].Value, err)
	}
}
