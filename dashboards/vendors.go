package dashboards

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
)

// Entry is a vendor of the catalogue as pages show it.
type Entry struct {
	ID, Name, Category string
	// Names are what it is called in posts: aliases, products and handles.
	Names []string
}

// vendorsView lists the catalogue.
type vendorsView struct {
	Groups []vendorGroup
	Count  int
	Text   string
}

type vendorGroup struct {
	Category string
	Entries  []Entry
}

func (s *Server) handleVendors(w http.ResponseWriter, r *http.Request) {
	v := &vendorsView{Text: cut(strings.TrimSpace(r.URL.Query().Get("q")), maxParam)}
	groups := map[string][]Entry{}
	for _, e := range s.o.Catalogue {
		if v.Text == "" || e.has(v.Text) {
			groups[e.Category] = append(groups[e.Category], e)
			v.Count++
		}
	}
	for c, all := range groups {
		slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
		v.Groups = append(v.Groups, vendorGroup{c, all})
	}
	slices.SortFunc(v.Groups, func(a, b vendorGroup) int { return cmp.Compare(a.Category, b.Category) })
	s.show(w, r, http.StatusOK, "vendors", page{Title: "Vendors", Path: "/vendors", View: v})
}

// has says whether a name of the entry contains the text.
func (e Entry) has(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(append([]string{e.ID, e.Name}, e.Names...), func(n string) bool { return strings.Contains(strings.ToLower(n), text) })
}

// vendorView is the page of one vendor.
type vendorView struct {
	Entry
	s         *Server
	At        time.Time
	Owner     string
	Brands    []string
	Pairs     []reaction.Pair
	Edges     []reaction.Edge // with their dates, whether they hold or not
	Incidents []incidentRow
}

// Called is what the catalogue calls a vendor.
func (v *vendorView) Called(id string) string { return v.s.name(id) }

// Known says whether a vendor has a page.
func (v *vendorView) Known(id string) bool { return v.s.o.Vendors[id] != "" }

// Standing is what another vendor is to this one.
func (v *vendorView) Standing(id string) string { return v.s.graph.Standing(v.ID, id, v.At) }

// Holds says whether an edge holds at the time of the page.
func (v *vendorView) Holds(e reaction.Edge) bool { return e.Holds(v.At) }

// Web is the source of an edge if it is an address.
func (v *vendorView) Web(e reaction.Edge) string { return webAddress(e.Evidence) }

// vendorIncidents is how many incidents the page of a vendor lists.
const vendorIncidents = 20

func (s *Server) handleVendor(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.o.Vendors[id] == "" {
		s.showError(w, http.StatusNotFound, "The catalogue has no such vendor. The page Vendors lists those there are.")
		return
	}
	at, err := momentOf(r.URL.Query(), "at")
	if err != nil {
		s.showError(w, http.StatusBadRequest, "This address cannot be read: "+err.Error()+".")
		return
	}
	v := &vendorView{s: s, Entry: Entry{ID: id, Name: s.name(id)}, At: at}
	for _, e := range s.o.Catalogue {
		if e.ID == id {
			v.Entry = e
		}
	}
	if v.At.IsZero() {
		if v.At, err = Now(r.Context(), s.db, s.o.Now()); err != nil {
			s.unanswered(w, "time", err)
			return
		}
	}
	if v.Owner = s.graph.Owner(id, v.At); v.Owner == id {
		v.Owner = ""
	}
	v.Brands = s.graph.Brands(id, v.At)[1:]
	v.Pairs = s.graph.Around(id, v.At)
	v.Edges = s.graph.Edges(id, time.Time{})
	slices.SortStableFunc(v.Edges, func(a, b reaction.Edge) int { return cmp.Compare(a.Relation, b.Relation) })
	all, err := s.db.IncidentsOf(r.Context(), id, query.Always(), vendorIncidents)
	if err != nil {
		s.unanswered(w, "incidents", err)
		return
	}
	for _, i := range all {
		v.Incidents = append(v.Incidents, s.incidentRow(i, v.At))
	}
	s.show(w, r, http.StatusOK, "vendor", page{Title: v.Name, Path: "/vendors", View: v})
}

// Graph draws the vendor with those around it: suppliers above, customers below, rivals
// at the sides.
func (v *vendorView) Graph() template.HTML {
	const width, height, most = 720.0, 360.0, 8
	if len(v.Pairs) == 0 {
		return ""
	}
	var up, down, side []reaction.Pair
	for _, p := range v.Pairs {
		switch st := v.Standing(p.B); {
		case strings.HasPrefix(st, reaction.Supplier) && len(up) < most:
			up = append(up, p)
		case strings.HasPrefix(st, reaction.Customer) && len(down) < most:
			down = append(down, p)
		case st == reaction.Rival && len(side) < most:
			side = append(side, p)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="drawn graph" viewBox="0 0 %s %s" width="%s" height="%s" role="group" aria-label="Suppliers above, customers below, rivals at the sides; the list has the same">`, num(width), num(height), num(width), num(height))
	cx, cy := width/2, height/2
	node := func(p reaction.Pair, x, y float64) {
		class := "edge"
		if p.FriendFoe() {
			class = "edge both"
		}
		name := []rune(v.Called(p.B))
		if len(name) > 18 {
			name = append(name[:17], '…')
		}
		fmt.Fprintf(&b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, num(cx), num(cy), num(x), num(y))
		fmt.Fprintf(&b, `<a href="/vendors/%s"><circle class="node" cx="%s" cy="%s" r="5"/><text text-anchor="middle" x="%s" y="%s">%s</text></a>`,
			template.URLQueryEscaper(p.B), num(x), num(y), num(x), num(y+map[bool]float64{true: -10, false: 20}[y < cy]), template.HTMLEscapeString(string(name)))
	}
	row := func(all []reaction.Pair, y float64) {
		for i, p := range all {
			node(p, width*(float64(i)+.5)/float64(len(all)), y+18*float64(i%2)*map[bool]float64{true: 1, false: -1}[y < cy])
		}
	}
	row(up, 40)
	row(down, height-44)
	for i, p := range side {
		x := map[bool]float64{true: 90, false: width - 90}[i%2 == 0]
		node(p, x, cy+(float64(i/2)-float64((len(side)-1)/2)/2)*44)
	}
	fmt.Fprintf(&b, `<rect class="centre" x="%s" y="%s" width="160" height="32" rx="6"/><text class="centre-name" text-anchor="middle" x="%s" y="%s">%s</text></svg>`,
		num(cx-80), num(cy-16), num(cx), num(cy+5), template.HTMLEscapeString(v.Name))
	return template.HTML(b.String()) //nolint:gosec // escaped above
}
