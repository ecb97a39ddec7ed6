package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
)

func newExplainCmd(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain TEXT…",
		Short: "Say why a text gets its tags",
		Long: `Tag a text and say why: for each label its probability, the label that came second,
and what weighed most. A weight is what a word, pattern or fact adds to the lead of
the label over the second one, in logits; a negative one spoke for the second.

In the words of a feature <v> stands for a vendor, <t> for the vendor in question.
Without an argument, or for -, the text comes from standard input.`,
		Example: `  outcry explain "Why does Netflix use Amazon's servers? Netflix should have its own."
  outcry explain --json "is slack down?" | jq .decisions[0]`,
		RunE: func(_ *cobra.Command, args []string) error {
			text := strings.Join(args, " ")
			if text == "" || text == "-" {
				b, err := io.ReadAll(io.LimitReader(a.stdin, post.MaxRecord))
				if err != nil {
					return fmt.Errorf("reading the text: %w", err)
				}
				text = strings.TrimSpace(string(b))
			}
			if text == "" {
				return usagef("there is no text to explain: give it as an argument or on standard input")
			}
			tagger, err := a.tagger()
			if err != nil {
				return err
			}
			x, err := tagger.Explain(&post.Post{Kind: post.KindPost, Text: text})
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(a.stdout)
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				return enc.Encode(x)
			}
			return printExplanation(a.stdout, &x)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func printExplanation(out io.Writer, x *tag.Explanation) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, d := range x.Decisions {
		what := d.What
		if d.Vendor != "" {
			what = d.Vendor + " " + what
		}
		_, _ = fmt.Fprintf(w, "%s: %s (%.0f %%), then %s (%.0f %%)\n", what, d.Label, 100*d.Probability, d.RunnerUp, 100*d.RunnerUpProbability)
		for _, r := range d.Reasons {
			_, _ = fmt.Fprintf(w, "  %+.2f\t%s", r.Weight, r.Feature)
			if r.End > r.Start {
				_, _ = fmt.Fprintf(w, "\t%q", x.Tag.Text[r.Start:r.End])
			}
			_, _ = fmt.Fprintln(w)
		}
	}
	for _, l := range []struct {
		name string
		list []string
	}{{"symptoms", x.Tag.Symptoms}, {"devices", x.Tag.Devices}, {"places", x.Tag.Places}, {"intents", x.Tag.Intents}, {"unknown vendors", x.Tag.Unknown}} {
		if len(l.list) > 0 {
			_, _ = fmt.Fprintf(w, "%s: %s\n", l.name, strings.Join(l.list, ", "))
		}
	}
	return w.Flush()
}
