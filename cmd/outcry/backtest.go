package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/spike"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/vendor"
)

// backtest is what the flags say.
type backtest struct {
	truth       string
	falseAlerts float64
	least       int
	edges       bool
	from, to    string
}

func newBacktestCmd(a *app) *cobra.Command {
	var o backtest
	cmd := &cobra.Command{
		Use:   "backtest FILE…",
		Short: "Find the incidents that alerts would have been about",
		Long: `Tag posts, run the spike detector over them in the time of the posts, and write the
incidents it opens, one JSON object a line, in the order in which they opened. Posts
are JSON objects, a line each, in order of time. Nothing is stored and no server is
needed. The same posts give the same incidents.

With --from and --to the posts are those that are stored, as they were tagged.

With --truth it prints how well the incidents fit what really happened, and how well
three simple ways to alert do on the same posts: a count of plain words, mean and
standard deviation, and the weekly offset of SPOONS. TRUTH has "vendors", "outages"
(vendor, start, end, peak_per_minute, cause) and "decoys" (vendor, start, end).`,
		Example: `  outcry backtest posts.ndjson | jq .
  outcry simulate week --seed 3 --truth truth.json -o week.ndjson
  outcry backtest --truth truth.json week.ndjson
  outcry backtest --from 2026-11-01 --to 2026-11-08`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if o.falseAlerts <= 0 || o.least < 1 {
				return usagef("--false-alerts must be above 0, and --authors 1 or more")
			}
			return a.backtest(cmd.Context(), o, files)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.truth, "truth", "", "`file` of what really happened: print scores instead of incidents")
	f.Float64Var(&o.falseAlerts, "false-alerts", spike.DefaultFalseAlerts, "false alerts a vendor may raise in a month, a `number`")
	f.IntVar(&o.least, "authors", spike.DefaultLeastAuthors, "fewest people that open an incident")
	f.StringVar(&o.from, "from", "", "begin with the stored posts of this `time`, 2026-11-01 or 2026-11-01T15:04:05Z")
	f.StringVar(&o.to, "to", "", "end before this `time` (default: now)")
	f.BoolVar(&o.edges, "states", false, "write every change of state instead of incidents")
	return cmd
}

// incidentLine is an incident as the command writes it.
type incidentLine struct {
	Vendor            string         `json:"vendor"`
	OpenedAt          time.Time      `json:"opened_at"`
	ConfirmedAt       *time.Time     `json:"confirmed_at"`
	ClosedAt          *time.Time     `json:"closed_at"`
	PeakPerMinute     float64        `json:"peak_per_minute"`
	ExpectedPerMinute float64        `json:"expected_per_minute"`
	Authors           float64        `json:"authors"`
	Severity          float64        `json:"severity"`
	Cause             string         `json:"cause"`
	CauseProbability  float64        `json:"cause_probability,omitempty"`
	Crowd             string         `json:"crowd_blames,omitempty"`
	CrowdShare        float64        `json:"crowd_share,omitempty"`
	Misattributed     string         `json:"misattributed,omitempty"`
	Facets            map[string]int `json:"facets,omitempty"`
	Reasons           []string       `json:"reasons"`
	Posts             []string       `json:"posts"`
}

func lineOf(i *spike.Incident) incidentLine {
	l := incidentLine{
		Vendor: i.Vendor, OpenedAt: i.OpenedAt, PeakPerMinute: round3(i.Peak), ExpectedPerMinute: round3(i.Expected), Authors: i.Authors,
		Severity: round3(i.Severity), Cause: i.Cause, CauseProbability: round3(i.CauseProbability), Misattributed: i.Misattributed, Facets: i.Facets, Reasons: i.Reasons, Posts: []string{},
	}
	l.Crowd, l.CrowdShare = i.Crowd()
	l.CrowdShare = round3(l.CrowdShare)
	for _, p := range i.Posts {
		l.Posts = append(l.Posts, p.ID)
	}
	if !i.ConfirmedAt.IsZero() {
		l.ConfirmedAt = &i.ConfirmedAt
	}
	if !i.ClosedAt.IsZero() {
		l.ClosedAt = &i.ClosedAt
	}
	return l
}

