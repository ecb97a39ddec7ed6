package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
)

// incidentView is the page of one incident.
type incidentView struct {
	*Dossier
	postList
	s        *Server
	Headline []sentence
	Notes    []note
	Live     bool // the incident goes on and the page may renew itself
	Down     bool
}

// Empty is for the list of posts: an incident has some.
func (v *incidentView) Empty() bool { return false }

// Name is what the catalogue calls a vendor.
func (v *incidentView) Name(id string) string { return v.s.name(id) }

// Ledger are the most blamed vendors; OthersBlamed counts those that hardly anybody blames.
func (v *incidentView) Ledger() []reaction.Share {
	n := 0
	for n < len(v.Blame.Shares) && n < 8 && (n < 2 || v.Blame.Shares[n].Value >= .01 && v.Blame.Shares[n].People >= enoughFacet) {
		n++
	}
	return v.Blame.Shares[:n]
}

// OthersBlamed names the rest in a line.
func (v *incidentView) OthersBlamed() string {
	rest := v.Blame.Shares[len(v.Ledger()):]
	if len(rest) == 0 {
		return ""
	}
	var names []string
	for _, s := range rest[:min(3, len(rest))] {
		names = append(names, v.Name(s.Vendor))
	}
	if more := len(rest) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%s: %s or less each", list(names), plural(rest[0].People, "person", "people"))
}

// EnoughBlame says whether shares of blame may be given.
func (v *incidentView) EnoughBlame() bool { return v.Blame.Blaming >= enoughBlame }

// Standing is what a vendor is to the failing one.
func (v *incidentView) Standing(id string) string {
	return v.s.graph.Standing(v.Vendor, id, v.OpenedAt)
}

// FriendFoes are the pairs of supplier and rival; Others what else is known.
func (v *incidentView) FriendFoes() []reaction.Pair { return v.pairs(true) }

// Others are the other relations, the first dozen.
func (v *incidentView) Others() []reaction.Pair {
	all := v.pairs(false)
	return all[:min(12, len(all))]
}

func (v *incidentView) pairs(both bool) []reaction.Pair {
	var all []reaction.Pair
	for _, p := range v.Pairs {
		if p.FriendFoe() == both {
			all = append(all, p)
		}
	}
	return all
}

// BlameOf adds up the people who blame any brand of a house.
func (v *incidentView) BlameOf(house string) string {
	best := reaction.Share{}
	for _, b := range v.s.graph.Brands(house, v.OpenedAt) {
		if s := v.Blame.Of(b); s.People > best.People {
			best = s
		}
	}
	if best.People == 0 || !v.EnoughBlame() {
		return ""
	}
	return fmt.Sprintf("%s of those who blame somebody blame %s", percent(best.Value), v.Name(best.Vendor))
}

// Kinds are the kinds of facets that have any.
func (v *incidentView) Kinds() []string {
	var all []string
	for _, k := range facetKinds {
		if len(v.Facets[k]) > 0 {
			all = append(all, k)
		}
	}
	return all
}

// FacetLink is the address with only the posts of a facet.
func (v *incidentView) FacetLink(kind, value string) string {
	if kind == "platform" {
		kind = "source"
	}
	return v.Filter.With(kind, value) + "#posts"
}

// FacetTitle names a kind for people.
func (v *incidentView) FacetTitle(kind string) string {
	return map[string]string{"symptom": "What fails", "device": "On what", "place": "Where", "platform": "Written on"}[kind]
}

// Top are the first facets of a kind.
func (v *incidentView) Top(kind string) []Facet { return v.Facets[kind][:min(8, len(v.Facets[kind]))] }

// Lasted is how long the incident took, or has been taking.
func (v *incidentView) Lasted() time.Duration { return lasted(&v.Incident, v.To) }

func lasted(i *query.Incident, now time.Time) time.Duration {
	if i.ClosedAt != nil {
		return i.ClosedAt.Sub(i.OpenedAt)
	}
	return now.Sub(i.OpenedAt)
}

