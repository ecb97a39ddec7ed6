package watch

import (
	"context"
	"fmt"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/sink/schema"
)

// insertIncidents writes incidents as they are now.
func insertIncidents(ctx context.Context, conn Conn, all []query.Incident) error {
	return insert(ctx, conn, schema.Incidents, `id, vendor, state, opened_at, confirmed_at, closed_at, seen_at, official_at, cause, cause_probability, misattributed,
		severity, authors, reactions, peak_per_minute, expected_per_minute, score, blamed, facets, reasons, posts, simulated, version`, len(all), func(n int) []any {
		i := &all[n]
		return []any{
			i.ID, i.Vendor, i.State, i.OpenedAt, i.ConfirmedAt, i.ClosedAt, i.SeenAt, i.OfficialAt, i.Cause, i.CauseProbability, i.Misattributed,
			i.Severity, i.Authors, i.Reactions, i.Peak, i.Expected, i.Score, i.Blamed, i.Facets, i.Reasons, i.Posts, i.Simulated, i.Version,
		}
	})
}

// insertChanges writes changes of state.
func insertChanges(ctx context.Context, conn Conn, all []query.Change) error {
	return insert(ctx, conn, schema.IncidentChanges, `incident, vendor, at, from_state, to_state, reason, score, window_minutes, observed, expected, posts, version`, len(all), func(n int) []any {
		c := &all[n]
		return []any{c.Incident, c.Vendor, c.At, c.From, c.To, c.Reason, c.Score, c.Window, c.Observed, c.Expected, c.Posts, uint64(c.At.UnixMilli())}
	})
}

func insert(ctx context.Context, conn Conn, table, columns string, rows int, row func(int) []any) error {
	if rows == 0 {
		return nil
	}
	b, err := conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+columns+")")
	if err != nil {
		return fmt.Errorf("preparing an insert into %s: %w", table, err)
	}
	defer func() { _ = b.Close() }()
	for n := range rows {
		if err := b.Append(row(n)...); err != nil {
			return fmt.Errorf("converting a row for %s: %w", table, err)
		}
	}
	if err := b.Send(); err != nil {
		return fmt.Errorf("inserting %d rows into %s: %w", rows, table, err)
	}
	return nil
}
