package main

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/dashboards/spike"
	"github.com/outcry/outcry/ingest/scenario/week"
	"github.com/outcry/outcry/nlp"
	"github.com/outcry/outcry/nlp/vendor"
)

// TestDrills plays every drill and looks at the states that its vendors go through.
// That the everyday talk around them brings an incident of its own is rare, but happens:
// it is counted over all drills.
func TestDrills(t *testing.T) {
	t.Parallel()
	const whole = "signal confirmed recovering closed"
	want := map[string]map[string][]string{ // drill, vendor, any of these states
		"small-outage": {"duolingo": {whole}},
		"large-outage": {"netflix": {whole}},
		"slow-burn":    {"verizon": {whole, "signal confirmed recovering confirmed recovering closed", "signal confirmed recovering confirmed recovering confirmed recovering closed"}},
		"supplier-cascade": {
			"aws": {whole}, "netflix": {whole}, "reddit": {whole}, "venmo": {whole}, "coinbase": {whole}, "hulu": {whole}, "duolingo": {whole},
		},
		"relapse":         {"spotify": {"signal confirmed recovering confirmed recovering closed"}},
		"launch":          {"roblox": {""}},
		"price-rise":      {"netflix": {""}},
		"brigading":       {"coinbase": {""}},
		"spam-flood":      {"instagram": {""}},
		"dead-collector":  {"facebook": {whole}},
		"quiet-vendor":    {"pagerduty": {whole}},
		"daylight-saving": {},
		"new-week":        {"whatsapp": {whole}},
	}
	catalogue, err := vendor.Load(config.VendorsYAML, nil)
	if err != nil {
		t.Fatal(err)
	}
	tagger, err := nlp.New(nlp.Options{Vendors: catalogue})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	others, causes := 0, 0
	t.Run("each", func(t *testing.T) {
		names, _ := week.Drills()
		if len(names) != len(want) {
			t.Errorf("there are the drills %v", names)
		}
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w, err := week.Drill(name, 1)
				if err != nil {
					t.Fatal(err)
				}
				run := newBacktestRun(spike.Options{Supply: supplyOf(catalogue)}, false)
				for p := range w.Posts() {
					g := tagger.Tag(&p)
					run.add(&g)
				}
				run.finish()
				states := map[string][]string{}
				for _, e := range run.edges {
					if e.To == spike.Watching || e.To == spike.Quiet {
						continue
					}
					states[e.Vendor] = append(states[e.Vendor], string(e.To))
				}
				for v, accept := range want[name] {
					if got := strings.Join(states[v], " "); !slices.Contains(accept, got) {
						t.Errorf("%s goes through %q, want one of %q", v, got, accept)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				for _, i := range run.incidents {
					if _, expected := want[name][i.Vendor]; !expected {
						others++
						t.Logf("another incident: %s at %s, %q", i.Vendor, i.OpenedAt, i.Reasons)
					}
					if name == "supplier-cascade" && i.Cause == "aws" {
						causes++
					}
				}
			})
		}
	})
	if others > 3 {
		t.Errorf("%d incidents in everyday talk, in %d days of 24 vendors", others, 12*3/2+10+2)
	}
	if causes != 6 {
		t.Errorf("%d of 6 customers name their supplier as the cause", causes)
	}
}
