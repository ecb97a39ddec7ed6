package query

import (
	"context"
	"time"
)

// Arrival says when the posts of one minute were last collected.
type Arrival struct {
	// Minute is when the posts were made.
	Minute time.Time `ch:"minute"`
	// Collected is when a collector saw the last of them.
	Collected time.Time `ch:"last_collected"`
}

// Newest gives the minutes to which posts came last, the latest arrival first; a
// minute may stand more than once. From it follows which time the data are at.
func (db *DB) Newest(ctx context.Context) ([]Arrival, error) {
	return ask[Arrival](ctx, db, "newest")
}