func round3(x float64) float64 { return math.Round(x*1000) / 1000 }

// supplyOf are the relations of a catalogue that causes are sought along.
func supplyOf(c *vendor.Catalogue) []spike.Supply {
	var all []spike.Supply
	for _, e := range c.Edges {
		if e.Relation == vendor.RunsOn {
			all = append(all, spike.Supply{Customer: e.From, Supplier: e.To, Since: e.Since, Until: e.Until})
		}
	}
	return all
}

func (a *app) backtest(ctx context.Context, o backtest, files []string) error {
	var truth spike.Truth
	if o.truth != "" {
		b, err := os.ReadFile(o.truth)
		if err != nil {
			return fmt.Errorf("reading the truth: %w", err)
		}
		if err := json.Unmarshal(b, &truth); err != nil {
			return fmt.Errorf("reading %s: %w", o.truth, err)
		}
	}
	catalogue, err := loadCatalogue(a.cfg)
	if err != nil {
		return err
	}
	run := newBacktestRun(spike.Options{FalseAlerts: o.falseAlerts, LeastAuthors: o.least, Supply: supplyOf(catalogue)}, o.truth != "")
	broken := 0
	if o.from != "" || o.to != "" {
		err = a.storedTags(ctx, o, files, run.add)
	} else {
		broken, err = a.fileTags(ctx, files, run.add)
	}
	if err != nil {
		return err
	}
	run.finish()
	switch {
	case run.posts == 0:
		return usagef("there are no posts to test with")
	case o.truth != "":
		return run.printScores(a.stdout, truth)
	case o.edges:
		err = writeLines(a.stdout, run.edges)
	default:
		var lines []incidentLine
		for _, i := range run.incidents {
			lines = append(lines, lineOf(i))
		}
		err = writeLines(a.stdout, lines)
	}
	if err == nil && broken > 0 {
		return errSilent
	}
	return err
}

// fileTags tags the posts of files. Lines that are no posts are reported and counted.
func (a *app) fileTags(ctx context.Context, files []string, take func(*tag.Tag)) (broken int, err error) {
	tagger, err := a.tagger()
	if err != nil {
		return 0, err
	}
	f := filter{tagger: tagger, workers: a.cfg.NLP.Workers, stderr: a.stderr, each: take}
	if err := f.run(ctx, files, a.stdin, io.Discard); err != nil && !errors.Is(err, errSilent) {
		return f.broken, err
	}
	return f.broken, nil
}

// storedTags reads tags from ClickHouse.
func (a *app) storedTags(ctx context.Context, o backtest, files []string, take func(*tag.Tag)) error {
	if len(files) > 0 {
		return usagef("give files, or --from and --to for stored posts, not both")
	}
	w := query.Window{To: time.Now()}
	for _, x := range []struct {
		flag, value string
		into        *time.Time
	}{{"--from", o.from, &w.From}, {"--to", o.to, &w.To}} {
		if x.value == "" {
			continue
		}
		at, err := parseDay(x.value)
		if err != nil {
			return usagef("%s %q is no time: write it like 2026-11-01 or 2026-11-01T15:04:05Z", x.flag, x.value)
		}
		*x.into = at
	}
	if !w.From.Before(w.To) || w.From.IsZero() {
		return usagef("--from must be given and lie before --to")
	}
	return a.database(ctx, "backtest", func(e *engines) error {
		conn, err := e.reader(ctx)
		if err != nil {
			return err
		}
		return query.New(conn, nil).Tags(ctx, w, take)
	})
}

// parseDay reads a day or a moment.
func parseDay(s string) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, s); err == nil {
		return at, nil
	}
	return time.Parse(time.RFC3339, s)
}

