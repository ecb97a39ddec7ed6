package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newStatusCmd(a *app) *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Ask a running outcry how it is",
		Long: `Ask a running outcry whether it is ready and print each check. Without --url it is
the one that runs on the data folder. Exit code 0 if ready, 1 if not, 3 if none runs.`,
		Example: "  outcry status\n  outcry status --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if url == "" {
				runs, err := a.runs()
				if err != nil {
					return err
				}
				if !runs {
					return unreachableError{fmt.Errorf("no outcry runs on the data folder %s; start one with outcry up", a.cfg.DataDir)}
				}
				in, err := readInstance(a.cfg.DataDir)
				if err != nil {
					return err
				}
				if in.HTTP == "" {
					return unreachableError{fmt.Errorf("%s uses the data folder %s and serves no page to ask", in, a.cfg.DataDir)}
				}
				_, _ = fmt.Fprintf(a.stdout, "%s\n", in)
				url = "http://" + in.HTTP
			}
			return askReady(cmd.Context(), a.stdout, strings.TrimSuffix(url, "/"))
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "`address` of a page server")
	return cmd
}

func askReady(ctx context.Context, out io.Writer, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz?verbose", nil)
	if err != nil {
		return usagef("reading --url %q: %w", url, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return unreachableError{fmt.Errorf("asking %s: %w", url, err)}
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(out, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return unreachableError{fmt.Errorf("asking %s: %w", url, err)}
	}
	if resp.StatusCode != http.StatusOK {
		return errSilent
	}
	return nil
}
