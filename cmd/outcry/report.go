package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
)

func newReportCmd(a *app) *cobra.Command {
	var format, output, link string
	cmd := &cobra.Command{
		Use:   "report INCIDENT",
		Short: "Write the report of an incident",
		Long: `Write one page for the board about an incident: what happened when, whom people
blame, what statements changed, what goes round, with method and limits. Formats are
html (a file of its own), md, json (all that is known) and pdf, which needs Chromium.`,
		Example: `  outcry report netflix-20121224T2049 --output netflix.html
  outcry report netflix-20121224T2049 --format pdf --output netflix.pdf
  outcry report netflix-20121224T2049 --format json | jq .blame.shares`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(reportFormats, format) {
				return usagef("--format is %q; it must be one of %s", format, strings.Join(reportFormats, ", "))
			}
			if format == "pdf" && output == "" {
				return usagef("a PDF goes to a file: name it with --output")
			}
			return a.asking(cmd.Context(), "report", func(s *dashboards.Server, _ *query.DB, _ *engines) error {
				return a.report(cmd.Context(), s, args[0], format, output, link)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "html", strings.Join(reportFormats, ", "))
	f.StringVarP(&output, "output", "o", "", "`file` to write; empty: standard output")
	f.StringVar(&link, "link", "", "`address` of the pages, for a link to the incident")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var reportFormats = []string{"html", "md", "json", "pdf"}

func (a *app) report(ctx context.Context, s *dashboards.Server, id, format, output, link string) error {
	var b bytes.Buffer
	var ok bool
	var err error
	switch format {
	case "json":
		var d *dashboards.Dossier
		if d, ok, err = s.Dossier(ctx, id, time.Time{}); ok {
			e := json.NewEncoder(&b)
			e.SetIndent("", "  ")
			err = e.Encode(d)
		}
	case "pdf":
		ok, err = s.WriteReport(ctx, &b, id, "html", link)
	default:
		ok, err = s.WriteReport(ctx, &b, id, format, link)
	}
	if err != nil {
		return err
	}
	if !ok {
		return usagef("there is no incident %q; outcry incidents lists those there are", id)
	}
	switch {
	case format == "pdf":
		return printPDF(ctx, b.Bytes(), output)
	case output != "":
		if err := os.WriteFile(output, b.Bytes(), 0o600); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		return nil
	}
	_, err = b.WriteTo(a.stdout)
	return err
}

// printPDF has Chromium print a page.
func printPDF(ctx context.Context, html []byte, output string) error {
	var browser string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		return unreachableError{fmt.Errorf("writing a PDF needs Chromium, which is not installed here: install it, or write --format html and print that")}
	}
	dir, err := os.MkdirTemp("", "outcry-report-")
	if err != nil {
		return fmt.Errorf("writing a PDF: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	page := filepath.Join(dir, "report.html")
	if err := os.WriteFile(page, html, 0o600); err != nil {
		return fmt.Errorf("writing a PDF: %w", err)
	}
	absolute, err := filepath.Abs(output)
	if err != nil {
		return fmt.Errorf("writing a PDF: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	args := []string{"--headless=new", "--disable-gpu", "--no-pdf-header-footer", "--user-data-dir=" + filepath.Join(dir, "profile"), "--print-to-pdf=" + absolute, "file://" + page}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...) // its sandbox refuses to run as root; the page is our own
	}
	if out, err := exec.CommandContext(ctx, browser, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("having Chromium print the report: %w: %s", err, oneLine(string(out), 300))
	}
	if _, err := os.Stat(absolute); err != nil {
		return fmt.Errorf("Chromium ended without writing %s", output)
	}
	return nil
}
