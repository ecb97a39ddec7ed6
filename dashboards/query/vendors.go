package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Vendor is what people said of one vendor in a window. People are distinct
// authors within a minute, added up over minutes: divided by minutes they are
// people a minute.
type Vendor struct {
	Vendor string `ch:"vendor"`
	// Reports and Reactions are people-minutes since the time recent, the fields in
	// Before those of the window before it.
	Reports         uint64 `ch:"reports"`
	Reactions       uint64 `ch:"reactions"`
	ReportsBefore   uint64 `ch:"reports_before"`
	ReactionsBefore uint64 `ch:"reactions_before"`
	// Posts, Negative and Positive count posts in the whole window.
	Posts     uint64 `ch:"posts"`
	Negative  uint64 `ch:"negative"`
	Positive  uint64 `ch:"positive"`
	Simulated bool   `ch:"simulated"`
	// Minutes are those, from the start of the window, that have people; People says how many.
	Minutes []uint16 `ch:"minutes"`
	People  []uint64 `ch:"people"`
}

// maxVendors is how many vendors a page is told of.
const maxVendors = 200

// Vendors compares, for each vendor named in the window, the time since recent
// with the time before it. Most reported first.
func (db *DB) Vendors(ctx context.Context, w Window, recent time.Time) ([]Vendor, error) {
	return ask[Vendor](ctx, db, "vendors", w.args(
		clickhouse.Named("recent", recent.UTC()), clickhouse.Named("limit", maxVendors))...)
}
