package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/nlp"
	"github.com/outcry/outcry/nlp/corpus"
)

// course says what to train with.
type course struct {
	data, corpus, teacher, out string
	texts                      string
	seed                       uint64
	epochs                     int
	holdOut                    bool
}

func newTrainCmd(a *app) *cobra.Command {
	var c course
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train the tagger's networks",
		Long: `Train the two networks of the tagger: from the posts and labels in nlp/corpus, from
public data sets in a folder of yours, and from what a larger network, the teacher,
said of their texts. The same lessons and the same seed give the same weights.

The weights are part of the program: build it again to use them. docs/MODEL_CARD.md
says what the ones that ship were trained with; "outcry eval" judges them.`,
		Example: `  outcry train --data ../shared/data          # writes nlp/weights; go build uses them
  outcry train --data ../shared/data --hold-out # keep a tenth of our posts apart and score it`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.train(cmd.Context(), c) },
	}
	cmd.Flags().StringVar(&c.data, "data", "", "`folder` of public data sets; without it, only our own posts are used")
	cmd.Flags().StringVar(&c.corpus, "corpus", "nlp/corpus", "`folder` of our posts and labels")
	cmd.Flags().StringVar(&c.teacher, "teacher", "", "`file` of the teacher's probabilities (default: teacher.zst of the corpus)")
	cmd.Flags().StringVar(&c.texts, "write-texts", "", "write the texts that the teacher judges to a `file`, a JSON line each, and end")
	cmd.Flags().StringVar(&c.out, "out", "nlp/weights", "`folder` to write the weights to")
	cmd.Flags().Uint64Var(&c.seed, "seed", 1, "seed of all chance")
	cmd.Flags().IntVar(&c.epochs, "epochs", nlp.DefaultEpochs, "how often the lessons are gone through")
	cmd.Flags().BoolVar(&c.holdOut, "hold-out", false, "train without a tenth of our posts, and score the result on them")
	return cmd
}

func (a *app) train(ctx context.Context, c course) error {
	if c.epochs < 1 {
		return usagef("--epochs %d: give at least 1", c.epochs)
	}
	lessons, held, err := a.lessons(c)
	if err != nil {
		return err
	}
	if c.texts != "" {
		return writeTexts(lessons.Texts, c.texts)
	}
	started, shown := time.Now(), time.Time{}
	lessons.Progress = func(what string, epoch, done, of int, loss float64) {
		if time.Since(shown) < 5*time.Second {
			return
		}
		shown = time.Now()
		_, _ = fmt.Fprintf(a.stderr, "%s: epoch %d of %d, %d of %d, loss %.4f, %s\n", what, epoch+1, c.epochs, done, of, loss, time.Since(started).Round(time.Second))
	}
	nets, err := nlp.Train(ctx, *lessons)
	if err != nil {
		return err
	}
	tagger, err := nets.Tagger(nlp.Options{Vendors: lessons.Vendors})
	if err != nil {
		return err
	}
	if len(held) > 0 {
		nets.Calibrate(tagger, held)
	}
	if err := os.MkdirAll(c.out, 0o755); err != nil {
		return fmt.Errorf("writing weights: %w", err)
	}
	for _, name := range []string{"post", "mention"} {
		if err := writeWeights(nets, name, filepath.Join(c.out, name+".bin")); err != nil {
			return err
		}
	}
	if len(held) == 0 {
		return nil
	}
	return a.printScores([]scored{{Set: "held out", Metrics: judge(tagger, held, 1000)}})
}

func writeWeights(nets *nlp.Networks, name, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("writing weights: %w", err)
	}
	if err := nets.Write(name, f); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// lessons reads all that c names, and what is kept apart.
func (a *app) lessons(c course) (*nlp.Lessons, []corpus.Post, error) {
	catalogue, err := loadCatalogue(a.cfg)
	if err != nil {
		return nil, nil, err
	}
	l := &nlp.Lessons{Vendors: catalogue, Seed: c.seed, Epochs: c.epochs, Workers: a.cfg.NLP.Workers}
	if l.Posts, err = corpus.ReadDir(filepath.Join(c.corpus, "posts")); err != nil {
		return nil, nil, err
	}
	if c.data != "" {
		if l.Texts, err = corpus.ReadSets(c.data); err != nil {
			return nil, nil, err
		}
		own := l.Posts
		labels, err := corpus.ReadRemote(filepath.Join(c.corpus, "labels.jsonl"))
		if err != nil {
			return nil, nil, err
		}
		l.Posts = append(l.Posts, corpus.Join(labels, l.Texts)...)
		l.Texts = append(l.Texts, variants(own, c.holdOut)...)
		if c.texts != "" {
			return l, nil, nil
		}
		if c.teacher == "" {
			c.teacher = filepath.Join(c.corpus, "teacher.zst")
		}
		if l.Soft, err = corpus.ReadSoft(c.teacher); err != nil {
			return nil, nil, err
		}
	}
	var held []corpus.Post
	if c.holdOut {
		l.Posts = slices.DeleteFunc(l.Posts, func(p corpus.Post) bool {
			if kept(&p) {
				held = append(held, p)
			}
			return kept(&p)
		})
	}
	_, _ = fmt.Fprintf(a.stderr, "%d posts of our own, %d texts of public sets, %d of them judged by the teacher\n", len(l.Posts), len(l.Texts), len(l.Soft))
	return l, held, nil
}

// kept says whether a post is kept apart by --hold-out.
func kept(p *corpus.Post) bool { return corpus.Key(p.Text)%10 == 3 }

// variants are texts made of our posts; none of one that is kept apart.
func variants(own []corpus.Post, holdOut bool) []corpus.Text {
	var all []corpus.Text
	for _, v := range corpus.Variants(own) {
		if !holdOut || !kept(&own[v.Of]) && !kept(&own[v.With]) {
			all = append(all, corpus.Text{Set: corpus.VariantSet, Text: v.Text})
		}
	}
	return all
}

// writeTexts writes what the teacher is to judge.
func writeTexts(texts []corpus.Text, file string) (err error) {
	out, err := openLines(file, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	for i := range texts {
		b, err := json.Marshal(map[string]string{"key": fmt.Sprintf("%016x", corpus.Key(texts[i].Text)), "set": texts[i].Set, "text": texts[i].Text})
		if err != nil {
			return fmt.Errorf("writing texts: %w", err)
		}
		if err := out.write(b); err != nil {
			return fmt.Errorf("writing texts: %w", err)
		}
	}
	return nil
}

// sets is how messages name files: by their base, without the ending.
func sets(file string) string { return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)) }
