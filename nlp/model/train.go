package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
)

// Example is a text with what the heads should say of it.
type Example struct {
	Input
	// Targets has a row for each head: the probability of each label, or nil where
	// nothing is known. A row that sums to more than 1 counts as much more.
	Targets [][]float32
	// Weight is how much the example counts; 1 is ordinary.
	Weight float32
}

// Training says how to train.
type Training struct {
	Epochs int
	// Batch is the number of examples between two steps.
	Batch int
	// Rate and SparseRate are the step sizes of the network and of the features and
	// word vectors, at the start; they fall to nothing in a straight line.
	Rate, SparseRate float64
	// Decay pulls the weights of features towards 0.
	Decay float64
	// Drop is the share of words read by their pieces, of features left out, and of
	// filters silenced, at random, so that the network leans on none of them.
	DropWords, DropFeatures, DropFilters float64
	Seed                                 uint64
	// Workers work side by side. The result does not depend on how many.
	Workers int
	// Vectors are where the vectors of words start, by word; words that are not in it
	// start at random.
	Vectors map[string][]float32
	// Progress is told the loss from time to time.
	Progress func(epoch, done, of int, loss float64)
}

// Train makes a network of examples. The same examples in the same order, with the
// same seed, give the same network.
func Train(ctx context.Context, s Shape, words []string, examples []Example, o Training) (*Model, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	t := newTrainer(s, words, o)
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	steps := max(1, o.Epochs*((len(examples)+o.Batch-1)/o.Batch))
	step, loss := 0, 0.0
	for epoch := range o.Epochs {
		t.rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for from := 0; from < len(order); from += o.Batch {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("training: %w", err)
			}
			batch := order[from:min(from+o.Batch, len(order))]
			l := t.step(examples, batch, 1-float64(step)/float64(steps))
			loss = loss*0.99 + l*0.01
			if step++; step%50 == 0 && o.Progress != nil {
				o.Progress(epoch, from+len(batch), len(order), loss/(1-math.Pow(0.99, float64(step))))
			}
		}
	}
	return newModel(s, t.vocabulary, t.w), nil
}

// trainer is a network on its way.
type trainer struct {
	Shape
	Training
	vocabulary *Vocabulary
	w          weights
	rand       *rand.Rand
	n          int // outs

	dense          []moments // of filters, places, bias, pooled, base
	wordSq, featSq []float32 // what Adagrad remembers of words and features
	steps          int

	made    [][]int32       // the rows whose mean is each vector of the batch
	index   map[int32]int32 // row → the vector that is that row alone
	vectors []float32
	table   []float32 // answers to vectors
	gMade   []float32 // gradients of vectors
	posts   []pass
	grad    weights // gradients of the dense weights; words and sparse are not used
}

func newTrainer(s Shape, words []string, o Training) *trainer {
	t := &trainer{Shape: s, Training: o, n: s.outs(), vocabulary: NewVocabulary(words, s.Grams), index: map[int32]int32{}}
	t.rand = rand.New(rand.NewPCG(o.Seed, 0x6f7574637279))
	t.w = newWeights(&s, t.vocabulary.rowCount())
	for i := range t.w.words {
		t.w.words[i] = float32(t.rand.NormFloat64()) * 0.15
	}
	for r, w := range words {
		if v, ok := o.Vectors[w]; ok {
			copy(t.w.words[r*s.Dim:(r+1)*s.Dim], v)
		}
	}
	scale := float32(1 / math.Sqrt(float64(s.Dim*s.Width)) * 2)
	for i := range t.w.filters {
		t.w.filters[i] = float32(t.rand.NormFloat64()) * scale
	}
	for i := range t.w.pooled {
		t.w.pooled[i] = float32(t.rand.NormFloat64()) * 0.05
	}
	t.wordSq, t.featSq = make([]float32, len(t.w.words)), make([]float32, len(t.w.sparse))
	t.grad = newWeights(&Shape{Dim: s.Dim, Width: s.Width, Filters: s.Filters, Places: s.Places, Heads: s.Heads}, 0)
	for _, p := range [][2][]float32{
		{t.w.filters, t.grad.filters}, {t.w.places, t.grad.places}, {t.w.bias, t.grad.bias}, {t.w.pooled, t.grad.pooled}, {t.w.base, t.grad.base},
	} {
		t.dense = append(t.dense, moments{p[0], p[1], make([]float32, len(p[0])), make([]float32, len(p[0]))})
	}
	return t
}

// pass is one example on its way through the network and back.
type pass struct {
	words    []int32 // the vector of each word
	places   []uint8
	features []uint32
	mask     []float32 // of filters
	pooled   []float32
	best     []int32
	logits   []float32
	grad     []float32 // of logits
	loss     float64
}

// each runs f(worker) on all workers and waits.
func (t *trainer) each(f func(worker, of int)) {
	var wg sync.WaitGroup
	for k := range max(1, t.Workers) {
		wg.Go(func() { f(k, max(1, t.Workers)) })
	}
	wg.Wait()
}

// step learns from one batch; rate runs from 1 to 0.
func (t *trainer) step(all []Example, batch []int, rate float64) float64 {
	t.gather(all, batch)
	k, d, f := t.Width*t.Filters, t.Dim, t.Filters
	t.each(func(worker, of int) {
		for i := worker; i < len(t.made); i += of {
			mean(t.vectors[i*d:(i+1)*d], t.w.words, t.made[i])
			respond(t.table[i*k:(i+1)*k], t.w.filters, t.vectors[i*d:(i+1)*d])
		}
	})
	t.each(func(worker, of int) {
		sum := make([]float32, f)
		for i := worker; i < len(batch); i += of {
			t.forward(&t.posts[i], &all[batch[i]], sum)
		}
	})
	loss := 0.0
	for i := range batch {
		loss += t.posts[i].loss
	}
	t.each(func(worker, of int) { t.backward(len(batch), worker, of) })
	t.learn(len(batch), rate)
	return loss / float64(len(batch))
}

