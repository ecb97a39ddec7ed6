package nlp

import (
	"math"
	"slices"

	"github.com/outcry/outcry/nlp/grammar"
	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/outage"
	"github.com/outcry/outcry/nlp/role"
	"github.com/outcry/outcry/nlp/sentiment"
	"github.com/outcry/outcry/nlp/spam"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
	"github.com/outcry/outcry/nlp/vendor"
)

// work is the memory for tagging one post; it is used again for the next.
type work struct {
	doc    text.Doc
	hits   []vendor.Hit
	ranges []text.Range
	names  text.Reading // with vendors as ranges
	plain  text.Reading // without

	vendors []int // index in the catalogue, by mention
	tagged  bool  // a hashtag says that a vendor fails

	found outage.Findings
	rated sentiment.Rating
	votes []role.Vote
	parts []grammar.Part

	view   view
	target []string // the view of one vendor
	dist   []int

	manner        reader // how the text is written, which both networks read
	post, mention reader
	out, outM     model.Output
	probs         [4][]float64 // by head of post
	shares        []model.Share
	weight        []float32 // of words, while marks are made
}

// look lets the finders look at the document: what the networks read comes from here.
func (w *work) look(t *Tagger, k *knowledge) {
	w.find(k)
	w.finish(t, k)
}

// finish is look after the vendors have been found.
func (w *work) finish(t *Tagger, k *knowledge) {
	w.names.Read(&w.doc, w.ranges)
	w.plain.Read(&w.doc, nil)
	w.found = t.trouble.Find(&w.names, outage.Facts{Tagged: w.tagged, Supply: w.supplied(k)})
	w.rated = t.rater.Rate(&w.names, sentiment.Options{})
	w.votes = t.roles.Find(&w.names, w.votes[:0])
	w.see()
	w.manner.start()
	w.mood(&w.manner)
	w.shape(&w.manner)
}

// run puts the stages in order.
func (w *work) run(t *Tagger, k *knowledge, out *tag.Tag) {
	w.look(t, k)
	english := language(&w.doc, out)
	w.post.m, w.mention.m = t.post, t.mention
	w.readPost(k, &w.post)
	t.post.Run(&w.post.in, &w.out)
	for h := range w.probs {
		w.probs[h] = t.post.Probabilities(&w.out, h, w.probs[h])
	}
	best := w.outageOf(w.probs[atOutage])
	out.Outage, out.OutageScore = outages[best], round(w.probs[atOutage][best])
	mood := w.probs[atSentiment]
	out.Sentiment, out.SentimentScore = sentiments[top(mood)], round(mood[2]-mood[0])
	if e := emotions[top(w.probs[atEmotion])]; e != tag.NoEmotion {
		out.Emotion = e
	}
	out.Spam = round(max(w.probs[atSpam][1]/2, t.spam.Score(&w.plain)))
	out.Marks = w.marks(t)
	w.mentions(t, k, out)

	f := t.facets.Find(&w.names, &w.plain)
	out.Symptoms, out.Devices, out.Places, out.Intents = f.Symptoms, f.Devices, f.Places, f.Intents
	out.Cluster = tag.Hash(spam.Cluster(&w.doc))
	if t.unknown && english && len(w.vendors) == 0 && w.probs[atOutage][0] >= maybeReport {
		out.Unknown = t.grammar.Unknown(w.clauses(nil))
	}
}

// A text is said to be about an outage from a probability on that depends on what else is
// found in it: of what names a vendor and has words of trouble half is about one, of what
// has neither hardly anything.
const (
	aboutTrouble = 0.2 // names a vendor and has words of trouble
	aboutVendor  = 0.6 // names a vendor
	aboutNobody  = 0.7 // has words of trouble
	aboutNothing = 0.85
)

// outageOf decides in two steps, whether a text is about an outage, then in which way:
// one that may as well report as react is not thereby about nothing.
func (w *work) outageOf(p []float64) int {
	trouble := !slices.ContainsFunc(w.found.Features, func(f outage.Feature) bool { return f.Name == outage.NoTrouble })
	least := aboutNothing
	switch {
	case trouble && len(w.vendors) > 0:
		least = aboutTrouble
	case len(w.vendors) > 0:
		least = aboutVendor
	case trouble:
		least = aboutNobody
	}
	if 1-p[none] < least {
		return none
	}
	return top(p[:none])
}

// top is the index of the largest; of equal ones, the first.
func top(p []float64) int {
	best := 0
	for i, v := range p {
		if v > p[best] {
			best = i
		}
	}
	return best
}

// maybeReport is the probability of a report from which on a text without a known
// vendor is worth reading for unknown ones.
const maybeReport = 0.2

// find fills hits, ranges and vendors.
func (w *work) find(k *knowledge) {
	w.hits = k.vendors.Match(&w.doc, w.hits[:0])
	w.ranges, w.vendors, w.tagged = w.ranges[:0], w.vendors[:0], false
	for _, h := range w.hits {
		id := slices.Index(w.vendors, h.Vendor)
		if id < 0 {
			id = len(w.vendors)
			w.vendors = append(w.vendors, h.Vendor)
		}
		w.tagged = w.tagged || h.Trouble
		w.ranges = append(w.ranges, text.Range{First: h.First, Last: h.Last, ID: id})
	}
}

// supplied reports whether one vendor of the text runs on another.
func (w *work) supplied(k *knowledge) bool {
	for _, customer := range w.vendors {
		for _, supplier := range w.vendors {
			if k.relations[relation{customer, supplier, vendor.RunsOn}] {
				return true
			}
		}
	}
	return false
}

// mentions writes the vendors.
func (w *work) mentions(t *Tagger, k *knowledge, out *tag.Tag) {
	w.parts = w.parts[:0]
	if 1-w.probs[atOutage][none] >= maybeAbout {
		w.parse(t)
	}
	var probs []float64
	for id, v := range w.vendors {
		w.readMention(k, &w.mention, id)
		t.mention.Run(&w.mention.in, &w.outM)
		m := tag.Mention{Vendor: k.vendors.Vendors[v].ID}
		probs = t.mention.Probabilities(&w.outM, atRole, probs)
		m.Role = roleNames[top(probs)]
		probs = t.mention.Probabilities(&w.outM, atToward, probs)
		m.Sentiment = sentiments[top(probs)]
		for i, h := range w.hits {
			if w.ranges[i].ID != id {
				continue
			}
			m.Score = max(m.Score, h.Score)
			m.Spans = append(m.Spans, tag.Span{Start: h.Start, End: h.End})
		}
		m.Score = round(m.Score)
		out.Vendors = append(out.Vendors, m)
	}
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }
