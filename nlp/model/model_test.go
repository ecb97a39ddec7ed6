package model

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a network for tests: does the word good or bad stand in the text, and was
// there a "not" right before it?
func small(t testing.TB, workers int) (*Model, []Example) {
	t.Helper()
	s := Shape{Dim: 8, Width: 3, Filters: 16, Buckets: 64, Grams: 32, Places: 2, Heads: []Head{
		{Name: "mood", Labels: []string{"bad", "good"}, Temperature: 1}, {Name: "odd", Labels: []string{"no", "yes"}, Temperature: 1},
	}}
	words := []string{"good", "bad", "not", "the", "film", "was", "very", "so"}
	v := NewVocabulary(words, s.Grams)
	r := rand.New(rand.NewPCG(7, 7))
	var all []Example
	for range 600 {
		var e Example
		good, not := r.IntN(2) == 1, r.IntN(2) == 1
		text := []string{words[3+r.IntN(5)], words[3+r.IntN(5)]}
		if not {
			text = append(text, "not")
		}
		text = append(text, map[bool]string{true: "good", false: "bad"}[good], words[3+r.IntN(5)])
		for _, w := range text {
			word, _ := v.Word(w, nil)
			e.Words = append(e.Words, word)
		}
		mood := []float32{1, 0}
		if good != not {
			mood = []float32{0, 1}
		}
		e.Targets, e.Weight = [][]float32{mood, nil}, 1
		if r.IntN(3) == 0 {
			e.Features = append(e.Features, Feature{Bucket: 5, First: 0, Last: 0})
			e.Targets[1] = []float32{0, 1}
		} else {
			e.Targets[1] = []float32{1, 0}
		}
		all = append(all, e)
	}
	m, err := Train(t.Context(), s, words, all, Training{Epochs: 20, Batch: 16, Rate: 0.01, SparseRate: 0.05, Seed: 1, Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return m, all
}

func accuracy(m *Model, all []Example, head int) float64 {
	right := 0
	var out Output
	for i := range all {
		m.Run(&all[i].Input, &out)
		p := m.Probabilities(&out, head, nil)
		if (p[1] > 0.5) == (all[i].Targets[head][1] > 0.5) {
			right++
		}
	}
	return float64(right) / float64(len(all))
}

func TestLearns(t *testing.T) {
	t.Parallel()
	m, all := small(t, 2)
	if a := accuracy(m, all, 0); a < 0.98 {
		t.Errorf("the head with word order is right in %.3f", a)
	}
	if a := accuracy(m, all, 1); a < 0.99 {
		t.Errorf("the head with a feature is right in %.3f", a)
	}
}

func TestSameForAnyWorkers(t *testing.T) {
	t.Parallel()
	a, _ := small(t, 1)
	b, _ := small(t, 3)
	if d := cmp.Diff(a.w.filters, b.w.filters); d != "" {
		t.Errorf("one worker and three train different filters (-one +three):\n%s", d)
	}
	if d := cmp.Diff(a.w.sparse, b.w.sparse); d != "" {
		t.Errorf("one worker and three train different features (-one +three):\n%s", d)
	}
	if d := cmp.Diff(a.w.words, b.w.words); d != "" {
		t.Errorf("one worker and three train different words (-one +three):\n%s", d)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	m, all := small(t, 2)
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m.Shape, got.Shape); d != "" {
		t.Errorf("shape (-want +got):\n%s", d)
	}
	if a := accuracy(got, all, 0); a < 0.97 {
		t.Errorf("after reading it is right in %.3f", a)
	}
	var again bytes.Buffer
	if err := got.Write(&again); err != nil {
		t.Fatal(err)
	}
	twice, err := Read(&again)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got.w.pooled, twice.w.pooled); d != "" {
		t.Errorf("a byte a weight loses something the second time, too:\n%s", d)
	}
}

// TestShares: what Explain gives sums to the difference of the logits.
func TestShares(t *testing.T) {
	t.Parallel()
	m, all := small(t, 2)
	var out Output
	for i := range all[:50] {
		in := &all[i].Input
		m.Run(in, &out)
		sum := float64(m.w.base[1] - m.w.base[0])
		for _, s := range m.Explain(in, &out, 0, 1, 0, nil) {
			sum += float64(s.Weight)
		}
		if want := float64(out.Logits[1] - out.Logits[0]); math.Abs(sum-want) > 1e-3 {
			t.Fatalf("shares sum to %f, the logits differ by %f", sum, want)
		}
	}
}

// TestGradients compares the gradients with differences of the loss.
func TestGradients(t *testing.T) {
	t.Parallel()
	s := Shape{Dim: 4, Width: 3, Filters: 5, Buckets: 8, Grams: 8, Places: 2, Heads: []Head{{Name: "h", Labels: []string{"a", "b", "c"}, Temperature: 1}}}
	tr := newTrainer(s, []string{"x", "y", "z"}, Training{Batch: 2, Seed: 3, Workers: 1})
	all := []Example{
		{Input: Input{Words: []Word{{Row: 0}, {Row: 1, Place: 1}, {Row: -1, Pieces: []int32{4, 6}}}, Features: []Feature{{Bucket: 2}}}, Targets: [][]float32{{0, 1, 0}}, Weight: 1},
		{Input: Input{Words: []Word{{Row: 2}, {Row: 0}}}, Targets: [][]float32{{0.5, 0, 0.5}}, Weight: 2},
	}
	batch := []int{0, 1}
	loss := func() float64 {
		tr.gather(all, batch)
		sum := make([]float32, s.Filters)
		total := 0.0
		for i := range tr.made {
			mean(tr.vectors[i*4:(i+1)*4], tr.w.words, tr.made[i])
			respond(tr.table[i*15:(i+1)*15], tr.w.filters, tr.vectors[i*4:(i+1)*4])
		}
		for i := range batch {
			tr.forward(&tr.posts[i], &all[i], sum)
			total += tr.posts[i].loss
		}
		return total / 2
	}
	loss()
	tr.backward(2, 0, 1)
	for name, p := range map[string][2][]float32{
		"filters": {tr.w.filters, tr.grad.filters}, "places": {tr.w.places, tr.grad.places}, "bias": {tr.w.bias, tr.grad.bias}, "pooled": {tr.w.pooled, tr.grad.pooled},
	} {
		for i := range p[0] {
			old := p[0][i]
			const eps = 1e-3
			p[0][i] = old + eps
			up := loss()
			p[0][i] = old - eps
			down := loss()
			p[0][i] = old
			if want, got := (up-down)/(2*eps), float64(p[1][i]); math.Abs(want-got) > 2e-3+0.02*math.Abs(want) {
				t.Errorf("%s %d: gradient %f, the loss says %f", name, i, got, want)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	m, _ := small(f, 1)
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := Read(bytes.NewReader(b)); err == nil && m.outs() == 0 {
			t.Error("a network without labels was read")
		}
	})
}
