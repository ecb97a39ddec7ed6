package channel

import (
	"cmp"
	"context"
	"net/http"
	"time"
)

// pagerDuty speaks Events API v2. The thread is the dedup_key: what comes again with it
// belongs to the alert that is there.
type pagerDuty struct {
	key, url string
	client   *http.Client
}

// pagerDutySeverity are PagerDuty's words for our levels.
var pagerDutySeverity = map[string]string{"minor": "warning", "major": "error", "critical": "critical"}

// summaryRunes is the most that PagerDuty takes as a summary.
const summaryRunes = 1024

func (p pagerDuty) Send(ctx context.Context, m Message) (string, error) {
	event := map[string]any{"routing_key": p.key, "dedup_key": m.Thread, "event_action": "trigger", "client": "outcry"}
	if m.Ends() {
		event["event_action"] = "resolve"
	}
	summary := []rune(m.Title)
	event["payload"] = map[string]any{
		"summary": string(summary[:min(len(summary), summaryRunes)]), "source": m.Alert.Vendor, "severity": cmp.Or(pagerDutySeverity[m.Alert.Level], "info"),
		"timestamp": m.Alert.At.UTC().Format(time.RFC3339), "component": m.Alert.Name, "group": m.Alert.Rule, "class": "complaint spike",
		"custom_details": m.Alert,
	}
	if m.Alert.Link != "" {
		event["client_url"] = m.Alert.Link
		event["links"] = []map[string]string{{"href": m.Alert.Link, "text": "The incident in outcry"}}
	}
	_, err := sendJSON(ctx, p.client, p.url, nil, event)
	return m.Thread, err
}
