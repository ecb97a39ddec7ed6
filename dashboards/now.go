package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// nowView is the page Now, and as JSON what /api/v1/now gives.
type nowView struct {
	Clock     clock       `json:"clock"`
	Simulated bool        `json:"simulated"`
	Headline  []sentence  `json:"headline"`
	Rows      []vendorRow `json:"vendors"`
	Rest      []vendorRow `json:"quieter_vendors,omitempty"`
	Chart     *chart      `json:"chart,omitempty"`
	Pipeline  pipeline    `json:"pipeline"`
	Notes     []note      `json:"notes,omitempty"`
	postList
	// AsOf is when the numbers were asked for; Down is set where the database has
	// not answered since.
	AsOf time.Time `json:"as_of"`
	Down bool      `json:"database_away"`
}

// How many vendors have a row; others are named under them.
const (
	maxRows = 12
	minRows = 3
)

// rowsWorthShowing is how many of the rows say something now.
func rowsWorthShowing(rows []vendorRow) int {
	n := 0
	for n < len(rows) && (n < maxRows || rows[n].Pinned) && (n < minRows || rows[n].Pinned || rows[n].Incident != "" || rows[n].Reports+rows[n].Reactions > 0) {
		n++
	}
	return n
}

// now answers the page's questions. It always gives a page: what could not be
// asked is missing or old, and the page says so.
func (s *Server) now(ctx context.Context, f filter) *nowView {
	v := &nowView{postList: postList{Filter: f, name: s.name}}
	b, err := s.board(ctx, f.At)
	if err != nil {
		b = s.fallback(b, f, v)
	}
	v.Clock, v.AsOf = b.clock, b.asked
	v.Pipeline = s.pipeline(b, s.healthNow())
	v.Notes = append(v.Notes, v.Pipeline.Notes...)
	if b.clock.Now.IsZero() {
		return v
	}
	rows := s.rows(b, f.brands())
	v.Headline = s.headline(b, rows)
	shown := rowsWorthShowing(rows)
	v.Rows, v.Rest = rows[:shown], rows[shown:]
	for _, r := range rows {
		v.Simulated = v.Simulated || r.Simulated
	}
	for _, q := range b.sources {
		v.Simulated = v.Simulated || q.Simulated
	}
	if v.Down {
		return v
	}
	if vendor := v.chartVendor(); vendor != "" {
		if v.Chart, err = s.chart(ctx, b, vendor, f); err != nil {
			v.missing(err)
		} else {
			v.Simulated = v.Simulated || v.Chart.simulated
		}
	}
	if err := s.fillPosts(ctx, &v.postList, f.posts(b.clock.Now)); err != nil {
		v.missing(err)
	}
	v.Simulated = v.Simulated || v.anySimulated()
	return v
}

// fallback is the board to show when b could not be asked in full.
func (s *Server) fallback(b *board, f filter, v *nowView) *board {
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	switch {
	case !b.clock.Now.IsZero():
		v.Notes = append(v.Notes, note{"bad", "ClickHouse left some questions unanswered: a part of this page is missing."})
		return b
	case last != nil && f.At.IsZero():
		v.Down = true
		v.Notes = append(v.Notes, note{"bad", fmt.Sprintf("ClickHouse has not answered since %s: these numbers are of then. Posts and chart are not shown.", utc(last.asked, "15:04:05"))})
		return last
	}
	v.Down = true
	v.Notes = append(v.Notes, note{"bad", "ClickHouse does not answer, so there are no numbers yet. outcry status says more; the page tries again by itself."})
	return b
}

func (v *nowView) missing(error) {
	v.Notes = append(v.Notes, note{"bad", "ClickHouse left some questions unanswered: a part of this page is missing."})
}

// chartVendor is the vendor that the chart shows: the chosen one, else the first.
func (v *nowView) chartVendor() string {
	switch {
	case v.Filter.Vendor != "":
		return v.Filter.Vendor
	case v.Filter.Chart != "":
		return v.Filter.Chart
	case len(v.Rows) > 0:
		return v.Rows[0].ID
	}
	return ""
}

func (s *Server) handleNow(w http.ResponseWriter, r *http.Request) {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		s.showError(w, http.StatusBadRequest, "This address cannot be read: "+err.Error()+".")
		return
	}
	v := s.now(r.Context(), f)
	s.show(w, r, http.StatusOK, "now", page{Title: v.Title(), Path: "/", View: v})
}

// Title is the page's name in the browser: the first sentence without its details.
func (v *nowView) Title() string {
	if len(v.Rows) > 0 && severity(v.Rows[0].State) >= severity(stateWatch) {
		return fmt.Sprintf("%s %s/min", v.Rows[0].Name, rate(v.Rows[0].Reports))
	}
	return "Now"
}

// Live says whether the page renews itself.
func (v *nowView) Live() bool { return v.Clock.Mode != modePinned }

// Called is what the catalogue calls a vendor.
func (v *nowView) Called(id string) string { return v.name(id) }

// Empty says that there is no post at all.
func (v *nowView) Empty() bool { return v.Clock.Mode == modeEmpty }

// Spans are the lengths that the chart can have.
func (v *nowView) Spans() []string {
	var all []string
	for _, s := range spans {
		all = append(all, s.Name)
	}
	return all
}

// Earlier and Later are addresses of the page half a chart before and after.
func (v *nowView) Earlier() string { return v.shifted(-1) }

// Later is the address half a chart after.
func (v *nowView) Later() string { return v.shifted(1) }

func (v *nowView) shifted(sign time.Duration) string {
	_, length, _ := v.Filter.span()
	at := v.Clock.Now.Truncate(time.Minute).Add(sign * length / 2)
	return v.Filter.With("at", at.Format(time.RFC3339), "from", "", "to", "")
}
