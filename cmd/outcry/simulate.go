package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/scenario"
	"github.com/outcry/outcry/ingest/scenario/week"
)

// simulation is what the flags of simulate say.
type simulation struct {
	seed      uint64
	list      bool
	out       string
	truthFile string
	speed     string
}

func newSimulateCmd(a *app) *cobra.Command {
	var o simulation
	cmd := &cobra.Command{
		Use:   "simulate NAME",
		Short: "Write the simulated posts of a scenario",
		Long: `Write the posts of a scenario, one JSON object a line, in order of time.
No person wrote them: each carries "simulated": true. The same seed gives the same
bytes; another seed tells the same story with other people.

--truth writes, for each post, the labels that the generator knows to be true:
outage, sentiment, vendors with their roles, theme and template.

The name "week" stands for seven days of two dozen services with everyday talk, some
twenty outages and as many decoys; the others are drills, each one thing that an alert
must get right. Their truth is one JSON object, as "outcry backtest --truth" reads it.`,
		Example: `  outcry simulate --list
  outcry simulate christmas-eve-2012 -o posts.ndjson
  outcry simulate christmas-eve-2012 --truth truth.ndjson | outcry replay -
  outcry simulate christmas-eve-2012 --speed 600    # ten hours in a minute
  outcry simulate week --seed 3 --truth truth.json -o week.ndjson`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgs:         everySimulation(),
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil }, // needs no settings
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.list {
				return listScenarios(a.stdout)
			}
			if len(args) == 0 {
				return usagef("simulate needs the name of a scenario; there are %s", strings.Join(everySimulation(), ", "))
			}
			return o.run(cmd.Context(), args[0], a.stdout)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&o.seed, "seed", 1, "`number` that the posts are drawn from")
	f.BoolVar(&o.list, "list", false, "list the scenarios and stop")
	f.StringVarP(&o.out, "output", "o", "-", "`file` to write the posts to; - is standard output")
	f.StringVar(&o.truthFile, "truth", "", "`file` to write the true labels to")
	f.StringVar(&o.speed, "speed", "max", "how many times faster than it happened: a `number`, or max")
	return cmd
}

func listScenarios(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range scenario.Names() {
		s, err := scenario.Load(name)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(tw, "%s\t%s\t%s, %s\n", name, s.Title, s.Start.Format("2006-01-02 15:04 UTC"), s.End.Sub(s.Start)); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(tw, "%s\tSeven days of two dozen services with outages and decoys\t%s, %dh\n", weekName, week.Start.Format("2006-01-02 15:04 UTC"), 24*week.Days); err != nil {
		return err
	}
	names, titles := week.Drills()
	for i, name := range names {
		if _, err := fmt.Fprintf(tw, "%s\t%s\n", name, titles[i]); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// everySimulation names all that can be simulated.
func everySimulation() []string {
	names, _ := week.Drills()
	return append(append(scenario.Names(), weekName), names...)
}

// truthLine is one line of the truth file: the labels with what they belong to.
type truthLine struct {
	scenario.Truth
	CreatedAt time.Time `json:"created_at"`
	Text      string    `json:"text"`
}

func (o *simulation) run(ctx context.Context, name string, stdout io.Writer) (err error) {
	speed, err := parseSpeed(o.speed)
	if err != nil {
		return err
	}
	if o.out == "-" && o.truthFile == "-" {
		return usagef("posts and truth cannot both go to standard output; name a file with --output or --truth")
	}
	if w := o.invented(name); w != nil {
		return o.week(ctx, w, stdout)
	}
	s, err := scenario.Load(name)
	var unknown *scenario.UnknownError
	if errors.As(err, &unknown) {
		return usagef("there is no scenario %q; there are %s", name, strings.Join(everySimulation(), ", "))
	}
	if err != nil {
		return err
	}
	posts, err := openLines(o.out, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, posts.close()) }()
	truth, err := openLines(o.truthFile, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, truth.close()) }()

	pace := pace{factor: speed}
	for p, t := range s.Posts(o.seed) {
		if pace.due(p.CreatedAt) > 0 { // what is written must be seen before the pause
			if err := errors.Join(posts.flush(), truth.flush()); err != nil {
				return err
			}
		}
		if err := pace.wait(ctx, p.CreatedAt); err != nil {
			return err
		}
		if err := writePost(posts, truth, p, t); err != nil {
			return err
		}
	}
	return nil
}

func writePost(posts, truth *lines, p post.Post, t scenario.Truth) error {
	b, err := p.Encode()
	if err != nil {
		return err
	}
	if err := posts.write(b); err != nil || truth.w == nil {
		return err
	}
	if b, err = json.Marshal(truthLine{t, p.CreatedAt, p.Text}); err != nil {
		return fmt.Errorf("encoding the truth of %s: %w", p.ID, err)
	}
	return truth.write(b)
}

// pace spreads posts over time as they were spread in the story.
type pace struct {
	factor      float64 // 0 is as fast as possible
	first, from time.Time
}

// due is how long it is until a post of the time at is to be written.
func (p *pace) due(at time.Time) time.Duration {
	if p.factor == 0 {
		return 0
	}
	if p.first.IsZero() {
		p.first, p.from = at, time.Now()
	}
	return time.Until(p.from.Add(time.Duration(float64(at.Sub(p.first)) / p.factor)))
}

func (p *pace) wait(ctx context.Context, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d := p.due(at)
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lines writes lines to a file. Without a name it writes nothing.
type lines struct {
	w    *bufio.Writer
	file *os.File
}

func openLines(name string, stdout io.Writer) (*lines, error) {
	switch name {
	case "":
		return &lines{}, nil
	case "-":
		return &lines{w: bufio.NewWriter(stdout)}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("writing posts: %w", err)
	}
	return &lines{bufio.NewWriter(f), f}, nil
}

func (l *lines) write(b []byte) error {
	_, _ = l.w.Write(b) // bufio keeps the error for the next call
	return l.w.WriteByte('\n')
}

func (l *lines) flush() error {
	if l.w == nil {
		return nil
	}
	return l.w.Flush()
}

func (l *lines) close() error {
	err := l.flush()
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return err
}
