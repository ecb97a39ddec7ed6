package corpus

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Variant is a text made of one of our posts by leaving out, replacing or joining words.
// Nobody labelled it: the teacher says what it would be. A network that has only ever
// seen whole posts leans on chance words of them; variants show it which words matter.
type Variant struct {
	Text string
	// Of is the post it is made of, and With the one that lent words; both are
	// indexes.
	Of, With int
}

// VariantSet is the Set of a Text that is a variant.
const VariantSet = "variants"

// variantsEach is how many variants a post has.
const variantsEach = 8

// Variants makes those of all posts. The same posts have the same, and one post more
// changes few of them: who lends words is the next by a hash.
func Variants(posts []Post) []Variant {
	var all []Variant
	seen := map[string]bool{}
	ring := make([]lender, len(posts))
	for i := range posts {
		seen[posts[i].Text] = true
		ring[i] = lender{Key(posts[i].Text), i}
	}
	slices.SortFunc(ring, func(a, b lender) int { return cmp.Compare(a.key, b.key) })
	for i := range posts {
		for k := range variantsEach {
			rng := rand.New(rand.NewPCG(Key(posts[i].Text), Key(strconv.Itoa(k))))
			next, _ := slices.BinarySearchFunc(ring, rng.Uint64(), func(a lender, key uint64) int { return cmp.Compare(a.key, key) })
			with := ring[next%len(ring)].at
			text := vary(rng, k%4, strings.Fields(posts[i].Text), strings.Fields(posts[with].Text))
			if text != "" && !seen[text] {
				seen[text] = true
				all = append(all, Variant{Text: text, Of: i, With: with})
			}
		}
	}
	return all
}

// lender is a post by the hash of its text.
type lender struct {
	key uint64
	at  int
}

func vary(rng *rand.Rand, how int, words, lent []string) string {
	if len(words) < 4 || len(lent) < 4 {
		return ""
	}
	var out []string
	switch how {
	case 0: // without some words
		for _, w := range words {
			if rng.Float64() >= 0.15 {
				out = append(out, w)
			}
		}
	case 1: // some words replaced
		n := 1 + rng.IntN(min(4, len(words)/2))
		at, from := rng.IntN(len(words)-n+1), rng.IntN(max(1, len(lent)-n))
		out = append(out, words[:at]...)
		out = append(out, lent[from:min(from+n, len(lent))]...)
		out = append(out, words[at+n:]...)
	case 2: // a piece
		n := max(3, len(words)*(50+rng.IntN(35))/100)
		at := rng.IntN(len(words) - n + 1)
		out = words[at : at+n]
	default: // two pieces
		a, b := words[:max(2, len(words)*2/3)], lent[len(lent)/2:]
		if rng.IntN(2) == 0 {
			a, b = lent[:max(2, len(lent)/2)], words[len(words)/3:]
		}
		out = append(append(out, a...), b...)
	}
	if len(out) < 2 {
		return ""
	}
	text := strings.Join(out, " ")
	if rng.IntN(8) == 0 {
		text = strings.ToLower(text)
	}
	return text
}
