package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/alert"
	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/query"
)

func newAlertsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Rules and channels of alerts, what was sent, silences",
		Long: `Look after alerts: check the file of rules and channels, send a test message, see
what was sent, and say that something is known, unwanted or no incident at all.

"outcry watch", or "outcry up" with everything else, sends the alerts.`,
		Example: `  outcry alerts example > alerts.yaml
  outcry alerts check alerts.yaml
  outcry alerts test oncall --alerts.file alerts.yaml
  outcry alerts history --since 24h
  outcry alerts silence netflix --for 2h --note "planned maintenance"
  outcry alerts ack netflix-20121224T2051
  outcry alerts false-alarm netflix-20121224T2051 --note "a film, not an outage"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAlertsExampleCmd(a), newAlertsCheckCmd(a), newAlertsTestCmd(a), newAlertsHistoryCmd(a), newAlertsSilenceCmd(a),
		newAlertsIncidentCmd(a, "ack INCIDENT", "Say that somebody looks after an incident", `No more updates of the incident are sent, unless it gets worse or turns out to have
another root; its end is told.`, (*alert.Desk).Acknowledge),
		newAlertsIncidentCmd(a, "false-alarm INCIDENT", "Say that an incident is none", `Its alerts end. The mark is kept: the vendor then needs more evidence, and more people
than this time, before there is an alert again. That fades over some months.`, (*alert.Desk).FalseAlarm),
		newAlertsActionsCmd(a), newAlertsRevokeCmd(a))
	return cmd
}

func newAlertsExampleCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "example",
		Short:   "Print an alert file with everything explained",
		Example: "  outcry alerts example > alerts.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(config.AlertsYAML)
			return err
		},
	}
}

func newAlertsCheckCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check an alert file",
		Long: `Read an alert file, by default that of the setting alerts.file, and say what is wrong
with it. Secrets it names must be there. Nothing is sent.`,
		Example: "  outcry alerts check alerts.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.cfg.Alerts.File = args[0]
			}
			f, known, err := a.alertFile()
			if err != nil {
				return err
			}
			name := a.cfg.Alerts.File
			if name == "" {
				name = "the built-in alert file"
			}
			_, _ = fmt.Fprintf(a.stdout, "%s is good: %d rules, %d channels\n", name, len(f.Rules), len(f.Channels))
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for k := range f.Rules {
				r := &f.Rules[k]
				_, _ = fmt.Fprintf(w, "  %s\tabout %d vendors\tto %s\n", r.Name, r.Count(known), strings.Join(r.Channels, ", "))
			}
			return w.Flush()
		},
	}
}

func newAlertsTestCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "test [CHANNEL…]",
		Short: "Send a test message",
		Long: `Send a message that says it is a test to channels of the alert file, by default to all,
and say whether each receiver has taken it.`,
		Example: "  outcry alerts test oncall --alerts.file alerts.yaml",
		RunE: func(cmd *cobra.Command, names []string) error {
			f, _, err := a.alertFile()
			if err != nil {
				return err
			}
			err = f.Try(names, time.Now(), func(c *channel.Config, m channel.Message) error {
				ch, err := channel.New(*c, a.log)
				if err == nil {
					ctx, cancel := context.WithTimeout(cmd.Context(), 20*time.Second)
					defer cancel()
					_, err = ch.Send(ctx, m)
				}
				if err != nil {
					return fmt.Errorf("%s: %w", c.Name, err)
				}
				_, _ = fmt.Fprintf(a.stdout, "%s: taken\n", c.Name)
				return nil
			})
			return unknownIsUsage(err)
		},
	}
}

func newAlertsHistoryCmd(a *app) *cobra.Command {
	var since time.Duration
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "history",
		Short:   "List the messages that were sent or tried",
		Example: "  outcry alerts history --since 24h\n  outcry alerts history --json | jq .title",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.desk(cmd.Context(), func(d *alert.Desk, _ *query.DB) error {
				all, err := d.History(cmd.Context(), time.Now().Add(-since), limit)
				if err != nil {
					return err
				}
				if asJSON {
					return writeLines(a.stdout, all)
				}
				if len(all) == 0 {
					_, _ = fmt.Fprintf(a.stderr, "nothing was sent in the last %s\n", since)
				}
				w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
				for _, n := range all {
					_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", n.Written().Format("2006-01-02 15:04:05Z"), n.Channel, n.State, n.Title, n.Detail)
				}
				return w.Flush()
			})
		},
	}
	f := cmd.Flags()
	f.DurationVar(&since, "since", 7*24*time.Hour, "how far back to look")
	f.IntVar(&limit, "limit", 100, "how many messages at most, a `number`")
	f.BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func newAlertsSilenceCmd(a *app) *cobra.Command {
	var length time.Duration
	var note string
	cmd := &cobra.Command{
		Use:   "silence VENDOR|all",
		Short: "Send no alerts about a vendor for a while",
		Long: `Send no alerts about a vendor, or about all, for a while. Incidents are still found
