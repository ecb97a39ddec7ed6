package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
)

func newPostsCmd(a *app) *cobra.Command {
	var s span
	var f query.Filter
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "posts",
		Short: "List tagged posts",
		Long: `List tagged posts, the newest first, at most 200: the same question as on the pages.
Words of deleted posts are left out. For more, or other columns: outcry sql.`,
		Example: `  outcry posts --vendor netflix --outage report --limit 20
  outcry posts --blamed aws --text "own servers" --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := s.window()
			if err != nil {
				return err
			}
			if f.Limit < 1 || f.Limit > query.MaxPosts {
				return usagef("--limit is %d: it can be 1 to %d", f.Limit, query.MaxPosts)
			}
			f.Window = w
			return a.asking(cmd.Context(), "posts", func(_ *dashboards.Server, db *query.DB, _ *engines) error {
				posts, _, err := db.Posts(cmd.Context(), f)
				if err != nil {
					return err
				}
				return printAll(a.stdout, asJSON, posts, "TIME\tSOURCE\tLABEL\tFEELING\tTEXT", func(p query.Post) string {
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", p.CreatedAt.Format("2006-01-02 15:04:05"), p.Source, p.Outage, p.Sentiment, oneLine(p.Text, 120))
				})
			})
		},
	}
	s.flags(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.Vendor, "vendor", "", "that name this `vendor`")
	fl.StringVar(&f.Blamed, "blamed", "", "that blame this `vendor`")
	fl.StringVar(&f.Outage, "outage", "", "report, reaction, news or none")
	fl.StringVar(&f.Sentiment, "sentiment", "", "negative, neutral or positive")
	fl.StringVar(&f.Source, "source", "", "from this `source`")
	fl.StringVar(&f.Text, "text", "", "with this `piece` of text")
	fl.IntVar(&f.Limit, "limit", 50, "at most this `number`, up to 200")
	fl.BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}
