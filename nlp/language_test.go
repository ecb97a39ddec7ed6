package nlp

import (
	"testing"

	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
)

func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		text, said, want string
		english          bool
	}{
		{"is netflix down for anyone else in the north", "", "en", true},
		{"netflix down", "", "", true},
		{"no me carga la app de netflix y ya es la segunda vez que pasa esto", "", "es", false},
		{"das Internet von der Telekom geht schon wieder nicht", "", "de", false},
		{"o whatsapp nao ta funcionando pra mim e nem pra minha mae", "", "pt", false},
		{"インスタ落ちてる?", "", "ja", false},
		{"не работает телеграм", "", "", false},
		{"is netflix down for anyone else in the north", "en-GB", "en-GB", true},
		{"is netflix down for anyone else", "de", "de", true},
		{"das Internet von der Telekom geht schon wieder nicht", "en", "en", false},
	} {
		out := tag.Tag{Lang: x.said}
		d := text.Parse(x.text)
		if english := language(d, &out); english != x.english || out.Lang != x.want {
			t.Errorf("%q, said to be %q: language %q, english %t; want %q, %t", x.text, x.said, out.Lang, english, x.want, x.english)
		}
	}
}
