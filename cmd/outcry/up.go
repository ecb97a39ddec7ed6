package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/ingest"
)

func newUpCmd(a *app) *cobra.Command {
	var flags sourceFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run everything on this machine",
		Long: `Run all roles in one process: sources, tagger, sink, the page, and the watch for
incidents that sends alerts. Where no Kafka broker or ClickHouse server is
configured, embedded ones are started; the first start fetches the ClickHouse
library by npm (about 180 MB, once).

Stop it with Ctrl-C. A second Ctrl-C ends it at once, which loses nothing: what was
not finished is done at the next start.`,
		Example: `  outcry up --live                    # from every source that needs no key
  outcry up --bluesky                 # from Bluesky alone
  outcry up                           # then bring posts: outcry replay posts.ndjson
  outcry up --data-dir /srv/outcry --http.addr 127.0.0.1:9000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.apply(&a.cfg.Ingest)
			sources, err := a.sources()
			if err != nil {
				return err
			}
			return a.up(cmd.Context(), pipeline{name: "up", sources: sources, page: true, watch: a.cfg.Alerts.Enabled, ready: func(e *engines) {
				_, _ = fmt.Fprintln(a.stdout, "outcry is up")
				printAddresses(a.stdout, e)
				if len(sources) == 0 {
					_, _ = fmt.Fprintln(a.stdout, "  no source is enabled: start with --live, or bring posts with outcry replay")
				}
			}})
		},
	}
	flags.add(cmd)
	return cmd
}

// pipeline says which roles run besides tagger and sink, and what is done then.
type pipeline struct {
	name    string // of the command
	sources []ingest.Source
	page    bool
	watch   bool // for incidents, and send alerts
	// ready, if any, is called once everything runs.
	ready func(*engines)
	// work, if any, runs beside the roles; when it returns, everything stops.
	work func(context.Context, *parts) error
}

// up runs the pipeline in this process until ctx ends or the work is done.
func (a *app) up(ctx context.Context, o pipeline) error {
	started := time.Now()
	e, err := a.engines(ctx, needKafka|needClickHouse, o.name)
	if err != nil {
		return err
	}
	defer e.close()
	if e.joined {
		return unreachableError{fmt.Errorf("the data folder %s is in use by %s; stop it first, or choose another folder with --data-dir", a.cfg.DataDir, e.inst)}
	}
	p := newParts(a, e)
	stages, err := p.stages(ctx, o)
	if err != nil {
		return err
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	if o.work != nil {
		work := stage{o.name, func(ctx context.Context) error {
			defer done()
			return o.work(ctx, p)
		}}
		stages = append([]stage{work}, stages...)
	}
	if e.owner {
		if err := e.inst.write(e.cfg.DataDir); err != nil {
			return err
		}
	}
	if o.ready != nil {
		o.ready(e)
	}
	a.log.Info("ready", "seconds", time.Since(started).Seconds())
	return runStages(ctx, a.cfg.ShutdownTimeout, stages)
}

// stages makes the roles, in the order in which they stop.
func (p *parts) stages(ctx context.Context, o pipeline) ([]stage, error) {
	if err := p.migrate(ctx); err != nil {
		return nil, err
	}
	var all []stage
	for _, role := range []struct {
		wanted bool
		make   func() (stage, error)
	}{
		{o.page, func() (stage, error) { return p.serve(ctx) }},
		{o.watch, func() (stage, error) { return p.watch(ctx) }},
		{true, func() (stage, error) { return p.sink(ctx) }},
		{true, func() (stage, error) { return p.nlp(ctx) }},
		{len(o.sources) > 0, func() (stage, error) { return p.ingest(ctx, o.sources) }},
	} {
		if !role.wanted {
			continue
		}
		s, err := role.make()
		if err != nil {
			return nil, err
		}
		all = append([]stage{s}, all...)
	}
	if s, ok := p.engine(); ok {
		all = append(all, s)
	}
	return all, nil
}

// printAddresses says where everything can be reached.
func printAddresses(w io.Writer, e *engines) {
	ch := e.cfg.ClickHouse
	_, _ = fmt.Fprintf(w, `  page        http://%s
  SQL         outcry sql "SELECT …", or any client: clickhouse://%s:PASSWORD@%s/%s
`, e.inst.HTTP, ch.ReaderUsername, ch.Addr[0], ch.Database)
	if e.inst.ClickHouseHTTP != "" {
		_, _ = fmt.Fprintf(w, `              over HTTP http://%s; the password is reader_password in
              %s/clickhouse/credentials.json
`, e.inst.ClickHouseHTTP, e.cfg.DataDir)
	}
	_, _ = fmt.Fprintf(w, "  Kafka       %s, topics %sposts and %stags\n  data        %s\n",
		e.cfg.Kafka.Brokers[0], e.cfg.Kafka.TopicPrefix, e.cfg.Kafka.TopicPrefix, e.cfg.DataDir)
}
