package nlp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/text"
)

// The networks read a text with its vendors masked, so that what they learn of one
// vendor holds for all. These stand for what the text has in those places.
const (
	wordVendor  = "<v>" // the first vendor named
	wordOther   = "<w>" // any other vendor
	wordHandle  = "<@v>"
	wordFails   = "<v!>" // a hashtag that says a vendor fails
	wordAccount = "<@>"
	wordLink    = "<url>"
	wordNumber  = "<num>"
	wordYear    = "<year>"
)

// maxWords is how many words of a text the networks read.
const maxWords = 128

// view is a text as the networks see it: a word for each token or vendor.
type view struct {
	words       []string
	first, last []int32 // tokens of each word
	id          []int32 // the vendor's number in the text, or -1
	pieces      []int32 // memory of unknown words
}

// see fills v from the document of w, whose vendors have been found.
func (w *work) see() {
	v := &w.view
	v.words, v.first, v.last, v.id = v.words[:0], v.first[:0], v.last[:0], v.id[:0]
	ranges, hits := w.ranges, w.hits
	for i := 0; i < len(w.doc.Tokens) && len(v.words) < maxWords; i++ {
		if len(ranges) > 0 && ranges[0].First == i {
			word := wordVendor
			switch {
			case hits[0].Trouble:
				word = wordFails
			case ranges[0].ID > 0:
				word = wordOther
			case hits[0].Handle:
				word = wordHandle
			}
			v.add(word, i, ranges[0].Last, ranges[0].ID)
			i = ranges[0].Last
			ranges, hits = ranges[1:], hits[1:]
			continue
		}
		if word := plainWord(&w.doc.Tokens[i]); word != "" {
			v.add(word, i, i, -1)
		}
	}
}

func (v *view) add(word string, first, last, id int) {
	v.words, v.id = append(v.words, word), append(v.id, int32(id))
	v.first, v.last = append(v.first, int32(first)), append(v.last, int32(last))
}

// plainWord is the word for a token that names no vendor.
func plainWord(t *text.Token) string {
	switch t.Kind {
	case text.Mention:
		return wordAccount
	case text.URL:
		return wordLink
	case text.Number:
		return number(t.Norm)
	case text.Punct:
		return mark(t.Norm)
	}
	return text.Key(t.Norm)
}

// number keeps the codes that servers answer with.
func number(s string) string {
	switch s {
	case "404", "403", "429", "500", "502", "503", "504", "522", "524", "24", "1", "2", "3", "10", "100":
		return s
	}
	if len(s) == 4 && (s[:2] == "19" || s[:2] == "20") {
		return wordYear
	}
	return wordNumber
}

// mark joins marks that mean the same.
func mark(s string) string {
	switch {
	case strings.Contains(s, "?"):
		return "?"
	case strings.Contains(s, "!"):
		return "!"
	case strings.HasPrefix(s, "..") || s == "…":
		return "…"
	case s[0] == '.' || s[0] == ',' || s[0] == ':' || s[0] == '"' || s[0] == '(' || s[0] == '-' || s[0] == '%' || s[0] == '$' || s[0] == '/':
		return s[:1]
	}
	return ""
}

// reader turns views into inputs for one network.
type reader struct {
	m     *model.Model
	in    model.Input
	names *[]string // of features, where somebody asks
}

func (r *reader) start() { r.in.Words, r.in.Features = r.in.Words[:0], r.in.Features[:0] }

// feature adds a feature of the words first to last of the view; kind keeps features
// of one sort apart from those of another.
func (r *reader) feature(first, last int, kind byte, parts ...string) {
	r.in.Features = append(r.in.Features, model.Feature{
		Bucket: model.Hash(buckets, kind, parts...), First: int32(first), Last: int32(last),
	})
	if r.names != nil {
		*r.names = append(*r.names, kindNames[kind]+strings.Join(parts, " "))
	}
}

// again adds what another reader has read already.
func (r *reader) again(from *reader) {
	r.in.Features = append(r.in.Features, from.in.Features...)
	if r.names != nil {
		*r.names = append(*r.names, *from.names...)
	}
}

// rows adds the rows of two and three words that begin with word i.
func (r *reader) rows(words []string, i int) {
	if i+1 < len(words) {
		r.feature(i, i+1, twoWords, words[i], words[i+1])
	}
	if i+2 < len(words) {
		r.feature(i, i+2, threeW, words[i], words[i+1], words[i+2])
		r.feature(i, i+2, gapped, words[i], words[i+2])
	}
}

