package dashboards

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/sink/schema"
)

// Writer is a connection that may write what people enter on pages: statements,
// silences, saved questions.
type Writer interface {
	query.Reader
	Exec(ctx context.Context, query string, args ...any) error
}

var _ Writer = driver.Conn(nil)

// StatementKinds are what a statement can do.
var StatementKinds = []string{"deny", "diminish", "apologise", "instruct", "explain", "blame supplier", "humour", "compensate"}

// maxStatement is the longest text of a statement, in bytes.
const maxStatement = 8000

// StatementError says what is wrong with a statement that somebody enters.
type StatementError struct{ Field, Problem string }

func (e *StatementError) Error() string { return e.Field + ": " + e.Problem }

// CheckStatement says what is wrong with a statement; nil where nothing is.
func CheckStatement(st query.Statement, known map[string]string) error {
	u, err := url.Parse(st.URL)
	switch {
	case st.Vendor == "":
		return &StatementError{"vendor", "who speaks? Give an id of the catalogue, like netflix"}
	case known != nil && known[st.Vendor] == "":
		return &StatementError{"vendor", fmt.Sprintf("the catalogue has no vendor %q", st.Vendor)}
	case st.At.IsZero():
		return &StatementError{"at", "when was it said? Write a time like 2012-12-24T20:30Z"}
	case !slices.Contains(StatementKinds, st.Kind):
		return &StatementError{"kind", fmt.Sprintf("is %q; it can be %s", st.Kind, strings.Join(StatementKinds, ", "))}
	case strings.TrimSpace(st.Text) == "":
		return &StatementError{"text", "what was said?"}
	case len(st.Text) > maxStatement || !utf8.ValidString(st.Text):
		return &StatementError{"text", fmt.Sprintf("is longer than %d bytes, or not text", maxStatement)}
	case st.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == ""):
		return &StatementError{"url", "is not an address that begins with https:// or http://"}
	}
	return nil
}

