package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards/query"
)

func newSQLCmd(a *app) *cobra.Command {
	format := "table"
	cmd := &cobra.Command{
		Use:   "sql [QUERY]",
		Short: "Ask the database",
		Long: `Run one SQL query as the user who may only read, under limits of time, memory and
rows. Without QUERY it is read from standard input.

Start with the views v_posts, v_mentions, v_vendor_minutes and v_source_minutes;
"DESCRIBE v_posts" lists columns, "SHOW TABLES" the tables.`,
		Example: `  outcry sql "SELECT vendor, sum(reports) FROM v_vendor_minutes GROUP BY vendor ORDER BY 2 DESC LIMIT 5"
  outcry sql --format csv "SELECT * FROM v_posts LIMIT 100" > posts.csv
  outcry sql --format ndjson < question.sql`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var query string
			if len(args) == 1 {
				query = args[0]
			} else {
				b, err := io.ReadAll(a.stdin)
				if err != nil {
					return fmt.Errorf("reading the query: %w", err)
				}
				query = string(b)
			}
			if strings.TrimSpace(query) == "" {
				return usagef("the query is empty\nSee 'outcry sql --help'.")
			}
			out, err := newRowWriter(format, a.stdout)
			if err != nil {
				return err
			}
			return a.sql(cmd.Context(), query, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "table, csv, json or ndjson")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"table", "csv", "json", "ndjson"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) sql(ctx context.Context, query string, out rowWriter) error {
	return a.database(ctx, "sql", func(e *engines) error {
		conn, err := e.reader(ctx)
		if err != nil {
			return err
		}
		rows, err := conn.Query(ctx, query)
		if err != nil {
			return sqlError(err)
		}
		defer func() { _ = rows.Close() }()
		if err := writeRows(rows, out); err != nil {
			return sqlError(err)
		}
		return nil
	})
}

// sqlError keeps of the server's message what a person needs.
func sqlError(err error) error {
	if refused, ok := query.AsRefused(err); ok {
		return fmt.Errorf("the query was refused: %w", refused)
	}
	return fmt.Errorf("running the query: %w", err)
}
