package query_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
)

func TestBlameCountsPeopleOnce(t *testing.T) {
	t.Parallel()
	netflix, aws := mention("netflix", tag.Affected), mention("aws", tag.Blamed)
	spam := report("spam", 9, at(-1), netflix, aws)
	spam.Spam = 0.8
	db, w := start(t,
		report("a", 1, at(-1), netflix, aws),
		report("b", 1, at(-2), netflix, aws), // the same person
		report("c", 2, at(-3), netflix, aws),
		report("d", 3, at(-4), mention("netflix", tag.Blamed)),
		report("e", 3, at(-5), aws),
		report("f", 4, at(-6), netflix),
		report("early", 5, at(-61), netflix, aws), spam)
	querytest.Insert(t, w, report("a", 1, at(-1), netflix, aws)) // seen again
	got, err := db.Blame(t.Context(), query.Last(time.Hour, noon))
	if err != nil {
		t.Fatal(err)
	}
	want := []query.Blame{
		{"", "", 3}, {"", "aws", 3}, {"aws", "", 3}, {"aws", "aws", 3}, {"netflix", "", 3},
		{"netflix", "aws", 2}, {"", "netflix", 1}, {"netflix", "netflix", 1},
	}
	if d := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b query.Blame) bool { return fmt.Sprint(a) < fmt.Sprint(b) })); d != "" {
		t.Errorf("blame (-want +got):\n%s", d)
	}
}

func TestSeriesAddsMinutesUp(t *testing.T) {
	t.Parallel()
	reaction := report("r", 3, at(-3), mention("netflix", tag.Blamed))
	reaction.Outage = tag.Reaction
	db, _ := start(t,
		report("a", 1, at(-1), mention("netflix", tag.Affected)),
		report("b", 1, at(-2), mention("netflix", tag.Affected)),
		report("c", 2, at(-2), mention("netflix", tag.Affected)),
		report("other", 2, at(-2), mention("hulu", tag.Affected)), reaction)
	got, err := db.Series(t.Context(), "netflix", query.Last(time.Hour, noon), 2*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := []query.Point{{At: at(-4), Reactions: 1, Blamed: 1}, {At: at(-2), Reports: 3, Affected: 3}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("series (-want +got):\n%s", d)
	}
}

func TestSourcesSayWhatBecameOfPosts(t *testing.T) {
	t.Parallel()
	filtered := tag.Tag{ID: "f", Source: "bluesky", CreatedAt: at(-30), Filtered: "no_match"}
	silent := report("s", 1, at(-200), mention("netflix", tag.Affected))
	silent.Source = "mastodon"
	replayed := report("n", 1, at(-1), mention("netflix", tag.Affected))
	replayed.CollectedAt = at(500)
	db, _ := start(t, filtered, silent, replayed)
	got, err := db.Sources(t.Context(), query.Last(24*time.Hour, noon), at(-5), at(-60))
	if err != nil {
		t.Fatal(err)
	}
	want := []query.Source{
		{Source: "bluesky", Outcome: "no_match", Hour: 1, LastMinute: at(-30), LastCollected: at(-30).Add(time.Second)},
		{Source: "bluesky", Outcome: "stored", Recent: 1, Hour: 1, LastMinute: at(-1), LastCollected: at(500)},
		{Source: "mastodon", Outcome: "stored", LastMinute: at(-200), LastCollected: at(-200).Add(time.Second)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("sources (-want +got):\n%s", d)
	}
	newest, err := db.Newest(t.Context())
	if err != nil || len(newest) != 3 || newest[0] != (query.Arrival{Minute: at(-1), Collected: at(500)}) {
		t.Errorf("newest are %v, %v; want the one collected last first", newest, err)
	}
	seen, err := db.SeenMinutes(t.Context(), query.Last(time.Hour, noon))
	if d := cmp.Diff([]query.Seen{{at(-30), 1}, {at(-1), 1}}, seen); d != "" || err != nil {
		t.Errorf("seen, %v (-want +got):\n%s", err, d)
	}
}

func TestDeadLettersByReason(t *testing.T) {
	t.Parallel()
	db, w := start(t)
	now := time.Now().UTC().Truncate(time.Second) // older ones than 30 days are dropped
	ago := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	querytest.DeadLetter(t, w, "outcry.posts", "0/1", "bad_json", ago(1))
	querytest.DeadLetter(t, w, "outcry.posts", "0/1", "bad_json", ago(1)) // delivered again
	querytest.DeadLetter(t, w, "outcry.posts", "0/2", "bad_json", ago(2))
	querytest.DeadLetter(t, w, "file", "a.csv:7", "bad_time", ago(3))
	querytest.DeadLetter(t, w, "file", "a.csv:8", "bad_time", ago(70))
	got, err := db.DeadLetters(t.Context(), ago(60))
	want := []query.DeadLetter{{"outcry.posts", "bad_json", 2, ago(1)}, {"file", "bad_time", 1, ago(3)}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("dead letters, %v (-want +got):\n%s", err, d)
	}
}

func TestHoursAndLoudest(t *testing.T) {
	t.Parallel()
	db, _ := start(t,
		report("a", 1, at(-1), mention("netflix", tag.Affected)),
		report("b", 2, at(-121), mention("netflix", tag.Affected)),
		report("c", 3, at(-122), mention("netflix", tag.Affected)),
		report("d", 3, at(-123), mention("hulu", tag.Affected)))
	day := query.Last(24*time.Hour, noon)
	hours, err := db.Hours(t.Context(), []string{"netflix", "x')"}, day)
	want := []query.Hour{{"netflix", at(-180), 2}, {"netflix", at(-60), 1}}
	if d := cmp.Diff(want, hours); d != "" || err != nil {
		t.Errorf("hours, %v (-want +got):\n%s", err, d)
	}
	loudest, ok, err := db.Loudest(t.Context(), day)
	if want := (query.Loudest{Vendor: "netflix", At: at(-125), People: 2}); loudest != want || !ok || err != nil {
		t.Errorf("loudest is %v, %t, %v; want %v", loudest, ok, err, want)
	}
	if _, ok, err := db.Loudest(t.Context(), query.Last(time.Minute, at(-500))); ok || err != nil {
		t.Errorf("the loudest of nothing is %t, %v", ok, err)
	}
}

// stuck never answers, as a server does that hangs.
type stuck struct{}

func (stuck) Query(ctx context.Context, _ string, _ ...any) (driver.Rows, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestQuestionsNameThemselvesInErrors(t *testing.T) {
	t.Parallel()
	observed := ""
	db := query.New(stuck{}, func(question string, _ time.Duration, err error) { observed = fmt.Sprint(question, err != nil) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Ping(ctx)
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "asking ClickHouse for ping: ") || observed != "pingtrue" {
		t.Errorf("error is %v, observed %q", err, observed)
	}
}
