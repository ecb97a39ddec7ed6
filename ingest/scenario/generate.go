package scenario

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/outcry/outcry/ingest/post"
)

// maxX is how long a post on X was in 2012.
const maxX = 140

// event is a post to be made: of a theme, or a statement.
type event struct {
	at        time.Time
	theme     *strand
	statement *Statement
}

// strand is a theme while posts are made.
type strand struct {
	*theme
	r    *rand.Rand
	deck []int
}

// Posts makes the posts in order of time, each with what is true of it. The same
// seed gives the same posts; another seed gives other posts of the same story.
func (s *Scenario) Posts(seed uint64) iter.Seq2[post.Post, Truth] {
	return func(yield func(post.Post, Truth) bool) {
		m := &maker{s: s, seed: seed, crowd: newCrowd(s.people), said: map[string]bool{}}
		for i, e := range s.events(seed) {
			p, t, ok := m.post(e, i)
			if ok && !yield(p, t) {
				return
			}
		}
	}
}

// events draws when something is posted.
func (s *Scenario) events(seed uint64) []event {
	var all []event
	for i := range s.themes {
		th := &s.themes[i]
		when := rand.New(rand.NewPCG(seed, seedOf("when "+th.name)))
		st := &strand{theme: th, r: rand.New(rand.NewPCG(seed, seedOf("what "+th.name)))}
		for _, at := range th.rate.times(when, s.Start, s.End) {
			if th.replyTo == nil || at.After(th.replyTo.At) {
				all = append(all, event{at: at.Truncate(time.Second), theme: st})
			}
		}
	}
	for i := range s.statements {
		if st := &s.statements[i]; st.Posted {
			all = append(all, event{at: st.At, statement: st})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return a.at.Compare(b.at) })
	return all
}

// maker turns events into posts, in order of time.
type maker struct {
	s     *Scenario
	seed  uint64
	crowd *crowd
	said  map[string]bool
	heard []heard // what may be passed on
}

// heard is a post that others may pass on.
type heard struct {
	post   post.Post
	truth  Truth
	weight float64
}

// post makes one post; not ok means that there is nothing to pass on.
func (m *maker) post(e event, n int) (p post.Post, t Truth, ok bool) {
	if e.statement != nil {
		p, t = m.statement(e.statement)
		return p, t, true
	}
	id := fmt.Sprintf("%s-%d-%05d", m.s.idPrefix, m.seed, n)
	if e.theme.echo {
		return m.pass(e, id)
	}
	p, t = m.write(e, id)
	return p, t, true
}

func (m *maker) statement(st *Statement) (post.Post, Truth) {
	p := post.Post{
		ID: st.PostID, Source: "x", Kind: post.KindPost, Author: st.author, CreatedAt: st.At,
		Text: st.Text, Lang: "en", Simulated: true,
	}
	t := Truth{
		ID: p.ID, Source: p.Source, Outage: st.labels.outage, Sentiment: st.labels.sentiment,
		Vendors: append([]Vendor{}, st.labels.vendors...), Theme: "statement", Template: "statement:" + st.ID,
	}
	m.hear(p, t, 12)
	return p, t
}

// attempts is how often a text is made anew when somebody has said just that.
const attempts = 6

// write makes a post from a template.
func (m *maker) write(e event, id string) (post.Post, Truth) {
	th, r := e.theme, e.theme.r
	tpl := th.next()
	who := m.author(th, tpl, e.at)
	var (
		text string
		d    draft
	)
	for range attempts {
		d = draft{s: m.s, r: r, taken: map[string]string{}}
		d.m = moment{at: e.at, trouble: m.s.Trouble, zone: who.zone}
		d.vendors = append([]Vendor{}, tpl.labels.vendors...)
		d.fails, d.works = slices.Clone(tpl.fails), slices.Clone(tpl.works)
		text = m.compose(th, tpl, who, &d)
		if fits(tpl.source, text) && !m.said[text] {
			break
		}
	}
	m.said[text] = true
	p := post.Post{
		ID: id, Source: tpl.source, Kind: post.KindPost, Author: who.handle, CreatedAt: e.at,
		Text: text, Lang: tpl.lang, Place: who.town, Simulated: true,
	}
	if th.replyTo != nil {
		p.ReplyTo = th.replyTo.PostID
	}
	t := Truth{
		ID: id, Source: tpl.source, Outage: tpl.labels.outage, Sentiment: tpl.labels.sentiment,
		Vendors: d.vendors, Theme: th.name, Template: tpl.id, Region: who.region,
		Fails: unique(d.fails), Works: unique(d.works), Spam: tpl.spam,
	}
	if tpl.popular {
		m.hear(p, t, 1+float64(3*r.ExpFloat64()*r.ExpFloat64()))
	}
	return p, t
}