// Rank sets the severity beside earlier incidents of the vendor.
func (v *incidentView) Rank() string {
	if len(v.Earlier) == 0 {
		return "no earlier incident of this vendor is stored"
	}
	worse := 0
	for _, e := range v.Earlier {
		if e.Severity > v.Severity {
			worse++
		}
	}
	most := v.Earlier[0]
	if worse == 0 {
		return fmt.Sprintf("the most severe of %d; before, %s at %.1f", len(v.Earlier)+1, most.OpenedAt.Format("2 Jan 2006"), most.Severity)
	}
	return fmt.Sprintf("%s the most severe, of %s, at %.1f", factor(float64(v.Severity/most.Severity)), most.OpenedAt.Format("2 Jan 2006"), most.Severity)
}

// handleIncident shows one incident.
func (s *Server) handleIncident(w http.ResponseWriter, r *http.Request) {
	v, f := s.incident(r)
	if f.status != 0 {
		s.showError(w, f.status, f.message)
		return
	}
	s.show(w, r, http.StatusOK, "incident", page{Title: v.VendorName + " " + v.OpenedAt.Format("2 Jan 2006"), Path: "/incidents", View: v})
}

func (s *Server) incident(r *http.Request) (*incidentView, fault) {
	id := r.PathValue("id")
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return nil, fault{http.StatusBadRequest, "This address cannot be read: " + err.Error() + "."}
	}
	f.path = "/incidents/" + id
	d, ok, err := s.Dossier(r.Context(), id, f.At)
	if err != nil {
		s.o.Log.Error("gathering an incident failed", "incident", id, "error", err)
		return nil, fault{http.StatusServiceUnavailable, "ClickHouse does not answer in full, so the incident cannot be shown. Try again; outcry status says more."}
	}
	if !ok {
		return nil, fault{http.StatusNotFound, "There is no such incident. The page Incidents lists those there are."}
	}
	v := &incidentView{Dossier: d, s: s, postList: postList{Filter: f, name: s.name}, Live: d.Open() && f.At.IsZero()}
	q := f.posts(d.To)
	if f.From.IsZero() {
		q.From = d.From.Add(-shownBefore)
	}
	if f.To.IsZero() {
		q.To = d.To
	}
	if q.Vendor == "" {
		q.Vendor = d.Vendor
	}
	if err := s.fillPosts(r.Context(), &v.postList, q); err != nil {
		v.Notes = append(v.Notes, note{"bad", "ClickHouse left the question for posts unanswered: they are missing here."})
		v.Down = true
	}
	v.Headline = s.incidentHeadline(v)
	begun, deaf := 0, 0
	for begun < len(v.Timeline) && v.Timeline[begun].Deaf {
		begun++
	}
	for _, m := range v.Timeline[begun:] {
		if m.Deaf {
			deaf += v.Step / 60
		}
	}
	if begun > 0 && begun < len(v.Timeline) {
		v.Notes = append(v.Notes, note{"late", fmt.Sprintf("Posts were collected from %s on: what was before is not known, nor what is usual.", utc(v.Timeline[begun].At, "15:04"))})
	}
	if deaf > 0 {
		v.Notes = append(v.Notes, note{"late", fmt.Sprintf("In %d minutes of this time nothing was collected: counts are too low there, and the time line is grey.", deaf)})
	}
	if v.Misattributed != "" {
		v.Notes = append(v.Notes, note{"info", fmt.Sprintf("The crowd blames %s, the evidence points to %s.", s.name(v.Misattributed), cmp.Or(v.CauseName, "another"))})
	}
	return v, fault{}
}

