package query_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
)

func ids(posts []query.Post) []string {
	var all []string
	for _, p := range posts {
		all = append(all, p.ID)
	}
	return all
}

func TestPostsAreNarrowed(t *testing.T) {
	t.Parallel()
	news := report("news", 1, at(-3), mention("netflix", tag.Affected), mention("aws", tag.Blamed))
	news.Outage, news.Source, news.Sentiment = tag.News, "hackernews", tag.Neutral
	odd := report("odd", 2, at(-4), mention("hulu", tag.Alternative))
	odd.Text = "it's 100% off: 'Ünïcode' \\ \t {x:y} ? $1 @a"
	db, _ := start(t,
		report("new", 3, at(-1), mention("netflix", tag.Affected)),
		report("blames", 4, at(-2), mention("netflix", tag.Blamed)),
		news, odd, report("early", 5, at(-61), mention("netflix", tag.Affected)))

	hour := query.Last(time.Hour, noon)
	for name, c := range map[string]struct {
		filter query.Filter
		want   []string
	}{
		"all":            {query.Filter{Window: hour}, []string{"new", "blames", "news", "odd"}},
		"longer":         {query.Filter{Window: query.Last(2*time.Hour, noon)}, []string{"new", "blames", "news", "odd", "early"}},
		"limit":          {query.Filter{Window: hour, Limit: 2}, []string{"new", "blames"}},
		"vendor":         {query.Filter{Window: hour, Vendor: "netflix"}, []string{"new", "blames", "news"}},
		"role":           {query.Filter{Window: hour, Vendor: "netflix", Role: "affected"}, []string{"new", "news"}},
		"blamed":         {query.Filter{Window: hour, Blamed: "aws"}, []string{"news"}},
		"both":           {query.Filter{Window: hour, Vendor: "netflix", Blamed: "netflix"}, []string{"blames"}},
		"outage":         {query.Filter{Window: hour, Outage: "news"}, []string{"news"}},
		"sentiment":      {query.Filter{Window: hour, Sentiment: "neutral"}, []string{"news"}},
		"source":         {query.Filter{Window: hour, Source: "hackernews"}, []string{"news"}},
		"words":          {query.Filter{Window: hour, Text: "DOWN AGAIN"}, []string{"new", "blames", "news"}},
		"odd words":      {query.Filter{Window: hour, Text: "'ünïCODE' \\ \t {X:y} ? $1 @a"}, []string{"odd"}},
		"no such vendor": {query.Filter{Window: hour, Vendor: "x' OR 1=1 --"}, nil},
	} {
		if c.filter.Limit == 0 {
			c.filter.Limit = 10
		}
		got, forgotten, err := db.Posts(t.Context(), c.filter)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(c.want, ids(got)); d != "" || forgotten != 0 {
			t.Errorf("%s: %d forgotten, posts (-want +got):\n%s", name, forgotten, d)
		}
	}
}

func TestPostsCarryWhatWasStored(t *testing.T) {
	t.Parallel()
	want := tag.Tag{
		ID: "1", Source: "bluesky", Author: querytest.Pseudonym(1), CreatedAt: at(-1), CollectedAt: at(-0.5),
		Text: "netflix is down, aws again", URL: "https://example.org/1", Lang: "en", Place: "Utrecht", Simulated: true,
		Outage: tag.Report, OutageScore: 0.5, Sentiment: tag.Negative, SentimentScore: -0.25,
		Vendors: []tag.Mention{
			{Vendor: "netflix", Role: tag.Affected, Sentiment: tag.Negative, Score: 1, Spans: []tag.Span{{Start: 0, End: 7}}},
			{Vendor: "aws", Role: tag.Blamed, Sentiment: tag.Negative, Score: 0.5, Spans: []tag.Span{{Start: 17, End: 20}, {Start: 900, End: 3}}},
		},
		Symptoms: []string{"playback"}, Devices: []string{"ps3"}, Intents: []string{"churn"}, Unknown: []string{"Acme"},
		Marks: []tag.Mark{{Span: tag.Span{Start: 11, End: 15}, Label: "report"}}, Model: "m1",
	}
	db, _ := start(t, want)
	got, _, err := db.Posts(t.Context(), query.Filter{Window: query.Last(time.Hour, noon), Limit: 5})
	if err != nil || len(got) != 1 {
		t.Fatalf("%d posts, %v", len(got), err)
	}
	if d := cmp.Diff(want, got[0].Tag); d != "" {
		t.Errorf("post (-want +got):\n%s", d)
	}
	if got[0].Key != want.Key() || got[0].AuthorKey != want.AuthorKey() {
		t.Errorf("keys are %d and %d", got[0].Key, got[0].AuthorKey)
	}
}

func TestPostsShowTheLastVersionOnce(t *testing.T) {
	t.Parallel()
	first := report("1", 1, at(-2), mention("netflix", tag.Affected))
	edited := first
	edited.Text, edited.Outage, edited.CollectedAt = "never mind, it works", tag.None, at(-1)
	db, w := start(t, first)
	querytest.Insert(t, w, edited)
	querytest.Insert(t, w, first) // again
	hour := query.Last(time.Hour, noon)
	got, _, err := db.Posts(t.Context(), query.Filter{Window: hour, Limit: 5})
	if err != nil || len(got) != 1 || got[0].Text != edited.Text {
		t.Errorf("posts are %v, %v; want the edited one, once", ids(got), err)
	}
	got, _, err = db.Posts(t.Context(), query.Filter{Window: hour, Limit: 5, Outage: "report"})
	if err != nil || len(got) != 0 {
		t.Errorf("reports are %v, %v; the edited post is none any more", ids(got), err)
	}
}

func TestDeletedPostsShowNoWords(t *testing.T) {
	t.Parallel()
	db, w := start(t,
		report("kept", 1, at(-1), mention("netflix", tag.Affected)),
		report("gone", 2, at(-2), mention("netflix", tag.Affected)),
		report("left", 3, at(-3), mention("netflix", tag.Affected)),
		report("left too", 3, at(-4), mention("netflix", tag.Affected)))
	querytest.Delete(t, w, "bluesky", "gone", "", noon)
	querytest.Delete(t, w, "bluesky", "", querytest.Pseudonym(3), noon)
	querytest.Delete(t, w, "mastodon", "kept", "", noon) // another source's
	got, forgotten, err := db.Posts(t.Context(), query.Filter{Window: query.Last(time.Hour, noon), Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"kept"}, ids(got)); d != "" || forgotten != 3 {
		t.Errorf("%d forgotten, want 3; posts (-want +got):\n%s", forgotten, d)
	}
}

func TestPostsAreLimited(t *testing.T) {
	t.Parallel()
	var many []tag.Tag
	for i := range query.MaxPosts + 50 {
		many = append(many, report(fmt.Sprint(i), i, at(-1), mention("netflix", tag.Affected)))
	}
	db, _ := start(t, many...)
	got, _, err := db.Posts(t.Context(), query.Filter{Window: query.Last(time.Hour, noon), Limit: 1 << 30})
	if err != nil || len(got) != query.MaxPosts {
		t.Errorf("%d posts, %v; want %d", len(got), err, query.MaxPosts)
	}
	_, _, err = db.Posts(t.Context(), query.Filter{Window: query.Last(time.Hour, noon), Text: strings.Repeat("x'", 5000), Limit: 5})
	if err != nil {
		t.Errorf("long words: %v", err)
	}
}
