package watch

import (
	"math"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/spike"
	"github.com/outcry/outcry/ingest/post"
)

// outcome is what came of a step.
type outcome struct {
	Incidents []query.Incident `json:"incidents"`
	Changes   []query.Change   `json:"changes"`

	closed []*spike.Incident
}

// edges takes changes of state. A vendor that is only watched has no incident yet.
func (o *outcome) edges(edges []spike.Edge) {
	for _, e := range edges {
		if e.Incident == nil {
			continue
		}
		o.Changes = append(o.Changes, query.Change{
			Incident: e.Incident.ID, Vendor: e.Vendor, At: e.At, From: string(e.From), To: string(e.To), Reason: e.Reason,
			Score: float32(e.Score), Window: uint16(min(e.Window, math.MaxUint16)), Observed: float32(e.Observed), Expected: float32(e.Expected),
			Posts: keys(e.Incident.Posts),
		})
		if e.To == spike.Closed {
			o.closed = append(o.closed, e.Incident)
		}
	}
}

// finish adds the rows of the incidents as they are now.
func (o *outcome) finish(open []*spike.Incident, at time.Time, version uint64) {
	for _, i := range append(open, o.closed...) {
		o.Incidents = append(o.Incidents, rowOf(i, at, version))
	}
}

// rowOf is an incident as it is stored.
func rowOf(i *spike.Incident, at time.Time, version uint64) query.Incident {
	row := query.Incident{
		ID: i.ID, Vendor: i.Vendor, State: string(i.State), OpenedAt: i.OpenedAt, ConfirmedAt: known(i.ConfirmedAt), ClosedAt: known(i.ClosedAt), SeenAt: at,
		OfficialAt: known(i.OfficialAt), Cause: i.Cause, CauseProbability: float32(i.CauseProbability), Misattributed: i.Misattributed,
		Severity: float32(i.Severity), Authors: people(i.Authors), Reactions: people(i.Reactions), Peak: float32(i.Peak), Expected: float32(i.Expected),
		Score: float32(min(i.Score, 1e6)), Blamed: map[string]uint32{}, Facets: map[string]uint32{}, Reasons: i.Reasons, Posts: keys(i.Posts), Simulated: i.Simulated(), Version: version,
	}
	for v, n := range i.Blamed {
		row.Blamed[v] = people(n)
	}
	for f, n := range i.Facets {
		row.Facets[strings.ToValidUTF8(f, "�")] = uint32(n)
	}
	return row
}

func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func people(n float64) uint32 { return uint32(min(max(0, math.Round(n)), math.MaxUint32)) }

func keys(posts []spike.Post) []uint64 {
	all := make([]uint64, len(posts))
	for i, p := range posts {
		all[i] = post.Key(p.Source, p.ID)
	}
	return all
}