// incidentHeadline answers the page's question in sentences made from numbers.
func (s *Server) incidentHeadline(v *incidentView) []sentence {
	link := func(pairs ...string) string { return v.Filter.With(pairs...) + "#posts" }
	first := sentence{text("%s ", v.VendorName)}
	people := part{Text: plural(uint64(v.Authors), "person", "people"), Href: link("outage", "report")}
	switch since, recovering := v.recovering(); {
	case recovering:
		first = append(first, text("has been recovering since "), part{Text: utc(since, "15:04"), Time: since}, text(", %s after the first signal; ", ago(since.Sub(v.OpenedAt))), people, text(" reported it"))
	case v.Open():
		first = append(first, text("has been failing for "), text("%s; ", ago(v.Lasted())), people, text(" report it"))
	default:
		first = append(first, text("failed for "), text("%s; ", ago(v.Lasted())), people, text(" reported it"))
	}
	usual := rate(float64(v.Expected)) + " are usual"
	if v.Expected < .05 {
		usual = "hardly anybody does as a rule"
	}
	if v.Band.Hours == 0 {
		first = append(first, text(", at the peak %s a minute.", rate(float64(v.Peak))))
	} else {
		first = append(first, text(", at the peak %s a minute where %s.", rate(float64(v.Peak)), usual))
	}
	all := []sentence{first}
	if v.EnoughBlame() && len(v.Blame.Shares) > 0 {
		x := sentence{text("Of "), part{Text: plural(v.Blame.Blaming, "person", "people"), Href: link("role", "blamed")}, text(" who blame somebody, ")}
		for i, b := range v.Blame.Shares[:min(2, len(v.Blame.Shares))] {
			if i == 1 {
				x = append(x, text(" and "))
			}
			x = append(x, part{Text: percent(b.Value), Href: link("blamed", b.Vendor)}, text(" blame %s", s.name(b.Vendor)))
		}
		if c := v.Blame.Choice; c.People >= 3 {
			x = append(x, text("; %s blame %s for its choice of supplier", percent(c.Value), v.VendorName))
		}
		all = append(all, append(x, text(".")))
	}
	if foes := v.FriendFoes(); len(foes) > 0 {
		for _, p := range foes {
			if s.graph.Owner(cmp.Or(v.Cause, v.Vendor), v.OpenedAt) == p.B {
				all = append(all, sentence{text("%s is supplier and rival of %s at once.", s.name(p.B), v.VendorName)})
			}
		}
	}
	switch {
	case v.Cause != "" && v.Cause != v.Vendor:
		all = append(all, sentence{text("Likely cause: %s, with a probability of %s.", v.CauseName, percent(float64(v.CauseProbability)))})
	case len(v.Members) > 0:
		all = append(all, sentence{text("It took %s along.", list(s.memberNames(v.Members)))})
	}
	if v.Silence.Broken {
		all = append(all, sentence{text("%s spoke after %s; until then %s.", v.VendorName, ago(time.Duration(v.Silence.Minutes*float64(time.Minute))),
			plural(v.Silence.Negative, "person had complained", "people had complained"))})
	} else {
		all = append(all, sentence{text("No statement of %s is known.", v.VendorName)})
	}
	if lead, ok := v.Lead(); ok {
		if lead >= 0 {
			all = append(all, sentence{text("The crowd was %s before the status page.", ago(time.Duration(lead*float64(time.Minute))))})
		} else {
			all = append(all, sentence{text("The status page was %s before the crowd.", ago(time.Duration(-lead*float64(time.Minute))))})
		}
	}
	if v.ClosedAt != nil {
		all = append(all, sentence{text("It was over at "), {Text: utc(*v.ClosedAt, "15:04"), Time: *v.ClosedAt}, text(".")})
	}
	return all
}

// Summary is an incident in lines of text: the sentences of its page, and what each
// statement changed.
func (s *Server) Summary(ctx context.Context, id string) ([]string, error) {
	d, ok, err := s.Dossier(ctx, id, time.Time{})
	if err != nil || !ok {
		return nil, err
	}
	v := &incidentView{Dossier: d, s: s, postList: postList{Filter: filter{path: "/incidents/" + id}, name: s.name}}
	var all []string
	for _, x := range s.incidentHeadline(v) {
		all = append(all, x.String())
	}
	for _, p := range v.FriendFoes() {
		var because []string
		for _, e := range append(slices.Clone(p.Supply), p.Rivalry...) {
			because = append(because, fmt.Sprintf("%s %s %s", v.Name(e.From), strings.ReplaceAll(e.Relation, "_", " "), v.Name(e.To)))
		}
		all = append(all, fmt.Sprintf("%s and %s: %s.", v.Name(p.A), v.Name(p.B), list(because)))
	}
	for _, c := range d.Statements {
		var found []string
		for _, e := range c.Effects {
			if e.Found() {
				found = append(found, fmt.Sprintf("%s %s points", strings.ToLower(e.Title()[:1])+e.Title()[1:], signedPoints(e.Points.Value)))
			}
		}
		what := "no effect found"
		switch {
		case len(found) > 0:
			what = list(found)
		case len(c.Effects) > 0 && c.Effects[0].Impact.Verdict == reaction.TooFew:
			what = "too few people to say what it changed"
		}
		all = append(all, fmt.Sprintf("%s, %s %q: %s.", c.At.Format("15:04"), c.VendorName, c.Kind, what))
	}
	return all, nil
}

