package scenario

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// voice is how one person types. It stays the same from post to post.
type voice struct {
	lower       bool // never uses the shift key
	apostrophes bool // writes them
	short       bool // u, ur, bc
	loud        bool // likes several !!
	clumsy      bool
}

func newVoice(r *rand.Rand) voice {
	return voice{
		lower:       r.Float64() < 0.38,
		apostrophes: r.Float64() < 0.72,
		short:       r.Float64() < 0.16,
		loud:        r.Float64() < 0.14,
		clumsy:      r.Float64() < 0.12,
	}
}

var shorter = map[string]string{
	"you": "u", "your": "ur", "you're": "ur", "are": "r", "because": "bc", "please": "plz",
	"people": "ppl", "with": "w/", "right now": "rn", "to be": "2 b", "tonight": "2nite", "thanks": "thx",
}

// speak writes text the way this person types. keep holds words that are never misspelt.
func (v voice) speak(r *rand.Rand, text string, keep map[string]bool) string {
	words := strings.Split(text, " ")
	slip := -1
	if v.clumsy && r.Float64() < 0.5 {
		slip = r.IntN(len(words))
	}
	for i, w := range words {
		if isAddress(w) {
			continue
		}
		if v.lower && !isShouted(w) {
			w = strings.ToLower(w)
		}
		if !v.apostrophes {
			w = strings.NewReplacer("n't", "nt", "'s", "s", "I'm", "Im", "i'm", "im", "I've", "Ive", "i've", "ive", "'ll", "ll").Replace(w)
		}
		if v.short && r.Float64() < 0.7 {
			w = shorten(w)
		}
		if i >= slip && slip >= 0 && !keep[strings.ToLower(w)] {
			if t := typo(r, w); t != w {
				w, slip = t, -1
			}
		}
		words[i] = w
	}
	text = strings.Join(words, " ")
	if v.loud {
		text = louder(r, text)
	}
	return text
}

func shorten(w string) string {
	end := strings.TrimRightFunc(w, unicode.IsPunct)
	if s, ok := shorter[strings.ToLower(end)]; ok {
		return s + w[len(end):]
	}
	return w
}

// louder repeats a closing mark.
func louder(r *rand.Rand, text string) string {
	for _, mark := range []string{"!", "?"} {
		if strings.HasSuffix(text, mark) && !strings.HasSuffix(text, mark+mark) {
			return text + strings.Repeat(mark, 1+r.IntN(3))
		}
	}
	return text
}

// typo swaps two neighbouring letters of a plain word of five letters or more.
func typo(r *rand.Rand, w string) string {
	if len(w) < 5 {
		return w
	}
	for _, c := range []byte(w) {
		if c < 'a' || c > 'z' {
			return w
		}
	}
	i := 1 + r.IntN(len(w)-2)
	b := []byte(w)
	b[i], b[i+1] = b[i+1], b[i]
	return string(b)
}

// isShouted says whether a word is in capitals for emphasis.
func isShouted(w string) bool {
	w = strings.TrimFunc(w, unicode.IsPunct)
	if len(w) < 3 || w != strings.ToUpper(w) || strings.ContainsAny(w, "0123456789") {
		return false
	}
	return !slices.Contains(initials, w)
}

// initials are written in capitals without shouting.
var initials = []string{"AWS", "ELB", "ELBs", "PSN", "ETA", "API", "NYC", "DVD", "HDMI", "FYI", "PSA", "USPS", "UPS"}

// formal is the same person where one writes in sentences.
func (v voice) formal() voice {
	return voice{apostrophes: true, loud: v.loud, clumsy: v.clumsy}
}

// isAddress says whether a word must stay as it is for machines to follow it.
func isAddress(w string) bool { return strings.Contains(w, "://") || strings.HasPrefix(w, "@") }
