package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Hour is what one hour was like for one vendor.
type Hour struct {
	Vendor  string    `ch:"vendor"`
	Hour    time.Time `ch:"hour"`
	Reports uint64    `ch:"reports"` // people-minutes, see Vendor
}

// Hours gives the hours of the window in which somebody reported trouble with one
// of the vendors.
func (db *DB) Hours(ctx context.Context, vendors []string, w Window) ([]Hour, error) {
	if len(vendors) == 0 {
		return nil, nil
	}
	return ask[Hour](ctx, db, "hours", w.args(clickhouse.Named("vendors", vendors))...)
}

// Seen is how many posts on anything were collected that were made in a minute.
type Seen struct {
	Minute time.Time `ch:"minute"`
	Posts  uint64    `ch:"posts"`
}

// SeenMinutes gives the minutes of the window of which any post was collected.
// Where a minute is missing nobody listened, or nobody spoke.
func (db *DB) SeenMinutes(ctx context.Context, w Window) ([]Seen, error) {
	return ask[Seen](ctx, db, "seen", w.args()...)
}

// Loudest is the five minutes in which most people reported trouble with a vendor.
type Loudest struct {
	Vendor string    `ch:"vendor"`
	At     time.Time `ch:"at"`
	People uint64    `ch:"people"` // distinct authors in the five minutes
}

// Loudest gives the loudest five minutes of the window; ok is false where nobody
// reported anything.
func (db *DB) Loudest(ctx context.Context, w Window) (_ Loudest, ok bool, err error) {
	return first(ask[Loudest](ctx, db, "loudest", w.args()...))
}
