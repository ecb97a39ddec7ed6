package nlp

import (
	"slices"
	"strings"

	"github.com/outcry/outcry/nlp/corpus"
	"github.com/outcry/outcry/nlp/tag"
)

// Asked is a text as the teacher reads it to say what a vendor is in it: the vendor's
// names are marked, those of others stand as written.
type Asked struct {
	Key  uint64
	Text string
	// Role and Toward are labels from reading; empty where the teacher is asked.
	Role   tag.Role
	Toward tag.Sentiment
	// Variant says that the text was made of one of our posts.
	Variant bool
}

// marked stands for the vendor in question. It has no letters that a text would have.
const marked = "$target$"

// mentionKey identifies a vendor of a text.
func mentionKey(text, vendor string) uint64 { return corpus.Key(text + "\x00" + vendor) }

// Asked lists every vendor that the lessons name.
func (l *Lessons) Asked() ([]Asked, error) {
	t, err := newFinders(Options{Vendors: l.Vendors})
	if err != nil {
		return nil, err
	}
	k := t.known.Load()
	var all []Asked
	w := new(work)
	for i := range l.Posts {
		p := &l.Posts[i]
		w.doc.Parse(strings.ToValidUTF8(p.Text, "\uFFFD"))
		w.find(k)
		for id, v := range w.vendors {
			at := slices.IndexFunc(p.Vendors, func(x corpus.Vendor) bool { return x.ID == k.vendors.Vendors[v].ID })
			if at < 0 {
				continue
			}
			a := Asked{Key: mentionKey(p.Text, k.vendors.Vendors[v].ID), Text: w.marked(id), Toward: p.Vendors[at].Sentiment}
			if p.Outage != tag.None {
				a.Role = p.Vendors[at].Role
			}
			all = append(all, a)
		}
	}
	for i := range l.Texts {
		x := &l.Texts[i]
		w.doc.Parse(strings.ToValidUTF8(x.Text, "\uFFFD"))
		switch {
		case x.Set == corpus.VariantSet:
			w.find(k)
			for id, v := range w.vendors {
				all = append(all, Asked{Key: mentionKey(x.Text, k.vendors.Vendors[v].ID), Text: w.marked(id), Variant: true})
			}
		case x.Target != "" && x.Toward != "" && w.lookAt(t, k, x.Target):
			all = append(all, Asked{Key: mentionKey(x.Text, x.Target), Text: w.marked(0), Toward: x.Toward})
		}
	}
	return all, nil
}

// marked is the text with the names of vendor number id marked.
func (w *work) marked(id int) string {
	var b strings.Builder
	end := int32(0)
	for _, r := range w.ranges {
		if r.ID != id || w.doc.Tokens[r.First].Start < end {
			continue
		}
		b.WriteString(w.doc.Raw[end:w.doc.Tokens[r.First].Start])
		b.WriteString(" " + marked + " ")
		end = w.doc.Tokens[r.Last].End
	}
	b.WriteString(w.doc.Raw[end:])
	return b.String()
}

// asMention gives what the teacher says of a vendor of a variant.
func (s *school) asMention(x *corpus.Text, vendor int) ([][]float32, bool) {
	soft, ok := s.Toward[mentionKey(x.Text, s.k.vendors.Vendors[vendor].ID)]
	if !ok {
		return nil, false
	}
	return [][]float32{soft.Role[:], soft.Toward[:]}, true
}
