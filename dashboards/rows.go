package dashboards

import (
	"cmp"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

// vendorRow is one vendor of the page Now.
type vendorRow struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	State     string  `json:"state"`
	Reports   float64 `json:"reports_per_minute"`
	Reactions float64 `json:"reactions_per_minute"`
	// Factor and Usual say how many times the hour before and the day's median hour
	// it is; nil where that says nothing.
	Factor *float64 `json:"factor_hour_before,omitempty"`
	Usual  *float64 `json:"factor_median_hour,omitempty"`
	// Sentiment runs from -1 to 1: positive less negative posts of the hour, as a share.
	Sentiment *float64 `json:"sentiment,omitempty"`
	Posts     uint64   `json:"posts_in_hour"`
	Blamed    []blamed `json:"blamed,omitempty"`
	Blaming   uint64   `json:"people_who_blame"`
	Simulated bool     `json:"simulated,omitempty"`
	// Incident is the one that is open, with its first signal, the likely cause and the
	// minutes by which the crowd was before the status page.
	Incident string     `json:"incident,omitempty"`
	Since    *time.Time `json:"since,omitempty"`
	Cause    string     `json:"cause,omitempty"`
	Lead     *float64   `json:"lead_minutes,omitempty"`
	Pinned   bool       `json:"pinned,omitempty"`

	Spark spark `json:"-"`
	Hue   int   `json:"-"`

	comparison comparison
}

// failing takes over what the detector says of a vendor at a time.
func (r *vendorRow) failing(i query.Incident, now time.Time) {
	r.State, r.Incident, r.Since = i.State, i.ID, &i.OpenedAt
	if i.SeenAt.After(now.Add(time.Minute)) || i.State == stateClosed {
		// The reader looks at an earlier time: what was known then.
		if r.State = stateSignal; i.ConfirmedAt != nil && !i.ConfirmedAt.After(now) {
			r.State = stateConfirmed
		}
	}
	if i.Cause != i.Vendor {
		r.Cause = i.Cause
	}
	if lead, ok := i.Lead(); ok && !i.OfficialAt.After(now) {
		r.Lead = &lead
	}
}

// Unusual says that nobody reports trouble in the median hour, but many do now.
func (r vendorRow) Unusual() bool {
	return r.comparison.Usual == 0 && severity(r.State) >= severity(stateWatch)
}

// BlameShown are the shares that a row has room for; none where too few people blame.
func (r vendorRow) BlameShown() []blamed {
	if r.Blaming < enoughBlame {
		return nil
	}
	shown := r.Blamed[:min(2, len(r.Blamed))]
	if len(shown) == 2 && shown[1].Share < 0.05 {
		shown = shown[:1]
	}
	return shown
}

// blamed is one vendor that is blamed by those who speak of another.
type blamed struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	People uint64  `json:"people"`
	Share  float64 `json:"share"`
	Margin float64 `json:"margin"` // half the width of the 95 % interval
}

const (
	// enoughBlame is the number of people from which shares of blame are given.
	enoughBlame = 10
	// enoughPosts is the number of posts from which a mean sentiment is given.
	enoughPosts = 10
	hues        = 8
)

