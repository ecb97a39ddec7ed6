// Package compare measures outcry's tagger beside libraries that one might use in its
// place, each as its own README shows it. It is a module of its own, so that outcry
// does not depend on what it is compared with:
//
//	cd nlp/compare && go test -bench . -cpu 1
package compare

import (
	"testing"

	"github.com/jdkato/prose/v2"
	"github.com/jonreiter/govader"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/nlp"
	"github.com/outcry/outcry/nlp/corpus"
	"github.com/outcry/outcry/nlp/vendor"
)

// posts are those that the measurements go through: real length, all about outages or
// looking like it.
func posts(b *testing.B) []corpus.Post {
	b.Helper()
	all, err := corpus.ReadFile("../corpus/posts/first.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func each(b *testing.B, f func(*corpus.Post)) {
	b.Helper()
	all := posts(b)
	n := 0
	for b.Loop() {
		f(&all[n%len(all)])
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkOutcry tags in full: outage, vendors with roles, sentiments, the rest.
func BenchmarkOutcry(b *testing.B) {
	catalogue, err := vendor.Load(config.VendorsYAML, nil)
	if err != nil {
		b.Fatal(err)
	}
	tagger, err := nlp.New(nlp.Options{Vendors: catalogue, NER: true})
	if err != nil {
		b.Fatal(err)
	}
	each(b, func(p *corpus.Post) {
		record := p.Record()
		tagger.Tag(&record)
	})
}

// BenchmarkGovader gives the overall sentiment only.
func BenchmarkGovader(b *testing.B) {
	analyzer := govader.NewSentimentIntensityAnalyzer()
	each(b, func(p *corpus.Post) { analyzer.PolarityScores(p.Text) })
}

// BenchmarkProse gives tokens, parts of speech, sentences and names, with the model
// kept: as the README shows it, each text would load it anew.
func BenchmarkProse(b *testing.B) {
	first, err := prose.NewDocument("outcry")
	if err != nil {
		b.Fatal(err)
	}
	each(b, func(p *corpus.Post) {
		if _, err := prose.NewDocument(p.Text, prose.UsingModel(first.Model)); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkProseREADME loads the model with each text.
func BenchmarkProseREADME(b *testing.B) {
	each(b, func(p *corpus.Post) {
		if _, err := prose.NewDocument(p.Text); err != nil {
			b.Fatal(err)
		}
	})
}
