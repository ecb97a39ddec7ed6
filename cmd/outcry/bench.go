package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/sink/schema"
)

func newBenchCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "bench",
		Short:   "Measure speed on this machine",
		Long:    "Measure speed on this machine, with engines and data of its own that are thrown away afterwards.",
		Example: "  outcry bench pages --mentions 2000000",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBenchPagesCmd(a))
	return cmd
}

func newBenchPagesCmd(a *app) *cobra.Command {
	var mentions, runs, share int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pages",
		Short: "Time pages over a year of invented mentions",
		Long: `Fill a database of its own with invented mentions over a year, one outage with many
posts among them, and time every page and every question that pages ask. Answers that
pages keep for some seconds are forgotten before each request.`,
		Example: "  outcry bench pages --mentions 20000000 --runs 30",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if mentions < 10000 || runs < 1 || share < 1 {
				return usagef("--mentions must be at least 10000, --runs and --outage at least 1")
			}
			dir, err := os.MkdirTemp("", "outcry-bench-")
			if err != nil {
				return fmt.Errorf("making a folder for the data: %w", err)
			}
			defer func() { _ = os.RemoveAll(dir) }()
			a.cfg.DataDir = dir
			a.cfg.ClickHouse.EmbeddedTCPPort, a.cfg.ClickHouse.EmbeddedHTTPPort = 0, 0
			return a.database(cmd.Context(), "bench", func(e *engines) error { return a.benchPages(cmd.Context(), e, mentions, share, runs, asJSON) })
		},
	}
	cmd.Flags().IntVar(&mentions, "mentions", 2_000_000, "how `many` mentions")
	cmd.Flags().IntVar(&share, "outage", 50, "one post in so `many` is in the outage")
	cmd.Flags().IntVar(&runs, "runs", 20, "how `often` each page is asked for")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// benchEnd is the end of the invented year, and the outage lasts for the hours before it.
var benchEnd = time.Date(2026, 6, 30, 20, 0, 0, 0, time.UTC)

const (
	benchBatch    = 250_000
	benchIncident = "netflix-20260630T1400"
	benchOutage   = 6 * time.Hour
)

