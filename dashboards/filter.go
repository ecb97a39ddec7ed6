package dashboards

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outcry/outcry/dashboards/query"
)

// filter is what a reader wants to see, as it stands in the address of the page.
type filter struct {
	Vendor, Role, Blamed      string
	Outage, Sentiment, Source string
	Symptom, Device, Place    string
	Text                      string
	From, To                  time.Time // of the posts; zero: as far as the page looks back
	Span                      string    // of the chart: 1h, 6h, 24h
	At                        time.Time // the time that is looked at; zero: now
	Brands                    string    // vendors to show first, with commas between
	Chart                     string    // vendor of the chart where Vendor is empty
	path                      string    // of the page; empty is Now
}

const (
	maxParam    = 200
	defaultSpan = "6h"
	lookBack    = 24 * time.Hour
	postsShown  = 50
	maxDistance = 100 * 366 * 24 * time.Hour
)

// spans are the lengths of the chart, each with the step of its points.
var spans = []struct {
	Name   string
	Length time.Duration
	Step   time.Duration
}{
	{"1h", time.Hour, time.Minute},
	{"6h", 6 * time.Hour, 2 * time.Minute},
	{"24h", 24 * time.Hour, 10 * time.Minute},
}

// choices are the values that a parameter may have.
var choices = map[string][]string{
	"outage":    {"report", "reaction", "news", "none"},
	"sentiment": {"negative", "neutral", "positive"},
	"role":      {"blamed", "affected", "alternative", "mentioned"},
	"span":      {"1h", "6h", "24h"},
}

// params are the names in the address, in the order in which they are written.
var params = []string{"vendor", "role", "blamed", "outage", "sentiment", "source", "symptom", "device", "place", "q", "from", "to", "span", "at", "chart", "brands"}

// parseFilter reads the address. Its error is for the reader to see.
func parseFilter(values url.Values) (filter, error) {
	var f filter
	for _, name := range params {
		value := strings.TrimSpace(values.Get(name))
		if value == "" {
			continue
		}
		if len(value) > maxParam || !utf8.ValidString(value) {
			return f, fmt.Errorf("%s is longer than %d bytes, or not text", name, maxParam)
		}
		if allowed := choices[name]; allowed != nil && !slices.Contains(allowed, value) {
			return f, fmt.Errorf("%s is %q: it can be %s", name, value, strings.Join(allowed, ", "))
		}
		if err := f.set(name, value); err != nil {
			return f, err
		}
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return f, fmt.Errorf("from is not before to")
	}
	return f, nil
}

func (f *filter) field(name string) *string {
	switch name {
	case "vendor":
		return &f.Vendor
	case "role":
		return &f.Role
	case "blamed":
		return &f.Blamed
	case "outage":
		return &f.Outage
	case "sentiment":
		return &f.Sentiment
	case "source":
		return &f.Source
	case "symptom":
		return &f.Symptom
	case "device":
		return &f.Device
	case "place":
		return &f.Place
	case "q":
		return &f.Text
	case "span":
		return &f.Span
	case "chart":
		return &f.Chart
	case "brands":
		return &f.Brands
	}
	return nil
}

func (f *filter) moment(name string) *time.Time {
	switch name {
	case "from":
		return &f.From
	case "to":
		return &f.To
	case "at":
		return &f.At
	}
	return nil
}

func (f *filter) set(name, value string) error {
	if s := f.field(name); s != nil {
		*s = value
		return nil
	}
	t := f.moment(name)
	if t == nil {
		return fmt.Errorf("there is no parameter %q", name)
	}
	*t = time.Time{}
	if value == "" {
		return nil
	}
	at, ok := ReadTime(value)
	if !ok {
		return fmt.Errorf("%s is %q: write a time like 2012-12-24T20:30Z", name, value)
	}
	*t = at
	return nil
}

