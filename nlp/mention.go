package nlp

import (
	"slices"
	"strconv"

	"github.com/outcry/outcry/nlp/vendor"
)

// In the view of one vendor it is the target, and the others are known by what they
// are to it.
const (
	wordTarget      = "<t>"
	wordTargetFails = "<t!>"
	wordSupplier    = "<supplier>"
	wordCustomer    = "<customer>"
	wordFamily      = "<family>"
	wordRival       = "<rival>"
	wordStranger    = "<w>"
)

// places is how many places a word can have: its distance to the nearest mention of
// the target, in steps, before or behind it.
const places = 14

// place puts a distance, negative before the target, into its step.
func place(d int) uint8 {
	switch {
	case d <= -9:
		return 0
	case d <= -6:
		return 1
	case d < -3:
		return 2
	case d <= 3:
		return uint8(d + 6) // 3 to 9
	case d < 6:
		return 10
	case d < 9:
		return 11
	case d < 15:
		return 12
	}
	return 13
}

// relation is what vendor other is to vendor target, as a word.
func (k *knowledge) relation(target, other int) string {
	if target == stranger || other == stranger {
		return wordStranger
	}
	a, b := &k.vendors.Vendors[target], &k.vendors.Vendors[other]
	switch {
	case k.relations[relation{target, other, vendor.RunsOn}]:
		return wordSupplier
	case k.relations[relation{other, target, vendor.RunsOn}]:
		return wordCustomer
	case a.Owner == b.ID || b.Owner == a.ID || a.Owner != "" && a.Owner == b.Owner,
		k.relations[relation{target, other, vendor.Owns}], k.relations[relation{other, target, vendor.Owns}]:
		return wordFamily
	case k.relations[relation{target, other, vendor.CompetesWith}], k.relations[relation{other, target, vendor.CompetesWith}], a.Category == b.Category:
		return wordRival
	}
	return wordStranger
}

// category is that of a vendor.
func (k *knowledge) category(vendor int) string {
	if vendor == stranger {
		return ""
	}
	return k.vendors.Vendors[vendor].Category
}

// readMention reads the text from where vendor number id stands.
func (w *work) readMention(k *knowledge, r *reader, id int) {
	r.start()
	v := &w.view
	v.pieces = v.pieces[:0]
	w.target = w.target[:0]
	for i, word := range v.words {
		switch n := v.id[i]; {
		case n == int32(id) && word == wordFails:
			word = wordTargetFails
		case n == int32(id):
			word = wordTarget
		case n >= 0:
			word = k.relation(w.vendors[id], w.vendors[n])
		}
		w.target = append(w.target, word)
	}
	before, behind := w.distances(id)
	for i, word := range w.target {
		x, pieces := r.m.Vocabulary.Word(word, v.pieces)
		v.pieces = pieces
		x.Place = place(nearest(before[i], behind[i]))
		r.in.Words = append(r.in.Words, x)
	}
	w.around(r, id)
	for i, word := range w.target {
		side := byte(bagLeft)
		if d := nearest(before[i], behind[i]); d >= 0 {
			side = bagRight
		}
		r.feature(i, i, side, word)
		r.rows(w.target, i)
	}
	for _, f := range w.found.Features {
		first, last := w.wordsOf(f.First, f.Last)
		r.feature(first, last, pattern, f.Name)
	}
	if slices.Contains(w.found.Failing, id) {
		r.feature(-1, -1, fact, "failing")
	} else if len(w.found.Failing) > 0 {
		r.feature(-1, -1, fact, "another failing")
	}
	for _, x := range w.votes {
		what := "other"
		if x.ID == id {
			what = "target"
		}
		r.feature(-1, -1, roleVote, what, x.Role, strconv.Itoa(x.Weight))
	}
	w.readParts(k, r, id)
	r.again(&w.manner)
	w.clauseMood(r, id)
	r.feature(-1, -1, category, k.category(w.vendors[id]))
	for n, x := range w.vendors {
		if n != id {
			r.feature(-1, -1, fact, "with "+k.relation(w.vendors[id], x))
		}
	}
	r.feature(-1, -1, fact, "vendor "+strconv.Itoa(min(id, 3))+" of "+strconv.Itoa(min(len(w.vendors), 4)))
}

// distances gives for each word of the view how far behind the last mention of the
// vendor and how far before the next it stands; far is none.
func (w *work) distances(id int) (before, behind []int) {
	n := len(w.view.words)
	w.dist = append(w.dist[:0], make([]int, 2*n)...)
	before, behind = w.dist[:n], w.dist[n:]
	d := far
	for i := range n {
		if w.view.id[i] == int32(id) {
			d = 0
		}
		before[i] = d
		d = min(d+1, far)
	}
	d = far
	for i := n - 1; i >= 0; i-- {
		if w.view.id[i] == int32(id) {
			d = 0
		}
		behind[i] = d
		d = min(d+1, far)
	}
	return before, behind
}

const far = 1000

// nearest is the distance of a word to the target: negative before it.
func nearest(before, behind int) int {
	if before <= behind {
		return before
	}
	return -behind
}

// around adds the words next to each mention of the target, with their places.
func (w *work) around(r *reader, id int) {
	word := func(i int) string {
		if i < 0 {
			return "<start>"
		}
		if i >= len(w.target) {
			return "<end>"
		}
		return w.target[i]
	}
	mentions := 0
	for i, k := range w.view.id {
		if k != int32(id) || mentions == 3 {
			continue
		}
		mentions++
		for d := 1; d <= 4; d++ {
			r.feature(i, i+d, near, "+"+strconv.Itoa(d), word(i+d))
			r.feature(i-d, i, near, "-"+strconv.Itoa(d), word(i-d))
		}
		r.feature(i, i+2, nearTwo, "+", word(i+1), word(i+2))
		r.feature(i-2, i, nearTwo, "-", word(i-2), word(i-1))
		r.feature(i-1, i+1, nearTwo, "±", word(i-1), word(i+1))
		r.feature(i, i+3, nearTwo, "++", word(i+2), word(i+3))
	}
}

// clauseMood adds what the lexicon says of the clauses that name the target.
func (w *work) clauseMood(r *reader, id int) {
	sum, others := 0.0, 0.0
	for _, x := range w.ranges {
		score := w.rated.Clauses[w.doc.Tokens[x.First].Clause]
		if x.ID == id {
			sum += score
		} else {
			others += score
		}
	}
	r.feature(-1, -1, lexicon, "clause", strconv.Itoa(int(sum*4+8)))
	if len(w.vendors) > 1 {
		r.feature(-1, -1, lexicon, "others", strconv.Itoa(int(others*2+8)))
	}
}
