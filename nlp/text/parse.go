package text

import (
	"fmt"
	"slices"
	"strings"
)

// ParsePatterns reads patterns, one a line, in sections. Lines that begin with #
// are comments.
//
//	{be} = is|are|was          a class of words, for use below
//	[down]                     a section
//	<v> {be}? down !for|to     a pattern
//
// A pattern is a row of slots: a word or several with | between them; {class};
// <name>, where a Range stands; _ any word; <num>, <year>, <url>, <at> a number,
// year, address or handle; a question mark ?? in the text; a ? behind a slot makes it optional,
// a * allows it up to three times or never; ^ at the start and $ at the end hold
// the pattern to the edges of a clause; !words must not follow.
func ParsePatterns(src string) (*Patterns, error) {
	b := builder{p: &Patterns{vocab: map[string]uint16{}}, classes: map[string][]string{}}
	for n, line := range strings.Split(src, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if err := b.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	b.index()
	return b.p, nil
}

// MustPatterns is ParsePatterns for patterns built into the program.
func MustPatterns(src string) *Patterns {
	p, err := ParsePatterns(src)
	if err != nil {
		panic("reading built-in patterns: " + err.Error())
	}
	return p
}

type builder struct {
	p       *Patterns
	classes map[string][]string
}

func (b *builder) line(line string) error {
	if line[0] == '[' {
		name := strings.Trim(line, "[]")
		if slices.Contains(b.p.Sections, name) {
			return fmt.Errorf("section %s is there twice", name)
		}
		b.p.Sections = append(b.p.Sections, name)
		return nil
	}
	if name, words, ok := strings.Cut(line, "} = "); ok && line[0] == '{' {
		all, err := b.words(strings.TrimSpace(words))
		if err != nil {
			return err
		}
		b.classes[name[1:]] = append(b.classes[name[1:]], all...)
		return nil
	}
	if len(b.p.Sections) == 0 {
		return fmt.Errorf("pattern %q stands before the first section", line)
	}
	r := rule{section: len(b.p.Sections) - 1, source: line}
	for _, item := range strings.Fields(line) {
		if item == "^" {
			r.anchored = true
			continue
		}
		s, err := b.slot(item)
		if err != nil {
			return fmt.Errorf("pattern %q: %w", line, err)
		}
		r.slots = append(r.slots, s)
	}
	if len(r.slots) == 0 || r.slots[0].any || r.slots[0].not {
		return fmt.Errorf("pattern %q must begin with a word or a name", line)
	}
	b.p.rules = append(b.p.rules, r)
	return nil
}

func (b *builder) slot(item string) (slot, error) {
	s := slot{least: 1, most: 1}
	switch {
	case item == "$":
		s.end = true
		return s, nil
	case item == "??":
		s.asks = true
		return s, nil
	case len(item) > 1 && item[0] == '!':
		s.not, item = true, item[1:]
	}
	if rest, ok := strings.CutSuffix(item, "?"); ok {
		s.least, item = 0, rest
	} else if rest, ok := strings.CutSuffix(item, "*"); ok {
		s.least, s.most, item = 0, 3, rest
	}
	item = strings.TrimSuffix(item, "|") // a|b|? is (a|b)?
	for _, alt := range strings.Split(item, "|") {
		if err := b.alternative(&s, alt); err != nil {
			return s, err
		}
	}
	slices.Sort(s.words)
	s.words = slices.Compact(s.words)
	return s, nil
}

func (b *builder) alternative(s *slot, alt string) error {
	switch {
	case alt == "_":
		s.any = true
	case alt == "<num>":
		s.number = true
	case alt == "<year>":
		s.year = true
	case alt == "<url>":
		s.url = true
	case alt == "<at>":
		s.handle = true
	case alt != "" && alt[0] == '<':
		s.capture = strings.Trim(alt, "<>")
	default:
		all, err := b.words(alt)
		if err != nil {
			return err
		}
		for _, w := range all {
			s.words = append(s.words, b.id(w))
		}
	}
	return nil
}

// words gives the words of alternatives, classes resolved.
func (b *builder) words(alternatives string) ([]string, error) {
	var all []string
	for _, w := range strings.Split(alternatives, "|") {
		switch {
		case w == "":
			return nil, fmt.Errorf("an empty word in %q", alternatives)
		case w[0] == '{':
			class, ok := b.classes[strings.Trim(w, "{}")]
			if !ok {
				return nil, fmt.Errorf("class %s is not defined above", w)
			}
			all = append(all, class...)
		default:
			all = append(all, Key(w))
		}
	}
	return all, nil
}

func (b *builder) id(word string) uint16 {
	if id, ok := b.p.vocab[word]; ok {
		return id
	}
	id := uint16(len(b.p.vocab) + 1)
	b.p.vocab[word] = id
	return id
}

// index notes with which word or Range each rule can begin.
func (b *builder) index() {
	p := b.p
	p.byWord = make([][]int32, len(p.vocab)+1)
	for i := range p.rules {
		seen := map[uint16]bool{}
		ranged := false
		for _, s := range p.rules[i].slots {
			for _, w := range s.words {
				if !s.not && !seen[w] {
					seen[w] = true
					p.byWord[w] = append(p.byWord[w], int32(i))
				}
			}
			if s.capture != "" && !ranged {
				ranged = true
				p.byRange = append(p.byRange, int32(i))
			}
			if s.least > 0 {
				break
			}
		}
	}
}
