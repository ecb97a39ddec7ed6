// Package eval compares tags with labels. Its figures are defined as in the scoring
// program that comes with the labelled sets, so the two agree to the last digit, and
// each comes with an interval from resampling the posts.
//
// It is pure: pairs in, scores out.
package eval

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/outcry/outcry/nlp/tag"
)

// Vendor is what labels or tags say of one vendor.
type Vendor struct {
	ID        string
	Role      tag.Role
	Sentiment tag.Sentiment
}

// Answer is what labels or tags say of one post.
type Answer struct {
	Outage    tag.Outage
	Score     float64 // the probability of Outage; labels have none
	Sentiment tag.Sentiment
	Vendors   []Vendor
}

// Pair is a post as it should be tagged and as it is.
type Pair struct{ Want, Got Answer }

// Metric is one figure, with the interval in which 95 of 100 resamplings lie.
type Metric struct {
	Name      string  `json:"name"`
	Value     float64 `json:"value"`
	Low, High float64 `json:"-"`
}

// Names of the metrics, in the order of Score. F1 is the harmonic mean of precision
// and recall; a macro figure is the mean over the classes that occur in the labels.
var Names = []string{
	"outage_precision", "outage_recall", "outage_f1", "report_precision", "report_recall", "report_f1", "outage_macro_f1",
	"sentiment_macro_f1", "sentiment_macro_recall", "vendor_precision", "vendor_recall", "vendor_f1",
	"role_accuracy", "role_macro_f1", "vendor_sentiment_macro_f1", "calibration_error",
}

var (
	outages    = []string{string(tag.Report), string(tag.Reaction), string(tag.News), string(tag.None)}
	sentiments = []string{string(tag.Negative), string(tag.Neutral), string(tag.Positive)}
	roles      = []string{string(tag.Blamed), string(tag.Affected), string(tag.Alternative), string(tag.Mentioned)}
)

// Score gives all metrics of the pairs, with intervals from resample resamplings
// drawn with seed; 0 gives none.
func Score(pairs []Pair, resample int, seed uint64) []Metric {
	values := score(pairs)
	all := make([]Metric, len(Names))
	for i, name := range Names {
		all[i] = Metric{Name: name, Value: values[i], Low: values[i], High: values[i]}
	}
	if resample == 0 || len(pairs) == 0 {
		return all
	}
	r := rand.New(rand.NewPCG(seed, 0))
	drawn, draws := make([]Pair, len(pairs)), make([][]float64, len(Names))
	for range resample {
		for i := range drawn {
			drawn[i] = pairs[r.IntN(len(pairs))]
		}
		for i, v := range score(drawn) {
			draws[i] = append(draws[i], v)
		}
	}
	for i := range all {
		slices.Sort(draws[i])
		all[i].Low, all[i].High = draws[i][resample*25/1000], draws[i][min(resample-1, resample*975/1000)]
	}
	return all
}

// two is a label and the tag beside it.
type two struct{ want, got string }

func score(pairs []Pair) []float64 {
	var posts, moods, parts, toward []two
	tp, fp, fn := 0, 0, 0
	for _, p := range pairs {
		posts = append(posts, two{string(p.Want.Outage), string(p.Got.Outage)})
		moods = append(moods, two{string(p.Want.Sentiment), string(p.Got.Sentiment)})
		both := 0
		for _, v := range p.Want.Vendors {
			i := slices.IndexFunc(p.Got.Vendors, func(g Vendor) bool { return g.ID == v.ID })
			if i < 0 {
				continue
			}
			both++
			g := p.Got.Vendors[i]
			if p.Want.Outage != tag.None { // outside an outage a role says little
				parts = append(parts, two{string(v.Role), string(g.Role)})
			}
			toward = append(toward, two{string(v.Sentiment), string(g.Sentiment)})
		}
		tp += both
		fp += len(p.Got.Vendors) - both
		fn += len(p.Want.Vendors) - both
	}
	op, or, of := binary(posts, func(s string) bool { return s != string(tag.None) })
	rp, rr, rf := binary(posts, func(s string) bool { return s == string(tag.Report) })
	macro, _ := classes(posts, outages)
	moodF, moodR := classes(moods, sentiments)
	vp, vr, vf := prf(tp, fp, fn)
	right := 0
	for _, p := range parts {
		if p.want == p.got {
			right++
		}
	}
	roleF, _ := classes(parts, roles)
	towardF, _ := classes(toward, sentiments)
	return []float64{op, or, of, rp, rr, rf, macro, moodF, moodR, vp, vr, vf, ratio(right, len(parts)), roleF, towardF, calibration(pairs)}
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func prf(tp, fp, fn int) (p, r, f float64) {
	p, r = ratio(tp, tp+fp), ratio(tp, tp+fn)
	if p+r > 0 {
		f = 2 * p * r / (p + r)
	}
	return p, r, f
}

func binary(pairs []two, yes func(string) bool) (p, r, f float64) {
	tp, fp, fn := 0, 0, 0
	for _, x := range pairs {
		switch want, got := yes(x.want), yes(x.got); {
		case want && got:
			tp++
		case got:
			fp++
		case want:
			fn++
		}
	}
	return prf(tp, fp, fn)
}

// classes gives the means of F1 and of recall over the classes that occur.
func classes(pairs []two, names []string) (f1, recall float64) {
	n := 0
	for _, c := range names {
		tp, fp, fn := 0, 0, 0
		for _, x := range pairs {
			switch {
			case x.want == c && x.got == c:
				tp++
			case x.got == c:
				fp++
			case x.want == c:
				fn++
			}
		}
		if tp+fn == 0 {
			continue
		}
		_, r, f := prf(tp, fp, fn)
		f1, recall, n = f1+f, recall+r, n+1
	}
	if n == 0 {
		return 0, 0
	}
	return f1 / float64(n), recall / float64(n)
}

// calibration is the expected calibration error of outage scores: how far the score
// is from the share that is right, on average, in ten bins of scores.
func calibration(pairs []Pair) float64 {
	var sum, right, n [10]float64
	for _, p := range pairs {
		b := min(int(p.Got.Score*10), 9)
		n[b]++
		sum[b] += p.Got.Score
		if p.Want.Outage == p.Got.Outage {
			right[b]++
		}
	}
	e := 0.0
	for b := range n {
		e += math.Abs(sum[b] - right[b])
	}
	return e / float64(max(1, len(pairs)))
}

// Tagged is what a tag says.
func Tagged(t *tag.Tag) Answer {
	a := Answer{Outage: t.Outage, Score: t.OutageScore, Sentiment: t.Sentiment}
	for _, v := range t.Vendors {
		a.Vendors = append(a.Vendors, Vendor{ID: v.Vendor, Role: v.Role, Sentiment: v.Sentiment})
	}
	return a
}
