// Package text turns a post into tokens: folded words with their places in the
// original, hashtags taken apart, clauses and sentences counted. On top of that
// it matches patterns of words, in which the later stages write down what they know.
//
// It is pure and knows no vendor and no label. Everything that it says about a
// place is in bytes of the original text, on the edges of runes, so that a page
// can underline the very words the author wrote.
package text

// Kind is what a token is.
type Kind uint8

const (
	// Word has at least one letter.
	Word Kind = iota
	// Number begins with a digit and has no letter at its end: 503, 3.5, 10:30.
	Number
	// Mention is an @handle; Norm is without the @.
	Mention
	// Hashtag is a hashtag or one part of a #CamelCase one; Norm is without the #.
	Hashtag
	// URL is a web address, with or without its scheme.
	URL
	// Emoji is a pictograph or an emoticon such as :( .
	Emoji
	// Punct is everything else: marks, symbols, single characters of no script.
	Punct
)

// Token is one piece of a text.
type Token struct {
	// Norm is the folded form: lower case, no accents, straight quotes, stretched
	// letters shortened ("dowwwn" is "down").
	Norm string
	// Start and End are bytes of Doc.Raw.
	Start, End int32
	// Clause and Sentence count from 0 and never fall.
	Clause, Sentence int32
	Kind             Kind
	// Stretched words had a letter three times or more: "sooo".
	Stretched bool
}

// Tag is a whole hashtag: the tokens First to Last are its parts.
type Tag struct {
	Norm        string
	Start, End  int32
	First, Last int32
}

// Doc is a text with its tokens. The zero value is empty and ready for Parse.
// A Doc is not safe for concurrent use while it is parsed.
type Doc struct {
	// Raw is the text that Parse was given.
	Raw string
	// Norm is the folded text.
	Norm string
	// Tokens in order of Start; none overlaps another.
	Tokens []Token
	// Tags are the hashtags, whole.
	Tags []Tag

	buf     []byte
	from    []int32 // from[i] is where in Raw the byte i of Norm comes from; nil: the same place
	to      []int32 // to[i] is the end in Raw of what byte i of Norm comes from
	splitIt splitter
}

// Parse makes a document of raw.
func Parse(raw string) *Doc {
	d := new(Doc)
	d.Parse(raw)
	return d
}

// Parse fills d anew from raw and keeps the memory of the last text. Strings that
// earlier tokens held stay valid.
func (d *Doc) Parse(raw string) {
	d.Raw = raw
	d.Tokens, d.Tags = d.Tokens[:0], d.Tags[:0]
	d.fold()
	d.tokenize()
	d.divide()
}

// start and end give the place in Raw of bytes of Norm.
func (d *Doc) start(i int) int32 {
	if d.from == nil {
		return int32(i)
	}
	return d.from[i]
}

func (d *Doc) end(i int) int32 {
	if d.from == nil {
		return int32(i)
	}
	return d.to[i-1]
}

// Source is the token as the author wrote it.
func (d *Doc) Source(i int) string { t := &d.Tokens[i]; return d.Raw[t.Start:t.End] }

// IsTitle reports whether the token begins with a capital letter.
func (d *Doc) IsTitle(i int) bool {
	for _, r := range d.Source(i) {
		if r == '#' || r == '@' {
			continue
		}
		return isUpper(r)
	}
	return false
}

// IsUpper reports whether the token has two letters or more and all are capitals.
func (d *Doc) IsUpper(i int) bool { return shouted(d.Source(i)) }

// Shouts reports whether nearly all words of the text are in capitals, so that
// capitals say nothing about one word.
func (d *Doc) Shouts() bool {
	upper, words := 0, 0
	for i := range d.Tokens {
		if d.Tokens[i].Kind != Word || d.Tokens[i].End-d.Tokens[i].Start < 2 {
			continue
		}
		words++
		if d.IsUpper(i) {
			upper++
		}
	}
	return words >= 3 && upper*4 >= words*3
}

// IsHeadline reports whether nearly all longer words of the text begin with a capital.
func (d *Doc) IsHeadline() bool {
	title, words := 0, 0
	for i := range d.Tokens {
		if d.Tokens[i].Kind != Word || d.Tokens[i].End-d.Tokens[i].Start < 4 {
			continue
		}
		words++
		if d.IsTitle(i) {
			title++
		}
	}
	return words >= 4 && title*5 >= words*4
}

// Base is norm without a possessive ending: amazon's, users'.
func Base(norm string) string {
	switch n := len(norm); {
	case n > 2 && norm[n-2:] == "'s":
		return norm[:n-2]
	case n > 2 && norm[n-2:] == "s'":
		return norm[:n-1]
	}
	return norm
}
