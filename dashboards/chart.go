package dashboards

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
)

// chart is the line of one vendor.
type chart struct {
	Vendor string       `json:"vendor"`
	Name   string       `json:"name"`
	Span   string       `json:"span"`
	Step   int          `json:"step_seconds"`
	Points []chartPoint `json:"points"`
	// Band is what is expected, from before the chart.
	Band reaction.Band `json:"expected_band"`
	// Peak is the step with most reports.
	Peak *chartPoint `json:"-"`

	Hue int `json:"-"`

	simulated bool
}

// Minutes is the length of a step.
func (c *chart) Minutes() int { return c.Step / 60 }

// chartPoint is people a minute in one step. Deaf is set where nobody listened:
// then the numbers say nothing.
type chartPoint struct {
	At        time.Time `json:"at"`
	Reports   float64   `json:"reports"`
	Reactions float64   `json:"reactions"`
	Blamed    float64   `json:"blamed"`
	Affected  float64   `json:"affected"`
	Deaf      bool      `json:"deaf,omitempty"`
}

// chart asks for the line of a vendor up to the board's now.
func (s *Server) chart(ctx context.Context, b *board, vendor string, f filter) (*chart, error) {
	span, length, step := f.span()
	to := b.clock.Now.Truncate(time.Minute)
	w := query.Window{From: to.Add(-length).Truncate(step), To: to}
	key := fmt.Sprint("series ", vendor, span, to.Unix())
	points, err := memoWarm(s.memos, key, boardAge, s.stale(f.At), func() ([]query.Point, error) {
		return s.db.Series(context.WithoutCancel(ctx), vendor, w, step)
	})
	if err != nil {
		return nil, err
	}
	c := s.newChart(vendor, span, step, w, points, b.heard)
	since := w.From
	if i, ok := b.incidents[vendor]; ok && i.OpenedAt.Before(since) {
		since = i.OpenedAt // what is usual cannot be read from within the outage
	}
	c.Band, err = memo(s.memos, fmt.Sprint("band ", vendor, since.Truncate(time.Hour).Unix()), slowAge, func() (reaction.Band, error) {
		return s.band(context.WithoutCancel(ctx), vendor, since)
	})
	return c, err
}

func (s *Server) newChart(vendor, span string, step time.Duration, w query.Window, points []query.Point, heard coverage) *chart {
	c := &chart{Vendor: vendor, Name: s.name(vendor), Span: span, Step: int(step.Seconds()), Hue: hue(vendor)}
	byTime := map[int64]query.Point{}
	for _, p := range points {
		byTime[p.At.Unix()] = p
		c.simulated = c.simulated || p.Simulated
	}
	for at := w.From; at.Before(w.To); at = at.Add(step) {
		end := at.Add(step)
		if end.After(w.To) {
			end = w.To
		}
		own := query.Window{From: at, To: end}
		p, minutes := byTime[at.Unix()], own.Length().Minutes()
		c.Points = append(c.Points, chartPoint{
			At: at, Reports: float64(p.Reports) / minutes, Reactions: float64(p.Reactions) / minutes,
			Blamed: float64(p.Blamed) / minutes, Affected: float64(p.Affected) / minutes, Deaf: heard.deaf(own),
		})
	}
	for i, p := range c.Points {
		if c.Peak == nil || p.Reports > c.Peak.Reports {
			c.Peak = &c.Points[i]
		}
	}
	return c
}