// ReadTime reads a time as people write one: to the second, the minute or the day, in UTC
// where no zone is named; ok is false where it is none.
func ReadTime(s string) (_ time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.Parse(layout, s); err == nil && at.Year() > 1970 && time.Until(at) < maxDistance {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// momentOf reads one time of an address, zero where there is none.
func momentOf(values url.Values, name string) (time.Time, error) {
	f, err := parseFilter(url.Values{name: values[name]})
	return *f.moment(name), err
}

func (f filter) get(name string) string {
	if s := f.field(name); s != nil {
		return *s
	}
	if t := f.moment(name); t != nil && !t.IsZero() {
		return t.UTC().Format("2006-01-02T15:04:05.999Z07:00")
	}
	return ""
}

// String is the filter as the query of an address, in a fixed order.
func (f filter) String() string {
	var b strings.Builder
	for _, name := range params {
		if v := f.get(name); v != "" {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(name + "=" + url.QueryEscape(v))
		}
	}
	return b.String()
}

// With is the address of the page with some parameters changed: name, value, name,
// value, …; an empty value drops the parameter.
func (f filter) With(pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = f.set(pairs[i], pairs[i+1]) // the pairs are ours
	}
	path := cmp.Or(f.path, "/")
	if s := f.String(); s != "" {
		return path + "?" + s
	}
	return path
}

// Path is the address of the page without the filter.
func (f filter) Path() string { return cmp.Or(f.path, "/") }

// Is says whether the parameter has the value, for marking the choice made.
func (f filter) Is(name, value string) bool { return f.get(name) == value }

// Pair is one parameter with its value.
type pair struct{ Name, Value string }

// Hidden are the parameters that a search form has to carry along.
func (f filter) Hidden() []pair {
	var all []pair
	for _, name := range params {
		if v := f.get(name); v != "" && name != "q" {
			all = append(all, pair{name, v})
		}
	}
	return all
}

// span gives length and step of the chart.
func (f filter) span() (string, time.Duration, time.Duration) {
	for _, s := range spans {
		if s.Name == f.Span {
			return s.Name, s.Length, s.Step
		}
	}
	return defaultSpan, spans[1].Length, spans[1].Step
}

// posts is the question for the posts of the page when it is now.
func (f filter) posts(now time.Time) query.Filter {
	w := query.Last(lookBack, now)
	if !f.To.IsZero() && f.To.Before(w.To) {
		w = query.Last(lookBack, f.To)
	}
	if !f.From.IsZero() {
		w.From = f.From
	}
	if !f.From.IsZero() && !f.To.IsZero() {
		w.To = f.To
	}
	return query.Filter{
		Window: w, Vendor: f.Vendor, Role: f.Role, Blamed: f.Blamed, Outage: f.Outage,
		Sentiment: f.Sentiment, Source: f.Source, Symptom: f.Symptom, Device: f.Device, Place: f.Place, Text: f.Text, Limit: postsShown,
	}
}

// Narrows says whether the posts are narrowed by anything.
func (f filter) Narrows() bool {
	f.Span, f.At, f.Chart, f.Brands, f.path = "", time.Time{}, "", "", ""
	return f != filter{}
}

// Wide is the address without any narrowing of the posts.
func (f filter) Wide() string {
	return filter{Span: f.Span, At: f.At, Brands: f.Brands, path: f.path}.With() + "#posts"
}

// IsSpan says whether the chart has the length.
func (f filter) IsSpan(name string) bool {
	now, _, _ := f.span()
	return now == name
}

// maxBrands is how many vendors a reader can pin.
const maxBrands = 12

// brands are the vendors that the reader has pinned.
func (f filter) brands() []string {
	var all []string
	for b := range strings.SplitSeq(f.Brands, ",") {
		if b = strings.TrimSpace(b); b != "" && !slices.Contains(all, b) && len(all) < maxBrands {
			all = append(all, b)
		}
	}
	return all
}

// Pin is the address with a vendor pinned, or no longer so.
func (f filter) Pin(vendor string) string {
	all := f.brands()
	if i := slices.Index(all, vendor); i >= 0 {
		all = slices.Delete(all, i, i+1)
	} else {
		all = append(all, vendor)
	}
	return f.With("brands", strings.Join(all, ","))
}

// choice is one narrowing of the posts, and the address without it.
type choice struct{ Name, Value, Drop string }

// chosen lists what narrows the posts besides their label; name gives the names of vendors.
func (f filter) chosen(name func(id string) string) []choice {
	var all []choice
	add := func(what, value string, drop ...string) {
		if value != "" {
			all = append(all, choice{what, value, f.With(drop...)})
		}
	}
	if f.Vendor != "" {
		add("about", name(f.Vendor), "vendor", "", "role", "")
	}
	add("which is", f.Role, "role", "")
	if f.Blamed != "" {
		add("blaming", name(f.Blamed), "blamed", "")
	}
	add("feeling", f.Sentiment, "sentiment", "")
	add("on", f.Source, "source", "")
	add("with trouble in", f.Symptom, "symptom", "")
	add("using", f.Device, "device", "")
	add("naming", f.Place, "place", "")
	add("with", f.Text, "q", "")
	switch {
	case !f.From.IsZero() && !f.To.IsZero():
		add("from", f.From.Format("15:04")+" to "+utc(f.To, "15:04"), "from", "", "to", "")
	case !f.From.IsZero():
		add("since", utc(f.From, "2 Jan 15:04"), "from", "")
	case !f.To.IsZero():
		add("before", utc(f.To, "2 Jan 15:04"), "to", "")
	}
	return all
}
