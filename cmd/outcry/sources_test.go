package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/status"
)

// TestConfigOfSources holds that what "outcry sources add" prints is a file that switches
// the source on, and only that one.
func TestConfigOfSources(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range places() {
		if !strings.Contains(string(docs), "\n## "+p.name+"\n") {
			t.Errorf("docs/sources.md has no section %s", p.name)
		}
		text := must(t, "", "sources", "add", p.name)
		path := filepath.Join(t.TempDir(), "outcry.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(path, nil)
		if err != nil {
			t.Errorf("sources add %s printed\n%s\nwhich is refused: %v", p.name, text, err)
			continue
		}
		for _, other := range places() {
			if on := other.enabled(&cfg.Ingest); on != (other.name == p.name) {
				t.Errorf("with what sources add %s printed, %s is on: %t", p.name, other.name, on)
			}
		}
		if s, err := p.open(&app{cfg: cfg}); err != nil || len(s) == 0 {
			t.Errorf("opening %s: %d sources, %v", p.name, len(s), err)
		}
	}
}

// TestConfigStatusPages holds that the built-in status pages are of vendors that the
// catalogue knows: entries of others would belong to nobody.
func TestConfigStatusPages(t *testing.T) {
	t.Parallel()
	pages, err := status.Pages(config.StatusPagesYAML)
	if err != nil {
		t.Fatal(err)
	}
	c, err := loadCatalogue(&config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, v := range c.Vendors {
		known[v.ID] = true
	}
	for _, p := range pages {
		if !known[p.Vendor] {
			t.Errorf("vendor %s of %s is not in the catalogue", p.Vendor, p.URL)
		}
	}
}

func TestConfigSourcesList(t *testing.T) {
	t.Parallel()
	out := must(t, "", "sources", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(places()) {
		t.Fatalf("%d lines, want %d", len(lines), len(places()))
	}
	for _, l := range lines {
		var p struct{ Source, Brings, Needs string }
		if err := json.Unmarshal([]byte(l), &p); err != nil || p.Source == "" || p.Brings == "" || p.Needs == "" {
			t.Errorf("line %s: %v", l, err)
		}
	}
	if table := must(t, "", "sources"); !strings.HasPrefix(table, "SOURCE") || !strings.Contains(table, "bluesky") {
		t.Errorf("the list is\n%s", table)
	}
	if r := outcry(t, "", "sources", "add", "nowhere"); r.code != 2 || !strings.Contains(r.stderr, `there is no source "nowhere"; there are bluesky, hackernews`) {
		t.Errorf("an unknown source: %+v", r)
	}
}
