package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/sink/clickhouse"
)

func newMigrateCmd(a *app) *cobra.Command {
	var status, asJSON bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date",
		Long: `Create the database and its tables, or bring them up to this version. What is done
already is not done again. A schema made by a newer outcry is refused.
"outcry up" does this by itself.`,
		Example: "  outcry migrate\n  outcry migrate --status --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			e, err := a.engines(ctx, needClickHouse, "migrate")
			if err != nil {
				return err
			}
			defer e.close()
			if !status {
				if err := newParts(a, e).migrate(ctx); err != nil {
					return err
				}
			}
			conn, err := e.writer(ctx)
			if err != nil {
				return err
			}
			have, err := clickhouse.ReadApplied(ctx, conn, e.cfg.ClickHouse)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(have)
			}
			for _, m := range have {
				_, _ = fmt.Fprintf(a.stdout, "%04d  %-12s  applied %s\n", m.Number, m.Name, m.AppliedAt.Format("2006-01-02 15:04:05Z"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&status, "status", false, "only say what is applied")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON array")
	return cmd
}
