package text

// divide numbers sentences and clauses. A sentence ends at . ! ? and at the end
// of a line; a clause also at a comma, colon, bracket or dash, and before words
// that begin a new thought.
func (d *Doc) divide() {
	var clause, sentence int32
	fresh := true // no word in this clause yet
	sentenceFresh := true
	for i := range d.Tokens {
		t := &d.Tokens[i]
		if i > 0 && d.lineBreak(i) && !sentenceFresh {
			sentence, clause, fresh, sentenceFresh = sentence+1, clause+1, true, true
		}
		if !fresh && t.Kind == Word && d.turns(i) {
			clause++
		}
		t.Sentence, t.Clause = sentence, clause
		switch {
		case t.Kind != Punct:
			fresh, sentenceFresh = false, false
		case isTerminal(t.Norm[0]):
			if !sentenceFresh {
				sentence, clause, fresh, sentenceFresh = sentence+1, clause+1, true, true
			}
		case !fresh && d.pauses(i):
			clause, fresh = clause+1, true
		}
	}
}

// lineBreak reports whether a new line begins between token i and the one before.
func (d *Doc) lineBreak(i int) bool {
	for j := d.Tokens[i-1].End; j < d.Tokens[i].Start; j++ {
		if d.Raw[j] == '\n' {
			return true
		}
	}
	return false
}

// pauses reports whether the mark ends a clause. A hyphen does so only with
// space around it.
func (d *Doc) pauses(i int) bool {
	t := d.Tokens[i]
	switch t.Norm[0] {
	case ',', ';', ':', '(', ')', '[', ']', '|':
		return true
	case '-', '~', '*', '/':
		return i+1 < len(d.Tokens) && d.Tokens[i+1].Start > t.End && i > 0 && d.Tokens[i-1].End < t.Start
	}
	return t.Norm == "—"
}

// turns reports whether a new clause begins with the word at i.
func (d *Doc) turns(i int) bool {
	switch d.Tokens[i].Norm {
	case "but", "though", "although", "however", "while", "whereas", "meanwhile", "yet":
		return true
	case "and", "so", "because", "cuz", "cause", "bc", "since", "when", "if", "then", "or", "now", "until", "as":
		return i+1 < len(d.Tokens) && startsClause(d.Tokens[i+1].Norm)
	}
	return false
}

func startsClause(word string) bool {
	switch word {
	case "i", "it", "its", "it's", "i'm", "im", "they", "we", "you", "he", "she", "my", "our", "now", "there", "this", "that",
		"everyone", "everybody", "nobody", "they're", "we're", "you're", "i've", "i'll", "is", "are", "the", "your", "people":
		return true
	}
	return false
}
