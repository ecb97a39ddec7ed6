package nlp

import (
	"slices"

	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/tag"
)

const (
	// maxMarks is how many marks a tag keeps.
	maxMarks = 6
	// leastMark is what a word must add to the lead of a label to be marked.
	leastMark = 0.35
)

// marks are the words that weighed most for the labels of outage and sentiment.
func (w *work) marks(t *Tagger) []tag.Mark {
	var all []weighed
	all = w.weigh(all, t.post, atOutage, string(outages[w.outageOf(w.probs[atOutage])]))
	if label := sentiments[top(w.probs[atSentiment])]; label != tag.Neutral {
		all = w.weigh(all, t.post, atSentiment, string(label))
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
	slices.SortStableFunc(all, func(a, b weighed) int { return a.word - b.word })
	var out []tag.Mark
	for _, m := range all {
		span := w.span(m.word)
		if n := len(out); n > 0 && out[n-1].Label == m.label && span.Start-out[n-1].End <= 1 && span.Start >= out[n-1].End {
			out[n-1].End = span.End // neighbours become one mark
			continue
		}
		out = append(out, tag.Mark{Span: span, Label: m.label})
	}
	return out
}

// weighed is a word of the view with what it adds to a label.
type weighed struct {
	word   int
	label  string
	weight float32
}

// weigh appends the words that add most to the leading label of a head.
func (w *work) weigh(all []weighed, m *model.Model, head int, label string) []weighed {
	a, b := w.leaders(m, head, w.probs[head])
	w.shares = m.Explain(&w.post.in, &w.out, head, a, b, w.shares[:0])
	w.weight = append(w.weight[:0], make([]float32, len(w.view.words))...)
	for _, s := range w.shares {
		if s.First < 0 || s.Weight == 0 || int(s.Last) >= len(w.weight) {
			continue
		}
		for i := s.First; i <= s.Last; i++ {
			w.weight[i] += s.Weight / float32(s.Last-s.First+1)
		}
	}
	for i, v := range w.weight {
		if v >= leastMark {
			all = append(all, weighed{i, label, v})
		}
	}
	return all
}

// leaders are the label that is chosen and the most probable of the others.
func (w *work) leaders(m *model.Model, head int, p []float64) (first, second int) {
	first = top(p)
	if m.Heads[head].Name == headOutage {
		first = w.outageOf(p)
	}
	second = -1
	for i, v := range p {
		if i != first && (second < 0 || v > p[second]) {
			second = i
		}
	}
	return first, second
}

// span is where a word of the view stands in the text.
func (w *work) span(word int) tag.Span {
	return tag.Span{
		Start: int(w.doc.Tokens[w.view.first[word]].Start),
		End:   int(w.doc.Tokens[w.view.last[word]].End),
	}
}
