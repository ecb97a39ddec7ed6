package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
)

// asking runs work with a page server that is not served: the same questions as the
// pages, for the command line.
func (a *app) asking(ctx context.Context, name string, work func(s *dashboards.Server, db *query.DB, e *engines) error) error {
	c, err := loadCatalogue(a.cfg)
	if err != nil {
		return err
	}
	return a.database(ctx, name, func(e *engines) error {
		conn, err := e.reader(ctx)
		if err != nil {
			return err
		}
		o := pageOptions(c)
		o.Reader, o.Log = conn, a.log
		s, err := dashboards.New(o)
		if err != nil {
			return err
		}
		return work(s, query.New(conn, nil), e)
	})
}

// span are the flags --from and --to.
type span struct{ from, to string }

func (s *span) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.from, "from", "", "only from this `time` on (RFC 3339, or a date)")
	cmd.Flags().StringVar(&s.to, "to", "", "only before this `time`")
}

func (s *span) window() (query.Window, error) {
	w := query.Always()
	for _, x := range []struct {
		name, value string
		into        *time.Time
	}{{"from", s.from, &w.From}, {"to", s.to, &w.To}} {
		if x.value == "" {
			continue
		}
		at, err := readTime(x.value)
		if err != nil {
			return w, usagef("--%s is %q: write a time like 2012-12-24T20:30Z", x.name, x.value)
		}
		*x.into = at
	}
	return w, nil
}

// readTime reads a time as pages take it too.
func readTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

// printAll prints rows as a table, or one JSON object a line.
func printAll[T any](w io.Writer, asJSON bool, rows []T, head string, line func(T) string) error {
	if asJSON {
		e := json.NewEncoder(w)
		for _, r := range rows {
			if err := e.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, head)
	for _, r := range rows {
		_, _ = fmt.Fprintln(t, line(r))
	}
	return t.Flush()
}

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

// oneLine is a text on one line, without signs that steer a terminal.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

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
			if st.At, err = readTime(at); err != nil && at != "" {
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

func newReportCmd(a *app) *cobra.Command {
	var format, output, link string
	cmd := &cobra.Command{
		Use:   "report INCIDENT",
		Short: "Write the report of an incident",
		Long: `Write one page for the board about an incident: what happened when, whom people
blame, what statements changed, what goes round, with method and limits. Formats are
html (a file of its own), md, json (all that is known) and pdf, which needs Chromium.`,
		Example: `  outcry report netflix-20121224T2049 --output netflix.html
  outcry report netflix-20121224T2049 --format pdf --output netflix.pdf
  outcry report netflix-20121224T2049 --format json | jq .blame.shares`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(reportFormats, format) {
				return usagef("--format is %q; it must be one of %s", format, strings.Join(reportFormats, ", "))
			}
			if format == "pdf" && output == "" {
				return usagef("a PDF goes to a file: name it with --output")
			}
			return a.asking(cmd.Context(), "report", func(s *dashboards.Server, _ *query.DB, _ *engines) error {
				return a.report(cmd.Context(), s, args[0], format, output, link)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "html", strings.Join(reportFormats, ", "))
	f.StringVarP(&output, "output", "o", "", "`file` to write; empty: standard output")
	f.StringVar(&link, "link", "", "`address` of the pages, for a link to the incident")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var reportFormats = []string{"html", "md", "json", "pdf"}

func (a *app) report(ctx context.Context, s *dashboards.Server, id, format, output, link string) error {
	var b bytes.Buffer
	var ok bool
	var err error
	switch format {
	case "json":
		var d *dashboards.Dossier
		if d, ok, err = s.Dossier(ctx, id, time.Time{}); ok {
			e := json.NewEncoder(&b)
			e.SetIndent("", "  ")
			err = e.Encode(d)
		}
	case "pdf":
		ok, err = s.WriteReport(ctx, &b, id, "html", link)
	default:
		ok, err = s.WriteReport(ctx, &b, id, format, link)
	}
	if err != nil {
		return err
	}
	if !ok {
		return usagef("there is no incident %q; outcry incidents lists those there are", id)
	}
	switch {
	case format == "pdf":
		return printPDF(ctx, b.Bytes(), output)
	case output != "":
		if err := os.WriteFile(output, b.Bytes(), 0o600); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		return nil
	}
	_, err = b.WriteTo(a.stdout)
	return err
}

// printPDF has Chromium print a page.
func printPDF(ctx context.Context, html []byte, output string) error {
	var browser string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		return unreachableError{fmt.Errorf("writing a PDF needs Chromium, which is not installed here: install it, or write --format html and print that")}
	}
	dir, err := os.MkdirTemp("", "outcry-report-")
	if err != nil {
		return fmt.Errorf("writing a PDF: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	page := filepath.Join(dir, "report.html")
	if err := os.WriteFile(page, html, 0o600); err != nil {
		return fmt.Errorf("writing a PDF: %w", err)
	}
	absolute, err := filepath.Abs(output)
	if err != nil {
		return fmt.Errorf("writing a PDF: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	args := []string{"--headless=new", "--disable-gpu", "--no-pdf-header-footer", "--user-data-dir=" + filepath.Join(dir, "profile"), "--print-to-pdf=" + absolute, "file://" + page}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...) // its sandbox refuses to run as root; the page is our own
	}
	if out, err := exec.CommandContext(ctx, browser, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("having Chromium print the report: %w: %s", err, oneLine(string(out), 300))
	}
	if _, err := os.Stat(absolute); err != nil {
		return fmt.Errorf("Chromium ended without writing %s", output)
	}
	return nil
}
