package spike

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/nlp/tag"
)

// TestSave stops a detector at many moments and lets one that was loaded go on: the
// changes of state are those of a detector that never stopped.
func TestSave(t *testing.T) {
	t.Parallel()
	o := Options{Supply: []Supply{{Customer: "netflix", Supplier: "aws"}, {Customer: "hulu", Supplier: "aws"}}}
	run := func(every int) (states []string, incident string) {
		s := newStage(o)
		loads := 0
		chatter := func(minutes int, each func(int)) {
			s.play(minutes, "netflix", 2, func(m int) {
				if each != nil {
					each(m)
				}
				s.say("hulu", tag.None, func(p *tag.Tag) { p.Simulated = true })
				if every == 0 || m%every != 0 {
					return
				}
				var b bytes.Buffer
				if err := s.d.Save(&b); err != nil {
					t.Fatal(err)
				}
				d, err := Load(o, &b)
				if err != nil {
					t.Fatal(err)
				}
				s.d = d
				loads++
			})
		}
		chatter(24*60, s.reports("hulu", 0.02))
		chatter(50, func(m int) { s.reports("netflix", 5)(m); s.reports("hulu", 2)(m) })
		s.d.Admit("aws", s.now)
		chatter(20, nil)
		chatter(30, s.reports("netflix", 6))
		chatter(120, nil)
		for _, e := range s.edges {
			if i := e.Incident; i != nil {
				incident = fmt.Sprintf("%+v", *i)
			}
			e.Incident = nil
			states = append(states, fmt.Sprint(e))
		}
		if every > 0 && loads == 0 {
			t.Fatal("nothing was loaded")
		}
		return states, incident
	}
	wantStates, wantIncident := run(0)
	if len(wantStates) < 8 {
		t.Fatalf("only %d changes of state", len(wantStates))
	}
	for _, every := range []int{1, 7} {
		states, incident := run(every)
		if d := cmp.Diff(wantStates, states); d != "" {
			t.Errorf("loaded every %d minutes, the states differ (-never stopped +loaded):\n%s", every, d)
		}
		if d := cmp.Diff(wantIncident, incident); d != "" {
			t.Errorf("loaded every %d minutes, the last incident differs (-never stopped +loaded):\n%s", every, d)
		}
	}
}

// TestLoadBroken gives what is no saved detector.
func TestLoadBroken(t *testing.T) {
	t.Parallel()
	if _, err := Load(Options{}, bytes.NewReader([]byte("nothing of the kind"))); err == nil {
		t.Error("it was loaded")
	}
}

// TestOfficial joins what status pages say: it confirms, and the lead is kept.
func TestOfficial(t *testing.T) {
	t.Parallel()
	s := newStage(Options{})
	s.play(24*60, "netflix", 2, nil)
	s.play(4, "netflix", 2, s.reports("netflix", 4))
	s.d.Admit("netflix", s.now.Add(3*time.Minute))
	s.play(6, "netflix", 2, s.reports("netflix", 4))
	i := s.d.Open()[0]
	if lead, ok := i.Lead(); !ok || lead <= 0 || lead > 10*time.Minute || i.ConfirmedAt.IsZero() {
		t.Errorf("the lead is %s, %t, of the incident %+v", lead, ok, i)
	}
}

// TestMisattributed lets the crowd blame a supplier that works.
func TestMisattributed(t *testing.T) {
	t.Parallel()
	var supply []Supply
	customers := []string{"xbox", "outlook", "starbucks"}
	for _, c := range customers {
		supply = append(supply, Supply{Customer: c, Supplier: "azure"})
	}
	s := newStage(Options{Supply: supply})
	s.play(24*60, "xbox", 1, func(int) {
		for _, c := range append(customers[1:], "aws", "azure") {
			if s.rng.IntN(4) == 0 {
				s.say(c, tag.None)
			}
		}
	})
	s.play(40, "xbox", 1, func(int) {
		for _, c := range customers {
			for range draw(s.rng, 2) {
				s.say(c, tag.Report, func(p *tag.Tag) {
					p.Vendors = append(p.Vendors, tag.Mention{Vendor: "aws", Role: tag.Blamed})
				})
			}
		}
	})
	found := 0
	for _, i := range s.d.Open() {
		if i.Cause == "azure" && i.Misattributed == "aws" {
			found++
		}
	}
	if found < 2 {
		for _, i := range s.d.Open() {
			t.Logf("%s: cause %q %.2f, the crowd blames %v, misattributed %q", i.Vendor, i.Cause, i.CauseProbability, i.Blamed, i.Misattributed)
		}
		t.Errorf("%d incidents say that aws is blamed for azure's failure, want at least 2", found)
	}
}
