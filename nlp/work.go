package nlp

import (
	"math"
	"slices"

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
}

// run puts the stages in order.
func (w *work) run(t *Tagger, out *tag.Tag) {
	w.find(t)
	w.names.Read(&w.doc, w.ranges)
	w.plain.Read(&w.doc, nil)
	english := language(&w.doc, out)

	judged := t.judge.Judge(&w.names, w.facts(t))
	out.Outage, out.OutageScore = judged.Label, round(judged.Score)

	rated := t.rater.Rate(&w.names, sentiment.Options{EmojiOnly: !english, Failing: judged.Label == tag.Report})
	roles := t.roles.Find(&w.names, len(w.vendors), role.Context{
		Outage: judged.Label, Unlikely: judged.Scores[3] > 0.75, Failing: judged.Failing,
		Complaint: judged.Has("handled") || judged.Has("took-down"), Choice: judged.Has("choice"),
		Supply: t.supplied(w.vendors), Sentiment: rated.Score,
	})
	score := overall(rated.Score, judged.Label, roles)
	out.SentimentScore, out.Sentiment = round(score), sentiment.Label(score)
	w.mention(t, out, roles, rated, score)

	f := t.facets.Find(&w.names, &w.plain)
	out.Symptoms, out.Devices, out.Places, out.Intents = f.Symptoms, f.Devices, f.Places, f.Intents
	out.Spam = t.spam.Score(&w.plain)
	out.Cluster = tag.Hash(spam.Cluster(&w.doc))
	out.Marks = w.marks(judged, rated)
	if t.grammar != nil && english && len(w.vendors) == 0 && judged.Scores[0] >= maybeReport {
		out.Unknown = t.grammar.Unknown(w.clauses())
	}
}

// maybeReport is the probability of a report from which on a text without a known
// vendor is worth reading for unknown ones.
const maybeReport = 0.2

// clauses gives the words of each clause as they are written, without mentions,
// links and emoji.
func (w *work) clauses() []string {
	var all []string
	for i := range w.doc.Tokens {
		tok := &w.doc.Tokens[i]
		if i == 0 || tok.Clause != w.doc.Tokens[i-1].Clause {
			all = append(all, "")
		}
		if tok.Kind == text.Mention || tok.Kind == text.URL || tok.Kind == text.Emoji {
			continue
		}
		last := &all[len(all)-1]
		if *last != "" {
			*last += " "
		}
		*last += w.doc.Raw[tok.Start:tok.End]
	}
	return all
}

// find fills hits, ranges and vendors.
func (w *work) find(t *Tagger) {
	w.hits = t.vendors.Match(&w.doc, w.hits[:0])
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

// facts are what the vendors of the text tell the judge.
func (w *work) facts(t *Tagger) outage.Facts {
	return outage.Facts{Tagged: w.tagged, Supply: len(t.supplied(w.vendors)) > 0}
}

// overall is the sentiment of the post. Whoever blames is not neutral; a headline
// is not the author's mood.
func overall(score float64, label tag.Outage, roles []tag.Role) float64 {
	switch {
	case label == tag.News:
		return score * 0.4
	case label == tag.Reaction && slices.Contains(roles, tag.Blamed):
		return max(-1, score-0.25)
	}
	return score
}

// mention writes the vendors.
func (w *work) mention(t *Tagger, out *tag.Tag, roles []tag.Role, rated sentiment.Rating, score float64) {
	for id, v := range w.vendors {
		m := tag.Mention{Vendor: t.vendors.Vendors[v].ID, Role: roles[id]}
		for i, h := range w.hits {
			if w.ranges[i].ID != id {
				continue
			}
			m.Score = max(m.Score, h.Score)
			m.Spans = append(m.Spans, tag.Span{Start: h.Start, End: h.End})
		}
		m.Score = round(m.Score)
		m.Sentiment = sentiment.Label(w.toward(id, roles, rated, score))
		out.Vendors = append(out.Vendors, m)
	}
}

// toward is the sentiment towards one vendor: that of the clauses that name it,
// or of the whole where there is no other vendor to mean.
func (w *work) toward(id int, roles []tag.Role, rated sentiment.Rating, score float64) float64 {
	near, found := 0.0, false
	for i := range w.ranges {
		if w.ranges[i].ID != id {
			continue
		}
		if v, ok := rated.Clauses[w.doc.Tokens[w.ranges[i].First].Clause]; ok && math.Abs(v) > math.Abs(near) {
			near, found = v, true
		}
	}
	switch roles[id] {
	case tag.Blamed:
		if near > 0.5 {
			return near
		}
		return min(near, score, -0.3)
	case tag.Alternative:
		return max(near, 0)
	}
	if !found && len(w.vendors) == 1 || len(w.vendors) == 1 && math.Abs(score) > math.Abs(near) {
		return score
	}
	return near
}

// maxMarks is how many marks a tag keeps.
const maxMarks = 6

// marks are the words that weighed most.
func (w *work) marks(judged outage.Result, rated sentiment.Rating) []tag.Mark {
	type weighed struct {
		first, last int
		label       string
		weight      float64
	}
	var all []weighed
	for _, f := range judged.Features {
		if f.First < 0 {
			continue
		}
		best := 0
		for i := range outage.Labels {
			if f.Weights.Weigh(i) > f.Weights.Weigh(best) {
				best = i
			}
		}
		all = append(all, weighed{f.First, f.Last, string(outage.Labels[best]), f.Weights.Weigh(best)})
	}
	for _, m := range rated.Marks {
		label := tag.Positive
		if m.Rating < 0 {
			label = tag.Negative
		}
		all = append(all, weighed{m.First, m.Last, string(label), math.Abs(m.Rating) / 2})
	}
	slices.SortStableFunc(all, func(a, b weighed) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	all = all[:min(len(all), maxMarks)]
	slices.SortStableFunc(all, func(a, b weighed) int { return a.first - b.first })
	var out []tag.Mark
	for _, m := range all {
		out = append(out, tag.Mark{
			Span:  tag.Span{Start: int(w.doc.Tokens[m.first].Start), End: int(w.doc.Tokens[m.last].End)},
			Label: m.label,
		})
	}
	return out
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }
