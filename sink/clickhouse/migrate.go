package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/sink/schema"
)

// Applied is a migration that a server has.
type Applied struct {
	Number    int       `json:"number"`
	Name      string    `json:"name"`
	Checksum  string    `json:"checksum"`
	AppliedAt time.Time `json:"applied_at"`
}

// Migrate makes the database, brings its schema up to this binary's and sets how
// long words are kept. It refuses a schema that is newer, and one made by migrations
// that differ from ours. Each statement may run twice, so a migration that was cut
// short is simply run again.
func Migrate(ctx context.Context, cfg config.ClickHouse) (done []schema.Migration, err error) {
	l := schema.Layout{DB: cfg.Database, Cluster: cfg.Cluster}
	start := cfg
	start.Database = "default" // ours may not be there yet
	conn, err := Open(ctx, start, Writer)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	for _, sql := range []string{
		fmt.Sprintf("CREATE DATABASE IF NOT EXISTS %s %s ENGINE = Atomic", l.DB, l.OnCluster()),
		fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s.%s %s
(
    number     UInt32                COMMENT 'Number of the migration',
    name       String                COMMENT 'Its name',
    checksum   String                COMMENT 'SHA-256 of its file',
    applied_at DateTime64(3, 'UTC')  COMMENT 'When it was applied'
)
ENGINE = %s ORDER BY number
COMMENT 'Migrations that made this schema'`, l.DB, schema.Applied, l.OnCluster(), l.Replacing("applied_at")),
	} {
		if err := conn.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("preparing database %s: %w", l.DB, err)
		}
	}
	have, err := ReadApplied(ctx, conn, cfg)
	if err != nil {
		return nil, err
	}
	want, err := schema.Migrations()
	if err != nil {
		return nil, err
	}
	if err := compare(have, want, l.DB); err != nil {
		return nil, err
	}
	for _, m := range want[len(have):] {
		if err := apply(ctx, conn, l, m); err != nil {
			return done, err
		}
		done = append(done, m)
	}
	return done, keepWords(ctx, conn, l, cfg.TextTTLDays)
}

// CheckSchema says whether the database has the schema of this binary. Where it is
// too old, or not there, the error is an ErrNoSchema.
func CheckSchema(ctx context.Context, conn driver.Conn, cfg config.ClickHouse) error {
	have, err := ReadApplied(ctx, conn, cfg)
	var server *ch.Exception
	if errors.As(err, &server) && (server.Code == codeUnknownTable || server.Code == codeUnknownDatabase) {
		return noSchema(fmt.Sprintf("database %s has no schema of outcry; run outcry migrate", cfg.Database))
	}
	if err != nil {
		return err
	}
	want, err := schema.Migrations()
	if err != nil {
		return err
	}
	if err := compare(have, want, cfg.Database); err != nil {
		return err
	}
	if n := len(have); n < len(want) {
		return noSchema(fmt.Sprintf("the schema of database %s lacks migration %04d_%s; run outcry migrate", cfg.Database, want[n].Number, want[n].Name))
	}
	return nil
}

// ReadApplied lists the migrations that the server has, in order.
func ReadApplied(ctx context.Context, conn driver.Conn, cfg config.ClickHouse) ([]Applied, error) {
	rows, err := conn.Query(ctx, fmt.Sprintf("SELECT number, name, checksum, applied_at FROM %s.%s FINAL ORDER BY number", cfg.Database, schema.Applied))
	if err != nil {
		return nil, fmt.Errorf("reading %s.%s: %w", cfg.Database, schema.Applied, err)
	}
	defer func() { _ = rows.Close() }()
	var all []Applied
	for rows.Next() {
		var (
			a Applied
			n uint32
		)
		if err := rows.Scan(&n, &a.Name, &a.Checksum, &a.AppliedAt); err != nil {
			return nil, fmt.Errorf("reading %s.%s: %w", cfg.Database, schema.Applied, err)
		}
		a.Number = int(n)
		all = append(all, a)
	}
	return all, rows.Err()
}

// compare refuses what this binary must not touch.
func compare(have []Applied, want []schema.Migration, db string) error {
	for i, a := range have {
		switch {
		case i >= len(want):
			return fmt.Errorf("the schema of database %s has migration %04d_%s, which this outcry does not know: it was made by a newer version; use that version, or another database", db, a.Number, a.Name)
		case a.Number != want[i].Number:
			return fmt.Errorf("the schema of database %s lacks migration %04d_%s, though it has later ones; restore %s from a backup", db, want[i].Number, want[i].Name, schema.Applied)
		case a.Checksum != want[i].Checksum:
			return fmt.Errorf("migration %04d_%s of database %s was applied with other contents (checksum %.12s, ours %.12s); a published migration never changes: use the outcry that made the schema, or another database", a.Number, a.Name, db, a.Checksum, want[i].Checksum)
		}
	}
	return nil
}

func apply(ctx context.Context, conn driver.Conn, l schema.Layout, m schema.Migration) error {
	statements, err := m.Statements(l)
	if err != nil {
		return err
	}
	for _, sql := range statements {
		if err := conn.Exec(ctx, sql); err != nil {
			first, _, _ := strings.Cut(sql, "\n")
			return fmt.Errorf("applying migration %04d_%s, at %q: %w", m.Number, m.Name, first, err)
		}
	}
	sql := fmt.Sprintf("INSERT INTO %s.%s VALUES (?, ?, ?, now64(3))", l.DB, schema.Applied)
	if err := conn.Exec(ctx, sql, m.Number, m.Name, m.Checksum); err != nil {
		return fmt.Errorf("noting migration %04d_%s: %w", m.Number, m.Name, err)
	}
	return nil
}
