package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newConfigCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show and check the settings",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigPrintCmd(a), newConfigCheckCmd(a))
	return cmd
}

func newConfigPrintCmd(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the settings in force, secrets hidden",
		Long: `Print the settings in force: defaults, under the file, under OUTCRY_… variables,
under flags. What it prints is itself a valid file. Secrets show as ***.`,
		Example: `  outcry config print > outcry.yaml     # a file of one's own to start from
  OUTCRY_KAFKA_BROKERS=k1:9092 outcry config print --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return a.cfg.WriteJSON(a.stdout)
			}
			return a.cfg.WriteYAML(a.stdout)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON object")
	return cmd
}

func newConfigCheckCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check the settings without starting anything",
		Long: `Check the settings as another command would read them, or those of FILE.
Exit code 0 if all is well, 2 if not; each fault is named with its line.`,
		Example: `  outcry config check
  outcry config check /etc/outcry/outcry.yaml`,
		Args:              cobra.MaximumNArgs(1),
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(cmd *cobra.Command, args []string) error {
			file := a.configFile
			if len(args) == 1 {
				file = args[0]
			}
			if _, err := a.load(cmd, file); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.stdout, "the configuration is valid")
			return err
		},
	}
}
