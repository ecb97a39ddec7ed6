package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newCollectCmd(a *app) *cobra.Command {
	var flags sourceFlags
	cmd := &cobra.Command{
		Use:   "collect",
		Short: "Collect posts: sources to topic posts",
		Long: `Run the sources alone: what they bring goes into the topic posts, and how far each
has come into the topic cursors, so that another process can go on from there. Run
one; a second one would bring the same posts again, which changes nothing and costs
twice.`,
		Example: `  OUTCRY_KAFKA_BROKERS=k1:9092 outcry collect --live
  outcry collect --ingest.bluesky.enabled true --ingest.bluesky.langs en,de --ingest.contact ops@example.org`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.apply(&a.cfg.Ingest)
			sources, err := a.sources()
			if err != nil {
				return err
			}
			if len(sources) == 0 {
				return usagef("no source is enabled: start with --live, or see what there is with outcry sources")
			}
			return a.role(cmd.Context(), "collect", needKafka, func(ctx context.Context, p *parts) (stage, error) {
				return p.ingest(ctx, sources)
			})
		},
	}
	flags.add(cmd)
	return cmd
}
