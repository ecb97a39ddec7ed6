package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// simulated runs outcry simulate and returns the exit code and both outputs.
func simulated(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"simulate"}, args...), strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestSimulateWritesPostsAndTruth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	posts, truth := filepath.Join(dir, "posts.ndjson"), filepath.Join(dir, "truth.ndjson")
	if code, out, errs := simulated(t, "christmas-eve-2012", "-o", posts, "--truth", truth); code != exitOK || out != "" || errs != "" {
		t.Fatalf("exit code %d, %q, %q", code, out, errs)
	}
	p, err := os.ReadFile(posts)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := os.ReadFile(truth)
	if err != nil {
		t.Fatal(err)
	}
	lines, labels := strings.Split(strings.TrimSuffix(string(p), "\n"), "\n"), strings.Split(strings.TrimSuffix(string(tr), "\n"), "\n")
	if len(lines) < 18_000 || len(lines) != len(labels) {
		t.Fatalf("%d posts and %d labels, want as many of both, some 20,000", len(lines), len(labels))
	}
	for i := range lines {
		one, err := post.Decode([]byte(lines[i]))
		if err != nil {
			t.Fatal(err)
		}
		var label truthLine
		if err := json.Unmarshal([]byte(labels[i]), &label); err != nil {
			t.Fatal(err)
		}
		if one.ID != label.ID || one.Text != label.Text || !one.CreatedAt.Equal(label.CreatedAt) || label.Outage == "" {
			t.Fatalf("line %d: label %+v is not that of %+v", i+1, label, one)
		}
	}
	code, out, _ := simulated(t, "christmas-eve-2012")
	if code != exitOK || out != string(p) {
		t.Error("standard output and file differ for the same seed")
	}
	if _, other, _ := simulated(t, "christmas-eve-2012", "--seed", "2"); other == out {
		t.Error("seeds 1 and 2 give the same posts")
	}
}

func TestSimulateFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"easter"}, exitUsage, `outcry: there is no scenario "easter"; there are christmas-eve-2012, week, small-outage`},
		{nil, exitUsage, "outcry: simulate needs the name of a scenario; there are christmas-eve-2012, week, small-outage"},
		{[]string{"a", "b"}, exitUsage, "accepts at most 1 arg"},
		{[]string{"christmas-eve-2012", "--speed", "fast"}, exitUsage, `"fast"`},
		{[]string{"christmas-eve-2012", "--speed", "0"}, exitUsage, `"0"`},
		{[]string{"christmas-eve-2012", "--seed", "-1"}, exitUsage, "invalid argument"},
		{[]string{"christmas-eve-2012", "--truth", "-"}, exitUsage, "cannot both go to standard output"},
		{[]string{"christmas-eve-2012", "-o", "/no/such/folder/x"}, exitFailed, "/no/such/folder/x"},
	} {
		code, out, errs := simulated(t, c.args...)
		if code != c.code || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit code %d, %q, %q; want %d and %q", c.args, code, out, errs, c.code, c.want)
		}
	}
}

func TestSimulateList(t *testing.T) {
	t.Parallel()
	code, out, errs := simulated(t, "--list")
	want := "christmas-eve-2012  Christmas Eve 2012: Netflix goes dark, and whose fault is it?  2012-12-24 18:00 UTC, 26h30m0s\n"
	if code != exitOK || !strings.HasPrefix(out, want) || errs != "" {
		t.Errorf("exit code %d, %q, %q; want %q first", code, out, errs, want)
	}
	for _, name := range everySimulation() {
		if !strings.Contains("\n"+out, "\n"+name+" ") {
			t.Errorf("%s is not listed", name)
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	at := time.Date(2012, 12, 24, 18, 0, 0, 0, time.UTC)
	max := pace{}
	if d := max.due(at.Add(time.Hour)); d != 0 {
		t.Errorf("at full speed a post is due in %s, want at once", d)
	}
	p := pace{factor: 60}
	if d := p.due(at); d > 0 {
		t.Errorf("the first post is due in %s, want at once", d)
	}
	if d := p.due(at.Add(time.Hour)); d < 55*time.Second || d > time.Minute {
		t.Errorf("a post of an hour later is due in %s, want a minute", d)
	}
}
