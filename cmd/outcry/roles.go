package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/ingest"
)

// role runs one stage by itself, on configured or running engines.
func (a *app) role(ctx context.Context, name string, want need, build func(context.Context, *parts) (stage, error)) error {
	e, err := a.engines(ctx, want, name)
	if err != nil {
		return err
	}
	defer e.close()
	p := newParts(a, e)
	s, err := build(ctx, p)
	if err != nil {
		return err
	}
	stages := []stage{s}
	if s, ok := p.engine(); ok {
		stages = append(stages, s)
	}
	if e.owner {
		if err := e.inst.write(e.cfg.DataDir); err != nil {
			return err
		}
	}
	a.log.Info("ready", "role", name, "page", e.inst.HTTP)
	return runStages(ctx, a.cfg.ShutdownTimeout, stages)
}

func newNLPCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "nlp",
		Short: "Tag posts: topic posts to topic tags",
		Long: `Run the tagger alone: it reads the topic posts and writes the topic tags. Run as
many as there are partitions; they share the work as one consumer group.`,
		Example: "  OUTCRY_KAFKA_BROKERS=k1:9092 outcry nlp",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.role(cmd.Context(), "nlp", needKafka, func(ctx context.Context, p *parts) (stage, error) { return p.nlp(ctx) })
		},
	}
}

func newSinkCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "sink",
		Short: "Store tags: topic tags to ClickHouse",
		Long: `Run the sink alone: it reads the topics tags, official and dead-letters and writes
ClickHouse.
It brings the schema up to date first.`,
		Example: "  OUTCRY_KAFKA_BROKERS=k1:9092 OUTCRY_CLICKHOUSE_ADDR=ch1:9000 outcry sink",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.role(cmd.Context(), "sink", needKafka|needClickHouse, func(ctx context.Context, p *parts) (stage, error) {
				if err := p.migrate(ctx); err != nil {
					return stage{}, err
				}
				return p.sink(ctx)
			})
		},
	}
}

func newServeCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "serve",
		Short:   "Show the page",
		Long:    "Run the page server alone. It only reads.",
		Example: "  OUTCRY_KAFKA_BROKERS=k1:9092 OUTCRY_CLICKHOUSE_ADDR=ch1:9000 outcry serve --http.addr 127.0.0.1:8081",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.role(cmd.Context(), "serve", needKafka|needClickHouse, func(ctx context.Context, p *parts) (stage, error) { return p.serve(ctx) })
		},
	}
}

// sourceHealth tells the page how a source is.
func sourceHealth(h ingest.Health) dashboards.SourceHealth {
	s := dashboards.SourceHealth{Name: h.Source, OK: h.Healthy(), LastPost: h.LastPost}
	if !s.OK {
		s.Detail = string(h.State)
		if h.LastError != "" {
			s.Detail += ": " + h.LastError
		}
	}
	return s
}
