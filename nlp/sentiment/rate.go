package sentiment

import (
	"math"

	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
)

// Mark is what some tokens weigh.
type Mark struct {
	First, Last int
	Rating      float64
}

// Rating is the sentiment of one text.
type Rating struct {
	// Score runs from -1 to 1.
	Score float64
	// Marks are the words that weigh something, in order.
	Marks []Mark
	// Clauses is the score of each clause that says something.
	Clauses map[int32]float64
}

// Label gives the class of a score.
func Label(score float64) tag.Sentiment {
	switch {
	case score <= -0.2:
		return tag.Negative
	case score >= 0.3:
		return tag.Positive
	}
	return tag.Neutral
}

// Options say what is known about a text.
type Options struct {
	// EmojiOnly: the words are of another language and weigh nothing.
	EmojiOnly bool
	// Failing: the text says that something fails just now, so that praise at the
	// head of a sentence is sarcasm.
	Failing bool
}

// Rate rates the text that r reads. Ranges, which are names, weigh nothing.
func (l *Rater) Rate(r *text.Reading, o Options) Rating {
	w := weigher{l: l, d: r.Doc, o: o, taken: make([]bool, len(r.Doc.Tokens))}
	w.shouts = r.Doc.Shouts()
	if !o.EmojiOnly {
		for _, u := range r.Units {
			if u.ID >= 0 {
				w.take(u.First, u.Last)
			}
		}
		w.byPhrase(r)
		w.byWord()
	}
	w.byEmoji()
	return w.sum()
}

// weigher works on one text.
type weigher struct {
	l      *Rater
	d      *text.Doc
	o      Options
	taken  []bool // tokens that count through a phrase or a name
	marks  []Mark
	shouts bool
}

func (w *weigher) take(first, last int) {
	for i := first; i <= last; i++ {
		w.taken[i] = true
	}
}

func (w *weigher) byPhrase(r *text.Reading) {
	var room [24]text.Match
	for _, m := range w.l.phrases.Find(r, room[:0]) {
		free := true
		for i := m.First; i <= m.Last; i++ {
			if w.taken[i] && !named(r, i) {
				free = false
			}
		}
		if !free {
			continue
		}
		w.take(m.First, m.Last)
		if v := w.l.ratings[m.Section]; v != 0 {
			w.marks = append(w.marks, Mark{m.First, m.Last, v})
		}
	}
}

// named reports whether the token belongs to a name.
func named(r *text.Reading, token int) bool {
	for _, u := range r.Units {
		if u.ID >= 0 && u.First <= token && token <= u.Last {
			return true
		}
	}
	return false
}

func (w *weigher) byWord() {
	for i := range w.d.Tokens {
		t := &w.d.Tokens[i]
		if w.taken[i] || t.Kind != text.Word && t.Kind != text.Hashtag {
			continue
		}
		v := w.l.word(t.Norm)
		if v == 0 {
			continue
		}
		if t.Stretched {
			v *= 1.15
		}
		if !w.shouts && w.d.IsUpper(i) && len(t.Norm) > 2 {
			v *= 1.25
		}
		if v = w.modified(i, v); v > 0 && w.o.Failing && sarcastic[t.Norm] && w.heads(i) {
			v = -1.5
		}
		w.marks = append(w.marks, Mark{i, i, v})
	}
}

func (l *Rater) word(norm string) float64 {
	if v, ok := l.words[norm]; ok {
		return v
	}
	if len(norm) > 4 && norm[:4] == "haha" {
		return l.words["haha"]
	}
	if key := text.Base(norm); len(key) != len(norm) {
		return l.words[key]
	}
	return 0
}

// modified takes the three words before into account.
func (w *weigher) modified(i int, v float64) float64 {
	scale := 1.0
	for k := 1; k <= 3 && i-k >= 0; k++ {
		t := &w.d.Tokens[i-k]
		if t.Sentence != w.d.Tokens[i].Sentence || t.Kind == text.Punct && k == 1 {
			break
		}
		key := text.Key(t.Norm)
		if b, ok := boosters[key]; ok {
			v *= 1 + b/float64(k)
		}
		if negators[key] {
			scale = -0.6
		}
	}
	return v * scale
}

