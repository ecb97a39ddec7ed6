package dashboards

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/nlp/tag"
)

// postView is one post as the page shows it.
type postView struct {
	Key       string        `json:"key"`
	Source    string        `json:"source"`
	URL       string        `json:"url,omitempty"`
	At        time.Time     `json:"created_at"`
	Author    string        `json:"author,omitempty"`
	Place     string        `json:"place,omitempty"`
	Lang      string        `json:"lang,omitempty"`
	Text      string        `json:"text"`
	Segments  []segment     `json:"-"`
	Cut       int           `json:"-"` // bytes of the text that are not shown
	Outage    string        `json:"outage"`
	Score     float64       `json:"outage_score"`
	Sentiment string        `json:"sentiment"`
	Feeling   float64       `json:"sentiment_score"`
	Vendors   []mentionView `json:"vendors,omitempty"`
	Symptoms  []string      `json:"symptoms,omitempty"`
	Devices   []string      `json:"devices,omitempty"`
	Intents   []string      `json:"intents,omitempty"`
	Unknown   []string      `json:"unknown,omitempty"`
	Simulated bool          `json:"simulated,omitempty"`
	Model     string        `json:"model"`
	Why       []reason      `json:"why,omitempty"`
	// Explained says that a page explains the tags.
	Explained bool `json:"-"`
}

// mentionView is one vendor in a post.
type mentionView struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	Sentiment string `json:"sentiment"`
}

// reason is the words that spoke for a label.
type reason struct {
	Label string   `json:"label"`
	Words []string `json:"words"`
}

// segment is a piece of a post's text that is marked as a whole, or not at all.
type segment struct {
	Text   string
	Vendor bool   // a vendor's name
	Title  string // what the words decided; empty where they are not marked
}

const (
	// maxText is how many bytes of a post are shown.
	maxText = 1200
	// maxMarks is how many marks of a post are shown.
	maxMarks = 64
)

// blankLines are more of them than a text needs; a flood of them hides other posts.
var blankLines = regexp.MustCompile(`\n\s*\n\s*\n`)

func (s *Server) postView(p query.Post) postView {
	v := postView{
		Key: strconv.FormatUint(p.Key, 16), Source: p.Source, URL: webAddress(p.URL), At: p.CreatedAt,
		Author: shortName(p.Author), Place: p.Place, Lang: p.Lang, Text: p.Text,
		Outage: string(p.Outage), Score: p.OutageScore, Sentiment: string(p.Sentiment), Feeling: p.SentimentScore,
		Symptoms: p.Symptoms, Devices: p.Devices, Intents: p.Intents, Unknown: p.Unknown, Simulated: p.Simulated, Model: p.Model,
		Explained: s.o.Explain != nil,
	}
	shown := cut(p.Text, maxText)
	v.Cut = len(p.Text) - len(shown)
	var spans []titled
	for _, m := range p.Marks {
		spans = append(spans, titled{m.Span, "speaks for " + m.Label, false})
		v.because(m.Label, p.Text, m.Span)
	}
	for _, m := range p.Vendors {
		v.Vendors = append(v.Vendors, mentionView{m.Vendor, s.name(m.Vendor), string(m.Role), string(m.Sentiment)})
		for _, span := range m.Spans {
			spans = append(spans, titled{span, s.name(m.Vendor) + ", " + string(m.Role), true})
		}
	}
	v.Segments = segments(shown, spans)
	for i := range v.Segments {
		v.Segments[i].Text = blankLines.ReplaceAllString(v.Segments[i].Text, "\n\n")
	}
	return v
}

func (v *postView) because(label, text string, span tag.Span) {
	span, ok := snap(text, span)
	if !ok {
		return
	}
	words := cut(text[span.Start:span.End], 80)
	for i, r := range v.Why {
		if r.Label == label {
			if !slices.Contains(r.Words, words) && len(r.Words) < 8 {
				v.Why[i].Words = append(v.Why[i].Words, words)
			}
			return
		}
	}
	v.Why = append(v.Why, reason{label, []string{words}})
}

// titled is a span with what it says.
type titled struct {
	tag.Span
	title  string
	vendor bool
}

// segments cuts the text at the edges of the spans. Spans come from outside: they
// may overlap, be turned round, end beyond the text or within a character.
func segments(text string, spans []titled) []segment {
	edges := []int{0, len(text)}
	var valid []titled
	for _, s := range spans {
		if len(valid) == maxMarks {
			break
		}
		span, ok := snap(text, s.Span)
		if !ok {
			continue
		}
		s.Span = span
		valid = append(valid, s)
		edges = append(edges, span.Start, span.End)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	slices.SortStableFunc(valid, func(a, b titled) int { return cmp.Compare(a.Start, b.Start) })
	var all []segment
	for i := 0; i+1 < len(edges); i++ {
		seg := segment{Text: text[edges[i]:edges[i+1]]}
		var titles []string
		for _, s := range valid {
			if s.Start <= edges[i] && edges[i+1] <= s.End && !slices.Contains(titles, s.title) {
				titles = append(titles, s.title)
				seg.Vendor = seg.Vendor || s.vendor
			}
		}
		seg.Title = strings.Join(titles, "; ")
		if n := len(all); n > 0 && all[n-1].Title == seg.Title && all[n-1].Vendor == seg.Vendor {
			all[n-1].Text += seg.Text
			continue
		}
		all = append(all, seg)
	}
	return all
}

// snap moves the edges of a span outwards to whole characters and into the text;
// ok is false where nothing is left of it.
func snap(text string, s tag.Span) (_ tag.Span, ok bool) {
	s.Start, s.End = max(0, s.Start), min(len(text), s.End)
	if s.Start >= s.End {
		return s, false
	}
	for s.Start > 0 && !utf8.RuneStart(text[s.Start]) {
		s.Start--
	}
	for s.End < len(text) && !utf8.RuneStart(text[s.End]) {
		s.End++
	}
	return s, true
}

// cut gives at most n bytes of s, in whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// webAddress gives the address if a browser may follow it, else nothing.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return ""
	}
	return u.String()
}

// shortName is enough of a pseudonym to tell people apart on one page.
func shortName(author string) string {
	if len(author) > 8 {
		return cut(author, 8)
	}
	return author
}

// Sureness is how sure the tagger is of Outage.
func (v postView) Sureness() string { return percent(v.Score) }
