package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/vendor"
	"github.com/outcry/outcry/sink"
	"github.com/outcry/outcry/sink/clickhouse"
)

// parts are the connections that roles share, made as roles ask for them.
type parts struct {
	a *app
	e *engines

	kafka      *kafka.Client
	writer     driver.Conn
	pseudonyms post.Pseudonymizer
	catalogue  *vendor.Catalogue
	runner     *ingest.Runner
	// tagger is one for all: its networks are large, and a changed catalogue reaches all.
	tagger func() (*nlp.Tagger, error)
}

func newParts(a *app, e *engines) *parts {
	p := &parts{a: a, e: e}
	p.tagger = sync.OnceValues(func() (*nlp.Tagger, error) {
		if err := p.withCatalogue(); err != nil {
			return nil, err
		}
		return nlp.New(nlp.Options{Vendors: p.catalogue, NER: e.cfg.NLP.NER})
	})
	return p
}

// withKafka connects to Kafka and makes the topics.
func (p *parts) withKafka(ctx context.Context) (err error) {
	if p.kafka == nil {
		p.kafka, err = p.e.kafka(ctx, p.a)
	}
	return err
}

// withPseudonyms reads the secret behind authors' pseudonyms, or makes it, once, in
// the data folder.
func (p *parts) withPseudonyms() error {
	key := p.e.cfg.Privacy.Key
	if key == "" {
		path := filepath.Join(p.e.cfg.DataDir, "privacy.key")
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			b = []byte(rand.Text())
			err = errors.Join(os.MkdirAll(p.e.cfg.DataDir, 0o700), os.WriteFile(path, b, 0o600))
		}
		if err != nil {
			return folderError(p.e.cfg.DataDir, err)
		}
		if len(b) < 16 {
			return fmt.Errorf("%s is damaged: it has %d characters, at least 16 are right; put back the one that was there, or remove it and every author counts as a new one", path, len(b))
		}
		key = config.Secret(b)
	}
	p.pseudonyms = post.NewPseudonymizer([]byte(key.Reveal()))
	return nil
}

// ingest is the role that reads sources.
func (p *parts) ingest(ctx context.Context, sources []ingest.Source) (stage, error) {
	if err := errors.Join(p.withKafka(ctx), p.withPseudonyms()); err != nil {
		return stage{}, err
	}
	topics := p.kafka.Topics()
	p.runner = ingest.NewRunner(ingest.Options{
		Sources: sources, Posts: p.kafka.Writer(topics.Posts), DeadLetters: p.kafka.Writer(topics.DeadLetters),
		Official:   p.kafka.Writer(topics.Official),
		Cursors:    ingest.NewTopicCursors(p.kafka, p.kafka.Writer(topics.Cursors), topics.Cursors),
		Pseudonyms: p.pseudonyms, Log: p.a.log, Metrics: ingest.NewMetrics(p.a.reg),
	})
	return stage{"ingest", p.runner.Run}, nil
}

// withCatalogue loads the vendor catalogue: the built-in one and the user's.
func (p *parts) withCatalogue() (err error) {
	if p.catalogue == nil {
		p.catalogue, err = loadCatalogue(&p.e.cfg)
	}
	return err
}

func loadCatalogue(cfg *config.Config) (*vendor.Catalogue, error) {
	var own []byte
	if file := cfg.NLP.VendorsFile; file != "" {
		var err error
		if own, err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("reading your catalogue, nlp.vendors_file: %w", err)
		}
	}
	return vendor.Load(config.VendorsYAML, own)
}

// tagger is the tagger as the settings have it.
func (a *app) tagger() (*nlp.Tagger, error) {
	catalogue, err := loadCatalogue(a.cfg)
	if err != nil {
		return nil, err
	}
	return nlp.New(nlp.Options{Vendors: catalogue, NER: a.cfg.NLP.NER})
}

// nlp is the role that tags posts.
func (p *parts) nlp(ctx context.Context) (stage, error) {
	if err := errors.Join(p.withKafka(ctx), p.withPseudonyms()); err != nil {
		return stage{}, err
	}
	tagger, err := p.tagger()
	if err != nil {
		return stage{}, err
	}
	topics := p.kafka.Topics()
	group, _ := groupNames(p.e.cfg.Kafka)
	w := nlp.NewWorker(nlp.WorkerOptions{
		Group: group, Tagger: tagger, Consumer: p.kafka, Topics: topics,
		Tags: p.kafka.Writer(topics.Tags), DeadLetters: p.kafka.Writer(topics.DeadLetters),
		Pseudonyms: p.pseudonyms, Workers: p.e.cfg.NLP.Workers, Log: p.a.log, Metrics: nlp.NewMetrics(p.a.reg),
	})
	return stage{"nlp", func(ctx context.Context) error {
		watch, stop := context.WithCancel(ctx)
		defer stop()
		go p.a.watchVendors(watch, &p.e.cfg, tagger.SetVendors)
		return w.Run(ctx)
	}}, nil
}

