package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
)

func newIncidentsCmd(a *app) *cobra.Command {
	var s span
	var vendor string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "incidents",
		Short: "List incidents",
		Long:  "List the incidents that the detector has found, the newest first: the same as the page Incidents.",
		Example: `  outcry incidents --vendor netflix
  outcry incidents --from 2012-12-24 --json | jq .severity`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := s.window()
			if err != nil {
				return err
			}
			return a.asking(cmd.Context(), "incidents", func(_ *dashboards.Server, db *query.DB, _ *engines) error {
				all, err := db.Incidents(cmd.Context(), w)
				if err != nil {
					return err
				}
				all = slices.DeleteFunc(all, func(i query.Incident) bool { return vendor != "" && i.Vendor != vendor })
				return printAll(a.stdout, asJSON, all, "INCIDENT\tSTATE\tFIRST SIGNAL\tPEOPLE\tSEVERITY\tCAUSE", func(i query.Incident) string {
					return fmt.Sprintf("%s\t%s\t%s\t%d\t%.1f\t%s", i.ID, i.State, i.OpenedAt.Format("2006-01-02 15:04"), i.Authors, i.Severity, i.Cause)
				})
			})
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&vendor, "vendor", "", "only this `vendor`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}
