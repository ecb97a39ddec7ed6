package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/nlp/vendor"
)

func newVendorsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vendors",
		Short: "See, check and extend the vendor catalogue",
		Long: `The catalogue says which services posts may name, by which words, and who runs on, owns
and competes with whom. One is built in; a file of your own, named by
nlp.vendors_file, is laid over it. A running tagger takes changes of that file within
seconds. docs/vendors.md explains the fields.`,
		Example: `  outcry vendors list --category cloud
  outcry vendors show netflix
  outcry vendors check mine.yaml
  outcry vendors add --to mine.yaml new.yaml
  outcry vendors candidates --days 7`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newVendorsListCmd(a), newVendorsShowCmd(a), newVendorsCheckCmd(a), newVendorsAddCmd(a), newVendorsCandidatesCmd(a))
	return cmd
}

func newVendorsListCmd(a *app) *cobra.Command {
	var category string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the vendors", Args: cobra.NoArgs,
		Example: "  outcry vendors list --category streaming",
		RunE: func(*cobra.Command, []string) error {
			c, err := loadCatalogue(a.cfg)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			enc := json.NewEncoder(a.stdout)
			found := false
			for i := range c.Vendors {
				v := &c.Vendors[i]
				if category != "" && v.Category != category {
					continue
				}
				found = true
				if asJSON {
					if err := enc.Encode(v); err != nil {
						return fmt.Errorf("writing vendors: %w", err)
					}
					continue
				}
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.ID, v.Name, v.Category, v.Owner)
			}
			if !found {
				return fmt.Errorf("no vendor has the category %q; there are %s", category, strings.Join(categories(c), ", "))
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&category, "category", "", "only those of one `category`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line, with all fields")
	return cmd
}

func categories(c *vendor.Catalogue) []string {
	var all []string
	for i := range c.Vendors {
		all = append(all, c.Vendors[i].Category)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func newVendorsShowCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one vendor with its relations", Args: cobra.ExactArgs(1),
		Example: "  outcry vendors show netflix",
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := loadCatalogue(a.cfg)
			if err != nil {
				return err
			}
			v, ok := c.ByID(args[0])
			if !ok {
				return usagef("there is no vendor %q; \"outcry vendors list\" shows all", args[0])
			}
			a.printVendor(c, v)
			return nil
		},
	}
}

func (a *app) printVendor(c *vendor.Catalogue, v *vendor.Vendor) {
	_, _ = fmt.Fprintf(a.stdout, "%s: %s, %s\n", v.ID, v.Name, v.Category)
	for _, l := range []struct {
		what string
		list []string
	}{
		{"owner", []string{v.Owner}}, {"names", v.Aliases}, {"products", v.Products}, {"handles", v.Handles}, {"hashtags", v.Hashtags},
		{"only in this case", v.CaseSensitive}, {"ambiguous", v.Ambiguous}, {"likely", v.Likely}, {"with one of", v.Context}, {"never", v.Not},
	} {
		if text := strings.Join(l.list, ", "); text != "" {
			_, _ = fmt.Fprintf(a.stdout, "  %s: %s\n", l.what, text)
		}
	}
	for _, e := range c.Edges {
		if e.From != v.ID && e.To != v.ID {
			continue
		}
		dates := strings.Trim(e.Since+" … "+e.Until, " ")
		if dates == "…" {
			dates = "dates unknown"
		}
		_, _ = fmt.Fprintf(a.stdout, "  %s %s %s (%s): %s\n", e.From, e.Relation, e.To, dates, e.Evidence)
	}
}

func newVendorsCheckCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "check [FILE]", Short: "Check a catalogue of your own", Args: cobra.MaximumNArgs(1),
		Long: `Check FILE, or the file that nlp.vendors_file names, as a tagger would read it: laid
over the built-in catalogue. It finds wrong fields, names that two vendors share, and
edges to vendors that do not exist.`,
		Example: "  outcry vendors check mine.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			cfg := *a.cfg
			if len(args) == 1 {
				cfg.NLP.VendorsFile = args[0]
			}
			c, err := loadCatalogue(&cfg)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(a.stdout, "%d vendors, %d edges: all well\n", len(c.Vendors), len(c.Edges))
			return nil
		},
	}
}