and stored; one that is open when the silence ends is told then.`,
		Example: `  outcry alerts silence netflix --for 2h --note "planned maintenance"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			vendor := args[0]
			catalogue, err := loadCatalogue(a.cfg)
			if err != nil {
				return err
			}
			if vendor == "all" {
				vendor = ""
			} else if alertCatalogue(catalogue).Names[vendor] == "" {
				return usagef("the catalogue has no vendor %q; see outcry vendors list", vendor)
			}
			if length <= 0 {
				return usagef("--for must be above 0, such as 2h")
			}
			return a.desk(cmd.Context(), func(d *alert.Desk, db *query.DB) error {
				from, err := dashboards.Now(cmd.Context(), db, time.Now())
				if err != nil {
					return err
				}
				done, err := d.Silence(cmd.Context(), vendor, from, length, whoAmI(), note)
				return a.printAction(done, err)
			})
		},
	}
	cmd.Flags().DurationVar(&length, "for", time.Hour, "how long")
	cmd.Flags().StringVar(&note, "note", "", "why, in `words`")
	return cmd
}

func newAlertsIncidentCmd(a *app, use, short, long string, do func(*alert.Desk, context.Context, string, string, string) (query.Action, error)) *cobra.Command {
	var note string
	name, _, _ := strings.Cut(use, " ")
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long,
		Example: "  outcry alerts " + name + ` netflix-20121224T2051 --note "seen it"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.desk(cmd.Context(), func(d *alert.Desk, _ *query.DB) error {
				done, err := do(d, cmd.Context(), args[0], whoAmI(), note)
				return a.printAction(done, err)
			})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "why, in `words`")
	return cmd
}

func newAlertsActionsCmd(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "actions",
		Short:   "List silences, acknowledgements and false alarms",
		Example: "  outcry alerts actions",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.desk(cmd.Context(), func(d *alert.Desk, _ *query.DB) error {
				all, err := d.Actions(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return writeLines(a.stdout, all)
				}
				w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
				for _, x := range all {
					_, _ = fmt.Fprintf(w, "%s\t%s\n", x.ID, describeAction(x))
				}
				return w.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

func newAlertsRevokeCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "Take back a silence, an acknowledgement or a false alarm",
		Example: "  outcry alerts revoke a4bqzk2m",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.desk(cmd.Context(), func(d *alert.Desk, _ *query.DB) error {
				done, err := d.Revoke(cmd.Context(), args[0])
				if err != nil {
					return unknownIsUsage(err)
				}
				_, _ = fmt.Fprintf(a.stdout, "taken back: %s\n", describeAction(done))
				return nil
			})
		},
	}
}

// desk opens the desk of the configured or running ClickHouse.
func (a *app) desk(ctx context.Context, work func(*alert.Desk, *query.DB) error) error {
	return a.database(ctx, "alerts", func(e *engines) error {
		conn, err := e.writer(ctx)
		if err != nil {
			return err
		}
		return work(alert.NewDesk(conn, time.Now), query.New(conn, nil))
	})
}

func (a *app) printAction(done query.Action, err error) error {
	if err != nil {
		return unknownIsUsage(err)
	}
	_, _ = fmt.Fprintf(a.stdout, "%s  %s\n", done.ID, describeAction(done))
	return nil
}

func describeAction(x query.Action) string {
	what := x.Incident
	if what == "" {
		what = x.Vendor
	}
	if what == "" {
		what = "all vendors"
	}
	s := strings.ReplaceAll(x.Kind, "_", " ") + " of " + what
	if x.EndsAt != nil {
		s += " until " + x.EndsAt.UTC().Format("2006-01-02 15:04Z")
	}
	if x.Who != "" {
		s += " by " + x.Who
	}
	if x.Note != "" {
		s += ": " + x.Note
	}
	return s
}

func unknownIsUsage(err error) error {
	if unknown := (*alert.UnknownError)(nil); errors.As(err, &unknown) {
		return usageError{err}
	}
	return err
}

// whoAmI is who uses the command, for the records.
func whoAmI() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return os.Getenv("USER")
}
