package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/dashboards/query"
)

// rowWriter writes a result in one format.
type rowWriter interface {
	begin(columns []string) error
	row(values []any) error
	end() error
}

func newRowWriter(format string, w io.Writer) (rowWriter, error) {
	switch format {
	case "table":
		return &tableWriter{w: w}, nil
	case "csv":
		return &csvWriter{w: csv.NewWriter(w)}, nil
	case "json":
		return &jsonWriter{w: w, open: "[", between: ",\n ", close: "]\n"}, nil
	case "ndjson":
		return &jsonWriter{w: w, between: "\n", close: ""}, nil
	}
	return nil, usagef("--format is %q; it must be one of table, csv, json, ndjson", format)
}

// writeRows copies a result.
func writeRows(rows driver.Rows, out rowWriter) error {
	if err := query.Scan(rows, func(columns, _ []string) error { return out.begin(columns) }, out.row); err != nil {
		return err
	}
	return out.end()
}

func cell(value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case string:
		return x
	case []any, map[string]any:
		b, err := json.Marshal(x)
		if err == nil {
			return string(b)
		}
	}
	return fmt.Sprint(value)
}

// tableWriter aligns columns; it keeps the rows until the end.
type tableWriter struct {
	w    io.Writer
	rows [][]string
	num  []bool
}

// widest is the number of characters of a cell that a table shows.
const widest = 60

func (t *tableWriter) begin(columns []string) error {
	t.rows = [][]string{columns}
	t.num = make([]bool, len(columns))
	for i := range t.num {
		t.num[i] = true
	}
	return nil
}

func (t *tableWriter) row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		kind := reflect.Invalid
		if v != nil {
			kind = reflect.TypeOf(v).Kind()
		}
		t.num[i] = t.num[i] && (v == nil || kind >= reflect.Int && kind <= reflect.Float64)
		cells[i] = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' ' // one row, one line; and nothing steers the terminal
			}
			return r
		}, cell(v))
		if utf8.RuneCountInString(cells[i]) > widest {
			cells[i] = string([]rune(cells[i])[:widest-1]) + "…"
		}
	}
	t.rows = append(t.rows, cells)
	return nil
}

func (t *tableWriter) end() error {
	width := make([]int, len(t.num))
	for _, r := range t.rows {
		for i, c := range r {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, r := range t.rows {
		var line strings.Builder
		for i, c := range r {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if t.num[i] {
				line.WriteString(pad + c)
			} else {
				line.WriteString(c + pad)
			}
			line.WriteString("  ")
		}
		if _, err := fmt.Fprintln(t.w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

type csvWriter struct{ w *csv.Writer }

func (c *csvWriter) begin(columns []string) error { return c.w.Write(columns) }

func (c *csvWriter) row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = cell(v)
	}
	return c.w.Write(cells)
}

func (c *csvWriter) end() error {
	c.w.Flush()
	return c.w.Error()
}

// jsonWriter writes objects, as an array or one a line, with keys in the order of
// the columns.
type jsonWriter struct {
	w                    io.Writer
	open, between, close string
	columns              []string
	count                int
}

func (j *jsonWriter) begin(columns []string) error {
	j.columns = columns
	_, err := io.WriteString(j.w, j.open)
	return err
}

func (j *jsonWriter) row(values []any) error {
	var b strings.Builder
	if j.count > 0 && j.open != "" {
		b.WriteString(j.between)
	}
	b.WriteByte('{')
	for i, v := range values {
		key, err := json.Marshal(j.columns[i])
		if err != nil {
			return err
		}
		value, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("writing column %s: %w", j.columns[i], err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	if j.open == "" {
		b.WriteString(j.between)
	}
	j.count++
	_, err := io.WriteString(j.w, b.String())
	return err
}

func (j *jsonWriter) end() error {
	_, err := io.WriteString(j.w, j.close)
	return err
}