// migrate brings the schema up to date.
func (p *parts) migrate(ctx context.Context) error {
	done, err := clickhouse.Migrate(ctx, p.e.cfg.ClickHouse)
	for _, m := range done {
		p.a.log.Debug("migration applied", "number", m.Number, "name", m.Name)
	}
	return err
}

// sink is the role that stores tags.
func (p *parts) sink(ctx context.Context) (stage, error) {
	if err := p.withKafka(ctx); err != nil {
		return stage{}, err
	}
	conn, err := p.e.writer(ctx)
	if err != nil {
		return stage{}, err
	}
	p.writer = conn
	_, group := groupNames(p.e.cfg.Kafka)
	w := sink.NewWorker(sink.Options{
		Group: group, Kafka: p.kafka, DB: conn, Database: p.e.cfg.ClickHouse.Database,
		Config: p.e.cfg.Sink, Log: p.a.log, Metrics: sink.NewMetrics(p.a.reg),
	})
	return stage{"sink", func(ctx context.Context) error {
		scrubbed := make(chan struct{})
		go func() { defer close(scrubbed); _ = w.RunScrub(ctx) }()
		err := w.Run(ctx)
		<-scrubbed
		return err
	}}, nil
}

// serve is the role that shows the page. The port is taken here, so that a taken
// one is known before anything runs.
func (p *parts) serve(ctx context.Context) (stage, error) {
	if err := errors.Join(p.withKafka(ctx), p.withCatalogue()); err != nil {
		return stage{}, err
	}
	conn, err := p.e.reader(ctx)
	if err != nil {
		return stage{}, err
	}
	writer, err := p.e.writer(ctx)
	if err != nil {
		return stage{}, err
	}
	o := pageOptions(p.catalogue)
	o.Reader, o.Writer, o.Log, o.Registry, o.Health = conn, writer, p.a.log, p.a.reg, p.health
	o.Explain, o.BehindProxy, o.Token = p.explain, p.e.cfg.HTTP.BehindProxy, p.e.cfg.HTTP.Token.Reveal()
	if o.Alerts, err = alertSetup(&p.e.cfg, p.catalogue); err != nil {
		return stage{}, err
	}
	s, err := dashboards.New(o)
	if err != nil {
		return stage{}, err
	}
	l, err := net.Listen("tcp", p.e.cfg.HTTP.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return stage{}, unreachableError{fmt.Errorf("serving pages: %s is taken: stop what uses it, or choose another address with --http.addr (port 0 picks a free one)", p.e.cfg.HTTP.Addr)}
	}
	if err != nil {
		return stage{}, unreachableError{fmt.Errorf("serving pages: %w", err)}
	}
	p.e.onClose(func() { _ = l.Close() })
	p.e.inst.HTTP = l.Addr().String()
	return stage{"page", func(ctx context.Context) error { return s.Serve(ctx, l) }}, nil
}

// explain explains tags on pages. Where no role tags, its tagger is made when a page
// first asks.
func (p *parts) explain(text string) (tag.Explanation, error) {
	t, err := p.tagger()
	if err != nil {
		return tag.Explanation{}, err
	}
	return t.Explain(&post.Post{Kind: post.KindPost, Text: text})
}

// engine is the life of an embedded ClickHouse of ours: its end is ours too.
func (p *parts) engine() (stage, bool) {
	engine := p.e.engine
	if engine == nil {
		return stage{}, false
	}
	return stage{"clickhouse", func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return nil
		case <-engine.Ended():
			return engine.Err()
		}
	}}, true
}

// healthTimeout bounds each question of health.
const healthTimeout = 2 * time.Second

// health is what pages and /readyz show of the pipeline.
func (p *parts) health() dashboards.Health {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	var h dashboards.Health
	check := func(name string, err error) {
		c := dashboards.Check{Name: name, OK: err == nil}
		if err != nil {
			c.Detail = err.Error()
		}
		h.Checks = append(h.Checks, c)
	}
	check("kafka", p.kafka.Ping(ctx))
	if p.writer != nil {
		check("clickhouse", p.writer.Ping(ctx))
	}
	topics := p.kafka.Topics()
	groupNLP, groupSink := groupNames(p.e.cfg.Kafka)
	for _, l := range []dashboards.Lag{{Group: groupNLP, Topic: topics.Posts}, {Group: groupSink, Topic: topics.Tags}} {
		n, err := p.kafka.Lag(ctx, l.Group, l.Topic)
		if err != nil {
			continue // the check above says it
		}
		l.Records = n
		h.Lag = append(h.Lag, l)
	}
	if p.runner != nil {
		for _, s := range p.runner.Health() {
			h.Sources = append(h.Sources, sourceHealth(s))
		}
	}
	return h
}
