package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
)

// asking runs work with a page server that is not served: the same questions as the
// pages, for the command line.
func (a *app) asking(ctx context.Context, name string, work func(s *dashboards.Server, db *query.DB, e *engines) error) error {
	c, err := loadCatalogue(a.cfg)
	if err != nil {
		return err
	}
	return a.database(ctx, name, func(e *engines) error {
		conn, err := e.reader(ctx)
		if err != nil {
			return err
		}
		o := pageOptions(c)
		o.Reader, o.Log = conn, a.log
		s, err := dashboards.New(o)
		if err != nil {
			return err
		}
		return work(s, query.New(conn, nil), e)
	})
}

// span are the flags --from and --to.
type span struct{ from, to string }

func (s *span) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.from, "from", "", "only from this `time` on (RFC 3339, or a date)")
	cmd.Flags().StringVar(&s.to, "to", "", "only before this `time`")
}

func (s *span) window() (query.Window, error) {
	w := query.Always()
	for _, x := range []struct {
		name, value string
		into        *time.Time
	}{{"from", s.from, &w.From}, {"to", s.to, &w.To}} {
		if x.value == "" {
			continue
		}
		at, ok := dashboards.ReadTime(x.value)
		if !ok {
			return w, usagef("--%s is %q: write a time like 2012-12-24T20:30Z", x.name, x.value)
		}
		*x.into = at
	}
	return w, nil
}

// printAll prints rows as a table, or one JSON object a line.
func printAll[T any](w io.Writer, asJSON bool, rows []T, head string, line func(T) string) error {
	if asJSON {
		e := json.NewEncoder(w)
		for _, r := range rows {
			if err := e.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, head)
	for _, r := range rows {
		_, _ = fmt.Fprintln(t, line(r))
	}
	return t.Flush()
}

// oneLine is a text on one line, without signs that steer a terminal.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
