package file

import (
	"bytes"
)

// sniff decides the format, and the comma of a table, by the beginning of the input.
func (r *Reader) sniff() error {
	for len(bytes.TrimSpace(r.s.data())) == 0 && r.s.more() {
	}
	head := bytes.TrimLeft(r.s.data(), " \t\r\n")
	if r.o.Format == Auto {
		switch {
		case len(head) == 0, head[0] == '{':
			r.o.Format = NDJSON
		case head[0] == '[':
			return usagef("%s is one JSON array; outcry reads one object a line: jq -c '.[]' makes that of it", r.o.name())
		default:
			r.o.Format = CSV
		}
	}
	switch r.o.Format {
	case TSV:
		r.table = &table{comma: '\t'}
	case CSV:
		r.table = &table{comma: r.guessComma()}
	}
	return nil
}

// guessComma finds the byte that cuts the first rows into the same number of
// cells, at least two; of several the one that makes the most.
func (r *Reader) guessComma() byte {
	for bytes.Count(r.s.data(), []byte{'\n'}) < sampleRows && r.s.more() {
	}
	best, most := byte(','), 0
	for _, comma := range []byte{',', '\t', ';', '|'} {
		t := table{comma: comma}
		data := r.s.data()
		cells, agree, rows := 0, 0, 0
		for rows < sampleRows && len(data) > 0 {
			n, state := t.split(data, r.s.atEnd())
			if state != rowDone {
				break
			}
			if rows++; rows == 1 {
				cells = len(t.cells)
			}
			if len(t.cells) == cells {
				agree++
			}
			data = data[n:]
		}
		if rows == 0 || cells < 2 {
			continue
		}
		if score := cells * agree * 100 / rows; score > most && agree*2 > rows || rows == 1 && score > most {
			best, most = comma, score
		}
	}
	return best
}

// sampleRows is how many rows are looked at to guess the comma.
const sampleRows = 20
