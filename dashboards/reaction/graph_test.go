package reaction_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/dashboards/reaction"
	"go.yaml.in/yaml/v3"
)

// builtIn is the graph of the catalogue that ships.
func builtIn(t *testing.T) *reaction.Graph {
	t.Helper()
	var c struct {
		Edges []struct{ From, Relation, To, Since, Until string }
	}
	if err := yaml.Unmarshal(config.VendorsYAML, &c); err != nil {
		t.Fatal(err)
	}
	var edges []reaction.Edge
	for _, e := range c.Edges {
		edges = append(edges, reaction.Edge{From: e.From, Relation: e.Relation, To: e.To, Since: e.Since, Until: e.Until})
	}
	return reaction.NewGraph(edges)
}

func month(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse("2006-01", s)
	if err != nil {
		panic(err)
	}
	return t.AddDate(0, 0, 14)
}

// Pairs that depend on each other and compete: each with a month in which both held,
// and for some one in which they no longer, or not yet, did.
func TestFriendFoe(t *testing.T) {
	t.Parallel()
	g := builtIn(t)
	for _, c := range []struct{ a, b, when, not string }{
		{"netflix", "amazon", "2012-12", "2006-01"},
		{"netflix", "aws", "2012-12", "2006-01"},
		{"disney-plus", "amazon", "2021-12", ""}, {"hulu", "amazon", "2025-10", ""},
		{"hbo-max", "amazon", "2025-10", ""},
		{"peacock", "amazon", "2025-10", ""},
		{"paramount-plus", "google", "2025-06", ""},
		{"spotify", "google", "2025-06", "2010-01"},
		{"spotify", "apple", "2025-06", ""},
		{"snapchat", "google", "2025-06", ""},
		{"apple", "google", "2025-06", ""}, {"icloud", "google", "2025-06", ""},
		{"fortnite", "apple", "2026-01", ""},
		{"openai", "microsoft", "2025-01", ""}, {"chatgpt", "microsoft", "2025-01", ""},
		{"chatgpt", "google", "2025-08", "2025-01"},
		{"claude", "google", "2025-11", ""},
		{"zoom", "microsoft", "2021-01", ""},
		{"playstation", "microsoft", "2021-01", ""},
		// Microsoft said in June 2018 that it buys GitHub and had it in October; GitLab left
		// Azure in August: at no moment did both edges hold, over the years they did.
		{"gitlab", "microsoft", "", "2018-07"},
		{"minecraft", "amazon", "2018-01", "2022-01"},
		{"instacart", "amazon", "2025-08", ""},
		{"roku", "amazon", "2021-12", ""},
		{"target", "amazon", "2015-01", "2021-01"},
		{"comcast", "verizon", "2025-01", ""}, {"spectrum", "verizon", "2025-01", ""}, {"cox", "verizon", "2025-01", ""},
		{"dish", "att", "2023-01", ""}, {"dish", "t-mobile", "2022-01", ""},
		{"t-mobile", "starlink", "2026-07", ""},
		{"sky", "bt", "2015-01", ""}, {"talktalk", "bt", "2015-01", ""}, {"vodafone", "bt", "2020-01", ""},
		{"tsb", "lloyds", "2017-06", "2019-01"},
	} {
		if p := g.Between(c.a, c.b, month(c.when)); !p.FriendFoe() {
			t.Errorf("%s and %s in %s: supply %v, rivalry %v; want both", c.a, c.b, c.when, p.Supply, p.Rivalry)
		}
		if p := g.Between(c.b, c.a, month(c.when)); !p.FriendFoe() {
			t.Errorf("%s and %s in %s are not supplier and rival, the other way round they are", c.b, c.a, c.when)
		}
		if c.not == "" {
			continue
		}
		if p := g.Between(c.a, c.b, month(c.not)); p.FriendFoe() {
			t.Errorf("%s and %s in %s: supply %v, rivalry %v; want not both", c.a, c.b, c.not, p.Supply, p.Rivalry)
		}
	}
	for _, c := range []struct{ a, b, when string }{
		{"walmart", "amazon", "2017-07"}, {"tiktok", "oracle-cloud", "2026-02"}, {"twitch", "aws", "2025-10"}, {"prime-video", "aws", "2012-12"},
	} {
		if p := g.Between(c.a, c.b, month(c.when)); p.FriendFoe() {
			t.Errorf("%s and %s in %s: supply %v, rivalry %v; want not both", c.a, c.b, c.when, p.Supply, p.Rivalry)
		}
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	g := builtIn(t)
	at := month("2012-12")
	got := map[string]string{}
	for _, pair := range []string{"netflix netflix", "netflix aws", "netflix amazon", "aws netflix", "netflix hulu", "prime-video aws", "netflix fedex"} {
		a, b, _ := strings.Cut(pair, " ")
		got[pair] = g.Standing(a, b, at)
	}
	want := map[string]string{
		"netflix netflix": reaction.Itself, "netflix aws": reaction.SupplierAndRival, "netflix amazon": reaction.SupplierAndRival,
		"aws netflix": reaction.CustomerAndRival, "netflix hulu": reaction.Rival, "prime-video aws": reaction.SameHouse, "netflix fedex": reaction.Unrelated,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("standings (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"aws", "amazon"}, g.Suppliers("netflix", at)); d != "" {
		t.Errorf("suppliers of netflix (-want +got):\n%s", d)
	}
	around := g.Around("netflix", at)
	if len(around) == 0 || around[0].B != "amazon" || !around[0].FriendFoe() || len(around[0].Ownership) == 0 {
		t.Errorf("around netflix stands first %+v, want amazon as supplier and rival, with what it owns", around)
	}
	split := g.Split([]reaction.Guilt{{Blamed: []string{"aws", "amazon"}, People: 5}, {Blamed: []string{"netflix", "aws"}, People: 2}}, "netflix", at)
	if d := cmp.Diff(map[string]uint64{reaction.SupplierAndRival: 7, reaction.Itself: 2}, split); d != "" {
		t.Errorf("blame by standing (-want +got):\n%s", d)
	}
}

func TestEdgeHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		since, until, day string
		want              bool
	}{
		{"2010", "", "2009-12-31", false}, {"2010", "", "2010-01-01", true},
		{"2010-11", "2018-04", "2010-10-31", false}, {"2010-11", "2018-04", "2018-04-30", true}, {"2010-11", "2018-04", "2018-05-01", false},
		{"", "", "1999-01-01", true},
	} {
		at, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := (reaction.Edge{Since: c.since, Until: c.until}).Holds(at); got != c.want {
			t.Errorf("from %q to %q held on %s: %t, want %t", c.since, c.until, c.day, got, c.want)
		}
	}
}
