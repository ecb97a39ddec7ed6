package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Incident is a row of incidents; the comments of its columns say what they mean.
type Incident struct {
	ID               string            `ch:"id" json:"id"`
	Vendor           string            `ch:"vendor" json:"vendor"`
	State            string            `ch:"state" json:"state"`
	OpenedAt         time.Time         `ch:"opened_at" json:"opened_at"`
	ConfirmedAt      *time.Time        `ch:"confirmed_at" json:"confirmed_at"`
	ClosedAt         *time.Time        `ch:"closed_at" json:"closed_at"`
	SeenAt           time.Time         `ch:"seen_at" json:"seen_at"`
	OfficialAt       *time.Time        `ch:"official_at" json:"official_at"`
	Cause            string            `ch:"cause" json:"cause"`
	CauseProbability float32           `ch:"cause_probability" json:"cause_probability"`
	Misattributed    string            `ch:"misattributed" json:"misattributed"`
	Severity         float32           `ch:"severity" json:"severity"`
	Authors          uint32            `ch:"authors" json:"authors"`
	Reactions        uint32            `ch:"reactions" json:"reactions"`
	Peak             float32           `ch:"peak_per_minute" json:"peak_per_minute"`
	Expected         float32           `ch:"expected_per_minute" json:"expected_per_minute"`
	Score            float32           `ch:"score" json:"score"`
	Blamed           map[string]uint32 `ch:"blamed" json:"blamed"`
	Facets           map[string]uint32 `ch:"facets" json:"facets"`
	Reasons          []string          `ch:"reasons" json:"reasons"`
	Posts            []uint64          `ch:"posts" json:"posts"`
	Simulated        bool              `ch:"simulated" json:"simulated"`
	Version          uint64            `ch:"version" json:"version"`
}

// Open reports whether the incident goes on.
func (i *Incident) Open() bool { return i.ClosedAt == nil }

// Lead is by how many minutes the crowd was before the status page; ok is false where
// no page has admitted it.
func (i *Incident) Lead() (minutes float64, ok bool) {
	if i.OfficialAt == nil {
		return 0, false
	}
	return i.OfficialAt.Sub(i.OpenedAt).Minutes(), true
}

// Incidents gives those that were open in a window, the newest first, at most 1000.
func (db *DB) Incidents(ctx context.Context, w Window) ([]Incident, error) {
	return db.IncidentsOf(ctx, "", w, maxIncidents)
}

// maxIncidents is how many incidents a question gives that wants all.
const maxIncidents = 1000

// IncidentsOf gives those of one vendor, or of all for "", the newest first.
func (db *DB) IncidentsOf(ctx context.Context, vendor string, w Window, limit int) ([]Incident, error) {
	return db.incidents(ctx, "", vendor, w, limit)
}

func (db *DB) incidents(ctx context.Context, id, vendor string, w Window, limit int) ([]Incident, error) {
	return ask[Incident](ctx, db, "incidents", w.args(clickhouse.Named("id", id), clickhouse.Named("vendor", vendor), clickhouse.Named("limit", uint32(limit)))...)
}

// Incident gives one; ok is false where there is none of that name.
func (db *DB) Incident(ctx context.Context, id string) (_ Incident, ok bool, err error) {
	return first(db.incidents(ctx, id, "", Always(), 1))
}

// Earlier is how severe an incident of the past was.
type Earlier struct {
	ID       string    `ch:"id" json:"id"`
	OpenedAt time.Time `ch:"opened_at" json:"opened_at"`
	Severity float32   `ch:"severity" json:"severity"`
}

// Worst gives the confirmed incidents of a vendor that opened before a time, the most
// severe first.
func (db *DB) Worst(ctx context.Context, vendor string, before time.Time) ([]Earlier, error) {
	return ask[Earlier](ctx, db, "worst", clickhouse.Named("vendor", vendor), clickhouse.Named("to", before.UTC()))
}

// Change is a change of state of an incident.
type Change struct {
	Incident string    `ch:"incident" json:"incident"`
	Vendor   string    `ch:"vendor" json:"vendor"`
	At       time.Time `ch:"at" json:"at"`
	From     string    `ch:"from_state" json:"from"`
	To       string    `ch:"to_state" json:"to"`
	Reason   string    `ch:"reason" json:"reason"`
	Score    float32   `ch:"score" json:"score"`
	Window   uint16    `ch:"window_minutes" json:"window_minutes"`
	Observed float32   `ch:"observed" json:"observed"`
	Expected float32   `ch:"expected" json:"expected"`
	Posts    []uint64  `ch:"posts" json:"posts"`
}

// Changes gives the changes of state of an incident, in order.
func (db *DB) Changes(ctx context.Context, incident string) ([]Change, error) {
	return ask[Change](ctx, db, "changes", clickhouse.Named("incident", incident))
}

// Admission is a status page that admits a failure.
type Admission struct {
	Vendor string    `ch:"vendor"`
	At     time.Time `ch:"at"`
}

// Admissions gives the times in a window at which status pages spoke of a failure.
func (db *DB) Admissions(ctx context.Context, w Window) ([]Admission, error) {
	return ask[Admission](ctx, db, "admissions", w.args()...)
}

// DetectorState is a detector as it was written down.
type DetectorState struct {
	Position time.Time `ch:"position"`
	State    string    `ch:"state"`
	Outcome  string    `ch:"outcome"`
	Version  uint64    `ch:"version"`
}

// Detector gives the newest state of the detector of that name; ok is false where
// there is none.
func (db *DB) Detector(ctx context.Context, name string) (s DetectorState, ok bool, err error) {
	return first(ask[DetectorState](ctx, db, "detector", clickhouse.Named("name", name)))
}

// Lease is a process that wants to hold something.
type Lease struct {
	Holder string    `ch:"holder"`
	Since  time.Time `ch:"since"`
}

// Leases gives those who want the lease of that name and have shown a sign of life in
// the last seconds. The first one has it.
func (db *DB) Leases(ctx context.Context, name string, alive time.Duration) ([]Lease, error) {
	return ask[Lease](ctx, db, "lease", clickhouse.Named("name", name), clickhouse.Named("seconds", uint32(alive.Seconds())))
}