func writeLines[T any](out io.Writer, lines []T) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			return fmt.Errorf("writing incidents: %w", err)
		}
	}
	return nil
}

// backtestRun is a detector with what came of it.
type backtestRun struct {
	detector  *spike.Detector
	rivals    *spike.RivalAlerts
	posts     int
	from, to  time.Time
	incidents []*spike.Incident
	edges     []edgeLine
}

// edgeLine is a change of state as the command writes it.
type edgeLine struct {
	At       time.Time   `json:"at"`
	Vendor   string      `json:"vendor"`
	From     spike.State `json:"from"`
	To       spike.State `json:"to"`
	Reason   string      `json:"reason"`
	Observed float64     `json:"observed,omitempty"`
	Expected float64     `json:"expected,omitempty"`
	Window   int         `json:"window_minutes,omitempty"`
	Score    float64     `json:"score,omitempty"`
}

func newBacktestRun(o spike.Options, rivals bool) *backtestRun {
	r := &backtestRun{detector: spike.New(o)}
	if rivals {
		r.rivals = spike.NewRivals()
	}
	return r
}

func (r *backtestRun) add(t *tag.Tag) {
	if r.posts == 0 {
		r.from = t.CreatedAt
	}
	r.posts++
	r.to = t.CreatedAt
	r.take(r.detector.Add(t))
	if r.rivals != nil {
		r.rivals.Add(t)
	}
}

func (r *backtestRun) finish() { r.take(r.detector.Finish()) }

func (r *backtestRun) take(edges []spike.Edge) {
	for _, e := range edges {
		if e.To == spike.Signal && e.From != spike.Recovering {
			r.incidents = append(r.incidents, e.Incident)
		}
		r.edges = append(r.edges, edgeLine{e.At, e.Vendor, e.From, e.To, e.Reason, round3(e.Observed), round3(e.Expected), e.Window, round3(e.Score)})
	}
}

func (r *backtestRun) printScores(out io.Writer, truth spike.Truth) error {
	weeks := max(1.0/7, r.to.Sub(r.from).Hours()/24/7)
	var alerts []spike.Alert
	for _, i := range r.incidents {
		alerts = append(alerts, spike.Alert{Vendor: i.Vendor, At: i.OpenedAt, Cause: i.Cause})
	}
	ours := spike.Score(truth, alerts, weeks)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "%d posts, %.2f weeks, %d vendors, %d outages (%d large), %d decoys\n\n", r.posts, weeks, len(truth.Vendors), len(truth.Outages), ours.Large.Outages, len(truth.Decoys))
	_, _ = fmt.Fprintln(w, "\tthreshold\tlarge in 5\tin 15\tin 30\tin 60\tsmall in 30\tin 60\tmedian min\tp95\tfalse/vendor-week\tdecoys\tcauses")
	row := func(name, threshold string, s spike.Scores) {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\t%.3f\t%.2f\t%.2f\n", name, threshold,
			s.Large.In5, s.Large.In15, s.Large.In30, s.Large.In60, s.Small.In30, s.Small.In60, s.DetectMedian, s.DetectP95, s.FalseAlerts, s.Decoys, s.Causes)
	}
	row("outcry", "", ours)
	for i, k := range spike.Rivals {
		var all []spike.Scores
		for t := range k.Thresholds {
			all = append(all, spike.Score(truth, r.rivals.Alerts[i][t], weeks))
		}
		row(k.Name, fmt.Sprint(k.Thresholds[1]), all[1])
		// The lowest threshold with no more false alerts than ours.
		same := slices.IndexFunc(all, func(s spike.Scores) bool { return s.FalseAlerts <= max(ours.FalseAlerts, 0.02) })
		if same >= 0 {
			row(k.Name+", as few false", fmt.Sprint(k.Thresholds[same]), all[same])
		}
	}
	return w.Flush()
}
