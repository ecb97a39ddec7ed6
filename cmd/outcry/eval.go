package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/nlp"
	"github.com/outcry/outcry/nlp/corpus"
	"github.com/outcry/outcry/nlp/eval"
)

func newEvalCmd(a *app) *cobra.Command {
	var resample int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "eval FILE…",
		Short: "Score the tagger on labelled posts",
		Long: `Tag labelled posts, compare the tags with the labels and print, for each file, the
scores with the interval in which 95 of 100 resamplings of its posts lie.

A file has one JSON object a line with "id", "text", "outage", "sentiment" and
"vendors" (each with "id", "role", "sentiment"). Every post is tagged, also those
that a pipeline's gate would stop. docs/labels.md says what the labels mean, and
docs/MODEL_CARD.md what the scores are.`,
		Example: `  outcry eval nlp/corpus/posts/*.jsonl
  outcry eval --json labels.jsonl | jq .`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			if resample < 0 {
				return usagef("--resample %d: give 0 or more", resample)
			}
			tagger, err := a.tagger()
			if err != nil {
				return err
			}
			var all []scored
			for _, file := range files {
				posts, err := corpus.ReadFile(file)
				if err != nil {
					return err
				}
				all = append(all, scored{Set: sets(file), Metrics: judge(tagger, posts, resample)})
			}
			if asJSON {
				return a.writeScores(all)
			}
			return a.printScores(all)
		},
	}
	cmd.Flags().IntVar(&resample, "resample", 1000, "how often to resample for the intervals; 0 gives none")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a file")
	return cmd
}

// scored are the scores of one set.
type scored struct {
	Set     string
	Metrics []eval.Metric
}

// judge tags posts and scores the tags.
func judge(t *nlp.Tagger, posts []corpus.Post, resample int) []eval.Metric {
	pairs := make([]eval.Pair, len(posts))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for k := range workers {
		wg.Go(func() {
			for i := k; i < len(posts); i += workers {
				record := posts[i].Record()
				got, err := t.TryAll(&record)
				if err == nil {
					pairs[i].Got = eval.Tagged(&got)
				}
				pairs[i].Want = wanted(&posts[i])
			}
		})
	}
	wg.Wait()
	return eval.Score(pairs, resample, 1)
}

// wanted is what the labels of a post say.
func wanted(p *corpus.Post) eval.Answer {
	a := eval.Answer{Outage: p.Outage, Sentiment: p.Sentiment}
	for _, v := range p.Vendors {
		a.Vendors = append(a.Vendors, eval.Vendor{ID: v.ID, Role: v.Role, Sentiment: v.Sentiment})
	}
	return a
}

func (a *app) printScores(all []scored) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(w, "score")
	for _, s := range all {
		_, _ = fmt.Fprintf(w, "\t%s", s.Set)
	}
	_, _ = fmt.Fprintln(w)
	for i, name := range eval.Names {
		_, _ = fmt.Fprint(w, name)
		for _, s := range all {
			m := s.Metrics[i]
			_, _ = fmt.Fprintf(w, "\t%.3f", m.Value)
			if m.Low != m.High {
				_, _ = fmt.Fprintf(w, " (%.3f … %.3f)", m.Low, m.High)
			}
		}
		_, _ = fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing scores: %w", err)
	}
	return nil
}

func (a *app) writeScores(all []scored) error {
	enc := json.NewEncoder(a.stdout)
	for _, s := range all {
		type figure struct {
			Value float64 `json:"value"`
			Low   float64 `json:"low"`
			High  float64 `json:"high"`
		}
		figures := map[string]figure{}
		for _, m := range s.Metrics {
			figures[m.Name] = figure{m.Value, m.Low, m.High}
		}
		if err := enc.Encode(map[string]any{"set": s.Set, "scores": figures}); err != nil {
			return fmt.Errorf("writing scores: %w", err)
		}
	}
	return nil
}
