package dashboards

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

// incidentsView is the list of incidents.
type incidentsView struct {
	Rows      []incidentRow
	Vendor    string
	Vendors   []vendorName // that had incidents
	Days      int
	Older     string
	Simulated bool
	Now       time.Time
	// Last is the newest incident before the span where the span has none.
	Last *incidentRow
}

// incidentRow is one incident in a list.
type incidentRow struct {
	query.Incident
	Name, CauseName string
	Lasted          time.Duration
	Blamed          []blamed
}

const incidentDays = 30

func (s *Server) incidentRow(i query.Incident, now time.Time) incidentRow {
	r := incidentRow{Incident: i, Name: s.name(i.Vendor), Lasted: lasted(&i, now)}
	if i.Cause != "" && i.Cause != i.Vendor {
		r.CauseName = s.name(i.Cause)
	}
	for v, n := range i.Blamed {
		r.Blamed = append(r.Blamed, blamed{ID: v, Name: s.name(v), People: uint64(n)})
	}
	slices.SortFunc(r.Blamed, func(a, b blamed) int { return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.ID, b.ID)) })
	r.Blamed = r.Blamed[:min(2, len(r.Blamed))]
	return r
}

func (s *Server) handleIncidents(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := &incidentsView{Vendor: cut(q.Get("vendor"), maxParam), Days: incidentDays}
	until, err := momentOf(q, "to")
	if err != nil {
		s.showError(w, http.StatusBadRequest, "This address cannot be read: "+err.Error()+".")
		return
	}
	if v.Now, err = Now(r.Context(), s.db, s.o.Now()); err != nil {
		s.unanswered(w, "incidents", err)
		return
	}
	to := v.Now
	if !until.IsZero() {
		to = until
	}
	span := query.Last(incidentDays*24*time.Hour, to.Add(time.Minute))
	all, err := s.db.Incidents(r.Context(), span)
	if err != nil {
		s.unanswered(w, "incidents", err)
		return
	}
	for _, i := range all {
		v.Simulated = v.Simulated || i.Simulated
		if name := (vendorName{i.Vendor, s.name(i.Vendor)}); !slices.Contains(v.Vendors, name) {
			v.Vendors = append(v.Vendors, name)
		}
		if v.Vendor == "" || v.Vendor == i.Vendor {
			v.Rows = append(v.Rows, s.incidentRow(i, v.Now))
		}
	}
	slices.SortFunc(v.Vendors, func(a, b vendorName) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(v.Rows, func(a, b incidentRow) int {
		if a.Open() != b.Open() {
			return map[bool]int{true: -1, false: 1}[a.Open()]
		}
		return b.OpenedAt.Compare(a.OpenedAt)
	})
	v.Older = "/incidents?to=" + span.From.UTC().Format("2006-01-02T15:04Z")
	if len(v.Rows) == 0 {
		if past, err := s.db.IncidentsOf(r.Context(), v.Vendor, query.Window{From: query.Always().From, To: span.From}, 1); err == nil && len(past) > 0 {
			row := s.incidentRow(past[0], v.Now)
			v.Last = &row
		}
	}
	s.show(w, r, http.StatusOK, "incidents", page{Title: "Incidents", Path: "/incidents", View: v})
}
