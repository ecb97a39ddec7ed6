package dashboards_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
)

// collected sets when all tags came in.
func collected(tags []tag.Tag, when time.Time) []tag.Tag {
	for i := range tags {
		tags[i].CollectedAt = when.Add(time.Duration(i) * time.Millisecond)
	}
	return tags
}

func TestReplayShowsItsOwnTime(t *testing.T) {
	t.Parallel()
	christmas := time.Date(2012, 12, 25, 1, 40, 0, 0, time.UTC)
	wall := evening
	s := open(t, wall, collected(story(christmas), wall.Add(-time.Minute)))
	a := api(t, s, "")
	if a.Clock.Mode != "replay" || !a.Clock.Now.Equal(christmas) || a.Vendors[0].ID != "netflix" || a.Vendors[0].State != "signal" {
		t.Errorf("clock is %+v, vendors %+v", a.Clock, a.Vendors)
	}
	_, page := get(t, s.url)
	if got := words(page); !strings.Contains(got, "replay Tue 25 Dec 2012, 01:40 UTC") {
		t.Errorf("the page does not say which time it shows: %s", got[:300])
	}
}

func TestAnyTimeCanBeLookedAt(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	a := api(t, s, "?at=2026-03-02T15:00Z")
	if a.Clock.Mode != "pinned" || !a.Clock.Now.Equal(evening.Add(-5*time.Hour)) {
		t.Errorf("clock is %+v", a.Clock)
	}
	for _, v := range a.Vendors {
		if v.ID == "netflix" && v.State != "quiet" {
			t.Errorf("netflix was %s before it failed", v.State)
		}
	}
	_, page := get(t, s.url+"/?at=2026-03-02T15:00Z")
	if got := words(page); !strings.Contains(got, "looking at Mon 2 Mar 2026, 15:00 UTC") || strings.Contains(page, "data-events") {
		t.Error("the page does not say that the time is chosen, or asks for updates")
	}
}

func TestQuietSaysWhenItWasLoud(t *testing.T) {
	t.Parallel()
	later := evening.Add(3 * time.Hour)
	tags, calm := story(evening), querytest.Story(later, 3*time.Hour, 0, 0)
	for i := range calm {
		calm[i].ID += "-calm"
	}
	tags = append(tags, calm...)
	s := open(t, later, tags)
	_, page := get(t, s.url)
	got := words(page)
	for _, want := range []string{"Quiet: no vendor stands out against the hour before.", "Loudest in the last 24 hours: Netflix,", "people a minute at 19:5"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got[:500])
		}
	}
}

func TestNewcomerIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	_, page := get(t, open(t, evening, nil).url)
	for _, want := range []string{"No posts yet.", "outcry demo", "outcry up --bluesky", "outcry replay posts.ndjson"} {
		if !strings.Contains(words(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestTooEarlyToCompare(t *testing.T) {
	t.Parallel()
	a := open(t, evening, querytest.Story(evening, 0, 10*time.Minute, 30))
	_, page := get(t, a.url)
	if got := words(page); !strings.Contains(got, "Too early to compare") {
		t.Errorf("ten minutes of posts are compared with what was not heard: %s", got[:400])
	}
}

// moody is a database that can be made to fail.
type moody struct {
	query.Reader
	fails atomic.Bool
}

func (m *moody) Query(ctx context.Context, sql string, args ...any) (driver.Rows, error) {
	if m.fails.Load() {
		return away{}.Query(ctx, sql, args...)
	}
	return m.Reader.Query(ctx, sql, args...)
}

func TestDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	var db *moody
	s := open(t, evening, story(evening), func(o *dashboards.Options) {
		db = &moody{Reader: o.Reader}
		o.Reader = db
	})
	get(t, s.url)
	db.fails.Store(true)
	until(t, func() bool {
		_, page := get(t, s.url)
		got := words(page)
		return strings.Contains(got, "ClickHouse has not answered since 20:00:00 UTC: these numbers are of then.") &&
			strings.Contains(got, "Netflix: ")
	})
	db.fails.Store(false)
	until(t, func() bool { _, page := get(t, s.url); return !strings.Contains(words(page), "has not answered") })

	_, page := get(t, "http://"+serve(t, dashboards.Options{Reader: away{}}))
	if !strings.Contains(words(page), "ClickHouse does not answer, so there are no numbers yet.") {
		t.Error("a page without a database does not say so")
	}
}

// until waits for a condition.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not come to be within 20 s")
		}
	}
}
