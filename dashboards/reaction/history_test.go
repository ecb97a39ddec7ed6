package reaction_test

import (
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/dashboards/reaction"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	var c struct{ Vendors []struct{ ID string } }
	if err := yaml.Unmarshal(config.VendorsYAML, &c); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"": true}
	for _, v := range c.Vendors {
		known[v.ID] = true
	}
	all := reaction.History()
	if len(all) < 20 {
		t.Fatalf("history knows %d outages", len(all))
	}
	var before time.Time
	seen := map[string]bool{}
	for _, p := range all {
		if seen[p.ID] || p.Title == "" || p.Kind == "" || p.Reaction == "" || len(p.Sources) == 0 || !p.End.After(p.Start) ||
			!slices.Contains([]string{"minute", "hour", "day"}, p.Precision) || p.Start.Before(before) {
			t.Errorf("%s is incomplete, known already or out of order", p.ID)
		}
		seen[p.ID], before = true, p.Start
		for _, v := range append([]string{p.Cause}, p.Vendors...) {
			if !known[v] {
				t.Errorf("%s names %s, which the catalogue does not know", p.ID, v)
			}
		}
	}
}

func TestAlike(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	got := reaction.Alike("netflix", "aws", at)
	if len(got) < 5 || got[0].ID != "aws-2021" || got[1].ID != "netflix-2012" {
		t.Errorf("beside an outage of netflix by aws stand %v", got)
	}
	for _, p := range reaction.Alike("netflix", "aws", time.Date(2012, 12, 25, 0, 0, 0, 0, time.UTC)) {
		if p.Start.Year() >= 2012 {
			t.Errorf("on Christmas 2012 %s of the future is set beside it", p.ID)
		}
	}
}
