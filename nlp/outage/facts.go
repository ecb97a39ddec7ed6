package outage

import (
	"github.com/outcry/outcry/nlp/text"
)

// NoTrouble is the feature of a text in which nothing speaks of a failure.
const NoTrouble = "no-trouble"

// facts adds the features of the text as a whole.
func (e *extractor) facts() {
	d := e.r.Doc
	whole := func(name string) { e.features = append(e.features, Feature{name, -1, -1}) }
	if e.Tagged {
		whole("trouble-tag")
	}
	if e.Supply {
		whole("supply")
	}
	any := e.trouble > 0 || e.known || e.Tagged
	switch {
	case !any:
		whole(NoTrouble)
	case !e.vendors:
		whole("no-vendor")
	case len(e.failing) > 0 || e.together():
		whole("vendor-fails")
	}
	if any && e.several() {
		whole("vendors-many")
	}
	if e.trouble >= 2 {
		whole("much-trouble")
	}
	var seen seen
	for i := range d.Tokens {
		seen.look(&d.Tokens[i])
	}
	if any && seen.asks {
		whole("asks")
	}
	if any && seen.now {
		whole("now")
	}
	if seen.self {
		whole("first-person")
	}
	if seen.link {
		whole("link")
	}
	if seen.laughs {
		whole("laughs")
	}
	if seen.swears {
		whole("swears")
	}
	if d.IsHeadline() && !seen.self {
		whole("headline")
	}
	if len(d.Tokens) > 70 {
		whole("long-text")
	}
}

// several reports whether two vendors are named.
func (e *extractor) several() bool {
	for _, u := range e.r.Units {
		if u.ID > 0 {
			return true
		}
	}
	return false
}

// together reports whether a vendor and a piece of trouble stand in one sentence.
func (e *extractor) together() bool {
	for _, f := range e.features {
		if f.First >= 0 && (kinds[f.Name] == trouble || kinds[f.Name] == weak) && e.vendorIn(e.sentence(f.First)) {
			return true
		}
	}
	return false
}

type seen struct{ asks, now, self, link, laughs, swears bool }

func (s *seen) look(t *text.Token) {
	switch t.Kind {
	case text.URL:
		s.link = true
	case text.Punct:
		s.asks = s.asks || containsByte(t.Norm, '?')
	case text.Emoji:
		switch t.Norm {
		case "😂", "🤣", "💀", "😹", "😆", "😭":
			s.laughs = s.laughs || t.Norm != "😭"
		}
	case text.Word:
		switch text.Key(t.Norm) {
		case "i", "my", "me", "we", "our", "us", "i'm", "im", "ive", "i'll", "i'd", "mine", "myself", "id":
			s.self = true
		case "still", "rn", "currently", "now", "atm", "today", "tonight", "again", "yet":
			s.now = true
		case "fuck", "fucking", "fuckin", "shit", "shitty", "wtf", "ffs", "ugh", "damn", "dammit", "bullshit", "bs", "crap", "goddamn",
			"argh", "hell", "tf", "fucked", "smh", "bloody", "bitch", "ass", "sucks", "piss", "pissed":
			s.swears = true
		}
	}
}

func containsByte(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}
