// Package query holds the questions that the pages ask ClickHouse: one Go function
// a question, its SQL beside it in a file of sql/. Counts come from the rollups and
// are limited in time; words come from posts, limited in time and in number.
//
// It reads only, knows nothing of pages, and leaves it to its caller what a
// number means.
package query

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Reader is the part of driver.Conn that questions need. It may be used by many
// goroutines at once.
type Reader interface {
	Query(ctx context.Context, query string, args ...any) (driver.Rows, error)
}

// Timeout is how long one question may take.
const Timeout = 5 * time.Second

//go:embed sql/*.sql
var files embed.FS

// DB asks questions over a connection whose default database is outcry's.
type DB struct {
	reader  Reader
	observe func(question string, took time.Duration, err error)
}

// New asks over r. observe, if any, is told of each question.
func New(r Reader, observe func(question string, took time.Duration, err error)) *DB {
	if observe == nil {
		observe = func(string, time.Duration, error) {}
	}
	return &DB{reader: r, observe: observe}
}

// Window is a span of time: From belongs to it, To does not.
type Window struct{ From, To time.Time }

// Last is the window of length d that ends at to.
func Last(d time.Duration, to time.Time) Window { return Window{to.Add(-d), to} }

// Length is how long the window is.
func (w Window) Length() time.Duration { return w.To.Sub(w.From) }

func (w Window) args(more ...any) []any {
	return append([]any{
		clickhouse.Named("from", w.From.UTC().Truncate(time.Millisecond)),
		clickhouse.Named("to", w.To.UTC().Truncate(time.Millisecond)),
	}, more...)
}

// Ping asks for a sign of life.
func (db *DB) Ping(ctx context.Context) error {
	_, err := ask[struct {
		One uint8 `ch:"one"`
	}](ctx, db, "ping")
	return err
}

// first is the first of the rows of an answer; ok is false where there is none.
func first[T any](rows []T, err error) (row T, ok bool, _ error) {
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// ask runs the SQL of a question and gives its rows. The fields of T are named by
// their ch tags.
func ask[T any](ctx context.Context, db *DB, question string, args ...any) (_ []T, err error) {
	sql, err := files.ReadFile("sql/" + question + ".sql")
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", question, err)
	}
	// No deadline in the context: the driver would make a setting of it, which a
	// user with readonly = 1 may not change.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(Timeout, func() { cancel(fmt.Errorf("no answer within %s", Timeout)) })
	defer timer.Stop()

	started := time.Now()
	defer func() {
		if err != nil {
			if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
				err = cause
			}
			err = fmt.Errorf("asking ClickHouse for %s: %w", question, err)
		}
		db.observe(question, time.Since(started), err)
	}()
	rows, err := db.reader.Query(ctx, string(sql), args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []T
	for rows.Next() {
		var row T
		if err := rows.ScanStruct(&row); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