// Kinds of features.
const (
	oneWord   = 'u'
	twoWords  = 'b'
	threeW    = 't'
	gapped    = 'g'
	pattern   = 'p'
	twoFound  = 'q'
	fact      = 'x'
	lexicon   = 'l'
	beginning = '^'
	category  = 'c'
	near      = 'n'
	nearTwo   = 'm'
	roleVote  = 'r'
	syntax    = 'y'
	bagLeft   = '<'
	bagRight  = '>'
)

// kindNames is how an explanation names the kinds.
var kindNames = map[byte]string{
	gapped: "gap: ", pattern: "pattern ", twoFound: "patterns ", fact: "", lexicon: "lexicon ", beginning: "begins with ",
	category: "category ", near: "beside ", nearTwo: "beside ", roleVote: "role pattern: ", syntax: "grammar: ", bagLeft: "before: ", bagRight: "behind: ",
}

// readPost reads the text as a whole.
func (w *work) readPost(k *knowledge, r *reader) {
	r.start()
	v := &w.view
	v.pieces = v.pieces[:0]
	for _, word := range v.words {
		var x model.Word
		x, v.pieces = r.m.Vocabulary.Word(word, v.pieces)
		r.in.Words = append(r.in.Words, x)
	}
	for i, word := range v.words {
		r.feature(i, i, oneWord, word)
		r.rows(v.words, i)
	}
	if len(v.words) > 0 {
		r.feature(0, 0, beginning, v.words[0])
	}
	w.patterns(r)
	r.again(&w.manner)
	for i, x := range w.vendors {
		at := slices.Index(v.id, int32(i))
		r.feature(at, at, category, k.category(x))
	}
}

// patterns adds what the finder of outages found, and which two things together.
func (w *work) patterns(r *reader) {
	for i, f := range w.found.Features {
		first, last := w.wordsOf(f.First, f.Last)
		r.feature(first, last, pattern, f.Name)
		for _, g := range w.found.Features[:i] {
			a, b := g.Name, f.Name
			if a > b {
				a, b = b, a
			}
			r.feature(first, last, twoFound, a, b)
		}
	}
}

// wordsOf gives the words of the view that have the tokens first to last.
func (w *work) wordsOf(first, last int) (int, int) {
	if first < 0 {
		return -1, -1
	}
	a, b := -1, -1
	for i := range w.view.words {
		if a < 0 && int(w.view.last[i]) >= first {
			a = i
		}
		if int(w.view.first[i]) <= last {
			b = i
		}
	}
	if b < a {
		return -1, -1
	}
	return a, b
}

// mood adds what the lexicon says: its score in steps, and its strongest words.
func (w *work) mood(r *reader) {
	r.feature(-1, -1, lexicon, "score", strconv.Itoa(int(w.rated.Score*5+5.5)))
	low, high := 0.0, 0.0
	for _, m := range w.rated.Marks {
		low, high = min(low, m.Rating), max(high, m.Rating)
	}
	r.feature(-1, -1, lexicon, "low", strconv.Itoa(int(low*1.5)))
	r.feature(-1, -1, lexicon, "high", strconv.Itoa(int(high*1.5)))
	switch {
	case low < -1 && high > 1:
		r.feature(-1, -1, lexicon, "mixed")
	case low == 0 && high == 0:
		r.feature(-1, -1, lexicon, "none")
	}
	if n := len(w.rated.Marks); n > 0 {
		last := w.rated.Marks[n-1]
		a, b := w.wordsOf(last.First, last.Last)
		r.feature(a, b, lexicon, "last", strconv.Itoa(int(last.Rating)))
	}
}

// shape adds what the text looks like.
func (w *work) shape(r *reader) {
	say := func(what string) { r.feature(-1, -1, fact, what) }
	say("length " + strconv.Itoa(min(len(w.view.words)/6, 9)))
	say("vendors " + strconv.Itoa(min(len(w.vendors), 4)))
	if w.doc.Shouts() {
		say("shouts")
	}
	if w.doc.IsHeadline() {
		say("headline")
	}
	if len(w.doc.Tags) > 0 {
		say("hashtags " + strconv.Itoa(min(len(w.doc.Tags), 3)))
	}
	stretched, emoji, upper := false, false, false
	for i := range w.doc.Tokens {
		t := &w.doc.Tokens[i]
		stretched = stretched || t.Stretched
		emoji = emoji || t.Kind == text.Emoji
		upper = upper || t.Kind == text.Word && t.End-t.Start > 3 && w.doc.IsUpper(i)
	}
	if stretched {
		say("stretched")
	}
	if emoji {
		say("emoji")
	}
	if upper {
		say("upper")
	}
	if n := len(w.doc.Tokens); n > 0 {
		if t := &w.doc.Tokens[n-1]; t.Kind == text.URL {
			say("ends with link")
		}
	}
}
