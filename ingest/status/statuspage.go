package status

import (
	"encoding/json"
	"errors"

	"github.com/outcry/outcry/ingest/htmltext"
	"github.com/outcry/outcry/ingest/post"
)

// incident is one of Statuspage and of what has its API.
type incident struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	Impact    string   `json:"impact"`
	Shortlink string   `json:"shortlink"`
	CreatedAt stamp    `json:"created_at"`
	StartedAt stamp    `json:"started_at"`
	Updates   []update `json:"incident_updates"`
	// Clones call them so.
	EventUpdates []update `json:"event_updates"`
}

type update struct {
	Status    string `json:"status"`
	Body      string `json:"body"`
	CreatedAt stamp  `json:"created_at"`
	DisplayAt stamp  `json:"display_at"`
}

// statuspage reads /api/v2/incidents.json.
func statuspage(body []byte, page Page) ([]finding, error) {
	var doc struct {
		Incidents *[]json.RawMessage `json:"incidents"`
	}
	if err := json.Unmarshal(body, &doc); err != nil || doc.Incidents == nil {
		return nil, errors.New("the answer is no list of incidents: is it a page with the API of Statuspage?")
	}
	var all []finding
	for _, raw := range *doc.Incidents {
		var in incident
		if err := json.Unmarshal(raw, &in); err != nil {
			all = append(all, unreadable(raw, err))
			continue
		}
		updates := append(in.Updates, in.EventUpdates...)
		if len(updates) == 0 { // a page that shows the incident alone
			updates = []update{{Status: in.Status, CreatedAt: stamp{first(in.StartedAt, in.CreatedAt)}}}
		}
		for _, u := range updates {
			e := post.Official{
				Vendor: page.Vendor, EventID: in.ID, At: first(u.DisplayAt, u.CreatedAt),
				Status: orElse(u.Status, in.Status), Impact: impactOf(in.Impact),
				Title: htmltext.Text(in.Name), Text: htmltext.Text(u.Body), URL: in.Shortlink,
			}
			if e.URL == "" {
				e.URL = page.base() + "/incidents/" + in.ID
			}
			all = append(all, checked(e, raw))
		}
	}
	return all, nil
}