// gather draws what is dropped and numbers the vectors that the batch needs.
func (t *trainer) gather(all []Example, batch []int) {
	clear(t.index)
	t.made = t.made[:0]
	for len(t.posts) < len(batch) {
		t.posts = append(t.posts, pass{})
	}
	for i, e := range batch {
		p, x := &t.posts[i], &all[e]
		p.words, p.places, p.features = p.words[:0], p.places[:0], p.features[:0]
		for _, w := range x.Words {
			p.words, p.places = append(p.words, t.vector(w)), append(p.places, w.Place)
		}
		for _, f := range x.Features {
			if t.rand.Float64() >= t.DropFeatures {
				p.features = append(p.features, f.Bucket)
			}
		}
		p.mask = resize(p.mask, t.Filters)
		for j := range p.mask {
			p.mask[j] = 0
			if t.rand.Float64() >= t.DropFilters {
				p.mask[j] = float32(1 / (1 - t.DropFilters))
			}
		}
	}
	t.vectors = resize(t.vectors, len(t.made)*t.Dim)
	t.table = resize(t.table, len(t.made)*t.Width*t.Filters)
	t.gMade = resize(t.gMade, len(t.made)*t.Dim)
	clear(t.gMade)
}

// vector is the number of the vector for a word, which is made where it is new.
func (t *trainer) vector(w Word) int32 {
	rows := w.Pieces
	if w.Row >= 0 {
		if t.rand.Float64() >= t.DropWords {
			i, ok := t.index[w.Row]
			if !ok {
				i = int32(len(t.made))
				t.index[w.Row] = i
				t.made = append(t.made, []int32{w.Row})
			}
			return i
		}
		rows = t.vocabulary.Pieces(t.vocabulary.words[w.Row], nil)
	}
	t.made = append(t.made, rows)
	return int32(len(t.made) - 1)
}

func resize(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

func (t *trainer) forward(p *pass, e *Example, sum []float32) {
	f, half, k := t.Filters, t.Width/2, t.Width*t.Filters
	p.pooled = resize(p.pooled, f)
	clear(p.pooled)
	if len(p.best) != f {
		p.best = make([]int32, f)
	}
	for at := range p.words {
		copy(sum, t.w.bias)
		if t.Places > 0 {
			add(sum, t.w.places[int(p.places[at])*f:(int(p.places[at])+1)*f])
		}
		for o := range t.Width {
			w := at + o - half
			if w < 0 || w >= len(p.words) {
				continue
			}
			v := int(p.words[w])
			add(sum, t.table[v*k+o*f:v*k+(o+1)*f])
		}
		for j, v := range sum {
			if v > p.pooled[j] {
				p.pooled[j], p.best[j] = v, int32(at)
			}
		}
	}
	p.logits = append(p.logits[:0], t.w.base...)
	keep := float32(1 / (1 - t.DropFeatures))
	for _, b := range p.features {
		addScaled(p.logits, t.w.sparse[int(b)*t.n:(int(b)+1)*t.n], keep)
	}
	for j, v := range p.pooled {
		if v *= p.mask[j]; v != 0 {
			addScaled(p.logits, t.w.pooled[j*t.n:(j+1)*t.n], v)
		}
	}
	p.grad = resize(p.grad, t.n)
	clear(p.grad)
	p.loss = 0
	from := 0
	var probs []float64
	for h, head := range t.Heads {
		to := from + len(head.Labels)
		if target := e.Targets[h]; target != nil {
			probs = softmax(p.logits[from:to], 1, probs)
			all := sum32(target)
			for i, q := range probs {
				p.grad[from+i] = (float32(q)*all - target[i]) * e.Weight
				p.loss -= float64(target[i]) * math.Log(max(q, 1e-9)) * float64(e.Weight)
			}
		}
		from = to
	}
}

func sum32(v []float32) float32 {
	s := float32(0)
	for _, x := range v {
		s += x
	}
	return s
}

func addScaled(into, v []float32, by float32) {
	v = v[:len(into)]
	for i := range into {
		into[i] += v[i] * by
	}
}

// backward adds up gradients. Each worker owns some filters and some vectors, and goes through the posts in order, so that sums do not depend on how
// many workers there are.
func (t *trainer) backward(posts, worker, of int) {
	f, d, half := t.Filters, t.Dim, t.Width/2
	rate := 1 / float32(posts)
	for i := range posts {
		p := &t.posts[i]
		for j := range f {
			v := p.pooled[j] * p.mask[j]
			if v == 0 {
				continue
			}
			g := dot(t.w.pooled[j*t.n:(j+1)*t.n], p.grad) * p.mask[j] * rate
			at := int(p.best[j])
			if j%of == worker {
				addScaled(t.grad.pooled[j*t.n:(j+1)*t.n], p.grad, v*rate)
				t.grad.bias[j] += g
				if t.Places > 0 {
					t.grad.places[int(p.places[at])*f+j] += g
				}
			}
			for o := range t.Width {
				w := at + o - half
				if w < 0 || w >= len(p.words) {
					continue
				}
				filter, v := (o*f+j)*d, int(p.words[w])
				if j%of == worker {
					addScaled(t.grad.filters[filter:filter+d], t.vectors[v*d:(v+1)*d], g)
				}
				if v%of == worker {
					addScaled(t.gMade[v*d:(v+1)*d], t.w.filters[filter:filter+d], g)
				}
			}
		}
		if worker == 0 {
			addScaled(t.grad.base, p.grad, rate)
		}
	}
}
