package model

import (
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Vocabulary gives words their rows. Words that it does not know are read by their
// pieces: runs of three to five characters, which share the rows behind its own.
type Vocabulary struct {
	words []string // in the order of their rows
	rows  map[string]int32
	grams int
}

// NewVocabulary makes a vocabulary of the words given, with grams rows for pieces.
func NewVocabulary(words []string, grams int) *Vocabulary {
	v := &Vocabulary{words: words, rows: make(map[string]int32, len(words)), grams: grams}
	for i, w := range words {
		v.rows[w] = int32(i)
	}
	return v
}

// Frequent gives the words that occur at least least times, at most most of them,
// the most frequent first; of equally frequent ones, in order of the alphabet.
func Frequent(counts map[string]int, least, most int) []string {
	var words []string
	for w, n := range counts {
		if n >= least {
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	return words[:min(len(words), most)]
}

// rowCount is how many rows of vectors there are.
func (v *Vocabulary) rowCount() int { return len(v.words) + v.grams }

// Word reads a word. Pieces are appended to room, whose memory the word then shares.
func (v *Vocabulary) Word(word string, room []int32) (Word, []int32) {
	if r, ok := v.rows[word]; ok {
		return Word{Row: r}, room
	}
	from := len(room)
	room = v.Pieces(word, room)
	return Word{Row: -1, Pieces: room[from:len(room):len(room)]}, room
}

// maxPieces bounds the work that a word of endless length makes.
const maxPieces = 48

// Pieces appends the rows of a word's pieces.
func (v *Vocabulary) Pieces(word string, room []int32) []int32 {
	var buf [64]byte
	framed := append(append(append(buf[:0], '<'), word[:min(len(word), 40)]...), '>')
	from := len(room)
	for n := 3; n <= 5; n++ {
		for i := 0; i+n <= len(framed) && len(room)-from < maxPieces; i++ {
			room = append(room, int32(len(v.words)+int(xxhash.Sum64(framed[i:i+n])%uint64(v.grams))))
		}
	}
	if len(room) == from { // shorter than any piece
		room = append(room, int32(len(v.words)+int(xxhash.Sum64(framed)%uint64(v.grams))))
	}
	return room
}

// Hash turns the parts of a feature's name into a bucket.
func Hash(buckets int, kind byte, parts ...string) uint32 {
	var buf [128]byte
	b := append(buf[:0], kind)
	for _, p := range parts {
		b = append(append(b, p...), 0)
	}
	return uint32(xxhash.Sum64(b) % uint64(buckets))
}
