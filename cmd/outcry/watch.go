package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // quiet hours know their zones on every machine

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/alert"
	"github.com/outcry/outcry/dashboards/spike"
	"github.com/outcry/outcry/dashboards/watch"
	"github.com/outcry/outcry/nlp/vendor"
)

func newWatchCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "watch",
		Short: "Find incidents and send alerts",
		Long: `Run the spike detector over what is stored, keep its incidents in ClickHouse, and
send alerts by the rules of alerts.file. It can be stopped and started at any moment:
nothing is lost or sent twice. Of many that run, one watches and the others wait.`,
		Example: "  OUTCRY_CLICKHOUSE_ADDR=ch1:9000 OUTCRY_ALERTS_FILE=alerts.yaml outcry watch",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.role(cmd.Context(), "watch", needClickHouse, func(ctx context.Context, p *parts) (stage, error) {
				if err := p.migrate(ctx); err != nil {
					return stage{}, err
				}
				return p.watch(ctx)
			})
		},
	}
}

// watch is the role that finds incidents and tells people of them.
func (p *parts) watch(ctx context.Context) (stage, error) {
	if err := p.withCatalogue(); err != nil {
		return stage{}, err
	}
	known := alertCatalogue(p.catalogue)
	file, err := readAlertFile(p.e.cfg.Alerts.File, known)
	if err != nil {
		return stage{}, err
	}
	conn, err := p.e.writer(ctx)
	if err != nil {
		return stage{}, err
	}
	link := p.e.cfg.Alerts.Link
	if link == "" && p.e.inst.HTTP != "" {
		link = "http://" + p.e.inst.HTTP
	}
	holder := "the owner of the data folder" // whose lock says that there is one: no need to wait for a dead one
	if !p.e.owner {
		host, _ := os.Hostname()
		holder = fmt.Sprintf("%s/%d/%d", host, os.Getpid(), time.Now().UnixNano())
	}
	head := dashboards.NewHead(conn, time.Now)
	var n *alert.Notifier
	w := watch.New(watch.Options{
		Conn: conn, Clock: head.At, Detector: spike.Options{Supply: supplyOf(p.catalogue)}, Every: p.e.cfg.Alerts.Every,
		Tuning: func() map[string]spike.Tuning { return n.Tuning() },
		Holder: holder, Log: p.a.log, Metrics: watch.NewMetrics(p.a.reg),
	})
	n, err = alert.New(alert.Options{
		Conn: conn, File: file, Catalogue: known, Incidents: w.Incidents, Changed: w.Changed(), May: w.Holds,
		Link: link, Log: p.a.log, Metrics: alert.NewMetrics(p.a.reg),
	})
	if err != nil {
		return stage{}, err
	}
	return stage{"watch", func(ctx context.Context) error {
		_ = n.Refresh(ctx) // what fails here fails, and is said, at the first turn
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return w.Run(ctx) })
		g.Go(func() error { return n.Run(ctx) })
		return g.Wait()
	}}, nil
}

// alertFile reads the alert file of the settings, with the catalogue that it is about.
func (a *app) alertFile() (*alert.File, alert.Catalogue, error) {
	c, err := loadCatalogue(a.cfg)
	if err != nil {
		return nil, alert.Catalogue{}, err
	}
	known := alertCatalogue(c)
	f, err := readAlertFile(a.cfg.Alerts.File, known)
	return f, known, err
}

// readAlertFile reads an alert file, or gives the default rules where there is none.
func readAlertFile(path string, c alert.Catalogue) (*alert.File, error) {
	if path == "" {
		return alert.Defaults(), nil
	}
	f, err := alert.Load(path, c)
	var wrong *alert.FileError
	if errors.As(err, &wrong) {
		return nil, usageError{err}
	}
	return f, err
}

// alertCatalogue is what rules need to know of the vendors.
func alertCatalogue(c *vendor.Catalogue) alert.Catalogue {
	out := alert.Catalogue{Names: map[string]string{}, Owners: map[string]string{}, Categories: map[string]string{}}
	for _, v := range c.Vendors {
		out.Names[v.ID], out.Owners[v.ID], out.Categories[v.ID] = v.Name, v.Owner, v.Category
	}
	return out
}
