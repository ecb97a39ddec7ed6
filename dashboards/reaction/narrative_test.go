package reaction

import (
	"fmt"
	"math"
	"testing"
	"time"
)

var monday = time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)

func TestNarratives(t *testing.T) {
	t.Parallel()
	n := NewNarratives([]string{"Netflix", "Amazon"})
	post := uint64(0)
	say := func(minute, author int, text string) {
		post++
		n.Add(Said{Post: post, Author: uint64(author), At: monday.Add(time.Duration(minute) * time.Minute), Text: text, Negative: author%2 == 0})
	}
	for i := range 90 {
		say(i, i, fmt.Sprintf("number %d cannot watch anything on this box, case %d", i*7, i))
		if i >= 20 {
			say(i, 100+i, fmt.Sprintf("a streaming giant that rents from a rival, %d, keep your eggs in rival servers w%d", i, i))
		}
		if i >= 30 && i < 60 {
			say(i, 300+i, "RT if grandma had to tell the goat story because Netflix died tonight")
		}
	}
	say(40, 900, "I bet they got hacked again")
	say(41, 900, "hacked, I tell you")
	say(42, 901, "my uncle and his conspiracy theories will love this, the purpose of it all")
	top := n.Top(5)
	byTitle := map[string]Narrative{}
	for _, x := range top {
		byTitle[x.Kind+" "+x.Title] = x
	}
	rumour := byTitle["rumour an attack"]
	if other, ok := byTitle["rumour on purpose"]; ok {
		t.Errorf("talk about those who believe in conspiracies is taken for a rumour: %+v", other)
	}
	if rumour.People != 1 || !rumour.From.Equal(monday.Add(40*time.Minute)) {
		t.Errorf("the rumour of an attack is %+v, want one person, first at 20:40", rumour)
	}
	goat := byTitle["copies RT if grandma had to tell the goat story because Netflix died tonight"]
	if goat.People != 30 || goat.HalfLife != 10*time.Minute && goat.HalfLife != 20*time.Minute && goat.HalfLife != 30*time.Minute {
		t.Errorf("the goat story is %+v of %v, want 30 people and an end", goat, top)
	}
	if goat.HasGrowth {
		t.Errorf("the goat story of %v grows by %v although nobody told it of late", goat.Last, goat.Growth)
	}
	var rival Narrative
	for _, x := range top {
		if x.Kind == Topic && (x.Title == "rival servers" || x.Title == "eggs rival" || x.Title == "streaming giant" || x.Title == "giant rents" || x.Title == "rents rival" || x.Title == "keep eggs") {
			if rival.People > 0 {
				t.Errorf("one topic stands twice: %q and %q", rival.Title, x.Title)
			}
			rival = x
		}
	}
	if rival.People != 70 || math.Abs(rival.Share-70.0/192) > .01 || !rival.HasGrowth || math.Abs(rival.Growth) > .2 {
		t.Errorf("the rival topic is %+v, want 70 of 192 people, neither growing nor shrinking", rival)
	}
	// The story keeps its name when more is said.
	say(95, 700, "RT if grandma had to tell the goat story because Netflix died tonight!!")
	for _, x := range n.Top(5) {
		if x.Kind == Copies && x.People == 31 && x.ID != goat.ID {
			t.Errorf("the goat story is called %s, before %s", x.ID, goat.ID)
		}
	}
}

func TestNarrativesOfNothing(t *testing.T) {
	t.Parallel()
	n := NewNarratives(nil)
	n.Add(Said{Text: "\u200b\u202e @a https://example.org"})
	if top := n.Top(5); len(top) != 0 {
		t.Errorf("a post without words makes %+v", top)
	}
}

func BenchmarkNarratives(b *testing.B) {
	n := NewNarratives([]string{"Netflix"})
	for i := 0; b.Loop(); i++ {
		n.Add(Said{Post: uint64(i), Author: uint64(i % 5000), At: monday.Add(time.Duration(i) * time.Second), Text: fmt.Sprintf("netflix is down for the %d time and nobody at number %d answers the phone", i%97, i%31)})
	}
}
