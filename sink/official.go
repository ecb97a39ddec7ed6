package sink

import (
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/sink/schema"
)

// decodeOfficial reads an entry of a status page and makes its times ones that
// columns can hold.
func decodeOfficial(rec kafka.Record) (*entry, error) {
	o, err := post.DecodeOfficial(rec.Value)
	if err != nil {
		return nil, err
	}
	if err := o.Validate(latest); err != nil {
		return nil, err
	}
	o.CollectedAt = inRange(o.CollectedAt, rec.Time)
	return &entry{rec: rec, official: o}, nil
}

// officialTable replaces rows by (vendor, at, event_id, status): the same entry
// written again changes nothing, an edited one takes the place of the one before.
var officialTable = table{schema.OfficialEvents, []string{
	"vendor", "event_id", "at", "status", "impact", "title", "text", "url", "simulated", "collected_at",
}, func(b driver.Batch, e *entry) error {
	o := &e.official
	return b.Append(o.Vendor, o.EventID, o.At, o.Status, o.Impact, o.Title, o.Text, o.URL, o.Simulated, o.CollectedAt)
}, func(e *entry) int { return len(e.rec.Value) }}
