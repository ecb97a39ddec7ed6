package nlp

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// Group is the consumer group of all workers, where none is named.
const Group = "outcry-nlp"

// Consumer reads topics as a member of a group; *kafka.Client is one.
type Consumer interface {
	Consume(ctx context.Context, o kafka.GroupOptions, h kafka.Handler) error
}

// Writer puts records into one topic. Write returns nil only when all are
// acknowledged; it retries what a retry may mend. *kafka.Writer is one.
type Writer interface {
	Write(ctx context.Context, recs []kafka.Record) error
}

// WorkerOptions are what a Worker needs. Workers, Now and Metrics may be left out.
type WorkerOptions struct {
	Tagger   *Tagger
	Consumer Consumer
	// Topics are the names; Posts is read.
	Topics            kafka.Topics
	Tags, DeadLetters Writer
	// Group is the consumer group; empty means Group.
	Group string
	// Pseudonyms replaces authors that came raw.
	Pseudonyms post.Pseudonymizer
	// Workers is how many posts of a batch are tagged side by side; 0 is one a processor.
	Workers int
	Log     *slog.Logger
	Metrics *Metrics
	Now     func() time.Time
}

// Worker tags posts from one topic into another.
type Worker struct{ o WorkerOptions }

// NewWorker makes a worker. It does nothing before Run.
func NewWorker(o WorkerOptions) *Worker {
	if o.Group == "" {
		o.Group = Group
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Worker{o}
}

// Run tags until ctx ends. Faults of Kafka are retried for as long as it takes.
func (w *Worker) Run(ctx context.Context) error {
	return w.o.Consumer.Consume(ctx, kafka.GroupOptions{Group: w.o.Group, Topics: []string{w.o.Topics.Posts}}, w.handle)
}

// handle tags one batch of one partition.
//
// Invariant 2: it returns nil only when tags and dead letters are acknowledged;
// then the offsets are committed. Invariant 4: the same record gives the same tag,
// so a batch that comes again changes nothing.
func (w *Worker) handle(ctx context.Context, recs []kafka.Record) error {
	start := w.o.Now()
	w.o.Metrics.received.Add(float64(len(recs)))
	outs := w.process(recs)
	tags, letters := split(outs)
	err := w.write(ctx, tags, letters)
	w.o.Metrics.duration.Observe(w.o.Now().Sub(start).Seconds())
	if err != nil {
		w.o.Metrics.errors.WithLabelValues("write").Inc()
		return err
	}
	w.count(outs)
	return nil
}

// write puts everything into Kafka. Tags that Kafka finds too large become dead
// letters themselves.
func (w *Worker) write(ctx context.Context, tags []*outcome, letters []kafka.Record) error {
	recs := make([]kafka.Record, len(tags))
	for i, t := range tags {
		recs[i] = t.record
	}
	err := w.o.Tags.Write(ctx, recs)
	var large *kafka.TooLargeError
	if errors.As(err, &large) {
		for _, i := range large.Indexes {
			tags[i].reject(string(post.TooLarge), "the tag is larger than kafka takes", w.o.Now())
			letters = append(letters, tags[i].record)
		}
		err = nil
	}
	if err != nil || len(letters) == 0 {
		return err
	}
	err = w.o.DeadLetters.Write(ctx, letters)
	if errors.As(err, &large) { // cannot be: a dead letter keeps 4 KiB
		w.o.Log.Error("dead letters are too large and are lost", "count", len(large.Indexes))
		w.o.Metrics.errors.WithLabelValues("dead_letter_lost").Add(float64(len(large.Indexes)))
		return nil
	}
	return err
}

// split parts tags from dead letters, both in order.
func split(outs []outcome) (tags []*outcome, letters []kafka.Record) {
	tags = make([]*outcome, 0, len(outs))
	for i := range outs {
		if outs[i].rejected != "" {
			letters = append(letters, outs[i].record)
			continue
		}
		tags = append(tags, &outs[i])
	}
	return tags, letters
}

// count notes what became of a batch. Invariant 6: every record is in one counter.
func (w *Worker) count(outs []outcome) {
	m := w.o.Metrics
	for i := range outs {
		switch o := &outs[i]; {
		case o.rejected != "":
			m.dropped.WithLabelValues(o.rejected).Inc()
		default:
			m.sent.Inc()
			if o.filtered != "" {
				m.filtered.WithLabelValues(o.filtered).Inc()
			}
		}
		if outs[i].failed {
			m.errors.WithLabelValues("tagger").Inc()
		}
	}
}
