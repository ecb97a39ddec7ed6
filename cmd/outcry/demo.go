package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/ingest/scenario"
)

// demoSpeed makes the story of Christmas Eve pass in about three minutes.
const demoSpeed = "530"

type demo struct {
	scenario, speed string
	seed            uint64
	exit, asJSON    bool
}

func newDemoCmd(a *app) *cobra.Command {
	var o demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch Christmas Eve 2012 happen again",
		Long: `Start the whole pipeline on this machine and bring some 20,000 simulated posts of an
incident through it: Netflix fails on Christmas Eve 2012 because Amazon's load
balancers failed. The story takes about three minutes; a line says where it is. The
page stays up until Ctrl-C.

The posts are invented and marked as such; only the dated facts are real. The demo
has a data folder of its own, made anew each time.`,
		Example: `  outcry demo
  outcry demo --speed 2000            # less patience
  outcry demo --speed max --exit      # all at once, count, and end`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.scenario, "scenario", "christmas-eve-2012", "the `name` of the story (outcry simulate --list)")
	f.StringVar(&o.speed, "speed", demoSpeed, "how many times faster than it happened: a `number`, or max")
	f.Uint64Var(&o.seed, "seed", 1, "`number` that the posts are drawn from")
	f.BoolVar(&o.exit, "exit", false, "end when everything is stored, and print what was counted")
	f.BoolVar(&o.asJSON, "json", false, "with --exit: print the counts as one JSON object")
	return cmd
}

func (a *app) demo(ctx context.Context, o demo) error {
	speed, err := parseSpeed(o.speed)
	if err != nil {
		return err
	}
	line := &storyLine{w: a.stderr, tty: isTerminal(a.stderr)}
	story, err := newStory(o.scenario, o.seed, speed, false, line.at)
	if err != nil {
		return err
	}
	s, err := scenario.Load(o.scenario)
	if err != nil {
		return err
	}
	if a.cfg.Log.Level == "info" { // the story is told on the same terminal
		a.cfg.Log.Level = "warn"
		if a.log, err = newLogger(a.cfg.Log, a.stderr); err != nil {
			return err
		}
	}
	line.beats, line.start, line.end = s.Beats(), s.Start, s.End
	if len(a.cfg.Kafka.Brokers) == 0 && len(a.cfg.ClickHouse.Addr) == 0 {
		a.cfg.DataDir = filepath.Join(a.cfg.DataDir, "demo")
		if err := clearDemo(a.cfg.DataDir); err != nil {
			return err
		}
	}
	work := func(ctx context.Context, p *parts) error {
		spoken := newSpeakers(p, s)
		line.heard = spoken.until
		if err := p.bring(ctx, story); err != nil {
			return err
		}
		if err := spoken.done(ctx); err != nil {
			return err
		}
		if err := p.settle(ctx, story, nil); err != nil {
			return err
		}
		line.done()
		if o.asJSON {
			if err := json.NewEncoder(a.stdout).Encode(story.account); err != nil {
				return err
			}
		} else {
			_, _ = fmt.Fprintln(a.stdout, "The story is told, and every post is accounted for:")
			story.account.write(a.stdout)
		}
		if o.exit {
			return nil
		}
		if a.cfg.Alerts.Enabled {
			if err := p.tellIncident(ctx, a.stdout, s.End); err != nil {
				return err
			}
		}
		_, _ = fmt.Fprintf(a.stdout, "The page stays at http://%s until Ctrl-C.\n", p.e.inst.HTTP)
		<-ctx.Done()
		return nil
	}
	return a.up(ctx, pipeline{name: "demo", page: true, watch: a.cfg.Alerts.Enabled, work: work, ready: func(e *engines) {
		if o.asJSON {
			return
		}
		_, _ = fmt.Fprintf(a.stdout, "\n%s\n%s\n\n", s.Title, s.Simulated)
		printAddresses(a.stdout, e)
		_, _ = fmt.Fprintf(a.stdout, `
Open http://%s and watch
  - Netflix rise against the hour before, on consoles and televisions first;
  - whom people blame: Netflix at first, Amazon's cloud once it is named;
  - the incident, from the first signal to its end: press its state, or open /incidents;
  - what each statement changed, at /statements.

`, e.inst.HTTP)
	}})
}

