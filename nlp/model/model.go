// Package model is the small network behind the labels: it reads a text as rows of
// a vocabulary and as hashed features, and gives probabilities for several heads at
// once. It owns the network, its training, its file and the share that each word
// has in a decision; what a text's words and features are, the stages say.
//
// The network is wide and deep. Wide: each feature adds its own weight to each
// label. Deep: filters slide over windows of word vectors, each keeps its strongest
// answer, and those answers add to the labels. There is no layer behind that, so
// every logit is a sum of parts that belong to words of the text: Explain is exact.
package model

import (
	"fmt"
	"math"
	"sync/atomic"
)

// Head is one question the network answers: the probabilities of its labels sum to 1.
type Head struct {
	Name   string   `json:"name"`
	Labels []string `json:"labels"`
	// Temperature divides the logits before they become probabilities. It is fitted on
	// posts that the network was not trained with, so that 0.8 means 8 in 10.
	Temperature float32 `json:"temperature"`
}

// Shape is the size of a network.
type Shape struct {
	// Dim is the length of a word vector, Width the number of words a filter sees at a
	// time, which is odd, and Filters the number of filters.
	Dim     int `json:"dim"`
	Width   int `json:"width"`
	Filters int `json:"filters"`
	// Buckets is how many hashed features have a weight of their own.
	Buckets int `json:"buckets"`
	// Grams is how many vectors the pieces of unknown words share.
	Grams int `json:"grams"`
	// Places is how many kinds of place a word can have, such as distances to a name.
	Places int    `json:"places"`
	Heads  []Head `json:"heads"`
}

// outs is the number of labels of all heads.
func (s *Shape) outs() int {
	n := 0
	for _, h := range s.Heads {
		n += len(h.Labels)
	}
	return n
}

// check finds shapes that no network can have.
func (s *Shape) check() error {
	switch {
	case s.Dim < 1 || s.Dim > 1024, s.Width < 1 || s.Width > 15 || s.Width%2 == 0, s.Filters < 1 || s.Filters > 4096:
		return fmt.Errorf("dim %d, width %d, filters %d are out of range", s.Dim, s.Width, s.Filters)
	case s.Buckets < 1 || s.Buckets > 1<<22, s.Grams < 1 || s.Grams > 1<<20, s.Places < 0 || s.Places > 256:
		return fmt.Errorf("buckets %d, grams %d, places %d are out of range", s.Buckets, s.Grams, s.Places)
	case len(s.Heads) == 0 || s.outs() > 256:
		return fmt.Errorf("%d heads with %d labels are out of range", len(s.Heads), s.outs())
	}
	return nil
}

// weights are the numbers of a network, row by row.
type weights struct {
	words   []float32 // rows × Dim: the vocabulary, then the grams
	filters []float32 // Width × Filters × Dim
	places  []float32 // Places × Filters
	bias    []float32 // Filters
	pooled  []float32 // Filters × outs
	sparse  []float32 // Buckets × outs
	base    []float32 // outs
}

func newWeights(s *Shape, rows int) weights {
	n := s.outs()
	return weights{
		words: make([]float32, rows*s.Dim), filters: make([]float32, s.Width*s.Filters*s.Dim),
		places: make([]float32, s.Places*s.Filters), bias: make([]float32, s.Filters),
		pooled: make([]float32, s.Filters*n), sparse: make([]float32, s.Buckets*n), base: make([]float32, n),
	}
}

// Model is a trained network. It is read only and safe for concurrent use.
type Model struct {
	Shape
	Vocabulary *Vocabulary
	w          weights
	// answers[r] is what the filters say to row r at each place of their window. It is
	// worked out when the word is first met, since most words of the vocabulary never are.
	answers []atomic.Pointer[[]float32]
}

// Feature is a hashed property of a text, or of the words First to Last of it.
type Feature struct {
	Bucket      uint32
	First, Last int32
}

// Input is a text as the network reads it.
type Input struct {
	// Words are the words in order.
	Words []Word
	// Features are hashed: Bucket is below Shape.Buckets.
	Features []Feature
}

// Word is one word: a row of the vocabulary, or pieces where it has none.
type Word struct {
	Row int32
	// Pieces are rows of grams; they are used where Row is below 0.
	Pieces []int32
	Place  uint8
}

// Output is what a network says of one text. Its memory is used again by the next Run.
type Output struct {
	// Logits of all labels, heads one after the other.
	Logits []float32

	pooled []float32
	best   []int32 // the word at which each filter was strongest, or -1
	rows   [][]float32
	spare  [][]float32
	room   []float32
}

