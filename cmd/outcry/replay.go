package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/file"
)

// replaying is what the flags of replay say.
type replaying struct {
	speed, rebase, format, source, scenario string
	columns                                 map[string]string
	seed                                    uint64
	wait, asJSON                            bool
}

func newReplayCmd(a *app) *cobra.Command {
	var o replaying
	cmd := &cobra.Command{
		Use:   "replay FILE…",
		Short: "Bring the posts of files into the pipeline",
		Long: `Read posts from files (NDJSON, CSV or TSV; plain, gzip or zstd; - is standard input)
and put them into Kafka. Columns and times are guessed where their names are usual;
--columns names them where they are not. Lines that are no posts become dead letters.

It uses configured servers or a running "outcry up". Where none runs, it starts the
pipeline for as long as it takes and implies --wait.

--wait returns when every post is stored and prints what became of each: read =
stored + filtered + dead-lettered + repeated. See docs/input.md for the reasons.`,
		Example: `  outcry replay --wait posts.ndjson.gz
  outcry replay --columns id=tweet_id,text=body,created_at=date tweets.csv
  outcry replay --speed 60 --rebase now incident.ndjson   # an hour in a minute, as if it began now
  outcry simulate christmas-eve-2012 | outcry replay --wait -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && o.scenario == "" {
				return errors.New("replay needs at least one file (- is standard input)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.replay(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.speed, "speed", "max", "how many times faster than it happened: a `number`, or max")
	f.StringVar(&o.rebase, "rebase", "", "`now`: move all times so that the first post is made now; ids get a suffix, for these are other posts then")
	f.StringVar(&o.format, "format", "", "ndjson, csv or tsv; guessed where it is not given")
	f.StringVar(&o.source, "source", "", "`name` of the source of posts that name none (default file)")
	f.StringToStringVar(&o.columns, "columns", nil, "which column holds which `field`: id=tweet_id,text=body")
	f.BoolVar(&o.wait, "wait", false, "return when every post is stored, and account for each")
	f.BoolVar(&o.asJSON, "json", false, "print the account as one JSON object")
	f.StringVar(&o.scenario, "scenario", "", "bring the posts of a scenario instead of files (outcry simulate --list)")
	f.Uint64Var(&o.seed, "seed", 1, "`number` that the posts of a scenario are drawn from")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"ndjson", "csv", "tsv"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) replay(ctx context.Context, o replaying, files []string) error {
	var started time.Time
	show := newBar(a)
	b, err := a.replaySource(o, files, show)
	if err != nil {
		return err
	}
	finish := func(ctx context.Context, p *parts) error {
		started = time.Now()
		if err := p.bring(ctx, b); err != nil {
			return err
		}
		if o.wait {
			show.step("storing")
			if err := p.settle(ctx, b, show.left); err != nil {
				return err
			}
		}
		show.end()
		return a.printAccount(b.account, o, time.Since(started))
	}

	if runs, err := a.runs(); err != nil {
		return err
	} else if !runs { // nobody runs the pipeline: we do, for as long as it takes
		o.wait = true
		return a.up(ctx, pipeline{name: "replay", work: finish})
	}
	e, err := a.engines(ctx, needKafka|needClickHouse, "replay")
	if err != nil {
		return err
	}
	defer e.close()
	return finish(ctx, newParts(a, e))
}

// replaySource makes the one source of a replay.
func (a *app) replaySource(o replaying, files []string, show *bar) (*bringing, error) {
	speed, err := parseSpeed(o.speed)
	if err != nil {
		return nil, err
	}
	if o.rebase != "" && o.rebase != "now" {
		return nil, usagef("--rebase is %q; it can only be now", o.rebase)
	}
	if o.scenario != "" {
		return newStory(o.scenario, o.seed, speed, o.rebase == "now", nil)
	}
	opts := make([]file.Options, len(files))
	for i, path := range files {
		opts[i] = file.Options{
			Path: path, Input: a.stdin, Format: file.Format(o.format), Columns: o.columns, Source: o.source,
			Speed: speed, Rebase: o.rebase != "", Progress: show.file(path),
		}
		if path == file.Stdin {
			continue
		}
		r, err := file.Open(opts[i]) // all files are looked at before the first is read
		if err != nil {
			return nil, fileError(err)
		}
		if err := r.Close(); err != nil {
			return nil, fileError(err)
		}
	}
	return newBringing("replay", func(ctx context.Context, emit ingest.Emit) error {
		for _, f := range opts {
			if _, err := file.Replay(ctx, f, emit); err != nil {
				return fileError(err)
			}
		}
		return nil
	}), nil
}

func fileError(err error) error {
	if errors.Is(err, file.ErrUsage) {
		return usageError{err}
	}
	return err
}

func parseSpeed(s string) (float64, error) {
	if s == "max" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(v > 0) {
		return 0, usagef("--speed is %q; it must be a number above 0, such as 60, or max", s)
	}
	return v, nil
}

func (a *app) printAccount(c account, o replaying, took time.Duration) error {
	if o.asJSON {
		return json.NewEncoder(a.stdout).Encode(c)
	}
	if !o.wait {
		_, err := fmt.Fprintf(a.stdout, "read %d, accepted %d, dead-lettered %d; add --wait to see what becomes of them\n", c.Read, c.Accepted, sum(c.DeadLettered))
		return err
	}
	c.write(a.stdout)
	_, err := fmt.Fprintf(a.stdout, "in %.1f s, %.0f posts a second\n", took.Seconds(), float64(c.Read)/took.Seconds())
	return err
}

// bar shows progress on a terminal; elsewhere it is silent.
type bar struct {
	a   *app
	now *progressbar.ProgressBar
	top int64
}

func newBar(a *app) *bar { return &bar{a: a} }

func (b *bar) start(what string, total int64, bytes bool) {
	b.end()
	if !isTerminal(b.a.stderr) {
		return
	}
	b.now = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.a.stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(bytes), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
}

// file shows how far one file is read.
func (b *bar) file(path string) func(file.Progress) {
	begun := false
	return func(p file.Progress) {
		if !begun {
			begun = true
			total := p.Total
			if total == 0 {
				total = -1
			}
			b.start(path, total, true)
		}
		if b.now != nil {
			_ = b.now.Set64(p.Bytes)
		}
	}
}

func (b *bar) step(what string) { b.top = 0; b.start(what, -1, false) }

// left shows how many records are still on their way.
func (b *bar) left(n int64) {
	if b.now == nil {
		return
	}
	if n > b.top {
		b.top = n
		b.now.ChangeMax64(n)
	}
	_ = b.now.Set64(b.top - n)
}

func (b *bar) end() {
	if b.now != nil {
		_ = b.now.Finish()
		b.now = nil
	}
}