func newVendorsAddCmd(a *app) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use: "add FILE", Short: "Add vendors and edges to your catalogue", Args: cobra.ExactArgs(1),
		Long: `Add the vendors and edges of FILE to your own catalogue, which nlp.vendors_file or --to
names. Nothing is written unless the whole still passes the check. A vendor whose id
is there already is extended.`,
		Example: "  outcry vendors add --to mine.yaml new.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			to = cmp.Or(to, a.cfg.NLP.VendorsFile)
			if to == "" {
				return usagef("there is no catalogue of yours to add to: set nlp.vendors_file or give --to FILE")
			}
			more, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("reading vendors: %w", err)
			}
			own, err := os.ReadFile(to)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("reading your catalogue: %w", err)
			}
			joined, err := vendor.Join(config.VendorsYAML, own, more)
			if err != nil {
				return err
			}
			if err := os.WriteFile(to+".new", joined, 0o644); err != nil {
				return fmt.Errorf("writing your catalogue: %w", err)
			}
			if err := os.Rename(to+".new", to); err != nil {
				return fmt.Errorf("writing your catalogue: %w", err)
			}
			_, _ = fmt.Fprintf(a.stdout, "%s is in %s\n", args[0], to)
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `file` of your catalogue (default: nlp.vendors_file)")
	return cmd
}

func newVendorsCandidatesCmd(a *app) *cobra.Command {
	format, days, least := "table", 7, 3
	cmd := &cobra.Command{
		Use: "candidates", Short: "Names in trouble posts that are not in the catalogue", Args: cobra.NoArgs,
		Long: `List names that posts say are failing and that no vendor of the catalogue has: how many
posts and authors named each, since when, and three of the posts. They are found in
English trouble posts without a known vendor, by their grammar; read before you add.`,
		Example: `  outcry vendors candidates --days 30 --authors 5
  outcry vendors candidates --format ndjson`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 || least < 1 {
				return usagef("--days and --authors must be 1 or more")
			}
			out, err := newRowWriter(format, a.stdout)
			if err != nil {
				return err
			}
			return a.sql(cmd.Context(), candidates(days, least), out)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "table, csv, json or ndjson")
	cmd.Flags().IntVar(&days, "days", days, "how many days back")
	cmd.Flags().IntVar(&least, "authors", least, "only names that so many authors used")
	return cmd
}

// candidates is the question behind the command.
func candidates(days, least int) string {
	return fmt.Sprintf(`SELECT name, count() AS posts, uniqExact(author) AS authors, min(created_at) AS first_seen,
	arrayStringConcat(groupArray(3)(substring(text, 1, 100)), ' | ') AS examples
FROM (SELECT arrayJoin(unknown) AS name, author, created_at, text FROM v_posts WHERE created_at > now() - INTERVAL %d DAY AND notEmpty(unknown))
GROUP BY name HAVING authors >= %d ORDER BY authors DESC, name LIMIT 200`, days, least)
}

// watchEvery is how often a tagger looks whether the user's catalogue has changed.
const watchEvery = 2 * time.Second

// watchVendors calls set whenever the user's catalogue changes, until ctx ends. A file
// that does not pass the check is logged, and the last good one stays.
func (a *app) watchVendors(ctx context.Context, cfg *config.Config, set func(*vendor.Catalogue)) {
	file := cfg.NLP.VendorsFile
	if file == "" {
		return
	}
	last := stamp(file)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := stamp(file)
		if now == last || now == "" {
			continue
		}
		last = now
		c, err := loadCatalogue(cfg)
		if err != nil {
			a.log.Error("the changed vendor catalogue is not used; the last one stays", "file", file, "err", err)
			continue
		}
		set(c)
		a.log.Info("vendor catalogue read anew", "file", file, "vendors", len(c.Vendors))
	}
}

// stamp changes whenever a file does.
func stamp(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}