// Run reads a text.
func (m *Model) Run(in *Input, out *Output) {
	n := m.outs()
	out.Logits = append(out.Logits[:0], m.w.base...)
	for _, f := range in.Features {
		add(out.Logits, m.w.sparse[int(f.Bucket)*n:int(f.Bucket)*n+n])
	}
	out.rows = out.rows[:0]
	spare := 0
	for i := range in.Words {
		w := &in.Words[i]
		if w.Row >= 0 {
			out.rows = append(out.rows, m.answer(w.Row))
			continue
		}
		if spare == len(out.spare) {
			out.spare = append(out.spare, make([]float32, m.Width*m.Filters))
		}
		m.pieces(w.Pieces, out.spare[spare])
		out.rows = append(out.rows, out.spare[spare])
		spare++
	}
	m.pool(in, out)
	for j, v := range out.pooled {
		if v == 0 {
			continue
		}
		addScaled(out.Logits, m.w.pooled[j*n:j*n+n], v)
	}
}

// answer is what the filters say to a row.
func (m *Model) answer(row int32) []float32 {
	if p := m.answers[row].Load(); p != nil {
		return *p
	}
	a := make([]float32, m.Width*m.Filters)
	respond(a, m.w.filters, m.w.words[int(row)*m.Dim:(int(row)+1)*m.Dim])
	m.answers[row].Store(&a)
	return a
}

// pieces is answer for an unknown word: the mean of the answers to its pieces, which is
// the answer to their mean.
func (m *Model) pieces(rows []int32, into []float32) {
	clear(into)
	if len(rows) == 0 {
		return
	}
	for _, r := range rows {
		add(into, m.answer(r))
	}
	share := 1 / float32(len(rows))
	for i := range into {
		into[i] *= share
	}
}

// mean is the mean of rows of words.
func mean(into, words []float32, rows []int32) {
	d := len(into)
	if len(rows) == 1 {
		copy(into, words[int(rows[0])*d:])
		return
	}
	clear(into)
	if len(rows) == 0 {
		return
	}
	for _, r := range rows {
		for i, v := range words[int(r)*d : (int(r)+1)*d] {
			into[i] += v
		}
	}
	for i := range into {
		into[i] /= float32(len(rows))
	}
}

// respond gives the scalar product of each filter with a vector.
func respond(into, filters, vector []float32) {
	d := len(vector)
	for i := range into {
		into[i] = dot(filters[i*d:(i+1)*d], vector)
	}
}

func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + (s2 + s3)
}

// pool slides the filters over the words and keeps the strongest answers.
func (m *Model) pool(in *Input, out *Output) {
	f := m.Filters
	if len(out.pooled) != f {
		out.pooled, out.best = make([]float32, f), make([]int32, f)
	}
	clear(out.pooled)
	for j := range out.best {
		out.best[j] = -1
	}
	if cap(out.room) < f {
		out.room = make([]float32, f)
	}
	sum, half := out.room[:f], m.Width/2
	for t := range in.Words {
		copy(sum, m.w.bias)
		if m.Places > 0 {
			p := int(in.Words[t].Place)
			add(sum, m.w.places[p*f:p*f+f])
		}
		last := sum[:0] // the last window row is added while the strongest is kept
		for o := range m.Width {
			if k := t + o - half; k >= 0 && k < len(out.rows) {
				if len(last) > 0 {
					add(sum, last)
				}
				last = out.rows[k][o*f : o*f+f]
			}
		}
		keep(sum, last, out.pooled, out.best, int32(t))
	}
}

// keep adds row to sum and notes where that is above what was strongest.
func keep(sum, row, pooled []float32, best []int32, at int32) {
	row, pooled, best = row[:len(sum)], pooled[:len(sum)], best[:len(sum)]
	for j, v := range sum {
		if v += row[j]; v > pooled[j] {
			pooled[j], best[j] = v, at
		}
	}
}

// add adds v to into, eight at a time: this is where most time goes.
func add(into, v []float32) {
	v = v[:len(into)]
	for len(into) >= 8 {
		a, b := (*[8]float32)(into), (*[8]float32)(v)
		a[0] += b[0]
		a[1] += b[1]
		a[2] += b[2]
		a[3] += b[3]
		a[4] += b[4]
		a[5] += b[5]
		a[6] += b[6]
		a[7] += b[7]
		into, v = into[8:], v[8:]
	}
	for i := range into {
		into[i] += v[i]
	}
}

// Probabilities gives those of head h, one for each of its labels.
func (m *Model) Probabilities(out *Output, h int, into []float64) []float64 {
	return softmax(m.Logits(out, h), m.Heads[h].Temperature, into)
}

// Logits gives those of head h. They are good until the next Run.
func (m *Model) Logits(out *Output, h int) []float32 {
	from := 0
	for _, k := range m.Heads[:h] {
		from += len(k.Labels)
	}
	return out.Logits[from : from+len(m.Heads[h].Labels)]
}

func softmax(logits []float32, temperature float32, into []float64) []float64 {
	into = into[:0]
	top := logits[0]
	for _, l := range logits {
		top = max(top, l)
	}
	sum := 0.0
	for _, l := range logits {
		p := math.Exp(float64((l - top) / temperature))
		into = append(into, p)
		sum += p
	}
	for i := range into {
		into[i] /= sum
	}
	return into
}
