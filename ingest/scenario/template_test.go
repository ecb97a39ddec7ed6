package scenario

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestReadTemplates(t *testing.T) {
	t.Parallel()
	got, err := readTemplates("file", strings.NewReader(`%% a comment
%theme trouble
%labels report negative netflix=affected/negative aws=mentioned
%fails tv
%popular
first {thing:fails}
second | hulu=alternative/positive -aws

%labels none positive
%source reddit
%lang es
third
`))
	if err != nil {
		t.Fatal(err)
	}
	netflix := Vendor{"netflix", "affected", "negative"}
	want := map[string][]template{"trouble": {
		{id: "file:6", text: "first {thing:fails}", lang: "en", source: "x", fails: []string{"tv"}, popular: true,
			labels: labels{"report", "negative", []Vendor{netflix, {"aws", "mentioned", "neutral"}}}},
		{id: "file:7", text: "second", lang: "en", source: "x", fails: []string{"tv"}, popular: true,
			labels: labels{"report", "negative", []Vendor{netflix, {"hulu", "alternative", "positive"}}}},
		{id: "file:12", text: "third", lang: "es", source: "reddit", labels: labels{outage: "none", sentiment: "positive"}},
	}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(template{}, labels{}), cmp.Transformer("nil", func(v []Vendor) []Vendor { return append([]Vendor{}, v...) })); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestBadFiles takes a whole little scenario and breaks one thing in it.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"scenario.yaml": `title: T
simulated: Simulated
id_prefix: sim-t
start: 2012-12-24T18:00:00Z
end: 2012-12-24T20:00:00Z
trouble: 2012-12-24T19:00:00Z
volume: 1
handle_length: {x: 18}
regions: {us: [{name: Here, zone: -5, weight: 1}]}
themes:
  - {name: a, rate: {"24 18:00": 600, "24 20:00": 600}, regions: {us: 1}}
statements:
  - {id: s, at: 2012-12-24T19:00:00Z, precision: hour, by: netflix, kind: explain, place: here, gist: G, text: Words., author: n, labels: news neutral}
beats:
  - "24 19:00": It begins.
`,
		"slots.txt": "%slot thing\ntv | device:tv\n",
		"a.txt":     "%theme a\n%labels report neutral\n[one|two] {thing}\n",
	}
	files := func(name, old, new string) fstest.MapFS {
		fsys := fstest.MapFS{}
		for file, text := range good {
			if file == name {
				if !strings.Contains(text, old) {
					t.Fatalf("%s has no %q to break", name, old)
				}
				text = strings.Replace(text, old, new, 1)
			}
			fsys[file] = &fstest.MapFile{Data: []byte(text)}
		}
		return fsys
	}
	s, err := read(files("a.txt", "one", "one"))
	if err != nil {
		t.Fatalf("the good scenario: %v", err)
	}
	n := 0
	for range s.Posts(1) {
		n++
	}
	if n < 800 || n > 1600 {
		t.Errorf("the good scenario has %d posts, want some 1200", n)
	}
	for _, c := range []struct{ file, old, new, want string }{
		{"a.txt", "{thing}", "{thong}", "template a:3: slot {thong} is unknown"},
		{"a.txt", "{thing}", "{thing", `template a:3: slot in "[one|two] {thing" does not end`},
		{"a.txt", "{thing}", "{thing:loved}", `template a:3: label "loved" of thing: want role/sentiment`},
		{"a.txt", "[one|two]", "[one|two", `template a:3: brackets of "[one|two {thing}" do not match`},
		{"a.txt", "report neutral", "report sad", `a line 2: labels "report sad": want an outage label, a sentiment and then vendor=role/sentiment`},
		{"a.txt", "report neutral", "report neutral netflix", `a line 2: label "netflix": want vendor=role/sentiment`},
		{"a.txt", "%theme a\n", "", "a line 2: a template needs %theme and %labels above it"},
		{"a.txt", "%theme a", "%theme b", "theme b has templates, but scenario.yaml does not name it"},
		{"a.txt", "%labels", "%lables", "a line 2: unknown directive %lables"},
		{"a.txt", "[one", "%source myspace\n[one", "template a:4: source myspace has no handle_length"},
		{"a.txt", "[one", "%lang fr\n[one", "template a:4: nobody in region us writes fr"},
		{"slots.txt", "device:tv", "gadget:tv", `slots.txt line 2: note "gadget:tv": want vendor:ID or device:KIND`},
		{"slots.txt", "%slot thing\n", "", "slots.txt line 1: a filler needs %slot above it"},
		{"slots.txt", "tv |", "tv | device:tv\n%slot thing\ntv |", "slots.txt line 3: slot thing is there twice"},
		{"scenario.yaml", `"24 18:00": 600`, `"noon": 600`, `theme a: time "noon": want day of the month, hour and minute, such as "24 20:30"`},
		{"scenario.yaml", `"24 18:00": 600`, `"24 18:00": -6`, `theme a: rate -6 at "24 18:00" is negative`},
		{"scenario.yaml", "{us: 1}", "{mars: 1}", "theme a: region mars is unknown"},
		{"scenario.yaml", "regions: {us: 1}", "regions: {us: 1}, reply_to: q", "theme a: no posted statement q to reply to"},
		{"scenario.yaml", "title: T", "titel: T", "field titel not found"},
		{"scenario.yaml", "title: T\n", "", "title, simulated, id_prefix, start and end are needed"},
		{"scenario.yaml", "labels: news neutral", "labels: news", "statement s: labels"},
		{"scenario.yaml", "precision: hour", "precision: week", `statement s: precision "week": want minute, hour or day`},
		{"scenario.yaml", "author: n", "author: n, colour: red", "field colour not found"},
	} {
		_, err := read(files(c.file, c.old, c.new))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: got %v, want %q", c.file, c.new, err, c.want)
		}
	}
}
