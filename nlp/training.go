package nlp

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/outcry/outcry/nlp/corpus"
	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/vendor"
)

// Lessons are what a tagger learns from.
type Lessons struct {
	Vendors *vendor.Catalogue
	// Posts are labelled in full.
	Posts []corpus.Post
	// Texts are of public sets, and Soft what the teacher says of them.
	Texts []corpus.Text
	Soft  map[uint64]corpus.Soft
	// Seed makes the same networks of the same lessons.
	Seed    uint64
	Workers int
	// Epochs is how often the lessons are gone through; 0 is DefaultEpochs.
	Epochs int
	// Progress is told what goes on.
	Progress func(what string, epoch, done, of int, loss float64)
}

// DefaultEpochs is how often training goes through all lessons.
const DefaultEpochs = 6

// Networks are what training gives.
type Networks struct{ Post, Mention *model.Model }

// Write writes one network; name is post or mention.
func (n *Networks) Write(name string, w io.Writer) error {
	if name == "post" {
		return n.Post.Write(w)
	}
	return n.Mention.Write(w)
}

// Tagger makes a tagger of new networks, without writing them down.
func (n *Networks) Tagger(o Options) (*Tagger, error) {
	t, err := newFinders(o)
	if err != nil {
		return nil, err
	}
	t.post, t.mention = n.Post, n.Mention
	return t, nil
}

// Train makes both networks.
func Train(ctx context.Context, l Lessons) (*Networks, error) {
	if len(l.Posts) == 0 {
		return nil, errors.New("training: there are no labelled posts")
	}
	if l.Epochs == 0 {
		l.Epochs = DefaultEpochs
	}
	if l.Workers <= 0 {
		l.Workers = runtime.GOMAXPROCS(0)
	}
	t, err := newFinders(Options{Vendors: l.Vendors})
	if err != nil {
		return nil, err
	}
	s := &school{Lessons: l, t: t, k: t.known.Load()}
	s.weighSentiments()
	post, err := s.trainPost(ctx)
	if err != nil {
		return nil, err
	}
	mention, err := s.trainMention(ctx)
	if err != nil {
		return nil, err
	}
	return &Networks{post, mention}, nil
}

// school turns lessons into examples.
type school struct {
	Lessons
	t *Tagger
	k *knowledge
	// mood and toward are how much a sentiment counts, of a post and toward a vendor.
	mood, toward map[tag.Sentiment]float32
}

const (
	// repeats is how often a post with all labels counts against one of a public set.
	repeats = 6
	// mentionRepeats is the same for vendors, of which public sets have fewer.
	mentionRepeats = 12
	// leastCount and mostWords bound the vocabulary.
	leastCount, mostWords = 4, 24000
	// smooth is kept back from a label, since labellers differ.
	smooth = 0.06
)

func (s *school) trainPost(ctx context.Context) (*model.Model, error) {
	shape := postShape()
	counts := s.count(func(w *work) []string { return w.view.words })
	words := model.Frequent(counts, leastCount, mostWords)
	dummy := &model.Model{Shape: shape, Vocabulary: model.NewVocabulary(words, shape.Grams)}
	posts := make([]model.Example, len(s.Posts))
	s.parallel(len(s.Posts), func(w *work, i int) {
		w.doc.Parse(strings.ToValidUTF8(s.Posts[i].Text, "\uFFFD"))
		posts[i] = model.Example{Input: s.postInput(w, dummy), Targets: s.postTargets(&s.Posts[i]), Weight: 1}
	})
	texts := make([]model.Example, len(s.Texts))
	s.parallel(len(s.Texts), func(w *work, i int) {
		if targets := s.textTargets(&s.Texts[i]); targets != nil {
			w.doc.Parse(strings.ToValidUTF8(s.Texts[i].Text, "\uFFFD"))
			texts[i] = model.Example{Input: s.postInput(w, dummy), Targets: targets, Weight: 1}
		}
	})
	texts = slices.DeleteFunc(texts, func(e model.Example) bool { return e.Targets == nil })
	for range repeats {
		texts = append(texts, posts...)
	}
	return model.Train(ctx, shape, words, texts, s.training("post"))
}

