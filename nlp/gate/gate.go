// Package gate is the cheap first pass: of a firehose of posts it lets through
// those that name a vendor or complain of trouble in strong words, and stops the
// rest. It never stops a post that the vendor matcher would find something in.
package gate

import (
	"github.com/outcry/outcry/nlp/text"
)

// Reasons why a post is stopped. They label counters and rows.
const (
	EmptyText = "empty_text"
	NoMatch   = "no_match"
)

// Matcher finds vendors.
type Matcher interface {
	// Names reports whether d names any vendor.
	Names(d *text.Doc) bool
}

// Gate decides. It is safe for concurrent use.
type Gate struct{ vendors Matcher }

// New makes a gate for the vendors that m knows.
func New(m Matcher) *Gate { return &Gate{m} }

// Check returns why d is stopped, or "" if it may pass.
func (g *Gate) Check(d *text.Doc) string {
	switch {
	case !hasWord(d):
		return EmptyText
	case g.vendors.Names(d), Trouble(d):
		return ""
	}
	return NoMatch
}

func hasWord(d *text.Doc) bool {
	for i := range d.Tokens {
		if d.Tokens[i].Kind != text.Punct {
			return true
		}
	}
	return false
}

// Trouble reports whether d complains of a failing service in strong words.
func Trouble(d *text.Doc) bool {
	var before uint16
	var sentence int32
	for i := range d.Tokens {
		t := &d.Tokens[i]
		if t.Kind != text.Word && t.Kind != text.Hashtag && t.Kind != text.Number {
			continue
		}
		p := parts[t.Norm]
		if p == (part{}) {
			if key := text.Key(t.Norm); len(key) != len(t.Norm) {
				p = parts[key]
			}
		}
		if p.alone || before&p.second != 0 && sentence == t.Sentence {
			return true
		}
		if p.skip {
			continue // "is still completely down"
		}
		before, sentence = p.first, t.Sentence
	}
	return false
}
