package nlp

import (
	"math"
	"slices"

	"github.com/outcry/outcry/nlp/corpus"
)

// Calibrate fits the temperatures of the networks on posts that they were not trained
// with, so that of the posts with a score of 0.8 about 8 in 10 are what it says.
func (n *Networks) Calibrate(t *Tagger, posts []corpus.Post) {
	k := t.known.Load()
	heads := [2][]answers{make([]answers, len(n.Post.Heads)), make([]answers, len(n.Mention.Heads))}
	w := new(work)
	w.post.m, w.mention.m = n.Post, n.Mention
	for i := range posts {
		p := &posts[i]
		w.doc.Parse(p.Text)
		w.look(t, k)
		w.parse(t)
		w.readPost(k, &w.post)
		n.Post.Run(&w.post.in, &w.out)
		heads[0][atOutage].note(n.Post.Logits(&w.out, atOutage), slices.Index(outages, p.Outage))
		heads[0][atSentiment].note(n.Post.Logits(&w.out, atSentiment), slices.Index(sentiments, p.Sentiment))
		heads[0][atEmotion].note(n.Post.Logits(&w.out, atEmotion), slices.Index(emotions, p.Emotion))
		for id, v := range w.vendors {
			at := slices.IndexFunc(p.Vendors, func(x corpus.Vendor) bool { return x.ID == k.vendors.Vendors[v].ID })
			if at < 0 {
				continue
			}
			w.readMention(k, &w.mention, id)
			n.Mention.Run(&w.mention.in, &w.outM)
			heads[1][atRole].note(n.Mention.Logits(&w.outM, atRole), slices.Index(roleNames, p.Vendors[at].Role))
			heads[1][atToward].note(n.Mention.Logits(&w.outM, atToward), slices.Index(sentiments, p.Vendors[at].Sentiment))
		}
	}
	for h := range heads[0] {
		n.Post.Heads[h].Temperature = heads[0][h].temperature()
	}
	for h := range heads[1] {
		n.Mention.Heads[h].Temperature = heads[1][h].temperature()
	}
}

// answers are the logits of a head and the labels that should have come.
type answers struct {
	logits [][]float32
	labels []int
}

func (a *answers) note(logits []float32, label int) {
	if label >= 0 {
		a.logits, a.labels = append(a.logits, slices.Clone(logits)), append(a.labels, label)
	}
}

// fewAnswers are too few to fit anything to.
const fewAnswers = 100

// temperature is the one at which the labels are least surprising.
func (a *answers) temperature() float32 {
	if len(a.labels) < fewAnswers {
		return 1
	}
	best, least := float32(1), math.Inf(1)
	for step := range 61 {
		t := math.Exp(float64(step-30) / 20) // 0.22 to 4.5
		if s := a.surprise(t); s < least {
			best, least = float32(t), s
		}
	}
	return best
}

func (a *answers) surprise(t float64) float64 {
	sum := 0.0
	for i, logits := range a.logits {
		all := 0.0
		for _, l := range logits {
			all += math.Exp(float64(l-logits[a.labels[i]]) / t)
		}
		sum += math.Log(all)
	}
	return sum
}
