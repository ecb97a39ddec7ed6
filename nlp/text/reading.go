package text

// Range is a run of tokens, First to Last, that stands for one thing, such as the
// name of a vendor. ID is what the caller calls it.
type Range struct {
	First, Last int
	ID          int
}

// Unit is what a pattern sees in one step: a word, a Range, or a mark that ends
// a clause. Quotes, brackets and emoji are not seen.
type Unit struct {
	First, Last int
	// ID of the Range, or -1.
	ID int
	// Break is a comma, full stop or the like.
	Break bool
}

// Reading is a document as patterns read it.
type Reading struct {
	Doc   *Doc
	Units []Unit
}

// Read gives the reading of d in which each of the ranges, which must be in
// order and apart from each other, is one unit.
func (r *Reading) Read(d *Doc, ranges []Range) {
	r.Doc, r.Units = d, r.Units[:0]
	for i := 0; i < len(d.Tokens); i++ {
		if len(ranges) > 0 && ranges[0].First == i {
			g := ranges[0]
			ranges = ranges[1:]
			r.Units = append(r.Units, Unit{g.First, g.Last, g.ID, false})
			i = g.Last
			continue
		}
		t := &d.Tokens[i]
		switch t.Kind {
		case Emoji:
			continue
		case Punct:
			if isTerminal(t.Norm[0]) || t.Norm[0] == ',' || d.pauses(i) && t.Norm[0] != '*' {
				r.Units = append(r.Units, Unit{i, i, -1, true})
			}
			continue
		}
		r.Units = append(r.Units, Unit{i, i, -1, false})
	}
}

func (r *Reading) sentence(u int) int32 { return r.Doc.Tokens[r.Units[u].First].Sentence }

// starts reports whether unit u is the first of its sentence or of the text.
func (r *Reading) starts(u int) bool {
	return u == 0 || r.Units[u-1].Break || r.sentence(u-1) != r.sentence(u)
}

// ends reports whether nothing of the clause follows before unit u.
func (r *Reading) ends(u int) bool {
	if u >= len(r.Units) || r.Units[u].Break {
		return true
	}
	return u > 0 && r.sentence(u-1) != r.sentence(u)
}

// Key is the form under which patterns know a word: contractions lose their
// apostrophe, since half of all writers leave it out.
func Key(norm string) string {
	n := len(norm)
	if n < 4 || norm[n-2] != '\'' && norm[n-3] != '\'' {
		return norm
	}
	switch norm {
	case "it's", "that's", "what's", "there's", "here's", "let's", "who's", "how's", "where's", "i've", "they've", "they're",
		"you're", "y'all", "you've", "everyone's", "everything's", "something's", "nothing's":
		return dropApostrophe(norm)
	}
	if norm[n-1] == 't' && norm[n-2] == '\'' && norm[n-3] == 'n' {
		return dropApostrophe(norm)
	}
	return norm
}

func dropApostrophe(s string) string {
	for i := range len(s) {
		if s[i] == '\'' {
			return s[:i] + s[i+1:]
		}
	}
	return s
}
