package alert

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/query"
)

const (
	quotes     = 3   // posts in a message
	quoteRunes = 280 // of each
	shares     = 3   // vendors that are blamed
	facetNames = 3   // symptoms, devices, places of an incident
)

// compose makes the message of a notice. Posts are read now, so that one that was
// deleted since is not quoted.
func (n *Notifier) compose(ctx context.Context, due *notice) (channel.Message, error) {
	a := n.describe(due)
	if !channel.Ends(due.Event) {
		var err error
		if a.Quotes, err = n.quotes(ctx, due.group); err != nil {
			return channel.Message{}, err
		}
	}
	m := channel.Message{ID: due.id(), Thread: due.ID, Number: due.Number, Reference: due.Reference, Alert: a}
	var err error
	m.Title, m.Text, err = n.templates[due.Channel].render(a)
	return m, err
}

// describe says what a notice is about, without quotes.
func (n *Notifier) describe(due *notice) *channel.Alert {
	g := due.group
	a := &channel.Alert{
		Event: due.Event, Thread: due.ID, Rule: due.Rule, Vendor: g.root, Name: n.o.Catalogue.name(g.root),
		Level: g.level.String(), OpenedAt: due.OpenedAt, At: due.At, Authors: int(g.authors), Note: due.note,
	}
	if n.o.Link != "" {
		a.Link = strings.TrimSuffix(n.o.Link, "/") + "/incidents/" + url.PathEscape(g.shown(due.ID))
	}
	blamed := map[string]int{}
	if len(g.members) > 0 {
		a.OpenedAt = g.first().OpenedAt
	}
	for _, m := range g.members {
		if m.Cause == g.root {
			a.Probability = max(a.Probability, round2(float64(m.CauseProbability)))
		}
		if m.Misattributed != "" {
			a.Misattributed = n.o.Catalogue.name(m.Misattributed)
		}
		a.Simulated = a.Simulated || m.Simulated
		for v, people := range m.Blamed {
			blamed[v] += int(people)
		}
		a.Incidents = append(a.Incidents, n.incident(m))
		if m.ClosedAt != nil && (a.ClosedAt == nil || m.ClosedAt.After(*a.ClosedAt)) {
			a.ClosedAt = m.ClosedAt
		}
	}
	a.Blamed = n.blame(blamed)
	if !channel.Ends(due.Event) && len(g.members) > 0 {
		a.Ends = ends(g.members[0])
	}
	if due.Event != channel.Resolved {
		a.ClosedAt = nil
	}
	return a
}

func (n *Notifier) incident(m *query.Incident) channel.Incident {
	i := channel.Incident{
		ID: m.ID, Vendor: m.Vendor, Name: n.o.Catalogue.name(m.Vendor), State: m.State, OpenedAt: m.OpenedAt, ClosedAt: m.ClosedAt,
		Authors: int(m.Authors), Peak: round2(float64(m.Peak)), Expected: round2(float64(m.Expected)), Severity: round2(float64(m.Severity)),
		Symptoms: top(m.Facets, "symptom "), Devices: top(m.Facets, "device "), Places: top(m.Facets, "place "),
	}
	if len(m.Reasons) > 0 {
		i.Reason = m.Reasons[len(m.Reasons)-1]
	}
	if lead, ok := m.Lead(); ok {
		lead = round2(lead)
		i.Lead = &lead
	}
	return i
}

// top are the most frequent facets of a kind.
func top(facets map[string]uint32, kind string) []string {
	var all []string
	for f := range facets {
		if strings.HasPrefix(f, kind) {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if d := int(facets[b]) - int(facets[a]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	all = all[:min(len(all), facetNames)]
	for k := range all {
		all[k] = all[k][len(kind):]
	}
	return all
}

// blame are the shares of those who blame a vendor, the largest first.
func (n *Notifier) blame(people map[string]int) []channel.Share {
	total := 0
	var all []channel.Share
	for v, k := range people {
		total += k
		all = append(all, channel.Share{Vendor: v, Name: n.o.Catalogue.name(v), People: k})
	}
	slices.SortFunc(all, func(a, b channel.Share) int {
		if d := b.People - a.People; d != 0 {
			return d
		}
		return strings.Compare(a.Vendor, b.Vendor)
	})
	for k := range all {
		all[k].Share = round2(float64(all[k].People) / float64(total))
	}
	return all[:min(len(all), shares)]
}

// ends says what would end an incident, in the numbers of the detector.
func ends(m *query.Incident) string {
	if m.State == "recovering" {
		return "over after half an hour of calm"
	}
	return fmt.Sprintf("recovering when fewer than %s people a minute report, over after half an hour of calm", number(float64(m.Expected)+0.3*float64(m.Peak-m.Expected)))
}

// quotes are posts that stand for many: first-hand, sure, in words of their own.
func (n *Notifier) quotes(ctx context.Context, g *group) ([]channel.Quote, error) {
	var keys []uint64
	var window query.Window
	for _, m := range g.members {
		keys = append(keys, m.Posts...)
		if window.From.IsZero() || m.OpenedAt.Before(window.From) {
			window.From = m.OpenedAt
		}
		if m.SeenAt.After(window.To) {
			window.To = m.SeenAt
		}
		if len(keys) >= 40 {
			break
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	window.From = window.From.Add(-2 * time.Hour)
	posts, _, err := n.db.Posts(ctx, query.Filter{Window: window, Keys: keys, Limit: query.MaxPosts})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(posts, func(a, b query.Post) int { return int(1e6 * (worth(&b) - worth(&a))) })
	var all []channel.Quote
	seen := map[string]bool{}
	for _, p := range posts {
		text := strings.Join(strings.Fields(p.Text), " ")
		start := strings.ToLower(text[:min(len(text), 24)])
		if text == "" || seen[start] {
			continue
		}
		seen[start] = true
		all = append(all, channel.Quote{Text: shorten(text, quoteRunes), URL: p.URL, Source: p.Source, At: p.CreatedAt})
		if len(all) == quotes {
			break
		}
	}
	return all, nil
}

// worth is how well a post stands for others: sure to be a report, and long enough to say
// something.
func worth(p *query.Post) float64 {
	n := utf8.RuneCountInString(p.Text)
	return p.OutageScore * min(1, float64(n)/60) * min(1, 200/float64(max(n, 1)))
}

func shorten(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:runes-1])) + "…"
}

func (c Catalogue) name(vendor string) string {
	if n := c.Names[vendor]; n != "" {
		return n
	}
	return vendor
}
