package kafka

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// generation is the time between two rebalances: a fixed set of partitions.
type generation struct {
	g   *group
	gen *kafkago.Generation

	committed atomic.Bool
	// commits go one at a time: goroutines that wait for answers on one connection
	// of kafka-go take its lock from each other, for tens of milliseconds.
	commits sync.Mutex
	mu      sync.Mutex
	err     error // the first failure
}

// generation reads the assigned partitions until the generation ends: by a
// rebalance, the end of ctx, or a failure, which it returns.
func (g *group) generation(ctx context.Context, gen *kafkago.Generation, known map[string]int) (committed bool, err error) {
	r := &generation{g: g, gen: gen}
	var wg sync.WaitGroup
	start := func(f func(ctx context.Context) error) {
		wg.Add(1)
		gen.Start(func(gctx context.Context) {
			defer wg.Done()
			r.fail(f(gctx))
		})
	}
	var parts []*partition
	for topic, assigned := range gen.Assignments {
		for _, a := range assigned {
			p := r.partition(topic, a)
			parts = append(parts, p)
			start(func(gctx context.Context) error { return p.run(ctx, gctx) })
		}
	}
	start(func(gctx context.Context) error { return r.watchStalls(gctx, parts) })
	start(func(gctx context.Context) error { return g.watchPartitions(gctx, known) })
	assigned := g.client.metrics.assigned.WithLabelValues(g.opt.Group)
	assigned.Add(float64(len(parts)))
	g.log.Info("partitions assigned", "partitions", len(parts), "generation", gen.ID)
	wg.Wait()
	assigned.Sub(float64(len(parts)))
	for _, p := range parts {
		g.client.metrics.lag.DeleteLabelValues(g.opt.Group, p.topic, p.label)
	}
	return r.committed.Load(), r.err
}

func (r *generation) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

func (r *generation) commit(topic string, partition int, next int64) error {
	r.commits.Lock()
	defer r.commits.Unlock()
	return r.gen.CommitOffsets(map[string]map[int]int64{topic: {partition: next}})
}

// partition is one assigned partition within a generation.
type partition struct {
	r     *generation
	topic string
	id    int
	label string
	fetch *fetcher

	handling atomic.Bool  // a handler is at work: no stall of ours
	next     atomic.Int64 // behind the last record handed on or passed over
	moved    atomic.Int64 // when next or handling last changed, unix nanoseconds
}

func (r *generation) partition(topic string, a kafkago.PartitionAssignment) *partition {
	g := r.g
	p := &partition{r: r, topic: topic, id: a.ID, label: strconv.Itoa(a.ID)}
	p.next.Store(a.Offset)
	p.touch()
	p.fetch = &fetcher{
		client: g.client, topic: topic, partition: a.ID, offset: a.Offset, log: g.log,
		beyondWait: g.opt.BeyondWait,
		onSkip: func(n int64) {
			g.client.metrics.skipped.WithLabelValues(g.opt.Group, topic).Add(float64(n))
		},
		onReset: func(reason string) {
			g.client.metrics.resets.WithLabelValues(g.opt.Group, topic, reason).Inc()
		},
	}
	return p
}

// seen notes the end of the partition as a fetch has shown it.
func (p *partition) seen(next, end int64) {
	if next >= end {
		p.touch() // all is fetched: nothing to stand still before
	}
	if done := p.next.Load(); done >= 0 {
		p.r.g.client.metrics.lag.WithLabelValues(p.r.g.opt.Group, p.topic, p.label).Set(float64(max(0, end-done)))
	}
}

func (p *partition) touch() { p.moved.Store(time.Now().UnixNano()) }

// run hands the partition's records to the handler, batch by batch, until the
// generation ends.
func (p *partition) run(ctx, gctx context.Context) error {
	fctx, stop := context.WithCancel(gctx)
	chunks := make(chan []Record, 1) // one fetch ahead of the handler; a full channel stops the fetching
	fetched := make(chan error, 1)
	go func() {
		fetched <- p.fetch.run(fctx, func(recs []Record, next, end int64) error {
			p.seen(next, end)
			if len(recs) == 0 {
				return nil
			}
			select {
			case chunks <- recs:
			case <-fctx.Done():
			}
			return nil
		})
	}()
	err := p.batches(ctx, gctx, chunks, fetched)
	stop()
	<-fetched //nolint:errcheck // batches has taken the error, or we stopped it ourselves
	return err
}

func (p *partition) batches(ctx, gctx context.Context, chunks <-chan []Record, fetched chan error) error {
	hctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(gctx, func() { time.AfterFunc(p.r.g.opt.Drain, cancel) })()

	opt := p.r.g.opt
	var buf []Record
	wait := time.NewTimer(opt.MaxWait)
	wait.Stop()
	for {
		for len(buf) >= opt.MaxBatch {
			if err := p.do(hctx, gctx, buf[:opt.MaxBatch:opt.MaxBatch]); err != nil || gctx.Err() != nil {
				return err
			}
			if buf = buf[opt.MaxBatch:]; len(buf) > 0 {
				wait.Reset(opt.MaxWait)
			}
		}
		select {
		case <-gctx.Done():
			return nil
		case err := <-fetched:
			fetched <- nil
			return err
		case chunk := <-chunks:
			if len(buf) == 0 {
				wait.Reset(opt.MaxWait)
			}
			buf = append(buf, chunk...)
		case <-wait.C:
			if len(buf) == 0 {
				continue
			}
			if err := p.do(hctx, gctx, buf); err != nil {
				return err
			}
			buf = nil
		}
	}
}

// do handles one batch and commits it.
func (p *partition) do(hctx, gctx context.Context, recs []Record) error {
	if gctx.Err() != nil {
		return nil // called back: another member has them
	}
	g := p.r.g
	m := g.client.metrics
	next := recs[len(recs)-1].Offset + 1
	p.handling.Store(true)
	defer func() { p.touch(); p.handling.Store(false) }()

	start := time.Now()
	err := g.handle(hctx, recs)
	m.handling.WithLabelValues(g.opt.Group).Observe(time.Since(start).Seconds())
	if err != nil {
		m.errors.WithLabelValues("handle", kind(err)).Inc()
		return fmt.Errorf("handling %s partition %d at %d: %w", p.topic, p.id, recs[0].Offset, err)
	}
	// Invariant 2: the handler has said that the work is durable.
	// Invariant 3: the commit carries the generation, and the coordinator refuses
	// it once another generation has the partition.
	if err := p.r.commit(p.topic, p.id, next); err != nil {
		m.errors.WithLabelValues("commit", kind(err)).Inc()
		if gctx.Err() != nil {
			g.log.Info("offset not committed: the partition was called back", "topic", p.topic, "partition", p.id, "offset", next, "err", err)
			return nil
		}
		return fmt.Errorf("committing %s partition %d at %d: %w", p.topic, p.id, next, err)
	}
	p.r.committed.Store(true)
	p.next.Store(next)
	m.commits.WithLabelValues(g.opt.Group).Inc()
	m.read.WithLabelValues(g.opt.Group, p.topic).Add(float64(len(recs)))
	return nil
}
