package text

import "slices"

// Patterns is a set of word patterns in named sections, made by ParsePatterns.
// It is safe for concurrent use.
type Patterns struct {
	// Sections are the names of the sections in order.
	Sections []string

	vocab map[string]uint16 // words of all patterns, from 1 on
	rules []rule
	// byWord[id] are the rules that can begin with that word, byRange those that
	// can begin with a Range.
	byWord  [][]int32
	byRange []int32
}

// rule is one pattern: slots in order.
type rule struct {
	section  int
	anchored bool // begins a sentence
	slots    []slot
	source   string
}

// slot is one place of a pattern.
type slot struct {
	words   []uint16 // any of these, sorted
	capture string   // a Range may stand here, under this name
	any     bool     // any word may stand here
	number  bool     // a number may stand here
	year    bool     // a year may stand here: 2011
	url     bool
	handle  bool // a mention that is no Range
	asks    bool // a mark with a question mark
	least   int  // how often at least: 0 or 1
	most    int  // how often at most: 1 or more
	not     bool // the next unit is none of these; takes nothing
	end     bool // the clause ends here; takes nothing
}

// maxCaptures is how many Ranges one pattern may name.
const maxCaptures = 3

// Capture is a Range that stood in a slot.
type Capture struct {
	Name string
	ID   int
}

// Match is a pattern found: the tokens First to Last.
type Match struct {
	Section     int
	Rule        int
	First, Last int
	Captures    [maxCaptures]Capture
}

// Find appends to dst every match in r, in order of First. A pattern matches at
// most once from one place, as far as it reaches.
func (p *Patterns) Find(r *Reading, dst []Match) []Match {
	var room [96]uint16
	ids := p.ids(r, room[:0])
	for u := range r.Units {
		dst = p.from(r, ids, u, dst)
	}
	return dst
}

// ids gives the number of each unit's word, 0 where no pattern knows it.
func (p *Patterns) ids(r *Reading, ids []uint16) []uint16 {
	for _, u := range r.Units {
		id := uint16(0)
		if u.First == u.Last {
			id = p.id(&r.Doc.Tokens[u.First])
		}
		ids = append(ids, id)
	}
	return ids
}

func (p *Patterns) id(t *Token) uint16 {
	if t.Kind == Mention || t.Kind == URL {
		return 0
	}
	if id := p.vocab[t.Norm]; id != 0 {
		return id
	}
	if key := Key(t.Norm); len(key) != len(t.Norm) {
		return p.vocab[key]
	}
	if base := Base(t.Norm); len(base) != len(t.Norm) {
		return p.vocab[base]
	}
	return 0
}

func (p *Patterns) from(r *Reading, ids []uint16, u int, dst []Match) []Match {
	try := func(rules []int32) {
		for _, i := range rules {
			m := Match{Section: p.rules[i].section, Rule: int(i)}
			if p.rules[i].anchored && !r.starts(u) {
				continue
			}
			s := search{rule: &p.rules[i], r: r, ids: ids, start: u, match: &m}
			if end := s.slot(0, u, 0, 0); end > u {
				m.First, m.Last = r.Units[u].First, r.Units[end-1].Last
				dst = append(dst, m)
			}
		}
	}
	if id := ids[u]; id != 0 {
		try(p.byWord[id])
	}
	if r.Units[u].ID >= 0 {
		try(p.byRange)
	}
	return dst
}

// search is one attempt to match a rule.
type search struct {
	rule  *rule
	r     *Reading
	ids   []uint16
	start int
	match *Match
}

// slot matches slot k at unit u, which has taken taken units already; it returns
// the unit after the match, or -1.
func (s *search) slot(k, u, taken, captures int) int {
	if k == len(s.rule.slots) {
		return u
	}
	sl := &s.rule.slots[k]
	switch {
	case sl.end:
		if !s.r.ends(u) {
			return -1
		}
		return s.slot(k+1, u, 0, captures)
	case sl.not:
		if u < len(s.r.Units) && s.takes(sl, u) {
			return -1
		}
		return s.slot(k+1, u, 0, captures)
	}
	if taken < sl.most && u < len(s.r.Units) && s.takes(sl, u) {
		n := captures
		if sl.capture != "" && s.r.Units[u].ID >= 0 && n < maxCaptures {
			s.match.Captures[n] = Capture{sl.capture, s.r.Units[u].ID}
			n++
		}
		if end := s.slot(k, u+1, taken+1, n); end >= 0 {
			return end
		}
		if n > captures {
			s.match.Captures[captures] = Capture{}
		}
	}
	if taken < sl.least {
		return -1
	}
	return s.slot(k+1, u, 0, captures)
}

// takes reports whether the slot takes unit u.
func (s *search) takes(sl *slot, u int) bool {
	unit := s.r.Units[u]
	if u > s.start && !sl.asks && s.r.sentence(u) != s.r.sentence(u-1) {
		return false
	}
	t := &s.r.Doc.Tokens[unit.First]
	switch {
	case unit.Break:
		return sl.asks && asks(t.Norm)
	case unit.ID >= 0 && sl.capture != "":
		return true
	case sl.any:
		return true
	case sl.number && t.Kind == Number, sl.year && isYear(t), sl.url && t.Kind == URL, sl.handle && t.Kind == Mention:
		return true
	}
	_, found := slices.BinarySearch(sl.words, s.ids[u])
	return found && s.ids[u] != 0
}

func isYear(t *Token) bool {
	return t.Kind == Number && len(t.Norm) == 4 && (t.Norm[:2] == "19" || t.Norm[:2] == "20")
}

func asks(mark string) bool {
	for i := range len(mark) {
		if mark[i] == '?' {
			return true
		}
	}
	return false
}

// Source gives the pattern of a match as it was written.
func (p *Patterns) Source(m Match) string { return p.rules[m.Rule].source }
