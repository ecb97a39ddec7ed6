package nlp

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/outcry/outcry/nlp/corpus"
	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
	"github.com/outcry/outcry/nlp/vendor"
)

func (s *school) trainMention(ctx context.Context) (*model.Model, error) {
	shape := mentionShape()
	var mu sync.Mutex
	counts := map[string]int{}
	dummy := &model.Model{Shape: shape, Vocabulary: model.NewVocabulary(nil, shape.Grams)}
	note := func(w *work) {
		mu.Lock()
		defer mu.Unlock()
		for _, x := range w.target {
			counts[strings.Clone(x)]++
		}
	}
	s.eachMention(dummy, func(w *work, _ int, _ [][]float32) { note(w) })
	words := model.Frequent(counts, 3, 12000)
	m := &model.Model{Shape: shape, Vocabulary: model.NewVocabulary(words, shape.Grams)}
	type numbered struct {
		at int
		e  model.Example
	}
	var all []numbered
	s.eachMention(m, func(w *work, at int, targets [][]float32) {
		e := model.Example{Input: copied(&w.mention.in), Targets: targets, Weight: 1}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, numbered{at, e})
	})
	slices.SortStableFunc(all, func(a, b numbered) int { return a.at - b.at })
	var examples []model.Example
	for _, x := range all {
		repeat := 1
		if x.at < len(s.Posts)*64 {
			repeat = mentionRepeats
		}
		for range repeat {
			examples = append(examples, x.e)
		}
	}
	return model.Train(ctx, shape, words, examples, s.training("mention"))
}

// eachMention reads every labelled vendor, and every target of a public set, from
// where it stands. The numbers of the calls order them.
func (s *school) eachMention(m *model.Model, f func(w *work, at int, targets [][]float32)) {
	s.parallel(len(s.Posts), func(w *work, i int) {
		p := &s.Posts[i]
		w.doc.Parse(strings.ToValidUTF8(p.Text, "\uFFFD"))
		w.look(s.t, s.k)
		w.parse(s.t)
		w.mention.m = m
		for id, v := range w.vendors {
			k := slices.IndexFunc(p.Vendors, func(x corpus.Vendor) bool { return x.ID == s.k.vendors.Vendors[v].ID })
			if k < 0 {
				continue
			}
			toward := p.Vendors[k].Sentiment
			targets := [][]float32{nil, times(sure(sentiments, toward), s.toward[toward])}
			if p.Outage != tag.None {
				targets[atRole] = sure(roleNames, p.Vendors[k].Role)
			}
			w.readMention(s.k, &w.mention, id)
			f(w, i*64+min(id, 63), targets)
		}
	})
	s.parallel(len(s.Texts), func(w *work, i int) {
		x := &s.Texts[i]
		if x.Target == "" || x.Toward == "" {
			return
		}
		w.doc.Parse(strings.ToValidUTF8(x.Text, "\uFFFD"))
		if !w.lookAt(s.t, s.k, x.Target) {
			return
		}
		w.parse(s.t)
		w.mention.m = m
		w.readMention(s.k, &w.mention, 0)
		f(w, (len(s.Posts)+i)*64, [][]float32{nil, sure(sentiments, x.Toward)})
	})
}

// lookAt is look where target, which need not be in the catalogue, is vendor number
// 0. It reports whether the text names it.
func (w *work) lookAt(t *Tagger, k *knowledge, target string) bool {
	var wanted []string
	for _, x := range text.Parse(target).Tokens {
		wanted = append(wanted, x.Norm)
	}
	var own []text.Range
	for i := 0; i+len(wanted) <= len(w.doc.Tokens) && len(wanted) > 0; i++ {
		same := true
		for j, x := range wanted {
			same = same && w.doc.Tokens[i+j].Norm == x
		}
		if same {
			own = append(own, text.Range{First: i, Last: i + len(wanted) - 1})
			i += len(wanted) - 1
		}
	}
	if len(own) == 0 {
		return false
	}
	w.find(k)
	hits := w.hits
	w.hits, w.ranges, w.vendors = nil, nil, []int{stranger}
	for len(own) > 0 || len(hits) > 0 {
		switch {
		case len(hits) == 0 || len(own) > 0 && own[0].First <= hits[0].First:
			w.hits = append(w.hits, vendor.Hit{Vendor: stranger, First: own[0].First, Last: own[0].Last})
			w.ranges = append(w.ranges, own[0])
			for len(hits) > 0 && hits[0].First <= own[0].Last { // the same name, known to the catalogue
				hits = hits[1:]
			}
			own = own[1:]
		case len(own) > 0 && hits[0].Last >= own[0].First:
			hits = hits[1:]
		default:
			id := slices.Index(w.vendors, hits[0].Vendor)
			if id < 0 {
				id = len(w.vendors)
				w.vendors = append(w.vendors, hits[0].Vendor)
			}
			w.hits = append(w.hits, hits[0])
			w.ranges = append(w.ranges, text.Range{First: hits[0].First, Last: hits[0].Last, ID: id})
			hits = hits[1:]
		}
	}
	w.finish(t, k)
	return true
}

// stranger is the index of a vendor that is not in the catalogue.
const stranger = -1
