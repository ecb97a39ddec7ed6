package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// alertmanager posts to the v2 API of a Prometheus Alertmanager. Labels are an alert's
// identity there, so those of a thread's first message are kept as its reference; what
// changes goes into annotations.
type alertmanager struct {
	url    string
	client *http.Client
}

// alertmanagerHolds is for how long an alert stays without being sent again.
const alertmanagerHolds = 5 * time.Minute

func (a alertmanager) Send(ctx context.Context, m Message) (string, error) {
	labels := map[string]string{
		"alertname": "ComplaintSpike", "service": "outcry", "thread": m.Thread, "vendor": m.Alert.Vendor, "severity": m.Alert.Level, "rule": m.Alert.Rule,
	}
	if m.Reference != "" {
		if err := json.Unmarshal([]byte(m.Reference), &labels); err != nil {
			return m.Reference, &Error{Permanent: true, Err: fmt.Errorf("reading the labels of the thread: %w", err)}
		}
	}
	reference, err := json.Marshal(labels)
	if err != nil {
		return m.Reference, &Error{Permanent: true, Err: fmt.Errorf("writing the labels: %w", err)}
	}
	ends := time.Now().Add(alertmanagerHolds)
	if m.Ends() {
		ends = time.Now()
	}
	_, err = sendJSON(ctx, a.client, a.url+"/api/v2/alerts", nil, []map[string]any{{
		"labels":       labels,
		"annotations":  map[string]string{"summary": m.Title, "description": m.Text, "level": m.Alert.Level, "root": m.Alert.Vendor},
		"startsAt":     started(m.Alert).UTC().Format(time.RFC3339),
		"endsAt":       ends.UTC().Format(time.RFC3339),
		"generatorURL": m.Alert.Link,
	}})
	return string(reference), err
}

// started is when the alert began; one of another time, a replay, begins now.
func started(a *Alert) time.Time {
	if now := time.Now(); now.Sub(a.OpenedAt) > 7*24*time.Hour || a.OpenedAt.After(now) {
		return now.Add(-time.Minute)
	}
	return a.OpenedAt
}