// fillYear invents mentions: evenly over the year, one post in share in the outage.
func fillYear(ctx context.Context, conn driver.Conn, mentions, share int, told func(done int)) error {
	const sql = `INSERT INTO posts (post_key, source, id, created_at, collected_at, author, author_key, text, lang, simulated, outage, outage_score, sentiment, sentiment_score,
		vendors.id, vendors.role, vendors.sentiment, vendors.score, vendors.spans, symptoms, devices, spam, cluster, model, version)
	SELECT cityHash64(n), ['x', 'bluesky', 'reddit', 'mastodon'][1 + h % 4], toString(n), at, at + 1, 'p_' || toString(h % 2000000), h % 2000000,
		concat('post ', toString(n), ' about service ', vendor, ': it will not load and nobody at number ', toString(h % 997), ' knows why'), 'en', true, label, 0.9,
		feeling, if(feeling = 'negative', -0.6, 0.1), [vendor, 'aws'], [if(label = 'reaction', if(h % 3 = 0, 'blamed', 'affected'), 'affected'), if(h % 2 = 0, 'blamed', 'mentioned')], [feeling, 'neutral'], [1, 1], [[], []],
		[['login', 'playback', 'payment', 'network'][1 + h % 4]], [['phone', 'tv', 'console'][1 + h % 3]], 0.01, h % 5000000, 'bench', toUnixTimestamp64Milli(at)
	FROM (
		SELECT n, cityHash64(n, 7) AS h, n % {share:UInt64} = 0 AS out,
			toDateTime64(if(out, {end:Int64} - toInt64(h % {outage:Int64}) - 1, {end:Int64} - toInt64(h % 31536000) - 1), 3, 'UTC') AS at,
			if(out, 'netflix', 'vendor-' || toString(toInt32(300 * pow((h % 10007) / 10007, 3)))) AS vendor,
			if(out, ['report', 'reaction', 'reaction', 'news'][1 + intDiv(h, 11) % 4], ['report', 'reaction', 'none', 'none'][1 + intDiv(h, 11) % 4]) AS label,
			['negative', 'neutral', 'positive'][1 + intDiv(h, 13) % 3] AS feeling
		FROM (SELECT arrayJoin(range({from:UInt64}, {to:UInt64})) AS n)
	)`
	for from := 0; from < mentions; from += 2 * benchBatch {
		// Two vendors a post.
		to := min(from+2*benchBatch, mentions) / 2
		if err := conn.Exec(ctx, sql, clickhouse.Named("end", benchEnd.Unix()), clickhouse.Named("outage", int64(benchOutage.Seconds())), clickhouse.Named("share", uint64(share)), clickhouse.Named("from", uint64(from/2)), clickhouse.Named("to", uint64(to))); err != nil {
			return fmt.Errorf("filling the tables: %w", err)
		}
		told(2 * to)
	}
	opened := benchEnd.Add(-benchOutage)
	confirmed := opened.Add(5 * time.Minute)
	if err := conn.Exec(ctx, "INSERT INTO "+schema.Incidents+` (id, vendor, state, opened_at, confirmed_at, seen_at, cause, cause_probability, severity, authors, blamed, facets, reasons, posts, simulated, version)
		VALUES (?, 'netflix', 'confirmed', ?, ?, ?, 'aws', 0.9, 2, 100000, map('aws', 10), map('symptom login', 100), [], [], true, 1)`, benchIncident, opened, &confirmed, benchEnd); err != nil {
		return fmt.Errorf("filling the tables: %w", err)
	}
	// Arrivals are kept for three days only, and tell pages what time it is.
	if err := conn.Exec(ctx, "INSERT INTO "+schema.Arrivals+" (post_key, source, created_at, collected_at, outcome, simulated) SELECT post_key, source, created_at, collected_at, 'stored', true FROM posts WHERE created_at >= {from:DateTime64(3)}",
		clickhouse.Named("from", benchEnd.Add(-3*24*time.Hour))); err != nil {
		return fmt.Errorf("filling the tables: %w", err)
	}
	for i := range 3 {
		if _, err := dashboards.AddStatement(ctx, conn, query.Statement{Vendor: "netflix", At: opened.Add(time.Duration(i+1) * 80 * time.Minute), Kind: "explain", Text: "We know that loading fails for many of you and work on it.", Simulated: true}, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// times are measured durations of one thing.
type times struct {
	Name string  `json:"name"`
	Kind string  `json:"kind"`
	N    int     `json:"n"`
	P50  float64 `json:"p50_ms"`
	P95  float64 `json:"p95_ms"`
}

func newTimes(kind, name string, all []time.Duration) times {
	slices.Sort(all)
	at := func(q float64) float64 {
		return float64(all[min(len(all)-1, int(q*float64(len(all))))].Microseconds()) / 1000
	}
	return times{name, kind, len(all), at(.5), at(.95)}
}

// warmTimes times the page Now as a running server gives it, which keeps it at hand.
func warmTimes(ctx context.Context, s *dashboards.Server, runs int) (times, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	time.Sleep(3 * time.Second)
	var took []time.Duration
	for range runs {
		w := httptest.NewRecorder()
		begun := time.Now()
		s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/", nil))
		took = append(took, time.Since(begun))
		time.Sleep(500 * time.Millisecond)
	}
	stop()
	return newTimes("page", "/ of a running server", took), <-ended
}

func (a *app) benchPages(ctx context.Context, e *engines, mentions, share, runs int, asJSON bool) error {
	writer, err := e.writer(ctx)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := fillYear(ctx, writer, mentions, share, func(done int) {
		_, _ = fmt.Fprintf(a.stderr, "\r  %d of %d mentions stored", done, mentions)
	}); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(a.stderr, "\r  %d mentions stored in %s\n", mentions, time.Since(started).Round(time.Second))
	reader, err := e.reader(ctx)
	if err != nil {
		return err
	}
	c, err := loadCatalogue(a.cfg)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	questions := map[string][]time.Duration{}
	o := pageOptions(c)
	o.Reader, o.Log, o.Now = reader, a.log, func() time.Time { return benchEnd }
	o.Observe = func(question string, took time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		questions[question] = append(questions[question], took)
	}
	s, err := dashboards.New(o)
	if err != nil {
		return err
	}
	var all []times
	for _, path := range []string{"/", "/incidents", "/incidents/" + benchIncident, "/statements", "/vendors", "/vendors/netflix", "/alerts", "/pipeline", "/explore", "/api/v1/posts?vendor=netflix&limit=50"} {
		var took []time.Duration
		for range runs {
			s.Forget()
			w := httptest.NewRecorder()
			begun := time.Now()
			s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, nil))
			took = append(took, time.Since(begun))
			if w.Code != http.StatusOK {
				return fmt.Errorf("asking for %s: status %d", path, w.Code)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		all = append(all, newTimes("page", path, took))
	}
	warm, err := warmTimes(ctx, s, runs)
	if err != nil {
		return err
	}
	pages := len(all)
	all = append(all, warm)
	for q, took := range questions {
		all = append(all, newTimes("question", q, took))
	}
	slices.SortStableFunc(all[pages+1:], func(x, y times) int { return int(1000 * (y.P95 - x.P95)) })
	if asJSON {
		enc := json.NewEncoder(a.stdout)
		for _, t := range all {
			if err := enc.Encode(t); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "\ttimes\tmedian ms\tp95 ms\t")
	for _, t := range all {
		_, _ = fmt.Fprintf(w, "%s %s\t%d\t%.1f\t%.1f\t\n", t.Kind, t.Name, t.N, t.P50, t.P95)
	}
	return w.Flush()
}
