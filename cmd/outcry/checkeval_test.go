//go:build checkdata

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckDataEval holds the scores on labelled posts that nothing was trained with.
// The floors are a little under what docs/MODEL_CARD.md says was measured.
func TestCheckDataEval(t *testing.T) {
	dir := filepath.Join(os.Getenv("OUTCRY_DATA_CHECKS"), "..", "eval")
	floors := map[string]map[string]float64{
		"written":       {"outage_f1": 0.90, "report_f1": 0.85, "outage_macro_f1": 0.75, "vendor_f1": 0.93, "role_accuracy": 0.79, "sentiment_macro_recall": 0.57},
		"facebook_2021": {"outage_f1": 0.94, "report_f1": 0.57, "vendor_f1": 0.96, "role_accuracy": 0.90, "sentiment_macro_recall": 0.55},
		"support":       {"outage_f1": 0.70, "report_f1": 0.68, "vendor_f1": 0.95, "role_accuracy": 0.82, "sentiment_macro_recall": 0.72},
	}
	args := []string{"eval", "--json", "--resample", "0"}
	for set := range floors {
		args = append(args, filepath.Join(dir, set+".jsonl"))
	}
	for l := range strings.Lines(must(t, "", args...)) {
		var got struct {
			Set    string
			Scores map[string]struct{ Value float64 }
		}
		if err := json.Unmarshal([]byte(l), &got); err != nil {
			t.Fatal(err)
		}
		for name, floor := range floors[got.Set] {
			if v := got.Scores[name].Value; v < floor {
				t.Errorf("%s of %s is %.3f, below %.2f", name, got.Set, v, floor)
			}
		}
	}
}

// TestCheckDataBackground tags 102,000 lines of ordinary talk: hardly any is about an outage.
func TestCheckDataBackground(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(os.Getenv("OUTCRY_DATA_CHECKS"), "wnut17", "source", "raw_data", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no background text: %v", err)
	}
	out := must(t, "", append([]string{"tag", "--text"}, files...)...)
	lines, about := 0, 0
	r := bufio.NewScanner(strings.NewReader(out))
	r.Buffer(nil, 1<<20)
	for r.Scan() {
		if lines++; !strings.Contains(r.Text(), `"outage":"none"`) {
			about++
		}
	}
	t.Logf("%d of %d lines are tagged as about an outage: %.3f %%", about, lines, 100*float64(about)/float64(lines))
	if lines < 100_000 || about*1000 > lines*2 {
		t.Errorf("%d of %d lines are tagged as about an outage, want at most 0.2 %%", about, lines)
	}
}
