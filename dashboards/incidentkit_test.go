package dashboards_test

import (
	"testing"
	"time"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
	"github.com/outcry/outcry/sink/schema"
)

const failing = "netflix-20260302T1843"

// relations are those that the story needs.
var relations = []reaction.Edge{
	{From: "netflix", Relation: reaction.RunsOn, To: "aws", Since: "2010", Evidence: "https://example.org/a"},
	{From: "amazon", Relation: reaction.Owns, To: "aws", Since: "2006-03"},
	{From: "amazon", Relation: reaction.Owns, To: "prime-video", Since: "2006-09"},
	{From: "netflix", Relation: reaction.CompetesWith, To: "prime-video"},
	{From: "hulu", Relation: reaction.CompetesWith, To: "netflix"},
	{From: "slack", Relation: reaction.RunsOn, To: "aws"},
}

// outage is the story of the evening with the incident that a detector would have made
// of it, a statement and an entry of a status page.
func outage(t *testing.T, change ...func(*dashboards.Options)) stand {
	t.Helper()
	s := open(t, evening, story(evening), append([]func(*dashboards.Options){func(o *dashboards.Options) {
		o.Edges = relations
		for id, name := range o.Vendors {
			o.Catalogue = append(o.Catalogue, dashboards.Entry{ID: id, Name: name, Category: "services", Names: []string{id, "@" + id}})
		}
		o.Alerts = &dashboards.AlertSetup{Rules: []dashboards.AlertRule{{Name: "everything", Vendors: 10, Channels: []string{"oncall"}, Monthly: .1}}, Channels: []string{"oncall, log"}}
	}}, change...)...)
	opened := evening.Add(-77 * time.Minute)
	exec := func(sql string, args ...any) {
		t.Helper()
		if err := s.writer.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	incident := func(id, vendor, state, cause string, opened time.Time, closed *time.Time, severity float32) {
		confirmed := opened.Add(9 * time.Minute)
		exec("INSERT INTO "+schema.Incidents+` (id, vendor, state, opened_at, confirmed_at, closed_at, seen_at, official_at, cause, cause_probability, misattributed,
			severity, authors, reactions, peak_per_minute, expected_per_minute, score, blamed, facets, reasons, posts, simulated, version) VALUES
			(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 812, 300, 42, 0.2, 30, ?, ?, ?, ?, true, 1)`,
			id, vendor, state, opened, &confirmed, closed, evening, func() *time.Time { at := opened.Add(31 * time.Minute); return &at }(), cause, float32(.97), severity,
			map[string]uint32{"aws": 90, "netflix": 40}, map[string]uint32{"symptom playback": 300, "symptom login": 120, "device ps3": 80, "device roku": 60, "place ohio": 12},
			[]string{"12 people report trouble in 4 minutes, 0.8 were expected"}, []uint64{})
	}
	past := evening.AddDate(0, 0, -5)
	incident("netflix-20260225T2000", "netflix", "closed", "", past, func() *time.Time { at := past.Add(time.Hour); return &at }(), .8)
	incident(failing, "netflix", "confirmed", "aws", opened, nil, 1.9)
	incident("aws-20260302T1846", "aws", "confirmed", "", opened.Add(3*time.Minute), nil, 1.1)
	for i, state := range []string{"signal", "confirmed"} {
		exec("INSERT INTO "+schema.IncidentChanges+` (incident, vendor, at, from_state, to_state, reason, score, window_minutes, observed, expected, posts, version)
			VALUES (?, 'netflix', ?, '', ?, 'people report trouble', 9, 5, 20, 1, [], 1)`, failing, opened.Add(time.Duration(9*i)*time.Minute), state)
	}
	exec("INSERT INTO "+schema.OfficialEvents+` (vendor, event_id, at, status, impact, title, text, url, simulated, collected_at)
		VALUES ('aws', 'e1', ?, 'investigating', 'major', 'Elevated errors of load balancers', '', 'https://example.org/status', true, now64(3))`, opened.Add(31*time.Minute))
	for _, st := range []query.Statement{
		{ID: "sorry", Vendor: "netflix", At: evening.Add(-50 * time.Minute), Kind: "apologise", Text: "Terrible timing, and we are sorry: streaming fails on some devices tonight. <b>Engineers</b> are at work.", URL: "https://example.org/sorry", Simulated: true},
		{ID: "named", Vendor: "netflix", At: evening.Add(-20 * time.Minute), Kind: "blame supplier", Text: "Part of the cloud that we rent is out. We want it back as much as you do.", Simulated: true},
	} {
		if _, err := dashboards.AddStatement(t.Context(), s.writer, st, evening); err != nil {
			t.Fatal(err)
		}
	}
	exec("INSERT INTO "+schema.Notifications+` (id, incident, channel, rule, thread, number, event, incidents, digest, title, reference, state, at, detail, attempts, version)
		VALUES ('m1', ?, 'oncall', 'everything', ?, 1, 'opened', [?], '', 'Netflix: 812 people report trouble', '', 'sent', ?, '', 1, ?)`,
		failing, failing, failing, evening.Add(-time.Hour), uint64(evening.Add(-time.Hour).UnixMicro()))
	return s
}
