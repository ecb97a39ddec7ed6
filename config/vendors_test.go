package config_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/outcry/outcry/config"
)

type catalogue struct {
	Vendors []struct {
		ID            string   `yaml:"id"`
		Name          string   `yaml:"name"`
		Category      string   `yaml:"category"`
		Owner         string   `yaml:"owner"`
		Aliases       []string `yaml:"aliases"`
		Handles       []string `yaml:"handles"`
		Hashtags      []string `yaml:"hashtags"`
		Products      []string `yaml:"products"`
		Ambiguous     []string `yaml:"ambiguous"`
		Likely        []string `yaml:"likely"`
		Context       []string `yaml:"context"`
		Not           []string `yaml:"not"`
		CaseSensitive []string `yaml:"case_sensitive"`
	} `yaml:"vendors"`
	Edges []struct {
		From     string `yaml:"from"`
		Relation string `yaml:"relation"`
		To       string `yaml:"to"`
		Since    string `yaml:"since"`
		Until    string `yaml:"until"`
		Evidence string `yaml:"evidence"`
		Support  string `yaml:"support"`
	} `yaml:"edges"`
}

func readCatalogue(t *testing.T) catalogue {
	t.Helper()
	var c catalogue
	dec := yaml.NewDecoder(strings.NewReader(string(config.VendorsYAML)))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVendorCatalogue(t *testing.T) {
	t.Parallel()
	c := readCatalogue(t)
	if len(c.Vendors) != 309 || len(c.Edges) != 555 {
		t.Errorf("there are %d vendors and %d edges, want 309 and 555", len(c.Vendors), len(c.Edges))
	}
	ids, names := map[string]bool{}, map[string]string{}
	for _, v := range c.Vendors {
		if ids[v.ID] {
			t.Errorf("vendor %s stands twice", v.ID)
		}
		ids[v.ID] = true
		if v.Name == "" || v.Category == "" || len(v.Aliases) == 0 {
			t.Errorf("vendor %s lacks a name, a category or aliases", v.ID)
		}
		for _, n := range slices.Concat(v.Aliases, v.Products) {
			if n != strings.ToLower(n) || n != strings.TrimSpace(n) || n == "" {
				t.Errorf("vendor %s: alias %q must be lower case, without blanks around it", v.ID, n)
			}
			if other := names[n]; other != "" {
				t.Errorf("alias %q belongs to %s and %s", n, other, v.ID)
			}
			names[n] = v.ID
		}
		for _, h := range v.Handles {
			if !regexp.MustCompile(`^[a-z0-9_]+$`).MatchString(h) {
				t.Errorf("vendor %s: handle %q must be lower case, without @", v.ID, h)
			}
		}
		for _, a := range v.Ambiguous {
			if !slices.Contains(v.Aliases, a) && !slices.Contains(v.Products, a) && !slices.Contains(v.CaseSensitive, a) {
				t.Errorf("vendor %s: ambiguous %q is none of its names", v.ID, a)
			}
		}
		if len(v.Ambiguous) > 0 && len(v.Context) == 0 && v.ID != "microsoft" {
			t.Errorf("vendor %s has ambiguous names and no context that could prove them", v.ID)
		}
	}
	for _, v := range c.Vendors {
		if v.Owner != "" && !ids[v.Owner] {
			t.Errorf("vendor %s: owner %s is not in the catalogue", v.ID, v.Owner)
		}
	}
	date := regexp.MustCompile(`^(\d{4}(-\d{2}(-\d{2})?)?)?$`)
	for _, e := range c.Edges {
		name := e.From + " " + e.Relation + " " + e.To
		if !ids[e.From] || !ids[e.To] || e.From == e.To {
			t.Errorf("edge %s: both ends must be two vendors of the catalogue", name)
		}
		if !slices.Contains([]string{"owns", "runs_on", "competes_with"}, e.Relation) {
			t.Errorf("edge %s: the relation must be owns, runs_on or competes_with", name)
		}
		if !date.MatchString(e.Since) || !date.MatchString(e.Until) || e.Until != "" && e.Until < e.Since {
			t.Errorf("edge %s: since %q, until %q must be dates in order", name, e.Since, e.Until)
		}
		if e.Evidence == "" || !slices.Contains([]string{"source", "month-uncertain", "own-knowledge"}, e.Support) {
			t.Errorf("edge %s: evidence %q, support %q", name, e.Evidence, e.Support)
		}
	}
}
