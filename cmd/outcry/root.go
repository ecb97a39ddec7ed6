package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/outcry/outcry/config"
)

// engineCommand is the hidden argument under which our own binary is the
// embedded ClickHouse server.
const engineCommand = "__engine"

// app is what every subcommand shares. cfg, log and reg are there once the
// command runs.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	configFile string
	cfg        *config.Config
	log        *slog.Logger
	reg        *prometheus.Registry
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "outcry",
		Short: "Measure the public's reaction to service outages",
		Long: `outcry listens to what people say in public while a service is failing and turns
it into facts: who is affected, since when, how angry people are, whom they blame.

Collectors push public posts into Kafka, a tagger marks outages, sentiment and
vendors, the results land in ClickHouse, and a page shows them. "outcry up" runs
all of it on this machine; the roles also run apart against real servers.`,
		Example: `  outcry demo                      # watch Christmas Eve 2012 happen again
  outcry up --bluesky              # live, from Bluesky; needs no key
  outcry replay --wait posts.ndjson
  outcry sql "SELECT vendor, count() FROM v_mentions GROUP BY vendor"`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.configure(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "configuration `file` (default: ./outcry.yaml, then the user's, then /etc/outcry)")
	config.AddFlags(flags)
	flags.String("data-dir", "", "`folder` of embedded engines, passwords and keys")
	flags.String("log-level", "", "debug, info, warn or error")
	flags.String("log-format", "", "text, json or auto")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w\nSee '%s --help'.", err, cmd.CommandPath())
	})
	root.AddGroup(
		&cobra.Group{ID: "start", Title: "Start here:"},
		&cobra.Group{ID: "roles", Title: "Roles, one process each:"},
		&cobra.Group{ID: "data", Title: "Posts and data:"},
		&cobra.Group{ID: "alerts", Title: "Incidents and alerts:"},
		&cobra.Group{ID: "tagger", Title: "The tagger:"},
		&cobra.Group{ID: "admin", Title: "Set up and look after:"},
	)
	group := func(id string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("start", newDemoCmd(a), newUpCmd(a), newStatusCmd(a))
	group("roles", newCollectCmd(a), newNLPCmd(a), newSinkCmd(a), newWatchCmd(a), newServeCmd(a))
	group("data", newSourcesCmd(a), newReplayCmd(a), newTagCmd(a), newBacktestCmd(a), newSimulateCmd(a), newPostsCmd(a), newSQLCmd(a))
	group("alerts", newIncidentsCmd(a), newStatementsCmd(a), newReportCmd(a), newAlertsCmd(a))
	group("tagger", newExplainCmd(a), newVendorsCmd(a), newEvalCmd(a), newTrainCmd(a))
	group("admin", newEngineCmd(a), newMigrateCmd(a), newConfigCmd(a), newBenchCmd(a), newVersionCmd(a))
	root.SetHelpCommandGroupID("admin")
	root.SetCompletionCommandGroupID("admin")
	wrongArgsAreUsage(root)
	return root
}

// wrongArgsAreUsage makes the argument checks of all commands end with exit code 2.
func wrongArgsAreUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usagef("%w\nUsage: %s\nSee '%s --help'.", err, c.UseLine(), c.CommandPath())
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		wrongArgsAreUsage(c)
	}
}

// configure reads the settings and makes the logger and the metrics registry.
func (a *app) configure(cmd *cobra.Command) error {
	if cmd.Name() == "help" || cmd.Name() == cobra.ShellCompRequestCmd || cmd.Parent() != nil && cmd.Parent().Name() == "completion" {
		return nil
	}
	cfg, err := a.load(cmd, a.configFile)
	if err != nil {
		return err
	}
	a.cfg = cfg
	if a.log, err = newLogger(cfg.Log, a.stderr); err != nil {
		return err
	}
	a.reg = prometheus.NewRegistry()
	a.reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo())
	return nil
}

// shortFlags are flags with a plain name for settings that are often given.
var shortFlags = map[string]string{"data-dir": "data_dir", "log-level": "log.level", "log-format": "log.format"}

// load reads the settings, with the flags of the command over them.
func (a *app) load(cmd *cobra.Command, file string) (*config.Config, error) {
	flags := cmd.Flags()
	for short, key := range shortFlags {
		if f := flags.Lookup(short); f != nil && f.Changed {
			if err := flags.Set(key, f.Value.String()); err != nil {
				return nil, usagef("reading --%s: %w", short, err)
			}
		}
	}
	return config.Load(file, flags)
}

func newLogger(cfg config.Log, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		return nil, fmt.Errorf("reading log.level: %w", err)
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "text" || cfg.Format == "auto" && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, opts)), nil
	}
	return slog.New(slog.NewJSONHandler(w, opts)), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
