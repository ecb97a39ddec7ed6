package nlp

import (
	"strings"
	"unicode"

	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
)

// language reports whether the words of d can be read as English. The source's
// own word counts most, but many a source says "en" of everything.
func language(d *text.Doc, t *tag.Tag) bool {
	english, other, letters, foreign := 0, 0, 0, 0
	for i := range d.Tokens {
		tok := &d.Tokens[i]
		if tok.Kind != text.Word {
			continue
		}
		switch {
		case englishWords[tok.Norm]:
			english++
		case otherWords[tok.Norm]:
			other++
		}
		for _, r := range tok.Norm {
			letters++
			if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
				foreign++
			}
		}
	}
	lang, _, _ := strings.Cut(t.Lang, "-")
	switch {
	case foreign*2 > letters:
		return false
	case lang != "" && !strings.EqualFold(lang, "en"):
		return english > other+1
	}
	return other < 2 || english >= other
}

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

var (
	englishWords = wordSet(`the is are was were and you my i it's its to of for with this that not can't why what how when anyone
		have has been just still down up on in out they we your me do does did will would get got please all so if or from there
		working work app need any isn't don't won't im i'm be at it no an a`)
	// Accents are gone by the time these are compared.
	otherWords = wordSet(`el la los las que de y en un una por para con esta esto estan pero mi como porque ya muy cuando sin esta
		o os as um uma nao com voce isso ta esse meu mais tambem
		le les des et est une pour pas dans je vous nous sur avec qui ne ca mais au
		der die das und ist nicht ein eine mit fur auf ich wir bei auch noch schon aber wieder
		il che di non per sono una con anche questo
		het een van niet ook maar voor met zijn
		yang tidak dan ini itu bisa ada untuk saya lagi gak
		ve bir bu icin degil neden yok mi ang ng sa na`)
)
