package grammar

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// failing are the words after a name, or after its verb, that say it does not work.
var failing = words(`down offline broken crashed crashing crash dead unavailable unreachable unresponsive lagging
	laggy slow glitching glitchy buffering freezing frozen failing erroring bugged borked outage outages issues
	problems errors error trouble`)

// between are the words that may stand between a name and what it does.
var between = words(`is are was were be been seems appears looks goes went keeps kept has have having experiencing
	again still totally completely all really so just now currently also app website site servers server service
	network platform 's not n't wo ca does do`)

// never are capitalised words that are no services, though taggers think so.
var never = words(`i im i'm it its this that they we you he she anyone anybody everyone everything nothing something someone
	who what why when where how is are the a an my our your their and but or so if yes no not ok okay lol lmao omg wtf
	ugh god please pls help hey hi hello dear rt via again still update breaking news today tonight yesterday tomorrow
	monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
	september october november december christmas eve internet wifi wi-fi web website site server servers app apps
	service services network system systems login email phone pc mac tv stock stocks market dow price prices economy
	everybody half people guys man bro dude mom dad england usa us uk america canada london`)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// maxUnknown is how many names one text gives.
const maxUnknown = 3

// Unknown finds names in the clauses that seem to be services which fail: proper
// nouns that are the subject of a failure, or that prose takes for a name there.
func (m *Model) Unknown(clauses []string) []string {
	var found []string
	for _, c := range clauses {
		if !speaksOfFailure(c) {
			continue // reading is dear, and without a failure it changes nothing
		}
		ws, err := m.Words(c)
		if err != nil {
			continue
		}
		var proposed []string
		for i := 0; i < len(ws); {
			n := 0
			for i+n < len(ws) && capital(ws[i+n]) {
				n++
			}
			if n == 0 {
				i++
				continue
			}
			if fails(ws[i+n:]) {
				if proposed == nil {
					proposed, _ = m.Names(c)
				}
				name := join(ws[i : i+n])
				if takes(name, ws[i:i+n], i > 0, proposed) && !slices.Contains(found, name) {
					found = append(found, name)
				}
			}
			i += n
		}
		if len(found) >= maxUnknown {
			return found[:maxUnknown]
		}
	}
	return found
}

func speaksOfFailure(clause string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(clause), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if failing[w] || w == "working" || w == "load" || w == "loading" {
			return true
		}
	}
	return false
}

// capital says whether the word may be part of a name.
func capital(w Word) bool {
	r, _ := utf8.DecodeRuneInString(w.Text)
	return unicode.IsUpper(r) && !never[strings.ToLower(w.Text)]
}

// fails says whether what follows a name is that it does not work.
func fails(rest []Word) bool {
	no := false
	for i, w := range rest {
		lower := strings.ToLower(w.Text)
		switch {
		case failing[lower]:
			return i > 0 || lower != "error" && lower != "trouble"
		case no && (lower == "working" || lower == "work" || lower == "load" || lower == "loading" || lower == "responding"):
			return true
		case i > 4 || !between[lower]:
			return false
		}
		no = no || lower == "not" || lower == "n't" || lower == "wo" || lower == "ca"
	}
	return false
}

// takes says whether the words make a name: prose tags one as a proper noun or
// proposes it as a name, or it is capitalised within a clause that is not all shouted.
func takes(name string, ws []Word, within bool, proposed []string) bool {
	if utf8.RuneCountInString(name) < 3 || len(ws) > 3 {
		return false
	}
	return slices.ContainsFunc(ws, Word.Proper) || slices.Contains(proposed, name) || within && name != strings.ToUpper(name)
}

func join(ws []Word) string {
	parts := make([]string, len(ws))
	for i, w := range ws {
		parts[i] = w.Text
	}
	return strings.Join(parts, " ")
}