func (w *weigher) byEmoji() {
	run := ""
	for i := range w.d.Tokens {
		t := &w.d.Tokens[i]
		if t.Kind != text.Emoji {
			run = ""
			continue
		}
		v := w.l.pictograph(t.Norm)
		if v == 0 || t.Norm == run { // one emoji ten times over is not ten times as angry
			continue
		}
		run = t.Norm
		w.marks = append(w.marks, Mark{i, i, v})
	}
}

// pictograph rates an emoji; of a joined one, such as a woman shrugging, the first part.
func (l *Rater) pictograph(norm string) float64 {
	if v, ok := l.emoji[norm]; ok {
		return v
	}
	for _, r := range norm {
		return l.emoji[string(r)]
	}
	return 0
}

// sum makes scores of the marks.
func (w *weigher) sum() Rating {
	r := Rating{Marks: w.marks}
	if len(w.marks) == 0 {
		return r
	}
	turn := w.turn()
	total := 0.0
	r.Clauses = make(map[int32]float64, 4)
	for _, m := range w.marks {
		v := m.Rating
		c := w.d.Tokens[m.First].Clause
		if turn >= 0 {
			if c < turn {
				v *= 0.6
			} else {
				v *= 1.2
			}
		}
		total += v
		r.Clauses[c] += v
	}
	r.Score = squash(total * w.emphasis())
	for c, v := range r.Clauses {
		r.Clauses[c] = squash(v)
	}
	return r
}

// turn is the clause that begins with "but", or -1.
func (w *weigher) turn() int32 {
	for i := range w.d.Tokens {
		switch w.d.Tokens[i].Norm {
		case "but", "however":
			return w.d.Tokens[i].Clause
		}
	}
	return -1
}

// emphasis is above 1 where the author shouts.
func (w *weigher) emphasis() float64 {
	marks := 0
	for i := range w.d.Tokens {
		if t := &w.d.Tokens[i]; t.Kind == text.Punct {
			for k := range len(t.Norm) {
				if t.Norm[k] == '!' {
					marks++
				}
			}
		}
	}
	e := 1 + 0.08*float64(min(marks, 4))
	if w.shouts {
		e += 0.15
	}
	return e
}

// squash maps a sum of ratings to -1 … 1, as VADER does.
func squash(x float64) float64 { return x / math.Sqrt(x*x+15) }

// heads reports whether the word stands at the head of its sentence or alone.
func (w *weigher) heads(i int) bool {
	for k := i - 1; k >= 0 && k >= i-2; k-- {
		t := &w.d.Tokens[k]
		if t.Sentence != w.d.Tokens[i].Sentence {
			return true
		}
		switch t.Norm {
		case "oh", "well", "just", "wow", "how", "so", ",", "ah", "isn't", "what", "a", "that's", "absolutely":
		default:
			return t.Kind == text.Mention
		}
	}
	return i <= 2
}

var sarcastic = map[string]bool{
	"great": true, "awesome": true, "nice": true, "perfect": true, "wonderful": true, "lovely": true, "fantastic": true, "brilliant": true,
	"cool": true, "sweet": true, "congrats": true, "congratulations": true, "bravo": true, "yay": true, "fabulous": true, "excellent": true,
	"super": true, "splendid": true, "marvelous": true, "delightful": true, "love": true, "loving": true, "amazing": true, "kudos": true, "thanks": true,
	"good": true, "fun": true, "wow": true,
}

var boosters = map[string]float64{
	"very": 0.3, "really": 0.3, "so": 0.25, "extremely": 0.35, "absolutely": 0.3, "totally": 0.3, "completely": 0.3, "fucking": 0.3,
	"freaking": 0.3, "super": 0.25, "utterly": 0.3, "incredibly": 0.3, "seriously": 0.2, "such": 0.2, "too": 0.15, "insanely": 0.3,
	"especially": 0.2, "beyond": 0.3, "kinda": -0.25, "kind": -0.1, "slightly": -0.3, "somewhat": -0.3, "little": -0.25, "bit": -0.25,
	"barely": -0.3, "almost": -0.2, "sorta": -0.25, "partly": -0.25,
}

var negators = map[string]bool{
	"not": true, "no": true, "never": true, "isnt": true, "arent": true, "wasnt": true, "werent": true, "dont": true, "doesnt": true,
	"didnt": true, "cant": true, "cannot": true, "wont": true, "aint": true, "without": true, "nothing": true, "nobody": true, "none": true,
	"hardly": true, "couldnt": true, "wouldnt": true, "shouldnt": true, "neither": true, "nor": true, "hasnt": true, "havent": true, "less": true,
}
