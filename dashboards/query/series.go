package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Point is one step of a vendor's line: people-minutes within the step, see Vendor.
type Point struct {
	At        time.Time `ch:"at"`
	Reports   uint64    `ch:"reports"`
	Reactions uint64    `ch:"reactions"`
	Blamed    uint64    `ch:"blamed"`
	Affected  uint64    `ch:"affected"`
	Simulated bool      `ch:"simulated"`
}

// Series gives the steps of the window in which somebody spoke of the vendor.
func (db *DB) Series(ctx context.Context, vendor string, w Window, step time.Duration) ([]Point, error) {
	return ask[Point](ctx, db, "series", w.args(
		clickhouse.Named("vendor", vendor), clickhouse.Named("step", uint32(step/time.Second)))...)
}
