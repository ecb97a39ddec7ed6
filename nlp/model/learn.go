package model

import "math"

// moments are weights with their gradients and what Adam remembers of those.
type moments struct{ w, g, mean, square []float32 }

// learn takes the step: Adam for the dense weights, Adagrad for those of words and
// features, of which a batch touches few.
func (t *trainer) learn(posts int, rate float64) {
	t.steps++
	const b1, b2 = 0.9, 0.999
	correct := math.Sqrt(1-math.Pow(b2, float64(t.steps))) / (1 - math.Pow(b1, float64(t.steps)))
	size, sparse := float32(t.Rate*rate*correct), float32(t.SparseRate*rate)
	t.each(func(worker, of int) {
		for _, m := range t.dense {
			for i := worker * len(m.w) / of; i < (worker+1)*len(m.w)/of; i++ {
				g := m.g[i]
				m.mean[i] += (g - m.mean[i]) * (1 - b1)
				m.square[i] += (g*g - m.square[i]) * (1 - b2)
				m.w[i] -= size * m.mean[i] / (sqrt(m.square[i]) + 1e-8)
				m.g[i] = 0
			}
		}
		for i := range posts {
			p := &t.posts[i]
			for _, b := range p.features {
				if int(b)%of == worker {
					at := int(b) * t.n
					adagrad(t.w.sparse[at:at+t.n], t.featSq[at:at+t.n], p.grad, sparse, float32(t.Decay))
				}
			}
		}
	})
	t.learnWords(sparse)
}

// learnWords takes the step of word vectors. A vector that was a mean of pieces gives
// its gradient to each of them.
func (t *trainer) learnWords(rate float32) {
	d := t.Dim
	g := make([]float32, d)
	for i, rows := range t.made {
		share := 1 / float32(max(1, len(rows)))
		for k, v := range t.gMade[i*d : (i+1)*d] {
			g[k] = v * share
		}
		for _, r := range rows {
			at := int(r) * d
			adagrad(t.w.words[at:at+d], t.wordSq[at:at+d], g, rate, 0)
		}
	}
}

func adagrad(w, square, g []float32, rate, decay float32) {
	for i, v := range g {
		if v == 0 {
			continue
		}
		v += decay * w[i]
		square[i] += v * v
		w[i] -= rate * v / (sqrt(square[i]) + 1e-6)
	}
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