// rows makes the rows of the board: what stands out first, then what is loudest.
func (s *Server) rows(b *board, brands []string) []vendorRow {
	minute := b.clock.Now.Truncate(time.Minute)
	recent := minute.Add(-recentWindow)
	covered := b.heard.minutes(query.Window{From: recent.Add(-beforeWindow), To: recent})
	rows := make([]vendorRow, 0, len(b.vendors))
	for _, v := range b.vendors {
		c := comparison{
			People: v.Reports, Rate: float64(v.Reports) / recentWindow.Minutes(),
			Before: float64(v.ReportsBefore) / max(1, float64(covered)),
			Usual:  -1, Covered: covered, Earlier: v.ReportsBefore,
		}
		if u, ok := b.usual[v.Vendor]; ok {
			c.Usual = u
		}
		r := vendorRow{
			ID: v.Vendor, Name: s.name(v.Vendor), State: c.state(), Reports: c.Rate,
			Reactions: float64(v.Reactions) / recentWindow.Minutes(),
			Posts:     v.Posts, Simulated: v.Simulated, comparison: c, Hue: hue(v.Vendor),
			Spark: newSpark(v.Minutes, v.People, int((beforeWindow+recentWindow)/time.Minute), int(recentWindow/time.Minute)),
		}
		if x, ok := c.factor(); ok {
			r.Factor = &x
		}
		if x, ok := c.usualFactor(); ok {
			r.Usual = &x
		}
		if v.Posts >= enoughPosts {
			x := (float64(v.Positive) - float64(v.Negative)) / float64(v.Posts)
			r.Sentiment = &x
		}
		r.Blamed, r.Blaming = s.blamedBy(b.blame, v.Vendor)
		rows = append(rows, r)
	}
	// A brand that a reader has pinned, and one that fails, have a row though nobody names them.
	for _, id := range append(slices.Clone(brands), slices.Sorted(maps.Keys(b.incidents))...) {
		if !slices.ContainsFunc(rows, func(r vendorRow) bool { return r.ID == id }) {
			rows = append(rows, vendorRow{ID: id, Name: s.name(id), State: stateQuiet, Hue: hue(id),
				Spark: newSpark(nil, nil, int((beforeWindow+recentWindow)/time.Minute), int(recentWindow/time.Minute))})
		}
	}
	for k := range rows {
		rows[k].Pinned = slices.Contains(brands, rows[k].ID)
		if i, ok := b.incidents[rows[k].ID]; ok {
			rows[k].failing(i, b.clock.Now)
		}
	}
	slices.SortStableFunc(rows, func(a, b vendorRow) int {
		if a.Pinned != b.Pinned {
			return map[bool]int{true: -1, false: 1}[a.Pinned]
		}
		return cmp.Or(
			cmp.Compare(severity(b.State), severity(a.State)),
			cmp.Compare(b.Reports, a.Reports), cmp.Compare(b.Reactions, a.Reactions),
			cmp.Compare(b.Posts, a.Posts), cmp.Compare(a.Name, b.Name))
	})
	return rows
}

// blamedBy gives whom people blame who speak of the vendor, most blamed first, and
// how many people that are.
func (s *Server) blamedBy(all []query.Blame, about string) (list []blamed, people uint64) {
	for _, b := range all {
		if b.About == about && b.Blamed == "" {
			people = b.People
		}
	}
	for _, b := range all {
		if b.About == about && b.Blamed != "" {
			p, margin := share(b.People, people)
			list = append(list, blamed{b.Blamed, s.name(b.Blamed), b.People, p, margin})
		}
	}
	return list, people
}

// hue gives each vendor the same colour of the palette for ever.
func hue(vendor string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(vendor))
	return int(h.Sum32() % hues)
}

// spark is a small line of people a minute over the last hour.
type spark struct {
	Line, Area, Now string // of an SVG of width sparkWidth and height sparkHeight
	Peak            uint64
}

const (
	sparkWidth  = 130
	sparkHeight = 28
)

// newSpark draws the minutes; the last of them stand out as now.
func newSpark(minutes []uint16, people []uint64, length, now int) spark {
	values := make([]float64, length)
	var s spark
	for i, m := range minutes {
		if int(m) < length && i < len(people) {
			values[m] = float64(people[i])
			s.Peak = max(s.Peak, people[i])
		}
	}
	top := math.Max(4, float64(s.Peak)) // a single voice must not look like a storm
	point := func(i int) string {
		x := float64(i) * sparkWidth / float64(length-1)
		y := 1.5 + (sparkHeight-3)*(1-values[i]/top)
		return strconv.FormatFloat(x, 'f', 1, 64) + " " + strconv.FormatFloat(y, 'f', 1, 64)
	}
	points := make([]string, length)
	for i := range values {
		points[i] = point(i)
	}
	s.Line = "M" + strings.Join(points, "L")
	s.Area = s.Line + "L" + strconv.Itoa(sparkWidth) + " " + strconv.Itoa(sparkHeight) + "L0 " + strconv.Itoa(sparkHeight) + "Z"
	s.Now = "M" + strings.Join(points[length-now-1:], "L")
	return s
}
