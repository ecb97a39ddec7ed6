package nlp

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/tag"
)

// maxReasons is how many reasons a decision gives.
const maxReasons = 8

// Explain tags p and says why. The tag is the one that TryAll gives.
func (t *Tagger) Explain(p *post.Post) (tag.Explanation, error) {
	out, err := t.TryAll(p)
	if err != nil {
		return tag.Explanation{}, err
	}
	x := tag.Explanation{Tag: out}
	w, k := new(work), t.known.Load()
	w.doc.Parse(out.Text)
	var manner, names []string
	w.manner.names = &manner
	w.look(t, k)
	w.post = reader{m: t.post, names: &names}
	w.readPost(k, &w.post)
	t.post.Run(&w.post.in, &w.out)
	for _, h := range []int{atOutage, atSentiment, atEmotion} {
		x.Decisions = append(x.Decisions, w.decision(&w.post, &w.out, h, w.view.words))
	}
	if 1-t.post.Probabilities(&w.out, atOutage, nil)[none] >= maybeAbout {
		w.parse(t)
	}
	for id, v := range w.vendors {
		names = names[:0]
		w.mention = reader{m: t.mention, names: &names}
		w.readMention(k, &w.mention, id)
		t.mention.Run(&w.mention.in, &w.outM)
		for _, h := range []int{atRole, atToward} {
			d := w.decision(&w.mention, &w.outM, h, w.target)
			d.Vendor = k.vendors.Vendors[v].ID
			x.Decisions = append(x.Decisions, d)
		}
	}
	return x, nil
}

// decision explains what a head of a network said of what r just read.
func (w *work) decision(r *reader, out *model.Output, head int, words []string) tag.Decision {
	h := r.m.Heads[head]
	probs := r.m.Probabilities(out, head, nil)
	a, b := w.leaders(r.m, head, probs)
	d := tag.Decision{What: h.Name, Label: h.Labels[a], Probability: round(probs[a]), RunnerUp: h.Labels[b], RunnerUpProbability: round(probs[b])}
	merged := map[string]*tag.Reason{}
	features := len(r.in.Features)
	for i, s := range r.m.Explain(&r.in, out, head, a, b, nil) {
		name := "around " + word(words, int(s.First))
		if i < features {
			name = (*r.names)[i]
		}
		m := merged[name]
		if m == nil {
			m = &tag.Reason{Feature: name}
			if s.First >= 0 && int(s.Last) < len(words) {
				m.Span = tag.Span{Start: w.span(int(s.First)).Start, End: w.span(int(s.Last)).End}
			}
			merged[name] = m
		}
		m.Weight += float64(s.Weight)
	}
	for _, m := range merged {
		m.Weight = round(m.Weight)
		d.Reasons = append(d.Reasons, *m)
	}
	slices.SortFunc(d.Reasons, func(a, b tag.Reason) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), strings.Compare(a.Feature, b.Feature))
	})
	d.Reasons = d.Reasons[:min(len(d.Reasons), maxReasons)]
	return d
}

func word(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return ""
	}
	return words[i]
}
