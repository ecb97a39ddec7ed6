package spam

import (
	"github.com/cespare/xxhash/v2"

	"github.com/outcry/outcry/nlp/text"
)

// Cluster is equal for texts that differ only in case, accents, handles, addresses,
// emoji, punctuation, numbers, stretched letters and small words, such as a post
// and its retweet. It never changes from one version to the next without need:
// it is stored. A text without words has none, 0.
func Cluster(d *text.Doc) uint64 {
	var h xxhash.Digest
	h.Reset()
	words := 0
	for i := range d.Tokens {
		t := &d.Tokens[i]
		// Nothing stands between the words: #NetflixDown is #netflixdown.
		switch {
		case t.Kind == text.Hashtag:
			_, _ = h.WriteString(t.Norm)
		case t.Kind == text.Word && !small[t.Norm]:
			_, _ = h.WriteString(text.Base(t.Norm))
		default:
			continue
		}
		words++
	}
	if words == 0 {
		return 0
	}
	return h.Sum64()
}

// small are words that people leave out and put in without saying anything else.
var small = map[string]bool{
	"a": true, "an": true, "the": true, "is": true, "are": true, "it": true, "its": true, "it's": true, "to": true, "of": true, "and": true,
	"in": true, "on": true, "at": true, "i": true, "my": true, "rt": true, "via": true, "so": true, "just": true, "that": true, "this": true,
	"s": true, "for": true, "with": true, "amp": true,
}
