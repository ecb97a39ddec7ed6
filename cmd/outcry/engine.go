package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/outcry/outcry/sink/clickhouse"
)

func newEngineCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "Install the embedded ClickHouse",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEngineInstallCmd(a), newEngineStatusCmd(a))
	return cmd
}

func newEngineInstallCmd(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Fetch the ClickHouse library by npm, once",
		Long: `Fetch the pinned ClickHouse library by npm (about 180 MB, 570 MB unpacked), check it
against its checksum and put it into clickhouse.engine_dir. Where it is there
already, nothing is done. Commands that need the library call this by themselves.`,
		Example: "  outcry engine install\n  outcry engine install --force      # again, after damage",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.installEngine(cmd.Context(), force); err != nil {
				return err
			}
			s, err := clickhouse.EngineStatus(a.cfg.ClickHouse.EngineDir)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "ClickHouse library %s is at %s\n", s.Version, s.Path)
			return err
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "fetch it again even if it is there")
	return cmd
}

func newEngineStatusCmd(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say whether the library is there",
		Long:    "Say whether the library is there. Exit code 0 if it is, 1 if not.",
		Example: "  outcry engine status\n  outcry engine status --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := clickhouse.EngineStatus(a.cfg.ClickHouse.EngineDir)
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				err = json.NewEncoder(a.stdout).Encode(s)
			case s.Installed:
				_, err = fmt.Fprintf(a.stdout, "ClickHouse library %s is at %s\n", s.Version, s.Path)
			case s.Damaged != "":
				_, err = fmt.Fprintf(a.stdout, "%s is damaged: %s; run outcry engine install --force\n", s.Path, s.Damaged)
			default:
				_, err = fmt.Fprintf(a.stdout, "the ClickHouse library is not at %s; run outcry engine install\n", s.Path)
			}
			if err == nil && !s.Installed {
				return errSilent
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	return cmd
}

// installEngine installs the library and shows how far it is.
func (a *app) installEngine(ctx context.Context, force bool) error {
	s, err := clickhouse.EngineStatus(a.cfg.ClickHouse.EngineDir)
	if err != nil || s.Installed && !force {
		return err
	}
	_, _ = fmt.Fprintf(a.stderr, "Fetching the ClickHouse library %s, once.\n", s.Version)
	if err := clickhouse.Install(ctx, a.cfg.ClickHouse.EngineDir, force, progress(a.stderr)); err != nil {
		return unreachableError{err}
	}
	return nil
}

// progress draws a bar on a terminal, and elsewhere writes a line now and then.
func progress(w io.Writer) clickhouse.Progress {
	if !isTerminal(w) {
		var last time.Time
		return func(step string, done, total int64) {
			if done == total || time.Since(last) > 5*time.Second {
				last = time.Now()
				_, _ = fmt.Fprintf(w, "%s: %d of %d MB\n", step, done>>20, total>>20)
			}
		}
	}
	var (
		bar  *progressbar.ProgressBar
		step string
	)
	return func(now string, done, total int64) {
		if now != step {
			step = now
			bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(now),
				progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30), progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(w) }))
		}
		_ = bar.Set64(done)
	}
}