// AddStatement writes a statement down, and gives it an id where it has none. The same
// id again replaces it; with an empty text it is taken away.
func AddStatement(ctx context.Context, conn Writer, st query.Statement, now time.Time) (query.Statement, error) {
	if st.ID == "" {
		st.ID = "s" + strings.ToLower(rand.Text()[:9])
	}
	err := conn.Exec(ctx, "INSERT INTO "+schema.Statements+" (id, vendor, at, kind, text, url, simulated, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		st.ID, st.Vendor, st.At.UTC(), st.Kind, st.Text, st.URL, st.Simulated, uint64(now.UnixMicro()))
	if err != nil {
		return st, fmt.Errorf("writing a statement down: %w", err)
	}
	return st, nil
}

// statementsView is the page of statements.
type statementsView struct {
	Cards     []statementRow
	Vendor    string
	Vendors   []vendorName
	Kinds     []string
	Writes    bool
	Form      query.Statement
	FormAt    string
	Problem   string
	Field     string
	Added     string
	Simulated bool
	Token     string
}

// statementRow is a statement with the incident that it belongs to.
type statementRow struct {
	Card
	Incident string
	About    string
}

// vendorName is a vendor for a list to choose from.
type vendorName struct{ ID, Name string }

// vendorNames lists the catalogue by name.
func (s *Server) vendorNames() []vendorName {
	all := make([]vendorName, 0, len(s.o.Vendors))
	for id, name := range s.o.Vendors {
		all = append(all, vendorName{id, name})
	}
	slices.SortFunc(all, func(a, b vendorName) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}

func (s *Server) handleStatements(w http.ResponseWriter, r *http.Request) {
	v := &statementsView{Vendor: cut(r.URL.Query().Get("vendor"), maxParam), Added: cut(r.URL.Query().Get("added"), maxParam)}
	v.Form.Vendor = v.Vendor
	if at, err := momentOf(r.URL.Query(), "at"); err == nil && !at.IsZero() {
		v.FormAt = at.Format("2006-01-02T15:04")
	}
	s.showStatements(w, r, http.StatusOK, v)
}

// statementsShown is how many the page lists.
const statementsShown = 50

func (s *Server) showStatements(w http.ResponseWriter, r *http.Request, status int, v *statementsView) {
	v.Kinds, v.Writes, v.Vendors, v.Token = StatementKinds, s.o.Writer != nil, s.vendorNames(), s.formToken
	var of []string
	if v.Vendor != "" {
		of = []string{v.Vendor}
	}
	all, err := s.db.Statements(r.Context(), of, query.Always(), statementsShown)
	if err != nil {
		s.unanswered(w, "statements", err)
		return
	}
	if len(all) > 0 {
		incidents, err := s.db.Incidents(r.Context(), query.Window{From: all[len(all)-1].At.Add(-7 * 24 * time.Hour), To: all[0].At.Add(time.Minute)})
		if err != nil {
			s.unanswered(w, "statements", err)
			return
		}
		for _, st := range all {
			row := statementRow{Card: Card{Statement: st, VendorName: s.name(st.Vendor)}}
			if i := s.incidentOf(incidents, st); i != nil {
				row.Incident, row.About, row.After = i.ID, s.name(i.Vendor)+", "+i.OpenedAt.Format("2 Jan 2006"), st.At.Sub(i.OpenedAt).Minutes()
			}
			v.Simulated = v.Simulated || st.Simulated
			v.Cards = append(v.Cards, row)
		}
		s.fillCards(r.Context(), v.Cards)
	}
	s.show(w, r, status, "statements", page{Title: "Statements", Path: "/statements", View: v})
}

// incidentOf is the incident that a statement is about: one of its vendor, else one
// whose cause or whose supplier it is.
func (s *Server) incidentOf(all []query.Incident, st query.Statement) *query.Incident {
	var best *query.Incident
	for k := range all {
		i := &all[k]
		if st.At.Before(i.OpenedAt) || i.ClosedAt != nil && st.At.After(i.ClosedAt.Add(shownAfter)) {
			continue
		}
		switch {
		case i.Vendor == st.Vendor:
			return i
		case i.Cause == st.Vendor || slices.Contains(s.graph.Suppliers(i.Vendor, st.At), st.Vendor):
			if best == nil || i.Authors > best.Authors {
				best = i
			}
		}
	}
	return best
}

// fillCards takes what statements changed from the dossiers of their incidents.
func (s *Server) fillCards(ctx context.Context, rows []statementRow) {
	asked := 0
	dossiers := map[string]*Dossier{}
	for k := range rows {
		row := &rows[k]
		if row.Incident == "" {
			continue
		}
		d, known := dossiers[row.Incident]
		if !known && asked < 5 {
			asked++
			var err error
			if d, _, err = s.Dossier(ctx, row.Incident, time.Time{}); err != nil {
				s.o.Log.Error("gathering an incident failed", "incident", row.Incident, "error", err)
			}
			dossiers[row.Incident] = d
		}
		if d == nil {
			continue
		}
		for _, c := range d.Statements {
			if c.ID == row.ID {
				row.Card = c
			}
		}
	}
}

func (s *Server) handleAddStatement(w http.ResponseWriter, r *http.Request) {
	f := s.form(w, r)
	if f == nil {
		return
	}
	v := &statementsView{FormAt: f.Get("at")}
	v.Form = query.Statement{Vendor: f.Get("vendor"), Kind: f.Get("kind"), Text: strings.TrimSpace(f.Get("text")), URL: strings.TrimSpace(f.Get("url"))}
	v.Form.At, _ = ReadTime(v.FormAt) // what is no time is missed by the check
	if err := CheckStatement(v.Form, s.o.Vendors); err != nil {
		v.Problem = err.Error()
		if e, ok := err.(*StatementError); ok { //nolint:errorlint // CheckStatement gives nothing else
			v.Field = e.Field
		}
		s.showStatements(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	st, err := AddStatement(r.Context(), s.o.Writer, v.Form, s.o.Now())
	if err != nil {
		s.unanswered(w, "statement", err)
		return
	}
	s.Forget()
	http.Redirect(w, r, "/statements?added="+url.QueryEscape(st.ID)+"#"+url.PathEscape(st.ID), http.StatusSeeOther)
}

// unanswered says that the database has not answered.
func (s *Server) unanswered(w http.ResponseWriter, what string, err error) {
	s.o.Log.Error("a question was not answered", "about", what, "error", err)
	s.showError(w, http.StatusServiceUnavailable, "ClickHouse does not answer. Try again; outcry status says more.")
}
