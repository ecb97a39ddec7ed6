package query

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"path"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Table is the answer to somebody's own question. Values are strings, numbers, booleans,
// nil, or lists and maps of these; times are RFC 3339 in UTC.
type Table struct {
	Columns []string `json:"columns"`
	Types   []string `json:"types"`
	Rows    [][]any  `json:"rows"`
	// Cut says that there were more rows than wanted.
	Cut  bool          `json:"cut"`
	Took time.Duration `json:"-"`
}

// OwnTimeout is how long somebody's own question may take; the server's limit is below it.
const OwnTimeout = 15 * time.Second

// Refused is what the server says against a question.
type Refused struct {
	Code    int32
	Message string
}

func (r *Refused) Error() string { return fmt.Sprintf("%s (ClickHouse %d)", r.Message, r.Code) }

// AsRefused finds what the server said, without its stack trace.
func AsRefused(err error) (*Refused, bool) {
	var server *clickhouse.Exception
	if !errors.As(err, &server) {
		return nil, false
	}
	text, _, _ := strings.Cut(server.Message, "Stack trace")
	return &Refused{server.Code, strings.TrimSpace(text)}, true
}

// Run asks somebody's own question and gives at most limit rows. What the server refuses
// is a *Refused.
func (db *DB) Run(ctx context.Context, sql string, limit int) (*Table, error) {
	t := &Table{Rows: [][]any{}}
	started := time.Now()
	err := db.Each(ctx, sql, func(columns, types []string) error {
		t.Columns, t.Types = columns, types
		return nil
	}, func(row []any) error {
		if len(t.Rows) == limit {
			t.Cut = true
			return errEnough
		}
		t.Rows = append(t.Rows, row)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	t.Took = time.Since(started)
	return t, err
}

var errEnough = errors.New("enough rows")

// Each asks somebody's own question and gives its rows one by one.
func (db *DB) Each(ctx context.Context, sql string, head func(columns, types []string) error, row func([]any) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(OwnTimeout, func() { cancel(fmt.Errorf("no answer within %s", OwnTimeout)) })
	defer timer.Stop()
	started := time.Now()
	defer func() {
		if r, ok := AsRefused(err); ok {
			err = r
		} else if cause := context.Cause(ctx); err != nil && cause != nil && errors.Is(err, context.Canceled) {
			err = cause
		}
		db.observe("own", time.Since(started), err)
	}()
	rows, err := db.reader.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	return Scan(rows, head, row)
}

// Scan gives the rows of an answer as plain values.
func Scan(rows driver.Rows, head func(columns, types []string) error, row func([]any) error) error {
	kinds := rows.ColumnTypes()
	types := make([]string, len(kinds))
	for i, k := range kinds {
		types[i] = k.DatabaseTypeName()
	}
	if err := head(rows.Columns(), types); err != nil {
		return err
	}
	for rows.Next() {
		into := make([]any, len(kinds))
		for i, k := range kinds {
			into[i] = reflect.New(k.ScanType()).Interface()
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range into {
			into[i] = plain(reflect.ValueOf(into[i]).Elem())
		}
		if err := row(into); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plain gives a value that prints and marshals as a reader expects: no pointers,
// times as RFC 3339.
func plain(v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	}
	if t, ok := v.Interface().(time.Time); ok {
		return t.UTC().Format("2006-01-02T15:04:05.999Z")
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8 {
		all := make([]any, v.Len())
		for i := range all {
			all[i] = plain(v.Index(i))
		}
		return all
	}
	return v.Interface()
}

// Question is a question with its words.
type Question struct {
	ID    string `ch:"id" json:"id"`
	Title string `ch:"title" json:"title"`
	SQL   string `ch:"sql" json:"sql"`
}

//go:embed questions/*.sql
var questions embed.FS

// Examples are questions to begin with.
var Examples = sync.OnceValue(func() []Question {
	entries, err := questions.ReadDir("questions")
	if err != nil {
		panic(fmt.Sprintf("reading the example questions, which are part of the program: %v", err))
	}
	var all []Question
	for _, e := range entries {
		b, err := questions.ReadFile(path.Join("questions", e.Name()))
		if err != nil {
			panic(fmt.Sprintf("reading %s, which is part of the program: %v", e.Name(), err))
		}
		title, sql, _ := strings.Cut(string(b), "\n")
		all = append(all, Question{strings.TrimSuffix(e.Name(), ".sql"), strings.TrimSpace(strings.TrimPrefix(title, "--")), strings.TrimSpace(sql)})
	}
	return all
})

// Saved gives the questions that people have kept.
func (db *DB) Saved(ctx context.Context) ([]Question, error) { return ask[Question](ctx, db, "saved") }

// Limits are those that the server sets for readers' own questions.
type Limits struct {
	Seconds uint64 `ch:"seconds"`
	Memory  uint64 `ch:"memory"`
	Read    uint64 `ch:"read"`
	Rows    uint64 `ch:"rows"`
}

// Limits asks for them; zero is none.
func (db *DB) Limits(ctx context.Context) (Limits, error) {
	row, _, err := first(ask[Limits](ctx, db, "limits"))
	return row, err
}

// Column is one column of a table or view.
type Column struct {
	Name    string `ch:"name" json:"name"`
	Type    string `ch:"type" json:"type"`
	Comment string `ch:"comment" json:"comment"`
}

// Columns describes a table; the name must be one of schema.Tables.
func (db *DB) Columns(ctx context.Context, table string) ([]Column, error) {
	t, err := db.Run(ctx, "DESCRIBE TABLE "+table, 500)
	if err != nil {
		return nil, fmt.Errorf("describing %s: %w", table, err)
	}
	var all []Column
	for _, r := range t.Rows {
		var c Column
		for i, name := range t.Columns {
			s, _ := r[i].(string)
			switch name {
			case "name":
				c.Name = s
			case "type":
				c.Type = s
			case "comment":
				c.Comment = s
			}
		}
		all = append(all, c)
	}
	return all, nil
}
