package vendor

import (
	"slices"

	"github.com/outcry/outcry/nlp/text"
)

// Hit is a vendor found in a text: the tokens First to Last name it.
type Hit struct {
	// Vendor is the index in Catalogue.Vendors.
	Vendor int
	// Start and End are bytes of the original text.
	Start, End  int
	First, Last int
	// Score is how sure it is that the vendor is meant, in [0, 1].
	Score float64
	// Trouble is set where the hit is a hashtag that says the vendor fails: #netflixdown.
	Trouble bool
	// Handle is set where the hit is an @handle.
	Handle bool
}

const (
	scoreAccount = 1.0  // its own handle or hashtag
	scorePhrase  = 0.98 // a name of two words or more
	scoreName    = 0.95
	scoreDerived = 0.85 // a handle, hashtag or plural made from a name
)

// Match appends to dst the vendors that d names, in order, none overlapping
// another. Of two names that begin at the same word the longer one holds.
func (c *Catalogue) Match(d *text.Doc, dst []Hit) []Hit {
	s := finder{c: c, d: d, hits: dst, base: len(dst)}
	s.run()
	return s.hits
}

// Names reports whether Match would find anything.
func (c *Catalogue) Names(d *text.Doc) bool {
	var room [1]Hit
	s := finder{c: c, d: d, hits: room[:0], first: true}
	s.run()
	return len(s.hits) > 0
}

// finder is one pass over one text.
type finder struct {
	c     *Catalogue
	d     *text.Doc
	hits  []Hit
	base  int
	first bool // one hit is enough

	// Filled when the first ambiguous name comes up.
	clues []clue
	weak  []candidate // ambiguous names still to be decided
}

// candidate is an ambiguous name in the text.
type candidate struct {
	at, last int
	e        entry
}

// run finds sure names first, since they are evidence for the ambiguous ones.
func (s *finder) run() {
	var room [8]candidate
	s.weak = room[:0]
	for i := 0; i < len(s.d.Tokens); {
		if s.first && len(s.hits) > s.base {
			return
		}
		i = s.at(i)
	}
	if s.first && len(s.hits) > s.base {
		return
	}
	for _, tag := range s.d.Tags {
		s.hashtag(tag)
	}
	s.decide()
	s.order()
}

// at looks for what begins at token i and returns where to go on.
func (s *finder) at(i int) int {
	t := &s.d.Tokens[i]
	switch t.Kind {
	case text.Mention:
		s.handle(i)
		return i + 1
	case text.URL, text.Emoji:
		return i + 1
	}
	if n := s.name(i); n > 0 {
		return i + n
	}
	if t.Kind == text.Word {
		s.single(i)
	}
	return i + 1
}

// name follows the trie from token i and takes the longest name that is meant.
// It returns how many tokens are used up, or 0.
func (s *finder) name(i int) int {
	m := &s.c.m
	var ends [6]struct {
		node uint32
		last int
	}
	n, node := 0, uint32(0)
	for j := i; j < len(s.d.Tokens) && n < len(ends); j++ {
		t := &s.d.Tokens[j]
		if j > i && t.Norm == "-" && s.glued(j) {
			continue
		}
		if t.Sentence != s.d.Tokens[i].Sentence || t.Kind == text.Mention || t.Kind == text.URL {
			break
		}
		if node = m.step(node, t.Norm); node == 0 {
			break
		}
		if len(m.ends[node]) > 0 {
			ends[n].node, ends[n].last = node, j
			n++
		}
	}
	for n--; n >= 0; n-- {
		if used := s.take(i, ends[n].last, m.ends[ends[n].node]); used {
			return ends[n].last - i + 1
		}
	}
	return 0
}

// step follows one word, without its possessive ending where that is no name.
func (m *matcher) step(node uint32, norm string) uint32 {
	if id, ok := m.words[norm]; ok {
		if to, ok := m.next[uint64(node)<<32|uint64(id)]; ok {
			return to
		}
	}
	if base := text.Base(norm); len(base) < len(norm) {
		if id, ok := m.words[base]; ok {
			return m.next[uint64(node)<<32|uint64(id)]
		}
	}
	return 0
}

// glued reports whether nothing stands between token j and its neighbours.
func (s *finder) glued(j int) bool {
	return j > 0 && j+1 < len(s.d.Tokens) && s.d.Tokens[j-1].End == s.d.Tokens[j].Start && s.d.Tokens[j].End == s.d.Tokens[j+1].Start
}

// take uses the entries that end here. It reports whether the words are used up.
func (s *finder) take(i, last int, entries []entry) bool {
	used := false
	for _, e := range entries {
		switch {
		case e.kind == isNot:
			return true // "apple pie" is nobody's name
		case e.kind == isContext:
			continue
		case e.exact != "" && !s.writtenAs(i, last, e.exact):
			continue
		case e.weak:
			s.weak = append(s.weak, candidate{i, last, e})
			used = true
		case !used:
			score := scoreName
			if e.words > 1 {
				score = scorePhrase
			}
			s.add(int(e.vendor), i, last, score)
			return true
		}
	}
	return used
}

// writtenAs reports whether the tokens stand in the text exactly as name.
func (s *finder) writtenAs(i, last int, name string) bool {
	got := s.d.Raw[s.d.Tokens[i].Start:s.d.Tokens[last].End]
	if got != "" && got[0] == '#' {
		got = got[1:]
	}
	return got == name || text.Base(got) == name
}

// single looks at a word that begins no name: a domain, or a name with a plural
// or possessive s.
func (s *finder) single(i int) {
	norm := s.d.Tokens[i].Norm
	if name, ok := text.CutDomain(norm); ok {
		if e, ok := s.c.m.domain(name); ok {
			s.add(int(e.vendor), i, i, scoreName)
		}
		return
	}
	if n := len(norm) - 1; n >= 5 && norm[n] == 's' && norm[n-1] != 's' {
		if e, ok := s.c.m.sure(norm[:n]); ok && e.words == 1 {
			s.add(int(e.vendor), i, i, scoreDerived)
		}
	}
}

// sure finds a name in one word that is no ordinary word.
func (m *matcher) sure(joined string) (entry, bool) {
	for _, e := range m.joined[joined] {
		if !e.weak && e.exact == "" {
			return e, true
		}
	}
	return entry{}, false
}

// domain finds the vendor of an address by its name: booking.com is no booking.
func (m *matcher) domain(name string) (entry, bool) {
	if e, ok := m.sure(name); ok {
		return e, true
	}
	for _, e := range slices.Concat(m.joined[name+"com"], m.joined[name]) {
		if e.exact == "" {
			return e, true
		}
	}
	return entry{}, false
}

func (s *finder) add(vendor, first, last int, score float64) *Hit {
	s.hits = append(s.hits, Hit{
		Vendor: vendor, First: first, Last: last, Score: score,
		Start: int(s.d.Tokens[first].Start), End: int(s.d.Tokens[last].End),
	})
	return &s.hits[len(s.hits)-1]
}

// order sorts the hits of this text; there are few, and nearly in order.
func (s *finder) order() {
	h := s.hits[s.base:]
	for i := 1; i < len(h); i++ {
		for j := i; j > 0 && h[j].First < h[j-1].First; j-- {
			h[j], h[j-1] = h[j-1], h[j]
		}
	}
}