func (m *maker) author(th *strand, t *template, at time.Time) *author {
	if len(th.authors) == 0 {
		return m.crowd.speaker(th.r, th.theme, t, at)
	}
	return &author{handle: th.authors[th.r.IntN(len(th.authors))], region: "us", zone: -5, voice: voice{apostrophes: true}}
}

// compose fills the template and lets the author type it.
func (m *maker) compose(th *strand, tpl *template, who *author, d *draft) string {
	text := mend(d.fill(tpl.text))
	if tpl.plain {
		return text
	}
	if tpl.lang == "en" {
		text = reword(d.r, text, m.s.same)
	}
	switch {
	case tpl.source != "x":
		return who.voice.formal().speak(d.r, text, m.s.keep)
	case tpl.lang == "en":
		text = m.adorn(th, tpl, text, d)
	}
	return who.voice.speak(d.r, text, m.s.keep)
}

// adorn puts a word or two before or behind a text, in keeping with its sentiment.
func (m *maker) adorn(th *strand, tpl *template, text string, d *draft) string {
	heads := m.s.slots["head-"+tpl.labels.sentiment]
	if len(heads) > 0 && d.r.Float64() < headShare && !strings.ContainsAny(text[:1], "@#") {
		if longer := heads[d.r.IntN(len(heads))].text + " " + unheaded(text, m.s.keep); fits(tpl.source, longer) {
			text = longer
		}
	}
	tails := m.s.slots[th.tails+"-"+tpl.labels.sentiment]
	if len(tails) > 0 && d.r.Float64() < th.tailShare {
		tail := tails[d.r.IntN(len(tails))]
		if longer := text + " " + tail.text; fits(tpl.source, longer) {
			text = longer
			if tail.vendor != "" {
				d.add(Vendor{tail.vendor, "affected", "neutral"})
			}
		}
	}
	return text
}

// headShare is how many of the posts on X get a word in front.
const headShare = 0.13

// unheaded takes the capital from the first word, unless it is a name.
func unheaded(text string, keep map[string]bool) string {
	first, _, _ := strings.Cut(text, " ")
	if len(first) < 2 || first[1:] != strings.ToLower(first[1:]) || keep[strings.ToLower(strings.TrimFunc(first, unicode.IsPunct))] {
		return text
	}
	return strings.ToLower(first[:1]) + text[1:]
}

func fits(source, text string) bool { return source != "x" || utf8.RuneCountInString(text) <= maxX }

// next draws a template so that all come up equally often and none twice running.
func (st *strand) next() *template {
	if len(st.deck) == 0 {
		st.deck = st.r.Perm(len(st.templates))
	}
	i := st.deck[0]
	st.deck = st.deck[1:]
	return &st.templates[i]
}

// memory is how long people pass a post on.
const memory = 2 * time.Hour

// hear keeps a post that can be passed on whole.
func (m *maker) hear(p post.Post, t Truth, weight float64) {
	if p.Source == "x" && fits("x", passedOn(p)) {
		m.heard = append(m.heard, heard{p, t, weight})
	}
}

func passedOn(p post.Post) string { return "RT @" + strings.Fields(p.Author)[0] + ": " + p.Text }

var comments = []string{"lol", "this", "haha", "wow", "yep", "oh no", "lmao", "so this", "ha", "hmm"}

// pass makes a post that repeats an earlier one, the way people did by hand in 2012.
func (m *maker) pass(e event, id string) (post.Post, Truth, bool) {
	for len(m.heard) > 0 && e.at.Sub(m.heard[0].post.CreatedAt) > memory {
		m.heard = m.heard[1:]
	}
	if len(m.heard) == 0 {
		return post.Post{}, Truth{}, false
	}
	r := e.theme.r
	h := m.heard[draw(r, len(m.heard), func(i int) float64 { return m.heard[i].weight })]
	who := m.crowd.speaker(r, e.theme.theme, &template{source: h.post.Source, lang: h.post.Lang}, e.at)
	text := passedOn(h.post)
	if c := comments[r.IntN(len(comments))] + " " + text; r.Float64() < 0.3 && fits("x", c) {
		text = c
	}
	p := h.post
	p.ID, p.Author, p.Place, p.CreatedAt, p.ReplyTo = id, who.handle, who.town, e.at, ""
	p.Text = text
	t := h.truth
	t.ID, t.Echo, t.Region, t.Theme = id, h.post.ID, who.region, e.theme.name
	return p, t, true
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
