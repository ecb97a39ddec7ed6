// Package outage says what a text has to do with an outage: report, reaction,
// news or none. It finds patterns of words, turns them into features, and weighs
// those with a small linear model whose weights stand in weights.txt; so every
// label can be traced to the words it comes from.
//
// It is a baseline by hand: no weight has been fitted. It does not know which
// vendors there are; it is told where the text names one.
package outage

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
)

//go:embed patterns.txt
var patternsText string

//go:embed weights.txt
var weightsText string

// Labels in the order of all weights and probabilities here.
var Labels = [4]tag.Outage{tag.Report, tag.Reaction, tag.News, tag.None}

// Weights are what one feature adds for each of Labels.
type Weights [4]float64

// Feature is one thing found in a text, and what it weighs.
type Feature struct {
	Name    string
	Weights Weights
	// First and Last are its tokens; First is -1 where the whole text is meant.
	First, Last int
}

// Result is the judgement on one text.
type Result struct {
	Label tag.Outage
	// Score is the probability of Label.
	Score float64
	// Scores are the probabilities of Labels.
	Scores [4]float64
	// Features are what was found, in no particular order.
	Features []Feature
	// Failing are the IDs of the ranges that are said to fail.
	Failing []int
	// Trouble is set where something is said to fail, whatever it is.
	Trouble bool
}

// Has reports whether a feature was found.
func (r *Result) Has(name string) bool {
	return slices.ContainsFunc(r.Features, func(f Feature) bool { return f.Name == name })
}

// Judge is the model. It is safe for concurrent use.
type Judge struct {
	patterns *text.Patterns
	sections []section
	weights  map[string]Weights
}

// New builds the judge from the patterns and weights in the program.
func New() *Judge {
	j := &Judge{patterns: text.MustPatterns(patternsText)}
	var err error
	if j.weights, err = parseWeights(weightsText); err != nil {
		panic("reading built-in weights: " + err.Error())
	}
	for _, name := range j.patterns.Sections {
		w, ok := j.weights[name]
		if !ok {
			panic("weights.txt has no line for " + name)
		}
		j.sections = append(j.sections, section{name: name, weights: w, kind: kinds[name]})
	}
	return j
}

func parseWeights(src string) (map[string]Weights, error) {
	all := map[string]Weights{}
	for n, line := range strings.Split(src, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || f[0][0] == '#' {
			continue
		}
		if len(f) != 5 {
			return nil, fmt.Errorf("line %d: want a name and four weights", n+1)
		}
		var w Weights
		for i := range w {
			v, err := strconv.ParseFloat(f[i+1], 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			w[i] = v
		}
		all[f[0]] = w
	}
	return all, nil
}

// Facts are what is known of the vendors in a text.
type Facts struct {
	// Tagged: a hashtag says that one fails, such as #netflixdown.
	Tagged bool
	// Supply: one of them runs on another.
	Supply bool
}

// Judge judges the text that r reads. The IDs of the ranges of r are vendors.
func (j *Judge) Judge(r *text.Reading, f Facts) Result {
	e := extractor{j: j, r: r, Facts: f}
	e.extract()
	res := Result{Features: e.features, Failing: e.failing, Trouble: e.trouble > 0 || f.Tagged}
	logits := [4]float64(j.weights["bias"])
	for _, f := range e.features {
		for i := range logits {
			logits[i] += f.Weights[i]
		}
	}
	res.Scores = softmax(logits)
	best := 0
	for i, p := range res.Scores {
		if p > res.Scores[best] {
			best = i
		}
	}
	res.Label, res.Score = Labels[best], res.Scores[best]
	return res
}

// temperature flattens the probabilities: features of one text repeat each other,
// so a plain sum would be too sure of itself.
const temperature = 1.4

func softmax(logits [4]float64) (p [4]float64) {
	top, sum := slices.Max(logits[:]), 0.0
	for i, l := range logits {
		p[i] = math.Exp((l - top) / temperature)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// Weigh is how much a feature speaks for label i against the others on average.
func (w Weights) Weigh(i int) float64 {
	rest := 0.0
	for k, v := range w {
		if k != i {
			rest += v
		}
	}
	return w[i] - rest/3
}
