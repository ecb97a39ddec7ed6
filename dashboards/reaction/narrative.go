package reaction

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Said is one post for the narratives, its words as written.
type Said struct {
	Post, Author uint64
	At           time.Time
	Text         string
	Negative     bool
}

// Narrative is what many people say in the same words: near copies of one post, or
// one pair of words that stands out.
type Narrative struct {
	// ID is that of the first post, in 16 hexadecimal digits: it stays while the story grows.
	ID     string    `json:"id"`
	Kind   string    `json:"kind"` // copies, topic or rumour
	Title  string    `json:"title"`
	First  uint64    `json:"-"`
	From   time.Time `json:"first_at"`
	Last   time.Time `json:"last_at"`
	People uint64    `json:"people"`
	// Share is of all people who spoke.
	Share float64 `json:"share"`
	// Growth is the people of the last half hour against those of the half hour before,
	// as a natural logarithm; ok where both have some.
	Growth    float64 `json:"growth"`
	HasGrowth bool    `json:"has_growth"`
	// Peak is the start of the ten minutes with most people, HalfLife the time from there
	// until ten minutes had at most half of them; zero while that has not come.
	Peak     time.Time     `json:"peak_at"`
	HalfLife time.Duration `json:"-"`
	Negative float64       `json:"negative_share"`
	// Quotes are posts that stand for it: the first, and for what is no copy those with most
	// of its words.
	Quotes []uint64 `json:"-"`
}

// Kinds of narratives.
const (
	Copies = "copies"
	Topic  = "topic"
	Rumour = "rumour"
)

const (
	tick = 10 * time.Minute
	// lookBackFor is how long a growing story is compared with.
	lookBackFor = 30 * time.Minute
	// maxStories and maxPairs bound the memory.
	maxStories, maxPairs = 5000, 60000
	minSayers            = 5
	// alike is the part of their words that near copies have in common (Jaccard).
	alike = 0.6
	// overlap is the part of a smaller topic's people from which it is one with a larger.
	overlap = 0.5
)

// rumours are words by which people explain an outage with an attack or a purpose.
// Whether they are right is not known here: they are called rumours until somebody
// who must know has said so.
var rumours = []struct {
	title string
	words []string
}{
	{"an attack", []string{"hacked", "hacker", "hackers", "hacking", "ddos", "ddosed", "cyberattack", "cyberattacks", "cyber", "ransomware", "anonymous", "breach", "breached"}},
	{"on purpose", []string{"sabotage", "sabotaged", "sabotaging", "deliberately", "intentionally", "purpose", "conspiracy"}},
}

// Narratives gathers what is said. Add posts in the order of their time; the same posts
// give the same narratives, and a story keeps its name as more is said.
type Narratives struct {
	boring  map[string]bool // names of the vendors and other words that all posts have
	people  map[uint64]bool
	stories []*story
	byWord  map[string][]int // stories of near copies that have the word
	pairs   map[string]*story
	rumours []*story
	last    time.Time
	Dropped int // posts that no longer found room
}

type story struct {
	first    Said
	words    []string
	people   map[uint64]time.Time
	negative int
	ticks    map[int64]int
	last     time.Time
	best     []quoted
}

type quoted struct {
	post uint64
	rank float64
	text string
}

// NewNarratives starts to gather. Names are words that tell nothing here, as those of
// the vendors.
func NewNarratives(names []string) *Narratives {
	n := &Narratives{boring: map[string]bool{}, people: map[uint64]bool{}, byWord: map[string][]int{}, pairs: map[string]*story{}}
	for _, name := range names {
		for _, w := range words(name) {
			n.boring[w] = true
		}
	}
	n.rumours = make([]*story, len(rumours))
	return n
}

// Add takes one more post.
func (n *Narratives) Add(s Said) {
	n.people[s.Author] = true
	if s.At.After(n.last) {
		n.last = s.At
	}
	all := words(s.Text)
	if len(all) == 0 {
		return
	}
	content := make([]string, 0, len(all))
	for _, w := range all {
		if !stop[w] {
			content = append(content, w)
		}
	}
	n.addRumour(s, all)
	n.addCopy(s, content)
	n.addPairs(s, all)
}

