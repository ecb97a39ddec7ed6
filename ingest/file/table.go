package file

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/outcry/outcry/ingest/post"
)

// table reads rows of cells.
type table struct {
	comma   byte
	columns int              // cells in a row
	index   map[string][]int // columns of a field, the best first
	cells   [][]byte         // of the row that was read last
}

// rowState says how far splitting a row came.
type rowState int

const (
	rowDone  rowState = iota
	rowShort          // the row goes on behind the data
	rowOpen           // the data ends, and a quote is still open
)

// split cuts one row from the beginning of data into cells and gives its length,
// its end of line included. end says that nothing comes behind data.
//
// A quote opens a cell only as its first byte, and closes it only before a comma
// or the end of the line; a cell that does not keep to that is taken as it is, up
// to the next comma.
func (t *table) split(data []byte, end bool) (int, rowState) {
	t.cells = t.cells[:0]
	for i := 0; ; {
		if i < len(data) && data[i] == '"' {
			cell, n, state := t.quoted(data[i:], end)
			if state != rowDone {
				return 0, state
			}
			if n > 0 {
				t.cells = append(t.cells, cell)
				i += n
				if i < len(data) && data[i] == t.comma {
					i++
					continue
				}
				return i + eol(data[i:]), rowDone
			}
		}
		n := bytes.IndexAny(data[i:], string([]byte{t.comma, '\n'}))
		if n < 0 {
			if !end {
				return 0, rowShort
			}
			t.cells = append(t.cells, trimEOL(data[i:]))
			return len(data), rowDone
		}
		if data[i+n] == '\n' {
			t.cells = append(t.cells, trimEOL(data[i:i+n+1]))
			return i + n + 1, rowDone
		}
		t.cells = append(t.cells, data[i:i+n])
		i += n + 1
	}
}

// quoted reads a cell that begins with a quote and gives its content and its
// length. Length 0 says that the quote is not one that encloses the cell.
func (t *table) quoted(data []byte, end bool) ([]byte, int, rowState) {
	doubled := false
	for i := 1; ; {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return nil, 0, unfinished(end)
		}
		i += n + 1 // behind the quote
		switch {
		case i == len(data) && !end, i+1 == len(data) && data[i] == '\r' && !end:
			return nil, 0, rowShort
		case i < len(data) && data[i] == '"':
			doubled = true
			i++
			continue
		case i == len(data), data[i] == t.comma, eol(data[i:]) > 0:
			cell := data[1 : i-1]
			if doubled {
				cell = bytes.ReplaceAll(cell, []byte(`""`), []byte(`"`))
			}
			return cell, i, rowDone
		}
		return nil, 0, rowDone
	}
}

func unfinished(end bool) rowState {
	if end {
		return rowOpen
	}
	return rowShort
}

// eol is the length of the end of line that b begins with, or 0.
func eol(b []byte) int {
	switch {
	case len(b) > 0 && b[0] == '\n':
		return 1
	case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
		return 2
	case len(b) == 1 && b[0] == '\r':
		return 1
	}
	return 0
}

// next reads a row into t.cells. A row that cannot be read gives a *post.Error,
// and how much is to be left behind for it: only its first line, because a quote
// that never closes would take all the rest of the file with it.
func (t *table) next(s *scanner) (int, error) {
	for {
		n, state := t.split(s.data(), s.atEnd())
		if state == rowDone {
			return n, nil
		}
		if s.more() || state == rowShort && s.atEnd() {
			continue
		}
		n, whole := s.lineEnd()
		if !whole {
			return n, errTooLong
		}
		return n, &post.Error{Reason: post.BadRow, Detail: "a quote is opened and never closed"}
	}
}

// parseRow makes a post of the cells that were read last.
func (r *Reader) parseRow() (post.Post, error) {
	t := r.table
	if len(t.cells) != t.columns {
		return post.Post{}, &post.Error{Reason: post.BadRow, Detail: fmt.Sprintf("row has %d columns, the first row has %d", len(t.cells), t.columns)}
	}
	return assemble(func(field string) string {
		for _, i := range t.index[field] {
			if s := string(t.cells[i]); s != "" {
				return s
			}
		}
		return ""
	})
}

// header takes the first row for names of columns, where it is that, and finds
// the columns of each field.
func (r *Reader) header(first [][]byte) (isHeader bool, err error) {
	t := r.table
	t.columns = len(first)
	t.index = map[string][]int{}
	names := map[string]int{}
	for i := len(first) - 1; i >= 0; i-- { // of two equal names the first one counts
		names[strings.ToLower(strings.TrimSpace(string(first[i])))] = i
	}
	for field, list := range guesses {
		for _, name := range list {
			if i, ok := names[name]; ok {
				t.index[field] = append(t.index[field], i)
			}
		}
	}
	_, hasText := t.index["text"]
	isHeader = hasText || len(t.index) >= 2
	if !isHeader {
		clear(t.index)
	}
	for _, field := range fields {
		column, ok := r.o.Columns[field]
		if !ok {
			continue
		}
		i, named := names[strings.ToLower(strings.TrimSpace(column))]
		if !named {
			n, err := strconv.Atoi(column)
			if err != nil || n < 1 || n > len(first) {
				return false, usagef("%s: there is no column %q for %s; the first row is: %s", r.o.name(), column, field, showRow(first))
			}
			i = n - 1
		}
		isHeader = isHeader || named
		t.index[field] = []int{i}
	}
	if len(t.index["text"]) == 0 && len(t.index["kind"]) == 0 {
		return false, usagef("%s: cannot tell which column is the text; name it with --columns text=NAME, or text=NUMBER where the file has no header. The first row is: %s", r.o.name(), showRow(first))
	}
	return isHeader, nil
}

func showRow(cells [][]byte) string {
	const limit = 20
	names := make([]string, 0, limit)
	for i, c := range cells {
		if i == limit {
			names = append(names, "…")
			break
		}
		s := string(c)
		if len(s) > 40 {
			s = strings.ToValidUTF8(s[:40], "") + "…"
		}
		names = append(names, s)
	}
	return strings.Join(names, " | ")
}
