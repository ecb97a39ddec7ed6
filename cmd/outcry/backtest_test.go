package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBacktestChristmas finds the incident of Christmas Eve, whom it was blamed on and
// what was behind it, the same way each time.
func TestBacktestChristmas(t *testing.T) {
	t.Parallel()
	posts := filepath.Join(t.TempDir(), "posts.ndjson")
	must(t, "", "simulate", "christmas-eve-2012", "-o", posts)
	out := must(t, "", "backtest", posts)
	var first incidentLine
	if err := json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &first); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	opened := time.Date(2012, 12, 24, 20, 30, 0, 0, time.UTC)
	if first.Vendor != "netflix" || first.OpenedAt.Before(opened) || first.OpenedAt.After(opened.Add(30*time.Minute)) {
		t.Errorf("the first incident is %+v, want netflix from 20:30 to 21:00", first)
	}
	if first.Cause != "aws" || first.ConfirmedAt == nil || first.Authors < 1000 || len(first.Posts) == 0 || len(first.Reasons) < 2 {
		t.Errorf("the incident of netflix is %+v", first)
	}
	if again := must(t, "", "backtest", posts); again != out {
		t.Error("the same posts have other incidents")
	}
	states := must(t, "", "backtest", "--states", posts)
	if !strings.Contains(states, `"vendor":"netflix","from":"watch","to":"signal"`) {
		t.Errorf("the states are %s", states)
	}
}

// TestBacktestStored gives the same incidents from the database as from the file.
func TestBacktestStored(t *testing.T) {
	_, flags := home(t)
	posts := filepath.Join(t.TempDir(), "posts.ndjson")
	must(t, "", "simulate", "christmas-eve-2012", "-o", posts)
	must(t, "", append([]string{"replay", "--wait", posts}, flags...)...)
	vendors := func(out string) string {
		var all []string
		for l := range strings.Lines(out) {
			var i incidentLine
			if err := json.Unmarshal([]byte(l), &i); err != nil {
				t.Fatalf("%v in %s", err, l)
			}
			all = append(all, i.Vendor+" "+i.OpenedAt.Format(time.RFC3339)+" "+i.Cause)
		}
		return strings.Join(all, "\n")
	}
	stored := vendors(must(t, "", append([]string{"backtest", "--from", "2012-12-24", "--to", "2012-12-26"}, flags...)...))
	if !strings.HasPrefix(stored, "netflix 2012-12-24T20:") || !strings.Contains(strings.SplitN(stored, "\n", 2)[0], " aws") {
		t.Errorf("the stored posts have the incidents\n%s", stored)
	}
}

func TestBacktestErrors(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]result{
		"no posts":       outcry(t, "", "backtest"),
		"--false-alerts": outcry(t, "", "backtest", "--false-alerts", "0"),
		"no-such-truth":  outcry(t, "", "backtest", "--truth", "no-such-truth"),
		"stdin:1: bad":   outcry(t, "nonsense\n", "backtest"),
	} {
		if r.code == exitOK || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d, %s, want %s", r.code, r.stderr, want)
		}
	}
}