func (s *school) training(what string) model.Training {
	return model.Training{
		Epochs: s.Epochs, Batch: 64, Rate: 0.002, SparseRate: 0.03, Decay: 1e-5,
		DropWords: 0.1, DropFeatures: 0.4, DropFilters: 0.3, Seed: s.Seed, Workers: s.Workers,
		Progress: func(epoch, done, of int, loss float64) {
			if s.Progress != nil {
				s.Progress(what, epoch, done, of, loss)
			}
		},
	}
}

// count counts the words of all lessons.
func (s *school) count(words func(*work) []string) map[string]int {
	var mu sync.Mutex
	total := map[string]int{}
	const chunk = 4096
	n := len(s.Posts) + len(s.Texts)
	s.parallel((n+chunk-1)/chunk, func(w *work, c int) {
		counts := map[string]int{}
		for i := c * chunk; i < min((c+1)*chunk, n); i++ {
			if i < len(s.Posts) {
				w.doc.Parse(strings.ToValidUTF8(s.Posts[i].Text, "\uFFFD"))
			} else {
				w.doc.Parse(strings.ToValidUTF8(s.Texts[i-len(s.Posts)].Text, "\uFFFD"))
			}
			w.find(s.k)
			w.see()
			for _, x := range words(w) {
				counts[strings.Clone(x)]++
			}
		}
		mu.Lock()
		defer mu.Unlock()
		for x, k := range counts {
			total[x] += k
		}
	})
	return total
}

// parallel calls f for each number below n, with a work of its own on each worker.
func (s *school) parallel(n int, f func(w *work, i int)) {
	var wg sync.WaitGroup
	for k := range s.Workers {
		wg.Go(func() {
			w := new(work)
			for i := k; i < n; i += s.Workers {
				f(w, i)
			}
		})
	}
	wg.Wait()
}

func (s *school) postInput(w *work, m *model.Model) model.Input {
	w.look(s.t, s.k)
	w.post.m = m
	w.readPost(s.k, &w.post)
	return copied(&w.post.in)
}

// copied is an input that shares no memory with the work it comes from.
func copied(in *model.Input) model.Input {
	out := model.Input{Words: slices.Clone(in.Words), Features: slices.Clone(in.Features)}
	for i := range out.Words {
		out.Words[i].Pieces = slices.Clone(out.Words[i].Pieces)
	}
	return out
}

func (s *school) postTargets(p *corpus.Post) [][]float32 {
	return [][]float32{
		sure(outages, p.Outage), times(sure(sentiments, p.Sentiment), s.mood[p.Sentiment]), sure(emotions, p.Emotion), {1, 0},
	}
}

// sure is the target of a label that somebody gave; nil if none did.
func sure[L comparable](labels []L, label L) []float32 {
	at := slices.Index(labels, label)
	if at < 0 {
		return nil
	}
	target := make([]float32, len(labels))
	for i := range target {
		target[i] = smooth / float32(len(labels))
	}
	target[at] += 1 - smooth
	return target
}

// textTargets are those of a text of a public set: its own labels, mixed with what
// the teacher says.
func (s *school) textTargets(x *corpus.Text) [][]float32 {
	targets := make([][]float32, 4)
	soft, taught := s.Soft[corpus.Key(x.Text)]
	if taught {
		targets[atOutage] = soft.Outage[:]
		mood := make([]float32, 3)
		for i := range mood { // whatever is about an outage is judged by its rules
			mood[i] = soft.Outage[3]*soft.General[i] + (1-soft.Outage[3])*soft.Mood[i]
		}
		targets[atSentiment] = mood
	}
	if own := sure(sentiments, x.Sentiment); own != nil {
		targets[atSentiment] = mixed(own, targets[atSentiment])
	}
	targets[atEmotion] = sure(emotions, x.Emotion)
	switch x.Spam {
	case "spam":
		targets[atSpam] = []float32{0, 1}
	case "ham":
		targets[atSpam] = []float32{1, 0}
	}
	for _, t := range targets {
		if t != nil {
			return targets
		}
	}
	return nil
}

func mixed(a, b []float32) []float32 {
	if b == nil {
		return a
	}
	out := make([]float32, len(a))
	for i := range a {
		out[i] = (a[i] + b[i]) / 2
	}
	return out
}
