package status

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/mmcdole/gofeed"

	"github.com/outcry/outcry/ingest/htmltext"
	"github.com/outcry/outcry/ingest/post"
)

// feed reads RSS and Atom in which each entry is an update: AWS, Azure, Slack.
func feed(body []byte, page Page) ([]finding, error) {
	doc, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the answer is no feed: %w", err)
	}
	var all []finding
	for _, item := range doc.Items {
		title, text := htmltext.Text(item.Title), htmltext.Text(cmp.Or(item.Description, item.Content))
		e := post.Official{
			Vendor: page.Vendor, EventID: cmp.Or(strings.TrimSpace(item.GUID), item.Link),
			Status: statusIn(title, text), Impact: impactIn(title + " " + text),
			Title: title, Text: text, URL: cmp.Or(item.Link, page.URL),
		}
		if item.PublishedParsed != nil {
			e.At = item.PublishedParsed.UTC()
		} else if item.UpdatedParsed != nil {
			e.At = item.UpdatedParsed.UTC()
		}
		all = append(all, checked(e, []byte(item.Title)))
	}
	return all, nil
}

// statusIn finds the status in words: the headline says it, or else the text.
func statusIn(texts ...string) string {
	for _, t := range texts {
		t = strings.ToLower(t)
		for _, w := range []struct{ word, status string }{
			{"operating normally", "resolved"}, {"resolved", "resolved"}, {"mitigated", "resolved"},
			{"monitoring", "monitoring"}, {"identified", "identified"}, {"investigating", "investigating"},
		} {
			if strings.Contains(t, w.word) {
				return w.status
			}
		}
	}
	return "investigating"
}

// impactIn finds the impact in words. Feeds have no field for it.
func impactIn(text string) string {
	text = strings.ToLower(text)
	for _, w := range []struct{ word, impact string }{
		{"maintenance", "maintenance"}, {"disruption", "critical"}, {"outage", "critical"}, {"unavailab", "critical"},
		{"error", "major"}, {"degrad", "minor"}, {"latenc", "minor"}, {"delay", "minor"}, {"performance", "minor"},
		{"informational", "none"},
	} {
		if strings.Contains(text, w.word) {
			return w.impact
		}
	}
	return "minor"
}