func (n *Narratives) addRumour(s Said, all []string) {
	for i, r := range rumours {
		for _, w := range r.words {
			if at := slices.Index(all, w); at >= 0 && means(all, at) {
				if n.rumours[i] == nil {
					n.rumours[i] = newStory(s, []string{r.title})
				}
				n.rumours[i].add(s, 1)
				break
			}
		}
	}
}

// means leaves out words that stand for something else: another purpose than "on
// purpose", and talk about those who believe in conspiracy theories.
func means(all []string, at int) bool {
	switch all[at] {
	case "purpose":
		return at > 0 && all[at-1] == "on"
	case "conspiracy":
		return at+1 == len(all) || !strings.HasPrefix(all[at+1], "theor")
	}
	return true
}

// addCopy puts the post to the story whose words it repeats.
func (n *Narratives) addCopy(s Said, content []string) {
	set := slices.Compact(slices.Sorted(slices.Values(content)))
	if len(set) < 4 {
		return
	}
	shared := map[int]int{}
	for _, w := range set {
		if list := n.byWord[w]; len(list) <= 200 { // a word that all say finds nothing
			for _, i := range list {
				shared[i]++
			}
		}
	}
	best, score := -1, alike
	for i, k := range shared {
		j := float64(k) / float64(len(set)+len(n.stories[i].words)-k)
		if j > score || j == score && best >= 0 && i < best {
			best, score = i, j
		}
	}
	if best >= 0 {
		n.stories[best].add(s, score)
		return
	}
	if len(n.stories) == maxStories {
		n.Dropped++
		return
	}
	st := newStory(s, set)
	st.add(s, 1)
	n.stories = append(n.stories, st)
	for _, w := range set {
		if list := n.byWord[w]; len(list) <= 200 {
			n.byWord[w] = append(list, len(n.stories)-1)
		}
	}
}

// addPairs counts each two words that stand together, small words between them left out.
func (n *Narratives) addPairs(s Said, all []string) {
	var content []string
	seen := map[string]bool{}
	for _, w := range all {
		if stop[w] || n.boring[w] || len(w) < 3 {
			continue
		}
		content = append(content, w)
	}
	for i := 0; i+1 < len(content); i++ {
		if content[i] == content[i+1] {
			continue
		}
		key := content[i] + " " + content[i+1]
		if seen[key] {
			continue
		}
		seen[key] = true
		p := n.pairs[key]
		if p == nil {
			if len(n.pairs) >= maxPairs {
				n.forgetSmall()
			}
			p = newStory(s, []string{content[i], content[i+1]})
			n.pairs[key] = p
		}
		p.add(s, 1/float64(len(content)))
	}
}

// forgetSmall makes room: what only one person has said so far goes.
func (n *Narratives) forgetSmall() {
	for k, p := range n.pairs {
		if len(p.people) < 2 {
			delete(n.pairs, k)
			n.Dropped++
		}
	}
}

func newStory(s Said, words []string) *story {
	return &story{first: s, words: words, people: map[uint64]time.Time{}, ticks: map[int64]int{}}
}

func (t *story) add(s Said, rank float64) {
	t.last = s.At
	if _, again := t.people[s.Author]; again {
		return
	}
	t.people[s.Author] = s.At
	t.ticks[s.At.Truncate(tick).Unix()]++
	if s.Negative {
		t.negative++
	}
	if len(t.best) < 3 || rank > t.best[len(t.best)-1].rank {
		if !slices.ContainsFunc(t.best, func(q quoted) bool { return q.text == s.Text }) {
			t.best = append(t.best, quoted{s.Post, rank, s.Text})
			slices.SortStableFunc(t.best, func(a, b quoted) int { return cmp.Compare(b.rank, a.rank) })
			t.best = t.best[:min(3, len(t.best))]
		}
	}
}

