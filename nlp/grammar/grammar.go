// Package grammar reads English clauses with prose: words, parts of speech and
// names. It has two uses, both in the few posts where they can change the answer: who
// does what to whom where several vendors are named, and services that fail and are
// not in the catalogue where none is.
//
// prose is kept behind this package, within what it bears: one model for all
// calls, a clause at a time (equal words of one text share a tag), valid text
// without mentions, links and emoji, and a net under every call, for it panics on
// some bytes.
package grammar

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/jdkato/prose/v2"
	"golang.org/x/text/unicode/norm"
)

// Model is prose's model of English. It is read only and safe for concurrent use.
type Model struct{ m *prose.Model }

// Load gives the model that prose carries. Reading it takes about a quarter of a second
// and 100 MB while it does, so it is done once.
func Load() (*Model, error) { return once() }

var once = sync.OnceValues(read)

func read() (_ *Model, err error) {
	defer recovered(&err)
	d, err := prose.NewDocument("outcry")
	if err != nil {
		return nil, fmt.Errorf("loading the model of English: %w", err)
	}
	return &Model{d.Model}, nil
}

// errPanic says that prose panicked.
var errPanic = errors.New("prose panicked")

func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", errPanic, r)
	}
}

// Word is a word with its part of speech, as the Penn Treebank names them: NNP is a
// proper noun, VBZ a verb in the third person.
type Word struct{ Text, Tag string }

// Proper says whether the word is a proper noun.
func (w Word) Proper() bool { return w.Tag == "NNP" || w.Tag == "NNPS" }

// maxClause is how many bytes of a clause are read. A name stands before that.
const maxClause = 400

// Words gives the words of a clause. An error leaves the clause unread.
func (m *Model) Words(clause string) (words []Word, err error) {
	defer recovered(&err)
	d, err := prose.NewDocument(plain(clause), prose.UsingModel(m.m), prose.WithSegmentation(false), prose.WithExtraction(false))
	if err != nil {
		return nil, fmt.Errorf("reading a clause: %w", err)
	}
	for _, t := range d.Tokens() {
		if utf8.ValidString(t.Text) { // prose cuts some words by bytes
			words = append(words, Word{t.Text, t.Tag})
		}
	}
	return words, nil
}

// Names gives what prose takes for names of people, places and organisations. It
// errs often on social text: take it as a proposal.
func (m *Model) Names(clause string) (names []string, err error) {
	defer recovered(&err)
	d, err := prose.NewDocument(plain(clause), prose.UsingModel(m.m), prose.WithSegmentation(false))
	if err != nil {
		return nil, fmt.Errorf("reading a clause: %w", err)
	}
	for _, e := range d.Entities() {
		if utf8.ValidString(e.Text) {
			names = append(names, e.Text)
		}
	}
	return names, nil
}

// plain gives a clause in a form that prose bears: composed characters, no symbols,
// and none of the letters whose lower case has another length.
func plain(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, " "))
	if len(s) > maxClause {
		s = strings.ToValidUTF8(s[:maxClause], "")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.So, r), unicode.Is(unicode.Sk, r), unicode.Is(unicode.Cf, r):
			return ' '
		case utf8.RuneLen(unicode.ToLower(r)) != utf8.RuneLen(r):
			return ' '
		}
		return r
	}, s)
}
