package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
)

// place is a public place that can be collected from.
type place struct {
	name string
	// brings and needs are a sentence each; keyless says that it works without a key,
	// an account or an address of yours.
	brings, needs string
	keyless       bool
	// settings are what switches it on, as lines of the file under ingest.
	settings string
	// on is the setting that does, where a command has a flag for it.
	on      func(*config.Ingest) *bool
	enabled func(*config.Ingest) bool
	// open makes the sources. It is called only where the place is enabled.
	open func(*app) ([]ingest.Source, error)
}

// sources makes the sources that are enabled.
func (a *app) sources() ([]ingest.Source, error) {
	var all []ingest.Source
	for _, p := range places() {
		if !p.enabled(&a.cfg.Ingest) {
			continue
		}
		s, err := p.open(a)
		if err != nil {
			return nil, usageError{err}
		}
		all = append(all, s...)
	}
	return all, nil
}

// sourceFlags are the flags of commands that collect.
type sourceFlags struct{ bluesky, live bool }

func (f *sourceFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.bluesky, "bluesky", false, "collect from Bluesky, as ingest.bluesky.enabled does")
	cmd.Flags().BoolVar(&f.live, "live", false, "collect from every source that needs no key: "+strings.Join(keyless(), ", "))
}

// apply switches on what the flags say.
func (f *sourceFlags) apply(cfg *config.Ingest) {
	for _, p := range places() {
		if p.on != nil && (f.live && p.keyless || f.bluesky && p.name == "bluesky") {
			*p.on(cfg) = true
		}
	}
}

func keyless() []string {
	var names []string
	for _, p := range places() {
		if p.keyless && p.on != nil {
			names = append(names, p.name)
		}
	}
	return names
}

func newSourcesCmd(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "See where posts can be collected from and what each needs",
		Long: `List the public places that outcry can collect from, whether each is switched on,
and what it needs. "outcry sources add NAME" prints the settings that switch one on.
docs/sources.md says of each what it brings, its limits and terms, and how deletions
come.`,
		Example: "  outcry sources\n  outcry sources add hackernews >> outcry.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.listSources(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.AddCommand(newSourcesAddCmd(a))
	return cmd
}

func (a *app) listSources(asJSON bool) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	enc := json.NewEncoder(a.stdout)
	_, _ = fmt.Fprint(w, map[bool]string{false: "SOURCE\tON\tBRINGS\tNEEDS\n"}[asJSON])
	for _, p := range places() {
		on := p.enabled(&a.cfg.Ingest)
		if asJSON {
			if err := enc.Encode(map[string]any{"source": p.name, "enabled": on, "brings": p.brings, "needs": p.needs, "keyless": p.keyless}); err != nil {
				return err
			}
			continue
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.name, map[bool]string{true: "yes", false: "no"}[on], p.brings, p.needs)
	}
	return w.Flush()
}

func newSourcesAddCmd(a *app) *cobra.Command {
	var names []string
	for _, p := range places() {
		names = append(names, p.name)
	}
	return &cobra.Command{
		Use: "add NAME", Short: "Print the settings that switch a source on",
		Long:      "Print the lines of outcry.yaml that switch a source on, with what it needs as a comment.",
		Example:   "  outcry sources add hackernews >> outcry.yaml",
		Args:      cobra.ExactArgs(1),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			for _, p := range places() {
				if p.name == args[0] {
					_, err := fmt.Fprint(a.stdout, p.yaml())
					return err
				}
			}
			return usagef("there is no source %q; there are %s", args[0], strings.Join(names, ", "))
		},
	}
}

// yaml is a configuration file that switches the source on.
func (p place) yaml() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "# %s\n# Needs: %s\ningest:\n  contact: \"\"   # your address or e-mail, for the people who run the place\n", p.brings, p.needs)
	for line := range strings.SplitSeq(strings.Trim(p.settings, "\n"), "\n") {
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}