// Top gives the largest narratives: rumours, near copies and topics, at most limit of
// each of the last two. A topic whose people are mostly those of a larger one is left out.
func (n *Narratives) Top(limit int) []Narrative {
	var out []Narrative
	for i, t := range n.rumours {
		if t != nil {
			out = append(out, n.narrative(t, Rumour, rumours[i].title))
		}
	}
	copies := slices.Clone(n.stories)
	bySize := func(a, b *story) int {
		return cmp.Or(cmp.Compare(len(b.people), len(a.people)), a.first.At.Compare(b.first.At), cmp.Compare(a.first.Post, b.first.Post))
	}
	slices.SortFunc(copies, bySize)
	for _, t := range copies[:min(limit, len(copies))] {
		if len(t.people) >= minSayers {
			out = append(out, n.narrative(t, Copies, t.first.Text))
		}
	}
	var pairs []*story
	for _, t := range n.pairs {
		if len(t.people) >= minSayers {
			pairs = append(pairs, t)
		}
	}
	slices.SortFunc(pairs, func(a, b *story) int { return cmp.Or(bySize(a, b), slices.Compare(a.words, b.words)) })
	var chosen []*story
	for _, t := range pairs {
		if len(chosen) == limit {
			break
		}
		if !slices.ContainsFunc(chosen, func(c *story) bool { return t.within(c) }) {
			chosen = append(chosen, t)
			out = append(out, n.narrative(t, Topic, strings.Join(t.words, " ")))
		}
	}
	return out
}

// within says whether the people of t are mostly those of a larger story, or near it in
// words.
func (t *story) within(larger *story) bool {
	both := 0
	for a := range t.people {
		if _, ok := larger.people[a]; ok {
			both++
		}
	}
	return float64(both) >= overlap*float64(len(t.people))
}

func (n *Narratives) narrative(t *story, kind, title string) Narrative {
	x := Narrative{
		ID: fmt.Sprintf("%016x", t.first.Post), Kind: kind, Title: title, First: t.first.Post, From: t.first.At, Last: t.last,
		People: uint64(len(t.people)), Share: float64(len(t.people)) / math.Max(1, float64(len(n.people))),
		Negative: float64(t.negative) / math.Max(1, float64(len(t.people))), Quotes: []uint64{t.first.Post},
	}
	for _, q := range t.best {
		if kind != Copies && !slices.Contains(x.Quotes, q.post) && q.text != t.first.Text {
			x.Quotes = append(x.Quotes, q.post)
		}
	}
	x.Quotes = x.Quotes[:min(3, len(x.Quotes))]
	var recent, before float64
	for _, at := range t.people {
		switch age := n.last.Sub(at); {
		case age < lookBackFor:
			recent++
		case age < 2*lookBackFor:
			before++
		}
	}
	if recent+before >= minSayers && recent > 0 && before > 0 {
		x.Growth, x.HasGrowth = math.Log(recent/before), true
	}
	most := 0
	for at, k := range t.ticks {
		if k > most || k == most && at < x.Peak.Unix() {
			most, x.Peak = k, time.Unix(at, 0).UTC()
		}
	}
	for at := x.Peak.Add(tick); !at.After(n.last.Add(-tick)); at = at.Add(tick) {
		if 2*t.ticks[at.Unix()] <= most {
			x.HalfLife = at.Sub(x.Peak)
			break
		}
	}
	return x
}

// words are those of a text in lower case: letters, digits and apostrophes; links and
// names of accounts are left out.
func words(text string) []string {
	var all []string
	for f := range strings.FieldsSeq(strings.ToLower(text)) {
		if strings.HasPrefix(f, "@") || strings.Contains(f, "://") || strings.HasPrefix(f, "www.") {
			continue
		}
		for w := range strings.FieldsFuncSeq(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' }) {
			w = strings.Trim(strings.ReplaceAll(w, "’", "'"), "'")
			if w = strings.TrimSuffix(w, "'s"); w != "" && len(w) <= 40 {
				all = append(all, w)
			}
		}
	}
	return all
}

// stop are words that make no story.
var stop = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`a about after again all also always am an and any anyone are aren't as at back be been being but by can can't
		cannot could couldn't did didn't do does doesn't doing don't down else even ever every everyone for from get gets getting go goes going gonna got
		had has hasn't have haven't having he her here him his how i i'd i'll i'm i've if in into is isn't it its it's just know let like lol
		make maybe me more much my need never no not nothing now of off oh ok on one only or our out over own please really right said say
		says see she should since so some still such than thanks that that's the their them then there these they they're thing think this those
		though to too try trying up us use very want was wasn't way we well were what what's when where which while who why will with won't work working
		works would yeah yes yet you you're your rt via amp today tonight de la el que en los las un una por para con es se no lo mi`) {
		m[w] = true
	}
	return m
}()
