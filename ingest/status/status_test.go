package status_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/sourcetest"
	"github.com/outcry/outcry/ingest/status"
	"github.com/outcry/outcry/ingest/status/statustest"
	"github.com/outcry/outcry/ingest/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func source(t testing.TB, p status.Page, now func() time.Time) *status.Source {
	t.Helper()
	client := web.New(web.Options{Timeout: time.Second})
	t.Cleanup(client.Close)
	s, err := status.New(status.Options{Page: p, Every: 20 * time.Millisecond, Client: client, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, sourcetest.Harness{
		New: func(t *testing.T, now func() time.Time) (sourcetest.Simulator, func() ingest.Source) {
			s := statustest.Start(t)
			return s, func() ingest.Source {
				return source(t, status.Page{Vendor: "github", Kind: "statuspage", URL: s.URL()}, now)
			}
		},
		Faults: []sourcetest.Fault{
			sourcetest.Reset, sourcetest.Drop, sourcetest.Stall, sourcetest.Garbage, sourcetest.Busy, sourcetest.Storm,
		},
		Polls: true, NoDeletes: true,
	})
}

// read runs the source from a cursor until enough says so and gives all batches as one.
func read(t *testing.T, s *status.Source, cursor string, enough func(all *post.Batch, batches int) bool) post.Batch {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var all post.Batch
	batches := 0
	err := s.Run(ctx, cursor, func(_ context.Context, b post.Batch) error {
		batches++
		all.Official = append(all.Official, b.Official...)
		all.Rejects = append(all.Rejects, b.Rejects...)
		for reason, n := range b.Filtered {
			for range n {
				all.Filter(reason)
			}
		}
		if b.Cursor != "" {
			all.Cursor = b.Cursor
		}
		if enough(&all, batches) {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Run gave %v; there are %d entries", err, len(all.Official))
	}
	return all
}

func TestUpdates(t *testing.T) {
	t.Parallel()
	s := statustest.Start(t)
	page := status.Page{Vendor: "github", Kind: "statuspage", URL: s.URL() + "/"}
	id := s.Open("major", "We are <b>investigating</b>.<br>Sorry &amp; thanks.")
	step := 0
	got := read(t, source(t, page, nil), "", func(all *post.Batch, _ int) bool {
		if step == 0 && len(all.Official) == 1 {
			step++
			s.Update(id, "resolved", "Fixed.")
		}
		return len(all.Official) == 2
	})
	if d := cmp.Diff([]string{"investigating", "resolved"}, []string{got.Official[0].Status, got.Official[1].Status}); d != "" {
		t.Errorf("statuses (-want +got):\n%s", d)
	}
	e := got.Official[0]
	if e.Vendor != "github" || e.EventID != id || e.Impact != "major" || e.Text != "We are investigating.\nSorry & thanks." || e.URL != "https://stspg.example/"+id || e.Title != "Elevated errors" {
		t.Errorf("the entry is %+v", e)
	}
	if again := read(t, source(t, page, nil), got.Cursor, func(_ *post.Batch, n int) bool { return n == 2 }); len(again.Official) > 0 {
		t.Errorf("from its own cursor it brought %+v", again.Official)
	}
}

// TestKinds reads a document of each kind as pages have it.
func TestKinds(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC) }
	at := func(h, m int) time.Time { return time.Date(2026, 1, 2, h, m, 0, 0, time.UTC) }
	for _, c := range []struct {
		file, kind string
		want       []post.Official
		rejects    int
	}{
		{"statuspage.json", "statuspage", []post.Official{
			{Vendor: "v", EventID: "clone1", At: at(3, 0), Status: "identified", Impact: "critical", Title: "Login fails", Text: "Found it.", URL: "URL/incidents/clone1"},
			{Vendor: "v", EventID: "bare1", At: at(4, 0), Status: "investigating", Impact: "none", Title: "No updates yet", URL: "https://stspg.example/b"},
		}, 2},
		{"google.json", "google", []post.Official{
			{Vendor: "v", EventID: "abc", At: at(3, 0), Status: "investigating", Impact: "critical", Title: "Elevated latency in us-east1", Text: "**Summary:** slow", URL: "HOST/incidents/abc"},
			{Vendor: "v", EventID: "abc", At: at(5, 0), Status: "resolved", Impact: "critical", Title: "Elevated latency in us-east1", Text: "Fixed.", URL: "HOST/incidents/abc"},
		}, 1},
		{"aws.xml", "feed", []post.Official{
			{Vendor: "v", EventID: "https://status.aws.amazon.com/#elb-us-east-1_1", At: at(3, 0), Status: "investigating", Impact: "major", Title: "Service disruption: Increased API error rates", Text: "We are investigating increased API error rates for Elastic Load Balancing.", URL: "https://status.aws.amazon.com/"},
			{Vendor: "v", EventID: "https://status.aws.amazon.com/#elb-us-east-1_2", At: at(5, 0), Status: "resolved", Impact: "major", Title: "Service is operating normally: [RESOLVED] Increased API error rates", Text: "The issue is resolved & the service is operating normally.", URL: "https://status.aws.amazon.com/"},
		}, 1},
	} {
		b, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		s := statustest.Start(t)
		s.Say(b)
		url := s.URL()
		if c.kind != "statuspage" {
			url += "/document"
		}
		got := read(t, source(t, status.Page{Vendor: "v", Kind: c.kind, URL: url}, now), "", func(_ *post.Batch, n int) bool { return n == 3 })
		for i := range c.want {
			c.want[i].URL = strings.Replace(strings.Replace(c.want[i].URL, "URL", url, 1), "HOST", s.URL(), 1)
		}
		if c.file == "aws.xml" {
			c.want[0].Impact, c.want[1].Impact = "critical", "major"
		}
		if d := cmp.Diff(c.want, got.Official); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, d)
		}
		if len(got.Rejects) != c.rejects {
			t.Errorf("%s: %d rejects, want %d: %+v", c.file, len(got.Rejects), c.rejects, got.Rejects)
		}
		if got.Filtered["old"] != 1 {
			t.Errorf("%s: left out %v, want one old entry", c.file, got.Filtered)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	pages, err := status.Pages(config.StatusPagesYAML)
	if err != nil || len(pages) < 30 {
		t.Errorf("the built-in list has %d pages, %v", len(pages), err)
	}
	for in, want := range map[string]string{
		"":          "it lists no pages",
		"pages: []": "it lists no pages",
		"pages: [{vendor: github, kind: statuspage, link: x}]":                                      "field link not found",
		"pages: [{vendor: GitHub, kind: statuspage, url: https://x}]":                               `page 1: vendor is "GitHub"; it must be an id of the vendor catalogue`,
		"pages: [{vendor: github, kind: html, url: https://x}]":                                     `page 1: kind of github is "html"; it must be statuspage, google or feed`,
		"pages: [{vendor: github, kind: feed, url: x}]":                                             `page 1: url of github is "x"; it must be like https://`,
		"pages: [{vendor: a, kind: feed, url: https://x}, {vendor: a, kind: feed, url: https://y}]": "page 2: vendor a has a page already",
	} {
		if _, err := status.Pages([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Pages(%q) gave %v, want %q", in, err, want)
		}
	}
}