// recovering says since when reports have been falling; ok where that goes on.
func (v *incidentView) recovering() (since time.Time, ok bool) {
	if n := len(v.Changes); n > 0 && v.Open() && v.State == "recovering" {
		return v.Changes[n-1].At, true
	}
	return since, false
}

func (s *Server) memberNames(all []query.Incident) []string {
	var names []string
	for _, m := range all {
		if n := s.name(m.Vendor); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// marks are statements, official entries and changes of state, these without a word where
// there is little room.
func (v *incidentView) marks(narrow bool) []mark {
	var all []mark
	for i, c := range v.Statements {
		all = append(all, mark{c.At, "statement", fmt.Sprint(i + 1), fmt.Sprintf("%s, %s: %s", c.VendorName, c.Kind, c.Text), fmt.Sprintf("#statement-%d", i+1)})
	}
	for _, o := range v.Official {
		all = append(all, mark{o.At, "official", "", fmt.Sprintf("Status page of %s, %s: %s", v.Name(o.Vendor), o.Status, o.Title), ""})
	}
	for _, c := range v.Changes {
		if c.To != "signal" && c.To != "closed" && c.To != "confirmed" {
			continue
		}
		label := c.To
		if narrow {
			label = ""
		}
		all = append(all, mark{c.At, "state", label, c.To + ": " + c.Reason, ""})
	}
	slices.SortStableFunc(all, func(a, b mark) int { return a.at.Compare(b.at) })
	return all
}

// TimelineWide and the others are the drawings, for a wide and for a narrow page.
func (v *incidentView) TimelineWide() template.HTML { return v.timeline(1376, 220, 96) }

// TimelineNarrow is the time line for a phone.
func (v *incidentView) TimelineNarrow() template.HTML { return v.timeline(390, 170, 80) }

func (v *incidentView) timeline(width, height, low float64) template.HTML {
	if len(v.Timeline) == 0 {
		return ""
	}
	end := v.Timeline[len(v.Timeline)-1].At.Add(time.Duration(v.Step) * time.Second)
	p := plot{from: v.Timeline[0].At, to: end, width: width, marks: v.marks(width < 500),
		label: fmt.Sprintf("Reports and reactions a minute, and sentiment, from %s to %s; the table below has the numbers.", utc(v.Timeline[0].At, "15:04"), utc(end, "15:04"))}
	var reports, reactions, band, feeling []point
	var deaf [][2]time.Time
	hi, least, most := v.Band.High, 0.0, 0.0
	for _, m := range v.Timeline {
		hi = math.Max(hi, math.Max(m.Reports, m.Reactions))
		reports = append(reports, point{at: m.At, y: m.Reports, gap: m.Deaf})
		reactions = append(reactions, point{at: m.At, y: m.Reactions, gap: m.Deaf})
		band = append(band, point{at: m.At, y: v.Band.Expected, low: 0, high: v.Band.High})
		if end := m.At.Add(time.Duration(v.Step) * time.Second); m.Deaf && len(deaf) > 0 && deaf[len(deaf)-1][1].Equal(m.At) {
			deaf[len(deaf)-1][1] = end
		} else if m.Deaf {
			deaf = append(deaf, [2]time.Time{m.At, end})
		}
		if m.Sentiment == nil {
			feeling = append(feeling, point{at: m.At, gap: true})
			continue
		}
		least, most = math.Min(least, m.Sentiment.Low), math.Max(most, m.Sentiment.High)
		feeling = append(feeling, point{at: m.At, y: m.Sentiment.Value, low: m.Sentiment.Low, high: m.Sentiment.High})
	}
	lines := []curve{{class: "hue-now", name: "reports", points: reports, area: true}, {class: "soft", name: "reactions", points: reactions}}
	if v.Band.Hours > 0 {
		lines = append([]curve{{class: "ordinary", name: "expected", points: band, band: true}}, lines...)
	}
	p.panels = []panel{
		{title: "People a minute", height: height, hi: math.Max(4, hi*1.06), lines: lines, deaf: deaf},
		{title: "Sentiment toward " + v.VendorName + ": positive less negative", height: low, lo: math.Min(-.2, least), hi: math.Max(.2, most), signs: true,
			lines: []curve{{class: "feeling", points: feeling}}, deaf: deaf},
	}
	return p.svg()
}

// BlameWide is the drawing of blame over time.
func (v *incidentView) BlameWide() template.HTML { return v.blamePlot(780) }

// BlameNarrow is that for a phone.
func (v *incidentView) BlameNarrow() template.HTML { return v.blamePlot(390) }

func (v *incidentView) blamePlot(width float64) template.HTML {
	if len(v.BlameSteps) < 3 || !v.EnoughBlame() {
		return ""
	}
	step := v.BlameSteps[1].At.Sub(v.BlameSteps[0].At)
	p := plot{from: v.From, to: v.To, width: width, label: "Shares of blame over time, with 95 % intervals; the table below has the numbers."}
	var lines []curve
	for i, s := range v.BlameSteps[0].Shares {
		c := curve{class: fmt.Sprintf("hue-%d dash-%d", hue(s.Vendor), i), name: v.Name(s.Vendor)}
		for _, b := range v.BlameSteps {
			x := b.Shares[i]
			c.points = append(c.points, point{at: b.At.Add(step / 2), y: x.Value, low: x.Low, high: x.High, gap: b.People < enoughBlame})
		}
		lines = append(lines, c)
	}
	p.panels = []panel{{title: "Share of the people who blame somebody", height: 180, hi: 1, percent: true, lines: lines}}
	return p.svg()
}

// Verdict says what a statement changed, in words.
func (e EffectOf) Verdict() string {
	switch e.Impact.Verdict {
	case reaction.Effect, reaction.NoEffect, reaction.Unclear:
		return fmt.Sprintf("%s (%s points, interval %s … %s)", e.Impact.Verdict, signedPoints(e.Points.Value), signedPoints(e.Points.Low), signedPoints(e.Points.High))
	}
	return e.Impact.Verdict
}

// Found says whether an effect was found.
func (e EffectOf) Found() bool { return e.Impact.Verdict == reaction.Effect }

// Title says what is watched.
func (e EffectOf) Title() string {
	switch e.What {
	case "negative":
		return "Negative among those who first speak up"
	case "choice":
		return "Blame for the choice of supplier"
	}
	return "Blame of " + e.Name
}

// Test says how the effect was tested.
func (e EffectOf) Test() string {
	if e.Impact.Verdict == reaction.TooFew {
		return ""
	}
	parts := []string{fmt.Sprintf("before %s, after %s, expected %s", percent(e.Before), percent(e.After), percent(e.Predicted))}
	if e.Placebos >= reaction.MinPlacebos {
		parts = append(parts, fmt.Sprintf("as large at %s of %d earlier moments", percent(e.Placebo), e.Placebos))
	} else {
		parts = append(parts, "too short a time before for a placebo test")
	}
	if e.Donors > 0 {
		parts = append(parts, fmt.Sprintf("beside %d others hit by the same cause", e.Donors))
	}
	return strings.Join(parts, "; ")
}

func signedPoints(x float64) string {
	s := fmt.Sprintf("%.1f", math.Abs(x))
	switch {
	case s == "0.0":
		return s
	case x < 0:
		return minus + s
	}
	return "+" + s
}
