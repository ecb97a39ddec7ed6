package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/sink/clickhouse"
)

// bringing is a source that is read once, to its end, and accounted for: a file or
// a scenario. Each run starts at the beginning.
type bringing struct {
	name string
	read func(ctx context.Context, emit ingest.Emit) error

	account account
	keys    map[uint64]struct{}
	err     error
}

func newBringing(name string, read func(context.Context, ingest.Emit) error) *bringing {
	return &bringing{name: name, read: read, account: account{DeadLettered: map[string]int{}}, keys: map[uint64]struct{}{}}
}

// Name is the source's name in metrics and on the page.
func (b *bringing) Name() string { return b.name }

// Run reads everything. It keeps its error to itself: read again, the input would
// only fail again.
func (b *bringing) Run(ctx context.Context, _ string, emit ingest.Emit) error {
	b.err = b.read(ctx, func(ctx context.Context, batch ingest.Batch) error {
		batch.Cursor = ""
		if err := emit(ctx, batch); err != nil {
			return err
		}
		b.count(batch)
		return nil
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}

func (b *bringing) count(batch ingest.Batch) {
	b.account.Read += len(batch.Posts) + len(batch.Rejects)
	for _, r := range batch.Rejects {
		b.account.DeadLettered[string(r.Reason)]++
	}
	for i := range batch.Posts {
		p := &batch.Posts[i]
		b.account.Accepted++
		if p.Kind != post.KindPost && p.Kind != "" {
			b.account.Deletions++
			continue
		}
		if _, again := b.keys[p.Key()]; again {
			b.account.Repeated++
		}
		b.keys[p.Key()] = struct{}{}
	}
}

// noCursors makes every run start at the beginning.
type noCursors struct{}

func (noCursors) Load(context.Context) (map[string]string, error) { return nil, nil }
func (noCursors) Save(context.Context, string, string) error      { return nil }

// bring runs the source into Kafka to its end.
func (p *parts) bring(ctx context.Context, b *bringing) error {
	if err := errors.Join(p.withKafka(ctx), p.withPseudonyms()); err != nil {
		return err
	}
	topics := p.kafka.Topics()
	runner := ingest.NewRunner(ingest.Options{
		Sources: []ingest.Source{b}, Posts: p.kafka.Writer(topics.Posts), DeadLetters: p.kafka.Writer(topics.DeadLetters),
		Cursors: noCursors{}, Pseudonyms: p.pseudonyms, Log: p.a.log, Metrics: ingest.NewMetrics(p.a.reg),
	})
	p.runner = runner
	if err := runner.Run(ctx); err != nil {
		return err
	}
	return b.err
}

// settle waits until all that was brought is stored and asks what became of it.
func (p *parts) settle(ctx context.Context, b *bringing, report func(left int64)) error {
	if err := drain(ctx, p.kafka, p.e.cfg.Kafka, report); err != nil {
		return err
	}
	conn, err := clickhouse.Open(ctx, p.e.cfg.ClickHouse, clickhouse.Writer)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := b.account.settle(ctx, conn, p.e.cfg.ClickHouse.Database, b.keys); err != nil {
		return err
	}
	if n := b.account.missing(); n != 0 {
		return fmt.Errorf("%d posts are neither stored nor filtered nor dead letters: this is a fault of outcry, please report it", n)
	}
	return nil
}
