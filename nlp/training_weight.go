package nlp

import (
	"math"

	"github.com/outcry/outcry/nlp/tag"
)

// evenMood and evenToward say how far sentiments that are seldom seen count for more:
// at 1 all together count the same, at 0 each post does. Scores of sentiment take each
// class for as important as the others.
const evenMood, evenToward = 0.75, 0.5

func (s *school) weighSentiments() {
	mood, toward := map[tag.Sentiment]int{}, map[tag.Sentiment]int{}
	for i := range s.Posts {
		mood[s.Posts[i].Sentiment]++
		for _, v := range s.Posts[i].Vendors {
			toward[v.Sentiment]++
		}
	}
	s.mood, s.toward = even(mood, evenMood), even(toward, evenToward)
}

// even gives weights that undo the differences between counts, to a power. The
// weights of all that was counted have a mean of 1.
func even(counts map[tag.Sentiment]int, power float64) map[tag.Sentiment]float32 {
	total, mass := 0.0, 0.0
	weights := map[tag.Sentiment]float32{}
	for _, c := range sentiments {
		n := float64(counts[c])
		total += n
		mass += n * math.Pow(max(n, 1), -power)
	}
	for _, c := range sentiments {
		weights[c] = float32(math.Pow(max(float64(counts[c]), 1), -power) * total / max(mass, 1e-9))
	}
	return weights
}

// times counts a target by weight.
func times(target []float32, weight float32) []float32 {
	for i := range target {
		target[i] *= weight
	}
	return target
}
