package nlp

import (
	"strings"
	"unicode"

	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
)

// language guesses what d is written in where its source does not say, and reports
// whether it can be read as English. The source's own word counts most, but many a
// source says "en" of everything. A guess needs three function words of a language, or
// a script that few others use; else the language stays unknown.
func language(d *text.Doc, t *tag.Tag) (english bool) {
	var counts [len(languages)]int
	scripts := map[string]int{}
	letters := 0
	for i := range d.Tokens {
		tok := &d.Tokens[i]
		if tok.Kind != text.Word {
			continue
		}
		for l := range languages {
			if languages[l].words[tok.Norm] {
				counts[l]++
			}
		}
		for _, r := range tok.Norm {
			letters++
			if r > unicode.MaxLatin1 && !unicode.Is(unicode.Latin, r) {
				scripts[script(r)]++
			}
		}
	}
	best := 1
	for l := 2; l < len(languages); l++ {
		if counts[l] > counts[best] {
			best = l
		}
	}
	foreign := 0
	for s, n := range scripts {
		foreign += n
		if t.Lang == "" && n*2 > letters {
			t.Lang = s
		}
	}
	said, _, _ := strings.Cut(t.Lang, "-")
	switch {
	case foreign*2 > letters:
		return false
	case said != "" && !strings.EqualFold(said, "en"):
		return counts[0] > counts[best]+1
	}
	english = counts[best] < 2 || counts[0] >= counts[best]
	switch {
	case said != "":
	case counts[best] >= sureWords && !english:
		t.Lang = languages[best].code
	case counts[0] >= sureWords && english:
		t.Lang = "en"
	}
	return english
}

// sureWords is how many function words make a language certain enough to say.
const sureWords = 3

// script is the language that is mostly written in the script of r; empty where many are.
func script(r rune) string {
	for _, s := range []struct {
		table *unicode.RangeTable
		code  string
	}{
		{unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Hangul, "ko"}, {unicode.Thai, "th"},
		{unicode.Greek, "el"}, {unicode.Hebrew, "he"}, {unicode.Devanagari, "hi"}, {unicode.Bengali, "bn"}, {unicode.Tamil, "ta"},
	} {
		if unicode.Is(s.table, r) {
			return s.code
		}
	}
	return ""
}

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// languages are those that are told apart by function words; English is the first.
// Accents are gone by the time words are compared.
var languages = [...]struct {
	code  string
	words map[string]bool
}{
	{"en", wordSet(`the is are was were and you my i it's its to of for with this that not can't why what how when anyone
		have has been just still down up on in out they we your me do does did will would get got please all so if or from there
		working work app need any isn't don't won't im i'm be at it no an a`)},
	{"es", wordSet(`el la los las que de y en un una por para con esta esto estan pero mi como porque ya muy cuando sin se no lo del al`)},
	{"pt", wordSet(`o os as um uma nao com voce isso ta esse meu mais tambem que de e em por para esta mas minha foi do da no na`)},
	{"fr", wordSet(`le la les des et est une pour pas dans je vous nous sur avec qui ne ca mais au du un que j'ai c'est de`)},
	{"de", wordSet(`der die das und ist nicht ein eine mit fur auf ich wir bei auch noch schon aber wieder es im den dem von zu`)},
	{"it", wordSet(`il che di non per sono una con anche questo la e un mi piu ma come del della ho le`)},
	{"nl", wordSet(`het een van niet ook maar voor met zijn de en ik is dat op er nog wel bij`)},
	{"id", wordSet(`yang tidak dan ini itu bisa ada untuk saya lagi gak dari di ke aku sudah kok`)},
	{"tr", wordSet(`ve bir bu icin degil neden yok da de mi ne cok var gibi ben`)},
	{"tl", wordSet(`mi ang ng sa na ako ko po naman lang hindi ba yung mga`)},
}
