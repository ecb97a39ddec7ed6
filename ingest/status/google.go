package status

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/outcry/outcry/ingest/post"
)

// googleIncident is one of Google Cloud.
type googleIncident struct {
	ID          string         `json:"id"`
	Begin       stamp          `json:"begin"`
	Created     stamp          `json:"created"`
	End         stamp          `json:"end"`
	Description string         `json:"external_desc"`
	Service     string         `json:"service_name"`
	Severity    string         `json:"severity"`
	URI         string         `json:"uri"`
	Updates     []googleUpdate `json:"updates"`
	Latest      *googleUpdate  `json:"most_recent_update"`
}

type googleUpdate struct {
	Created stamp  `json:"created"`
	When    stamp  `json:"when"`
	Text    string `json:"text"`
	Status  string `json:"status"`
}

// google reads incidents.json.
func google(body []byte, page Page) ([]finding, error) {
	var doc []json.RawMessage
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, errors.New("the answer is no list of incidents: is it the incidents.json of Google Cloud?")
	}
	var all []finding
	for _, raw := range doc {
		var in googleIncident
		if err := json.Unmarshal(raw, &in); err != nil {
			all = append(all, unreadable(raw, err))
			continue
		}
		updates := in.Updates
		if len(updates) == 0 && in.Latest != nil {
			updates = []googleUpdate{*in.Latest}
		}
		if len(updates) == 0 {
			updates = []googleUpdate{{Created: stamp{first(in.Begin, in.Created)}}}
		}
		for _, u := range updates {
			all = append(all, checked(post.Official{
				Vendor: page.Vendor, EventID: in.ID, At: first(u.When, u.Created),
				Status: googleStatus(u.Status), Impact: impactOf(in.Severity),
				Title: orElse(in.Description, in.Service), Text: strings.TrimSpace(u.Text), URL: googleLink(page, in.URI),
			}, raw))
		}
	}
	return all, nil
}

// googleStatus puts Google's words into those of other pages.
func googleStatus(said string) string {
	switch said {
	case "AVAILABLE":
		return "resolved"
	case "SERVICE_INFORMATION":
		return "monitoring"
	}
	return "investigating"
}

func googleLink(page Page, uri string) string {
	u, err := url.Parse(page.URL)
	if err != nil || uri == "" {
		return page.URL
	}
	return u.Scheme + "://" + u.Host + "/" + strings.TrimLeft(uri, "/")
}
