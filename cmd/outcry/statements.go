package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
)

func newStatementsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "statements",
		Short: "What companies said in public",
		Long: `Look after statements: what a company said in public about an outage, and when. Pages
and reports show what each changed.`,
		Example: `  outcry statements add netflix --at 2012-12-24T23:59Z --kind apologise "Terrible timing! We are sorry."
  outcry statements list --vendor netflix
  outcry statements remove s4k2j7xq2m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newStatementsListCmd(a), newStatementsAddCmd(a), newStatementsRemoveCmd(a))
	return cmd
}

func newStatementsListCmd(a *app) *cobra.Command {
	var s span
	var vendor string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List statements, the newest first", Example: "  outcry statements list --vendor netflix", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := s.window()
			if err != nil {
				return err
			}
			var of []string
			if vendor != "" {
				of = []string{vendor}
			}
			return a.asking(cmd.Context(), "statements", func(_ *dashboards.Server, db *query.DB, _ *engines) error {
				all, err := db.Statements(cmd.Context(), of, w, 1000)
				if err != nil {
					return err
				}
				return printAll(a.stdout, asJSON, all, "ID\tTIME\tVENDOR\tKIND\tTEXT", func(st query.Statement) string {
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", st.ID, st.At.Format("2006-01-02 15:04"), st.Vendor, st.Kind, oneLine(st.Text, 80))
				})
			})
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&vendor, "vendor", "", "only this `vendor`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func newStatementsAddCmd(a *app) *cobra.Command {
	var st query.Statement
	var at string
	cmd := &cobra.Command{
		Use: "add VENDOR TEXT", Short: "Add a statement", Args: cobra.ExactArgs(2),
		Long:    "Add what a company said, with its time and what it does: " + strings.Join(dashboards.StatementKinds, ", ") + ".",
		Example: `  outcry statements add netflix --at 2012-12-24T23:59Z --kind apologise "Terrible timing! We are sorry."`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadCatalogue(a.cfg)
			if err != nil {
				return err
			}
			st.Vendor, st.Text = args[0], args[1]
			var ok bool
			if st.At, ok = dashboards.ReadTime(at); !ok && at != "" {
				return usagef("--at is %q: write a time like 2012-12-24T20:30Z", at)
			}
			if err := dashboards.CheckStatement(st, pageOptions(c).Vendors); err != nil {
				return usageError{err}
			}
			return a.database(cmd.Context(), "statements", func(e *engines) error {
				conn, err := e.writer(cmd.Context())
				if err != nil {
					return err
				}
				added, err := dashboards.AddStatement(cmd.Context(), conn, st, time.Now())
				if err == nil {
					_, _ = fmt.Fprintln(a.stdout, added.ID)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "when it was said: a `time` like 2012-12-24T20:30Z")
	cmd.Flags().StringVar(&st.Kind, "kind", "explain", "what it does")
	cmd.Flags().StringVar(&st.URL, "url", "", "`address` where it stands")
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(dashboards.StatementKinds, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func newStatementsRemoveCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Take a statement away", Example: "  outcry statements remove s4k2j7xq2m", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.database(cmd.Context(), "statements", func(e *engines) error {
				conn, err := e.writer(cmd.Context())
				if err != nil {
					return err
				}
				all, err := query.New(conn, nil).Statements(cmd.Context(), nil, query.Always(), 10000)
				if err != nil {
					return err
				}
				for _, st := range all {
					if st.ID == args[0] {
						st.Text = ""
						_, err := dashboards.AddStatement(cmd.Context(), conn, st, time.Now())
						return err
					}
				}
				return usagef("there is no statement %q; outcry statements list names those there are", args[0])
			})
		},
	}
}
