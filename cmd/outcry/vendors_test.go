package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/nlp/vendor"
)

// written puts text into a file of the test's own.
func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestVendorsListAndShow(t *testing.T) {
	t.Parallel()
	out := must(t, "", "vendors", "list", "--category", "cloud", "--json")
	for l := range strings.Lines(out) {
		var v vendor.Vendor
		if err := json.Unmarshal([]byte(l), &v); err != nil || v.Category != "cloud" {
			t.Errorf("line %q: %v, category %q", l, err, v.Category)
		}
	}
	if !strings.Contains(out, `"id":"aws"`) {
		t.Error("aws is not among the cloud vendors")
	}
	out = must(t, "", "vendors", "show", "netflix")
	if !strings.Contains(out, "netflix runs_on aws (2010") || !strings.Contains(out, "netflixhelps") {
		t.Errorf("netflix is shown as %s", out)
	}
	for want, args := range map[string][]string{
		`no vendor has the category "clouds"`: {"vendors", "list", "--category", "clouds"},
		`there is no vendor "netflx"`:         {"vendors", "show", "netflx"},
	} {
		if r := outcry(t, "", args...); r.code == exitOK || !strings.Contains(r.stderr, want) {
			t.Errorf("%v: exit code %d, %s, want %s", args, r.code, r.stderr, want)
		}
	}
}

func TestVendorsAddChecksFirst(t *testing.T) {
	t.Parallel()
	mine := filepath.Join(t.TempDir(), "mine.yaml")
	good := written(t, "good.yaml", "vendors:\n  - {id: acme, name: Acme, category: cloud, aliases: [acme cloud]}\nedges:\n  - {from: netflix, relation: runs_on, to: acme}\n")
	must(t, "", "vendors", "add", "--to", mine, good)
	if out := must(t, "", "vendors", "check", mine); !strings.Contains(out, "310 vendors, 556 edges: all well") {
		t.Errorf("the check says %s", out)
	}
	before, err := os.ReadFile(mine)
	if err != nil {
		t.Fatal(err)
	}
	for want, bad := range map[string]string{
		`there is no vendor "acmee"`: "edges:\n  - {from: netflix, relation: runs_on, to: acmee}\n",
		"both have the name":         "vendors:\n  - {id: zeta, name: Z, category: cloud, aliases: [acme cloud]}\n",
		"there are none":             "vendors: []\n",
	} {
		r := outcry(t, "", "vendors", "add", "--to", mine, written(t, "bad.yaml", bad))
		if r.code != exitFailed || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d, %s, want %s", r.code, r.stderr, want)
		}
	}
	if after, err := os.ReadFile(mine); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused file changed the catalogue to %s: %v", after, err)
	}
}

// TestVendorsReload changes a catalogue under a watching tagger: first to one that
// does not pass the check, then to a good one.
func TestVendorsReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, reloads)
}

func reloads(t *testing.T) {
	file := written(t, "mine.yaml", "vendors: []\n")
	cfg, err := config.Load(os.DevNull, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg.NLP.VendorsFile = file
	var log process
	a := &app{log: slog.New(slog.NewTextHandler(&log, nil)), cfg: cfg}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got atomic.Pointer[vendor.Catalogue]
	go a.watchVendors(ctx, cfg, func(c *vendor.Catalogue) { got.Store(c) })
	change := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait() // the watcher has noted the file as it is
	change("vendors:\n  - {id: nobody}\n")
	eventually(t, patience, func() bool { return strings.Contains(log.output(), "vendor nobody has no name") },
		func() string { return "the fault is not logged: " + log.output() })
	if got.Load() != nil {
		t.Error("a faulty catalogue was used")
	}
	change("vendors:\n  - {id: acme, name: Acme, category: cloud, aliases: [acme]}\n")
	eventually(t, patience, func() bool { c := got.Load(); return c != nil && len(c.Vendors) == 310 },
		func() string { return "the good catalogue is not read: " + log.output() })
}