// tellIncident says what came of the story: who failed, who was blamed, what statements
// changed, when it was over.
func (p *parts) tellIncident(ctx context.Context, w io.Writer, end time.Time) error {
	conn, err := p.e.reader(ctx)
	if err != nil {
		return err
	}
	o := pageOptions(p.catalogue)
	o.Reader, o.Log = conn, p.a.log
	s, err := dashboards.New(o)
	if err != nil {
		return err
	}
	db := query.New(conn, nil)
	var largest query.Incident
	for until := time.Now().Add(watchPatience); ; {
		all, err := db.Incidents(ctx, query.Always())
		if err != nil {
			return err
		}
		largest = query.Incident{}
		done := len(all) > 0
		for _, i := range all {
			if i.Authors > largest.Authors {
				largest = i
			}
			done = done && (i.ClosedAt != nil || i.SeenAt.After(end.Add(-10*time.Minute)))
		}
		if done || time.Now().After(until) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(storyTick):
		}
	}
	if largest.ID == "" {
		return nil
	}
	lines, err := s.Summary(ctx, largest.ID)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, "\nWhat outcry found, times in UTC:\n")
	for _, l := range lines {
		_, _ = fmt.Fprintf(w, "  - %s\n", l)
	}
	_, _ = fmt.Fprintf(w, "\nAll of it, with the posts behind every number: http://%s/incidents/%s\n", p.e.inst.HTTP, largest.ID)
	return nil
}

// watchPatience is how long the detector may take to reach the end of the story.
const watchPatience = 20 * time.Second

// clearDemo removes the data of the demo before, unless it still runs.
func clearDemo(dir string) error {
	lock, err := lockData(dir)
	if err != nil {
		if errors.Is(err, errDataInUse) {
			in, _ := readInstance(dir)
			return unreachableError{fmt.Errorf("a demo runs already: %s, page http://%s; stop it first", in, in.HTTP)}
		}
		return err
	}
	defer lock.release()
	for _, part := range []string{"kafka", "clickhouse", instanceName} {
		if err := os.RemoveAll(filepath.Join(dir, part)); err != nil {
			return folderError(dir, err)
		}
	}
	return nil
}

// storyLine says where in the story the demo is: one line that is written over on a
// terminal, else a line a beat.
type storyLine struct {
	w          io.Writer
	tty        bool
	beats      []scenario.Beat
	start, end time.Time
	told       int
	width      int
	heard      func(now time.Time) // also wants to know how far the story is
}

func (l *storyLine) at(now time.Time) {
	if l.heard != nil {
		l.heard(now)
	}
	for l.told < len(l.beats) && !l.beats[l.told].At.After(now) {
		l.clear()
		_, _ = fmt.Fprintf(l.w, "  %s  %s\n", l.beats[l.told].At.Format("02 Jan 15:04 UTC"), l.beats[l.told].Sentence)
		l.told++
	}
	if !l.tty || !now.Before(l.end) {
		return
	}
	share := float64(now.Sub(l.start)) / float64(l.end.Sub(l.start))
	text := fmt.Sprintf("  %s  %3.0f %%  %s", now.Format("02 Jan 15:04 UTC"), 100*share, strings.Repeat("▒", int(share*30)))
	l.clear()
	_, _ = io.WriteString(l.w, text)
	l.width = len([]rune(text))
}

func (l *storyLine) clear() {
	if l.width > 0 {
		_, _ = fmt.Fprintf(l.w, "\r%s\r", strings.Repeat(" ", l.width))
		l.width = 0
	}
}

func (l *storyLine) done() {
	l.at(l.end)
	l.clear()
}
