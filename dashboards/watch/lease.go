package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/sink/schema"
)

const (
	// leaseBeat is how often a process shows that it lives, leaseAlive after how long
	// without a sign it is taken for dead, and leaseFresh for how long after its own last
	// sign it acts. The time between the last two is what clocks and networks may differ.
	leaseBeat, leaseFresh, leaseAlive = 5 * time.Second, 15 * time.Second, 25 * time.Second
)

var errLost = errors.New("another process may watch by now: the last sign of life is too old")

// lease lets one of many processes do what only one may. The one that has wanted it
// longest, of those that live, has it.
type lease struct {
	conn         Conn
	db           *query.DB
	name, holder string
	since        time.Time
	now          func() time.Time

	held bool
	seen time.Time // our last sign of life
}

func newLease(conn Conn, db *query.DB, name, holder string, now func() time.Time) *lease {
	return &lease{conn: conn, db: db, name: name, holder: holder, since: now().UTC(), now: now}
}

// hold shows a sign of life, if it is time, and says whether the lease is ours.
func (l *lease) hold(ctx context.Context) (bool, error) {
	at := l.now()
	if at.Sub(l.seen) < leaseBeat {
		return l.held, nil
	}
	err := l.conn.Exec(ctx, "INSERT INTO "+schema.Leases+" (name, holder, since, seen_at) SELECT ?, ?, toDateTime64(?, 3, 'UTC'), now64(3)",
		l.name, l.holder, l.since.Format("2006-01-02 15:04:05.000"))
	if err != nil {
		return l.fresh(), fmt.Errorf("asking for the lease %s: %w", l.name, err)
	}
	all, err := l.db.Leases(ctx, l.name, leaseAlive)
	if err != nil {
		return l.fresh(), err
	}
	l.seen, l.held = at, len(all) > 0 && all[0].Holder == l.holder
	return l.held, nil
}

// fresh reports whether the lease is ours and the last sign of life young enough.
func (l *lease) fresh() bool { return l.held && l.now().Sub(l.seen) < leaseFresh }

// release lets the next one have it at once.
func (l *lease) release(ctx context.Context) {
	if l.seen.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_ = l.conn.Exec(ctx, "DELETE FROM "+schema.Leases+" WHERE name = ? AND holder = ?", l.name, l.holder) // else it runs out
	l.held = false
}
