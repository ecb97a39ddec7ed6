package dashboards

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
)

// part is a piece of a sentence; with an address it opens the posts behind it.
type part struct {
	Text string    `json:"text"`
	Href string    `json:"href,omitempty"`
	Time time.Time `json:"time,omitzero"` // where the text is a time of day
}

// sentence is made from numbers by the templates below; nothing in it is invented.
type sentence []part

func (s sentence) String() string {
	var b strings.Builder
	for _, p := range s {
		b.WriteString(p.Text)
	}
	return b.String()
}

func text(format string, args ...any) part { return part{Text: fmt.Sprintf(format, args...)} }

// headline answers the page's question: what stands out, against what, and whom
// people blame.
func (s *Server) headline(b *board, rows []vendorRow) []sentence {
	if b.clock.Mode == modeEmpty {
		return nil
	}
	f := facts{board: b, minute: b.clock.Now.Truncate(time.Minute), name: s.name, graph: s.graph}
	if b.clock.Mode == modePinned {
		f.at = b.clock.Now
	}
	var out []vendorRow
	for _, r := range rows {
		if severity(r.State) >= severity(stateWatch) {
			out = append(out, r)
		}
	}
	// The sentence is about the worst, pinned or not.
	slices.SortStableFunc(out, func(a, b vendorRow) int { return cmp.Compare(severity(b.State), severity(a.State)) })
	if len(out) == 0 {
		return f.quiet(rows)
	}
	all := []sentence{f.trouble(out[0])}
	if s := f.incident(out[0]); s != nil {
		all = append(all, s)
	}
	if s := f.blame(out[0]); s != nil {
		all = append(all, s)
	}
	if s := f.others(out[1:]); s != nil {
		all = append(all, s)
	}
	return all
}

// facts are what the sentences are made from.
type facts struct {
	board  *board
	minute time.Time
	at     time.Time // set where the reader chose a time
	name   func(vendor string) string
	graph  *reaction.Graph
}

// posts is the address of the posts of a vendor in the last d.
func (f facts) posts(d time.Duration, pairs ...string) string {
	return filter{At: f.at, From: f.minute.Add(-d), To: f.minute}.With(pairs...) + "#posts"
}

func (f facts) trouble(r vendorRow) sentence {
	c := r.comparison
	link := f.posts(recentWindow, "vendor", r.ID, "outage", "report")
	s := sentence{text("%s: ", r.Name)}
	if c.Rate >= 1 {
		s = append(s, part{Text: rate(c.Rate), Href: link}, text(" people a minute report trouble"))
	} else {
		s = append(s, part{Text: plural(c.People, "report", "reports"), Href: link}, text(" of trouble in five minutes"))
	}
	x, ok := c.factor()
	switch {
	case !ok && c.Earlier == 0:
		s = append(s, text(", nobody in the hour before"))
	case !ok:
	case x >= 1.25:
		s = append(s, text(", "), part{Text: timesWords(x), Href: f.posts(recentWindow+beforeWindow, "vendor", r.ID, "outage", "report")}, text(" the hour before"))
	case x >= 0.8:
		s = append(s, text(", as in the hour before"))
	default:
		s = append(s, text(", fewer than in the hour before"))
	}
	if u, known := c.usualFactor(); known && u >= 2 && (!ok || u > x) {
		joint := " and "
		if !ok {
			joint = ", "
		}
		s = append(s, text("%s%s the day’s median hour", joint, timesWords(u)))
	}
	if r.Unusual() && c.People >= signalPeople {
		s = append(s, text("; in the day’s median hour nobody does"))
	}
	return append(s, text("."))
}

// incident says since when the vendor has been failing, and why.
func (f facts) incident(r vendorRow) sentence {
	if r.Incident == "" {
		return nil
	}
	s := sentence{part{Text: "Incident", Href: "/incidents/" + r.Incident}, text(" since "), {Text: utc(*r.Since, "15:04"), Time: *r.Since}, text(", %s", word(r.State))}
	if r.Cause != "" {
		s = append(s, text("; likely cause %s", f.name(r.Cause)))
		if standing := f.graph.Standing(r.ID, r.Cause, *r.Since); standing == reaction.SupplierAndRival {
			s = append(s, text(", %s at once", standing))
		}
	}
	if r.Lead != nil && *r.Lead >= 0 {
		s = append(s, text("; %s before the status page", ago(time.Duration(*r.Lead*float64(time.Minute)))))
	}
	return append(s, text("."))
}

func timesWords(x float64) string {
	return strings.TrimPrefix(factor(x), times) + " times"
}

// blame says whom those blame who speak of the vendor.
func (f facts) blame(r vendorRow) sentence {
	people := part{Text: plural(r.Blaming, "person", "people"), Href: f.posts(blameWindow, "vendor", r.ID)}
	switch {
	case r.Blaming == 0:
		return nil
	case r.Blaming < enoughBlame:
		return sentence{part{Text: plural(r.Blaming, "person blames", "people blame"), Href: people.Href}, text(" somebody: too few to say whom.")}
	}
	s := sentence{text("Of "), people, text(" who blame somebody, ")}
	for i, b := range r.BlameShown() {
		if i == 1 {
			s = append(s, text(", "))
		}
		s = append(s, part{Text: percent(b.Share), Href: f.posts(blameWindow, "vendor", r.ID, "blamed", b.ID)})
		if i == 0 {
			s = append(s, text(" blame %s", b.Name))
		} else {
			s = append(s, text(" %s", b.Name))
		}
	}
	return append(s, text("."))
}

// others names what else stands out: what fails too, and what is only above the hour before.
func (f facts) others(rows []vendorRow) sentence {
	var s sentence
	say := func(intro string, these []vendorRow, entry func(vendorRow) sentence) {
		if len(these) == 0 {
			return
		}
		if len(s) > 0 {
			intro = " " + intro
		}
		s = append(s, text("%s", intro))
		for i, r := range these[:min(3, len(these))] {
			if i > 0 {
				s = append(s, text(", "))
			}
			s = append(s, entry(r)...)
		}
		if n := len(these) - 3; n > 0 {
			s = append(s, text(" and %d more", n))
		}
		s = append(s, text("."))
	}
	var failing, above []vendorRow
	for _, r := range rows {
		if r.Incident != "" {
			failing = append(failing, r)
		} else {
			above = append(above, r)
		}
	}
	say("Also failing: ", failing, func(r vendorRow) sentence {
		return sentence{part{Text: r.Name, Href: "/incidents/" + r.Incident}}
	})
	say("Also above the hour before: ", above, func(r vendorRow) sentence {
		return sentence{text("%s ", r.Name), part{Text: rate(r.Reports), Href: f.posts(recentWindow, "vendor", r.ID, "outage", "report")}, text(" a minute")}
	})
	return s
}

const (
	// enoughHeard are the minutes of the day that must have been listened to before nothing
	// standing out means that all is quiet.
	enoughHeard = 120
	// loudAlone is how many people a minute are worth a sentence though there is nothing to
	// compare them with.
	loudAlone = 2
)

// heard is for how many minutes of the day posts were collected.
func (f facts) heard() int {
	return f.board.heard.minutes(query.Window{From: f.minute.Add(-lookBack), To: f.minute})
}

// quiet says that nothing stands out, and when something last did.
func (f facts) quiet(rows []vendorRow) []sentence {
	first := sentence{text("Quiet: no vendor stands out against the hour before.")}
	switch {
	case len(rows) > 0 && rows[0].State == stateNew:
		first = sentence{text("Too early to compare: posts are coming in, but not yet for %d minutes.", minCovered)}
	case len(rows) == 0 && f.board.heard.empty():
		first = sentence{text("Silence: no post was collected in the last day.")}
	case len(rows) == 0:
		first = sentence{text("Quiet: nobody names a vendor.")}
	case rows[0].Reports >= loudAlone && f.heard() < enoughHeard:
		r := rows[0]
		first = sentence{text("%s: ", r.Name), part{Text: rate(r.Reports), Href: f.posts(recentWindow, "vendor", r.ID, "outage", "report")},
			text(" people a minute report trouble. Posts have been collected for %d minutes only, so nothing says whether that is usual.", f.heard())}
	case rows[0].Reports > 0:
		r := rows[0]
		first = append(first, text(" Most reported: %s, ", r.Name), part{Text: rate(r.Reports), Href: f.posts(recentWindow, "vendor", r.ID, "outage", "report")}, text(" a minute."))
	}
	all := []sentence{first}
	if i := f.board.closed; i != nil {
		over := sentence{part{Text: f.name(i.Vendor) + "’s incident", Href: "/incidents/" + i.ID}, text(" is over since "), {Text: utc(*i.ClosedAt, "15:04"), Time: *i.ClosedAt},
			text(": %s reported it", plural(uint64(i.Authors), "person", "people"))}
		if i.Cause != "" && i.Cause != i.Vendor {
			over = append(over, text("; likely cause %s", f.name(i.Cause)))
			if f.graph.Standing(i.Vendor, i.Cause, i.OpenedAt) == reaction.SupplierAndRival {
				over = append(over, text(", %s at once", reaction.SupplierAndRival))
			}
		}
		all = append(all, append(over, text(".")))
	}
	if l := f.board.loudest; l.People >= signalPeople {
		end := l.At.Add(recentWindow)
		all = append(all, sentence{
			text("Loudest in the last 24 hours: %s, ", f.name(l.Vendor)),
			{Text: rate(float64(l.People)/recentWindow.Minutes()) + " people a minute", Href: filter{At: end}.With("vendor", l.Vendor)},
			text(" at "), {Text: utc(l.At, "15:04"), Time: l.At}, text("."),
		})
	}
	return all
}
